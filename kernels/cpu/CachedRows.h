//===- CachedRows.h - Products with rows of a cache where they lie --------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each function reads `count` rows of `width` elements through pointers, so that it makes no difference whether they
// stand side by side, and widens them as it loads them. It serves up to `maxSharing` queries at once, for which a row
// is read once.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_KERNELS_CPU_CACHEDROWS_H
#define LZ_KERNELS_CPU_CACHEDROWS_H

#include "../common/Element.h"

namespace lz::kernels::cpu {

constexpr int64_t maxSharing = 4;

/// Rows that begin at `pointers`, with elements of type `element`. While they are at work, `ahead` is fetched into the
/// caches, where it is not null: as many rows, which come next.
struct CachedRows {
  Element element;
  const char *const *pointers, *const *ahead;
  int64_t count, width;
};

/// Brings `width` floats into the order in which rows of this type are multiplied, and back.
void arrangeCached(Element element, float *row, int64_t width);
void restoreCached(Element element, float *row, int64_t width);

/// scores[q * lds + j] = row j times queries[q * ldq ..], which are arranged.
void dotCached(const CachedRows &rows, const float *queries, int64_t ldq, int64_t numQueries, float *scores,
               int64_t lds);
/// sums[q * ldr + d] += sum over j of weights[q * ldw + j] * row j [d], where the sums are arranged.
void addCached(const CachedRows &rows, const float *weights, int64_t ldw, int64_t numQueries, float *sums, int64_t ldr);
/// Turns `count` scores into exp(score - maximum); returns their sum and sets the maximum.
float softmaxPart(float *scores, int64_t count, float &maximum);

} // namespace lz::kernels::cpu

#endif // LZ_KERNELS_CPU_CACHEDROWS_H
