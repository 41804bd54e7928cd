//===- BenchKernels.cpp - Kernels of known length --------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is measured is the way to a kernel and back, so most of these do nothing. Changes with bench_kernels.yaml.
//
//===----------------------------------------------------------------------===//
#include "lzrt/abi/kernel.h"

#include <cmath>

namespace {

int32_t empty(const lz_call_t *) { return LZ_STATUS_OK; }

/// Says that it ran: the context's stream points to an int.
template <int Number> int32_t mark(const lz_call_t *call) {
  *static_cast<int *>(call->context->stream) = Number;
  return LZ_STATUS_OK;
}

/// One row of 1,024 floats: about the least that a kernel worth dispatching does.
int32_t row(const lz_call_t *call) {
  constexpr int size = 1024;
  void *const *data = lz_call_data(call);
  auto *x = static_cast<const float *>(data[0]), *weight = static_cast<const float *>(data[1]);
  auto *out = static_cast<float *>(data[2]);
  float sums[16] = {};
  for (int i = 0; i < size; i += 16)
    for (int j = 0; j < 16; ++j)
      sums[j] += x[i + j] * x[i + j];
  float sum = 0;
  for (float part : sums)
    sum += part;
  float scale = 1 / std::sqrt(sum / size + 1e-6f);
  for (int i = 0; i < size; ++i)
    out[i] = x[i] * scale * weight[i];
  return LZ_STATUS_OK;
}

constexpr lz_kernel_t entry(const char *symbol, lz_kernel_fn execute) {
  return {sizeof(lz_kernel_t),
          LZ_KERNEL_DETERMINISTIC | LZ_KERNEL_GRAPH_CAPTURE_SAFE,
          symbol,
          execute,
          nullptr,
          nullptr,
          nullptr};
}
constexpr lz_kernel_t kernels[] = {entry("bench_empty", empty), entry("bench_mark1", mark<1>),
                                   entry("bench_mark2", mark<2>), entry("bench_row", row)};
constexpr lz_kernel_library_t library = {
    sizeof(lz_kernel_library_t), LZ_ABI_VERSION, "lz_bench_kernels", "1.0", sizeof(kernels) / sizeof(kernels[0]),
    sizeof(lz_kernel_t),         kernels};

} // namespace

extern "C" LZ_KERNEL_EXPORT const lz_kernel_library_t *lz_kernel_library_query(uint32_t) { return &library; }
