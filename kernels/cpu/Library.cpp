//===- Library.cpp - The table of the CPU library -------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Changes with cpu.yaml.
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"
#include "lzrt/abi/kernel.h"

namespace {

using namespace lz::kernels::cpu;

constexpr uint32_t steady = LZ_KERNEL_DETERMINISTIC | LZ_KERNEL_FAILURE_ATOMIC;

constexpr lz_kernel_t entry(const char *symbol, lz_kernel_fn execute, uint32_t flags) {
  return {sizeof(lz_kernel_t), flags, symbol, execute, nullptr, nullptr, nullptr};
}

constexpr lz_kernel_t kernels[] = {
    entry("lz_cpu_flash_attention", flashAttention, steady),
    entry("lz_cpu_memory_efficient_attention", memoryEfficientAttention, steady),
    entry("lz_cpu_sdpa", plainAttention, steady),
    entry("lz_cpu_flash_prefill", flashAttention, steady),
    entry("lz_cpu_cached_sdpa", plainAttention, steady),
    entry("lz_cpu_kv_cache_update", cacheUpdate, steady),
    entry("lz_cpu_fused_rms_norm", fusedNorm, steady),
    entry("lz_cpu_two_pass_rms_norm", twoPassNorm, steady),
    entry("lz_cpu_rope", rope, steady),
    entry("lz_cpu_rope_interleaved", rope, steady),
    entry("lz_cpu_layer_norm", affineNorm, steady),
    entry("lz_cpu_group_norm", affineNorm, steady),
    entry("lz_cpu_swiglu", activation, steady),
    entry("lz_cpu_geglu", activation, steady),
    entry("lz_cpu_gelu", activation, steady),
    entry("lz_cpu_silu", activation, steady),
    entry("lz_cpu_softmax", softmax, steady),
    entry("lz_cpu_cross_entropy", crossEntropy, steady),
    entry("lz_cpu_sample_greedy", sampleGreedy, steady),
    entry("lz_cpu_sample_top_k", sampleRandom, steady),
    entry("lz_cpu_sample_top_p", sampleRandom, steady),
    entry("lz_cpu_embedding", embedding, steady),
    entry("lz_cpu_matmul", matmul, steady),
    entry("lz_cpu_onednn_matmul", onednnMatmul, LZ_KERNEL_IGNORES_EXECUTOR),
};

constexpr lz_kernel_library_t library = {
    sizeof(lz_kernel_library_t),          LZ_ABI_VERSION,      "lz_kernels_cpu", LZ_KERNELS_VERSION,
    sizeof(kernels) / sizeof(kernels[0]), sizeof(lz_kernel_t), kernels};

} // namespace

extern "C" LZ_KERNEL_EXPORT const lz_kernel_library_t *lz_kernel_library_query(uint32_t maxAbiVersion) {
  return maxAbiVersion >= LZ_ABI_VERSION ? &library : nullptr;
}
