//===- Library.cpp - The table of the reference library -------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
// Changes with reference.yaml.

#include "Kernels.h"
#include "lzrt/abi/kernel.h"

namespace {

using namespace lz::kernels::reference;

constexpr uint32_t flags = LZ_KERNEL_DETERMINISTIC | LZ_KERNEL_FAILURE_ATOMIC;

constexpr lz_kernel_t entry(const char *symbol, lz_kernel_fn execute) {
  return {sizeof(lz_kernel_t), flags, symbol, execute, nullptr, nullptr, nullptr};
}

constexpr lz_kernel_t kernels[] = {
    entry("lz_reference_attention", attention),
    entry("lz_reference_cached_attention", attention),
    entry("lz_reference_kv_cache_update", cacheUpdate),
    entry("lz_reference_rms_norm", norm),
    entry("lz_reference_add_rms_norm", norm),
    entry("lz_reference_layer_norm", affineNorm),
    entry("lz_reference_group_norm", affineNorm),
    entry("lz_reference_rope", rope),
    entry("lz_reference_rope_interleaved", rope),
    entry("lz_reference_swiglu", activation),
    entry("lz_reference_geglu", activation),
    entry("lz_reference_gelu", activation),
    entry("lz_reference_silu", activation),
    entry("lz_reference_softmax", softmax),
    entry("lz_reference_matmul", matmul),
    entry("lz_reference_embedding", embedding),
    entry("lz_reference_cross_entropy", crossEntropy),
    entry("lz_reference_sample_greedy", sampleGreedy),
    entry("lz_reference_sample_top_k", sampleRandom),
    entry("lz_reference_sample_top_p", sampleRandom),
};

constexpr lz_kernel_library_t library = {sizeof(lz_kernel_library_t),
                                         LZ_ABI_VERSION,
                                         "lz_kernels_reference",
                                         LZ_KERNELS_VERSION,
                                         sizeof(kernels) / sizeof(kernels[0]),
                                         sizeof(lz_kernel_t),
                                         kernels};

} // namespace

extern "C" LZ_KERNEL_EXPORT const lz_kernel_library_t *lz_kernel_library_query(uint32_t maxAbiVersion) {
  return maxAbiVersion >= LZ_ABI_VERSION ? &library : nullptr;
}
