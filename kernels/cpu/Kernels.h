//===- Kernels.h - The CPU kernels' entry points --------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every kernel takes contiguous float16, bfloat16 and float32, accumulates in float32 in an order that does not depend
// on the number of threads, and writes nothing unless it succeeds; oneDNN's says where it differs. Formulas:
// kernels/common.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_KERNELS_CPU_KERNELS_H
#define LZ_KERNELS_CPU_KERNELS_H

#include "../common/Problems.h"

namespace lz::kernels::cpu {

/// All three run with a cache or without.
/// Online softmax over tiles of keys; tiles that no query of the block sees are skipped.
int32_t flashAttention(const lz_call_t *call);
/// Keys in large chunks, each with a softmax of its own, merged at the end (Rabe and Staats, arXiv:2112.05682).
int32_t memoryEfficientAttention(const lz_call_t *call);
/// All scores of a block of queries, then one softmax.
int32_t plainAttention(const lz_call_t *call);

int32_t cacheUpdate(const lz_call_t *call);

int32_t fusedNorm(const lz_call_t *call);
int32_t twoPassNorm(const lz_call_t *call);
/// Layer and group norm.
int32_t affineNorm(const lz_call_t *call);
/// Both rotations.
int32_t rope(const lz_call_t *call);
/// gelu and silu, geglu and swiglu.
int32_t activation(const lz_call_t *call);
int32_t softmax(const lz_call_t *call);
int32_t embedding(const lz_call_t *call);
int32_t crossEntropy(const lz_call_t *call);
int32_t sampleGreedy(const lz_call_t *call);
/// sample.top_k and sample.top_p.
int32_t sampleRandom(const lz_call_t *call);
/// Blocked; takes any strides.
int32_t matmul(const lz_call_t *call);
/// oneDNN; float32 and bfloat16, on oneDNN's own threads. A failure may leave part of the output written.
int32_t onednnMatmul(const lz_call_t *call);

inline bool isNarrowFloat(Element element) { return isFloat(element) && element != Element::F64; }

/// Whether these arguments, absent ones aside, can be walked as flat arrays.
template <typename... Tensors> bool allContiguous(const Tensors &...tensors) { return (tensors.contiguous && ...); }

} // namespace lz::kernels::cpu

#endif // LZ_KERNELS_CPU_KERNELS_H
