//===- serve.cpp - A program without a compiler, on several threads, from C++ -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// usage: serve-cpp MANIFEST. Exits with 0 where all went as it should.
//
//===----------------------------------------------------------------------===//
#include "lzrt/Orchestrator.h"
#include "lzrt/lzrt.h"

#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

void require(bool isSo, const char *what) {
  if (isSo)
    return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::exit(1);
}
void require(const lzrt::Status &status) { require(status.isOk(), status.message().c_str()); }

/// rms_norm of [?, size] in f32, described for a site; must outlive it.
class Norm {
public:
  Norm(const char *name, int64_t size) : matrix{LZ_DYNAMIC, size}, vector{size} {
    arguments[0] = argument(2, LZ_ARGUMENT_READ, 0, 0, matrix);
    arguments[1] = argument(1, LZ_ARGUMENT_READ, 1, LZ_NO_INDEX, vector);
    arguments[2] = argument(2, LZ_ARGUMENT_WRITTEN, 2, 1, matrix);
    description.operation = LZ_OP_RMS_NORM;
    description.num_arguments = description.num_data = 3;
    description.num_dims = 2;
    description.arguments = arguments;
    description.name = name;
    description.mode = LZ_MODE_UNSET;
  }
  lz_site_t description{};

  /// A call block: the head, then the pointers by data_index, then the open extents by dims_index.
  struct Call {
    lz_call_t head;
    const void *data[3];
    int64_t dims[2];
  };
  static int32_t call(lz_context_t &context, const lz_site_t *site, int64_t rows, const float *x, const float *weight,
                      float *out) {
    Call block{{&context, site, nullptr, 0}, {x, weight, out}, {rows, rows}};
    return lzrt::dispatchCall(&block.head);
  }

private:
  static lz_argument_t argument(uint8_t rank, int direction, uint16_t data, uint16_t dims, const int64_t *shape) {
    const auto flags = uint8_t(LZ_ARGUMENT_PRESENT | LZ_ARGUMENT_CONTIGUOUS | direction);
    return {{LZ_CODE_FLOAT, 32, 1}, rank, flags, data, dims, 0, 4, shape, nullptr, 0};
  }
  int64_t matrix[2], vector[1];
  lz_argument_t arguments[3];
};

/// A context for as long as a thread works; one thread and one invocation at a time.
struct Context : lz_context_t {
  Context() { lzrt_context_init(this); }
  ~Context() { lzrt_context_release(this); }
  Context(const Context &) = delete;
  Context &operator=(const Context &) = delete;
};

/// The work of one thread: passes of two calls, each pass under one policy from its beginning to its end.
void work(const lzrt::Orchestrator &orchestrator, const lz_site_t *site, const std::atomic<bool> &isOver,
          std::atomic<uint64_t> &passes) {
  Context context;
  const std::vector<float> x{3, 0, 0, 0}, weight{1, 1, 1, 1};
  std::vector<float> out(4);
  while (!isOver) {
    require(orchestrator.begin(context));
    for (int call = 0; call < 2; ++call)
      require(Norm::call(context, site, 1, x.data(), weight.data(), out.data()) == LZ_STATUS_OK, "the call");
    require(std::abs(out[0] - 2) < 1e-5f, "2 = 3 / sqrt(9 / 4)");
    lzrt_context_reset(&context);
    ++passes;
  }
}

std::string policy(const std::string &kernels) {
  return "version: \"1.0\"\nfallback_chains: {rms_norm: [" + kernels + "]}\n";
}

} // namespace

int main(int argc, char **argv) {
  require(argc == 2, "serve-cpp MANIFEST");
  std::atomic<int> opened{0};
  lzrt::OrchestratorOptions options;
  options.manifests = {argv[1]};
  options.policyText = policy("quick_norm, exact_norm");
  options.onBreaker = [&](const lzrt::BreakerNotice &notice) { opened += notice.to == "forced_open"; };
  std::unique_ptr<lzrt::Orchestrator> orchestrator;
  require(lzrt::Orchestrator::create(std::move(options), &orchestrator));

  Norm norm("layers.0.norm", 4); // before the site, so that it outlives it
  const lz_site_t *site = nullptr;
  require(orchestrator->addSite(norm.description, &site));

  std::atomic<bool> isOver{false};
  std::atomic<uint64_t> passes{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] { work(*orchestrator, site, isOver, passes); });

  // The policy changes below the threads' hands, and a kernel is taken out and brought back.
  for (int i = 0; i < 20; ++i) {
    require(orchestrator->publish(policy(i % 2 ? "quick_norm, exact_norm" : "exact_norm")));
    require(
        orchestrator->force("quick_norm", i % 2 ? lzrt::Orchestrator::Force::Reset : lzrt::Orchestrator::Force::Open));
    for (uint64_t seen = passes; passes < seen + 50;)
      std::this_thread::yield();
  }
  require(!orchestrator->publish("version: \"1.0\"\nkernel_denies: [\"*\"]\n").isOk(),
          "a policy without kernels is refused");
  isOver = true;
  for (std::thread &thread : threads)
    thread.join();

  uint64_t calls = 0;
  for (const lzrt::CallTelemetry &counted : orchestrator->telemetry().calls)
    calls += counted.calls;
  require(calls == 2 * passes, "no call is lost, none is counted twice");
  require(opened == 10 && orchestrator->version() == 21, "ten breakers forced open, twenty policies published");
  std::string json;
  require(orchestrator->explain("layers.0.norm", "", &json));
  require(json.find("\"selected_kernel\": \"quick_norm\"") != std::string::npos, json.c_str());
  std::printf("%s%s\n", orchestrator->coverage().c_str(), json.c_str());
  require(orchestrator->removeSite(site));
}
