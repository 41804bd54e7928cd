//===- Live.h - A process with sites to call, as generated code does -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_BENCH_RUNTIME_LIVE_H
#define LZ_TEST_BENCH_RUNTIME_LIVE_H

#include "../../../runtime/dispatch/LiveSite.h"
#include "lzrt/Orchestrator.h"
#include "lzrt/abi/module.h"
#include "lzrt/lzrt.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace bench {

/// Ends the program: without what is asked for there is nothing to measure.
[[noreturn]] void fail(const std::string &why);

/// The kernels of bench_kernels.yaml under a policy, whose text stands behind its version.
std::unique_ptr<lzrt::Orchestrator> orchestratorOf(const std::string &policy);
/// The kernels of bench_kernels.yaml; loaded once.
const lzrt::KernelRegistry &benchKernels();

/// A site of the orchestrator with open extents. One caller at a time.
class Site {
public:
  /// rms_norm of x [?, ?]: num_tokens and hidden_size are open.
  static std::unique_ptr<Site> norm(lzrt::Orchestrator &orchestrator);
  /// attention.causal of [?, ?, 8, 64] in float16: batch and length are open.
  static std::unique_ptr<Site> attention(lzrt::Orchestrator &orchestrator);
  ~Site();
  Site(const Site &) = delete;
  Site &operator=(const Site &) = delete;

  const lz_site_t &site() const { return *record; }
  lz_live_site_t *live() const { return record->live; }
  const lzrt::LiveSite &state() const { return *liveSite; }
  uint64_t misses() const { return liveSite->misses.load(std::memory_order_relaxed); }

private:
  Site(lzrt::Orchestrator &orchestrator, lz_operation_t operation, uint8_t bits, const std::vector<int64_t> &shape);
  lzrt::Orchestrator &orchestrator;
  std::vector<std::vector<int64_t>> shapes;
  std::vector<lz_argument_t> arguments;
  std::vector<lz_attribute_t> attributes;
  const lz_site_t *record = nullptr;
  const lzrt::LiveSite *liveSite = nullptr;
};

/// One thread's context and call blocks.
class Caller {
public:
  explicit Caller(lzrt::Orchestrator &orchestrator);
  ~Caller();
  Caller(const Caller &) = delete;
  Caller &operator=(const Caller &) = delete;

  /// Begins another invocation, under the policy that is live now.
  void begin();
  /// The block of calls at a site: data pointers are those of `memory`, and all tensors have these first two extents.
  lz_call_t *block(const Site &site, int64_t d0, int64_t d1);
  /// A call through the site's stub, then the continuation. Ends the program where it fails.
  void call(const Site &site, int64_t d0, int64_t d1);
  /// The number of the marking kernel that ran last.
  int marked = 0;
  lz_context_t context;

private:
  lzrt::Orchestrator &orchestrator;
  std::vector<uint64_t> storage;
  alignas(64) std::array<std::array<float, 1024>, 4> memory{};
};

/// What generated code does at a live site, once the block is filled.
inline int32_t callLive(lz_call_t *call, lz_live_site_t *live, int64_t d0, int64_t d1) {
  call->ticket = 0;
  int32_t status = __atomic_load_n(&live->stub, __ATOMIC_ACQUIRE)(call, live, d0, d1, d0, d1);
  return __builtin_expect(status != 0, 0) ? lzrt_live_continue(call, status) : status;
}

} // namespace bench
#endif // LZ_TEST_BENCH_RUNTIME_LIVE_H
