//===- Kernels.h - The reference kernels' entry points ---------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every kernel computes in double on one thread, takes float16, bfloat16, float32 and float64 under any strides, and
// writes nothing unless it succeeds. Formulas: kernels/common.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_KERNELS_REFERENCE_KERNELS_H
#define LZ_KERNELS_REFERENCE_KERNELS_H

#include "lzrt/abi/call.h"

namespace lz::kernels::reference {

/// With a cache or without.
int32_t attention(const lz_call_t *call);
int32_t cacheUpdate(const lz_call_t *call);
int32_t norm(const lz_call_t *call);
/// Layer and group norm.
int32_t affineNorm(const lz_call_t *call);
/// Both rotations.
int32_t rope(const lz_call_t *call);
/// gelu and silu, geglu and swiglu.
int32_t activation(const lz_call_t *call);
int32_t softmax(const lz_call_t *call);
int32_t matmul(const lz_call_t *call);
int32_t embedding(const lz_call_t *call);
int32_t crossEntropy(const lz_call_t *call);
int32_t sampleGreedy(const lz_call_t *call);
/// sample.top_k and sample.top_p.
int32_t sampleRandom(const lz_call_t *call);

} // namespace lz::kernels::reference

#endif // LZ_KERNELS_REFERENCE_KERNELS_H
