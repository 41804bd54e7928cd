//===- Streaming.h - What stays in the caches -----------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_KERNELS_CPU_STREAMING_H
#define LZ_KERNELS_CPU_STREAMING_H

#include "../common/Arguments.h"

namespace lz::kernels::cpu {

/// What a vector store past the caches asks of its address, whatever the instruction set.
constexpr int64_t streamAlignment = 64;

/// Bytes of the largest cache that a core of this machine reaches.
int64_t cacheSize();

inline int64_t bytesOf(const Tensor &tensor) { return tensor.count * sizeOf(tensor.element); }

/// Whether a call that touches `bytes` should store its outputs past the caches: they would be gone from there before
/// anybody reads them, and a store that goes through them reads its target first. The outputs have rows of `width`
/// elements.
template <typename... Outputs> bool goesPast(int64_t bytes, int64_t width, const Outputs &...outputs) {
  auto aligned = [&](const Tensor &out) {
    return !out.present || (reinterpret_cast<uintptr_t>(out.data) % streamAlignment == 0 &&
                            width * sizeOf(out.element) % streamAlignment == 0);
  };
  return bytes > cacheSize() && (aligned(outputs) && ...);
}

} // namespace lz::kernels::cpu

#endif // LZ_KERNELS_CPU_STREAMING_H
