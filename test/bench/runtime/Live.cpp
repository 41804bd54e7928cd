//===- Live.cpp - A process with sites to call, as generated code does -----===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Live.h"

#include "../../../runtime/dispatch/Dispatcher.h"

#include <cstdio>
#include <cstdlib>

namespace bench {

void fail(const std::string &why) {
  std::fprintf(stderr, "lzrt-bench: %s\n", why.c_str());
  std::exit(3);
}

static void demand(const lzrt::Status &status) {
  if (!status.isOk())
    fail(status.message());
}

const lzrt::KernelRegistry &benchKernels() {
  static const lzrt::KernelRegistry *registry = [] {
    auto *made = new lzrt::KernelRegistry;
    demand(made->load(LZ_BENCH_KERNELS_DIR "/bench_kernels.yaml"));
    demand(made->freeze());
    return made;
  }();
  return *registry;
}

std::unique_ptr<lzrt::Orchestrator> orchestratorOf(const std::string &policy) {
  lzrt::OrchestratorOptions options;
  options.registry = &benchKernels();
  options.policyText = "version: \"1.0\"\n" + policy;
  options.defaultMode = LZ_MODE_DYNAMIC;
  std::unique_ptr<lzrt::Orchestrator> made;
  demand(lzrt::Orchestrator::create(std::move(options), &made));
  return made;
}

Site::Site(lzrt::Orchestrator &orchestrator, lz_operation_t operation, uint8_t bits, const std::vector<int64_t> &shape)
    : orchestrator(orchestrator) {
  const std::vector<lzrt::ArgumentSlot> &slots = lzrt::argumentsOf(operation);
  shapes.reserve(slots.size());
  uint16_t data = 0, dims = 0;
  for (const lzrt::ArgumentSlot &slot : slots) {
    bool isThere = slot.role == LZ_ROLE_IN || slot.role == LZ_ROLE_OUT, isOut = slot.role == LZ_ROLE_OUT;
    shapes.push_back(isThere ? shape : std::vector<int64_t>());
    uint8_t flags =
        isThere
            ? uint8_t(LZ_ARGUMENT_PRESENT | LZ_ARGUMENT_CONTIGUOUS | (isOut ? LZ_ARGUMENT_WRITTEN : LZ_ARGUMENT_READ))
            : uint8_t(0);
    arguments.push_back({{LZ_CODE_FLOAT, bits, 1},
                         uint8_t(shapes.back().size()),
                         flags,
                         isThere ? data : uint16_t(LZ_NO_INDEX),
                         isThere ? dims : uint16_t(LZ_NO_INDEX),
                         0,
                         4,
                         shapes.back().data(),
                         nullptr,
                         0});
    data = uint16_t(data + isThere);
    dims = uint16_t(dims + (isThere ? 2 : 0));
  }
  if (operation == LZ_OP_ATTENTION_CAUSAL)
    attributes.push_back({LZ_ATTR_LAYOUT, 0, {LZ_LAYOUT_BSHD}});
  lz_site_t description{};
  description.operation = uint16_t(operation);
  description.num_arguments = uint16_t(arguments.size());
  description.num_data = data;
  description.num_dims = dims;
  description.num_attributes = uint16_t(attributes.size());
  description.arguments = arguments.data();
  description.attributes = attributes.data();
  description.name = "bench";
  description.mode = LZ_MODE_UNSET;
  demand(orchestrator.addSite(description, &record));
  orchestrator.dispatcher()->forEachSite([&](uint32_t, const lz_site_t &site, const lzrt::LiveSite *live) {
    if (&site == record)
      liveSite = live;
  });
}

Site::~Site() { demand(orchestrator.removeSite(record)); }

std::unique_ptr<Site> Site::norm(lzrt::Orchestrator &orchestrator) {
  return std::unique_ptr<Site>(new Site(orchestrator, LZ_OP_RMS_NORM, 32, {LZ_DYNAMIC, LZ_DYNAMIC}));
}
std::unique_ptr<Site> Site::attention(lzrt::Orchestrator &orchestrator) {
  return std::unique_ptr<Site>(new Site(orchestrator, LZ_OP_ATTENTION_CAUSAL, 16, {LZ_DYNAMIC, LZ_DYNAMIC, 8, 64}));
}

Caller::Caller(lzrt::Orchestrator &orchestrator) : orchestrator(orchestrator) {
  lzrt_context_init(&context);
  context.stream = &marked;
  demand(orchestrator.begin(context));
}

Caller::~Caller() { lzrt_context_release(&context); }

void Caller::begin() {
  lzrt_context_reset(&context);
  demand(orchestrator.begin(context));
}

lz_call_t *Caller::block(const Site &site, int64_t d0, int64_t d1) {
  const lz_site_t &record = site.site();
  storage.assign(record.call_size / sizeof(uint64_t), 0);
  auto *call = reinterpret_cast<lz_call_t *>(storage.data());
  *call = {&context, &record, nullptr, 0};
  for (unsigned i = 0; i < record.num_data; ++i)
    const_cast<void **>(lz_call_data(call))[i] = memory[i % memory.size()].data();
  for (unsigned i = 0; i < record.num_dims; ++i)
    const_cast<int64_t *>(lz_call_dims(call))[i] = i % 2 ? d1 : d0;
  return call;
}

void Caller::call(const Site &site, int64_t d0, int64_t d1) {
  if (callLive(block(site, d0, d1), site.live(), d0, d1) != LZ_STATUS_OK)
    fail(std::string("a call failed: ") + context.error.message);
}

} // namespace bench
