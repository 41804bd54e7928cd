//===- TestKernels.cpp - A kernel library for tests: records, and fails on purpose -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// No kernel here touches tensor data, so extents may be huge. Changes with the manifests of test/unit/runtime/dispatch
// and test/lz-run. LZ_TEST_FAULT_* build the variants that a runtime must refuse.
//
//===----------------------------------------------------------------------===//
#include "lzrt/abi/kernel.h"

#include <atomic>

namespace {

template <int32_t Status> int32_t returns(const lz_call_t *) { return Status; }

constexpr uint32_t atomic = LZ_KERNEL_DETERMINISTIC | LZ_KERNEL_FAILURE_ATOMIC;

/// A plan counts the calls that it served; `workspace` must be what was asked for.
struct Plan {
  std::atomic<int> calls{0};
};
int32_t prepare(const lz_call_t *, void **out) {
  *out = new Plan;
  return LZ_STATUS_OK;
}
uint64_t workspaceSize(const lz_call_t *, void *) { return 1000; }
void release(void *prepared) { delete static_cast<Plan *>(prepared); }
int32_t executePrepared(const lz_call_t *call) {
  auto *state = static_cast<const lz_kernel_state_t *>(call->state);
  if (!state || !state->prepared || !state->workspace || state->workspace_size != 1000 ||
      reinterpret_cast<uintptr_t>(state->workspace) % 256 != 0)
    return LZ_STATUS_INTERNAL;
  static_cast<char *>(state->workspace)[999] = 1;
  ++static_cast<Plan *>(state->prepared)->calls;
  return LZ_STATUS_OK;
}
int32_t failToPrepare(const lz_call_t *, void **) { return LZ_STATUS_OUT_OF_MEMORY; }

constexpr lz_kernel_t entry(const char *symbol, uint32_t flags, lz_kernel_fn execute) {
  return {sizeof(lz_kernel_t), flags, symbol, execute, nullptr, nullptr, nullptr};
}

constexpr lz_kernel_t kernels[] = {
    entry("test_ok", atomic, returns<LZ_STATUS_OK>),
    entry("test_unsupported", atomic, returns<LZ_STATUS_UNSUPPORTED>),
    entry("test_invalid_argument", atomic, returns<LZ_STATUS_INVALID_ARGUMENT>),
    entry("test_out_of_memory", atomic, returns<LZ_STATUS_OUT_OF_MEMORY>),
    entry("test_internal", atomic, returns<LZ_STATUS_INTERNAL>),
    entry("test_device_error", atomic, returns<LZ_STATUS_DEVICE_ERROR>),
    entry("test_unknown_status", atomic, returns<77>),
    entry("test_internal_not_atomic", 0, returns<LZ_STATUS_INTERNAL>),
    {sizeof(lz_kernel_t), atomic, "test_prepared", executePrepared, prepare, workspaceSize, release},
    {sizeof(lz_kernel_t), atomic, "test_unprepared", executePrepared, failToPrepare, workspaceSize, release},
    {sizeof(lz_kernel_t), atomic, "test_half_prepared", executePrepared, prepare, nullptr, nullptr},
};

#if defined(LZ_TEST_FAULT_ABI)
constexpr uint32_t abiVersion = LZ_ABI_VERSION + 1;
#else
constexpr uint32_t abiVersion = LZ_ABI_VERSION;
#endif

constexpr lz_kernel_library_t library = {
    sizeof(lz_kernel_library_t), abiVersion, "lz_test_kernels", "1.2.3", sizeof(kernels) / sizeof(kernels[0]),
    sizeof(lz_kernel_t),         kernels};

} // namespace

#if defined(LZ_TEST_FAULT_FOREIGN)
extern "C" LZ_KERNEL_EXPORT const lz_kernel_library_t *lz_some_other_symbol(uint32_t) { return &library; }
#elif defined(LZ_TEST_FAULT_NEWER)
extern "C" LZ_KERNEL_EXPORT const lz_kernel_library_t *lz_kernel_library_query(uint32_t maxAbiVersion) {
  return maxAbiVersion > LZ_ABI_VERSION ? &library : nullptr;
}
#else
extern "C" LZ_KERNEL_EXPORT const lz_kernel_library_t *lz_kernel_library_query(uint32_t) { return &library; }
#endif
