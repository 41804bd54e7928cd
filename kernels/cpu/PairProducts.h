//===- PairProducts.h - Scores of bfloat16 rows, two products at a time ---===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Highway 1.0 has no target for AVX512_BF16, whose dot product multiplies twice as many elements as a float32
// multiply-add, exactly, and sums them in float32.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_KERNELS_CPU_PAIRPRODUCTS_H
#define LZ_KERNELS_CPU_PAIRPRODUCTS_H

#include "CachedRows.h"

#include <cstdint>

namespace lz::kernels::cpu {

/// `count` rows of `width` elements.
struct BFloatRows {
  const BFloat *data;
  int64_t stride, count, width;
};

/// scores[j * ld + c] = scale * (row j . query c) for `columns` (padded) queries, packed with rows of `ldq` pairs.
/// Results below float32's normal numbers become 0.
using PairProducts = void (*)(const BFloatRows &rows, const float *queries, int64_t ldq, float scale, float *scores,
                              int64_t ld, int64_t columns);

/// The best that this machine has, or null. Where Highway was told to believe in less than AVX-512, so it is here.
PairProducts pairProducts();

/// As `dotCached` for bfloat16 rows and queries, which are not arranged, times `scale`.
using PairDots = void (*)(const CachedRows &rows, const BFloat *queries, int64_t ldq, int64_t numQueries, float scale,
                          float *scores, int64_t lds);

/// As `pairProducts`.
PairDots pairDots();

/// Packs a query into one column: the bits of elements 2p and 2p + 1, the lower one first, stand at target[p * ld]. A
/// missing last element is 0.
void packPairs(const BFloat *query, int64_t width, float *target, int64_t ld);

} // namespace lz::kernels::cpu

#endif // LZ_KERNELS_CPU_PAIRPRODUCTS_H
