//===- CachedRows.cpp - Products with rows of a cache where they lie ------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CachedRows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "CachedRows.cpp"
#include "hwy/foreach_target.h"
// Highway's headers follow foreach_target.
#include "Simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lz::kernels::cpu::HWY_NAMESPACE {

constexpr int maxLanes = int(hn::MaxLanes(floats));

/// The sums of the lanes of maxLanes vectors, in their order.
HWY_INLINE Vector sumsOf(Vector *vectors) {
  for (int left = maxLanes; left > 1; left /= 2)
    for (int i = 0; i < left / 2; ++i) {
      const Vector low = vectors[2 * i], high = vectors[2 * i + 1];
      vectors[i] = hn::Add(hn::ConcatEven(floats, high, low), hn::ConcatOdd(floats, high, low));
    }
  return vectors[0];
}

/// Q queries times maxLanes / Q rows at a time: the products fill one vector.
template <typename T, int Q>
void dotRows(const CachedRows &rows, const float *queries, int64_t ldq, float *scores, int64_t lds) {
  constexpr int R = maxLanes / Q;
  for (int64_t j = 0; j < rows.count; j += R) {
    const T *row[R];
    for (int r = 0; r < R; ++r) // past the end the last row again
      row[r] = reinterpret_cast<const T *>(rows.pointers[HWY_MIN(j + r, rows.count - 1)]);
    Vector sums[Q * R];
    for (Vector &sum : sums)
      sum = hn::Zero(floats);
    forVectors(rows.width, [&](int64_t i, size_t lanes) HWY_ATTR {
      Vector key[R];
      for (int r = 0; r < R; ++r)
        key[r] = loadSome(row[r] + i, lanes);
      for (int q = 0; q < Q; ++q) {
        const Vector query = loadSome(queries + q * ldq + i, lanes);
        for (int r = 0; r < R; ++r)
          sums[q * R + r] = hn::MulAdd(key[r], query, sums[q * R + r]);
      }
    });
    HWY_ALIGN float products[maxLanes];
    hn::Store(sumsOf(sums), floats, products);
    for (int q = 0; q < Q; ++q)
      for (int r = 0; r < R && j + r < rows.count; ++r)
        scores[q * lds + j + r] = products[q * R + r];
  }
}

/// Adds NV vectors of each row, from element `at` on; `lanes` counts the elements of the last one.
template <typename T, int Q, int NV>
HWY_INLINE void addVectors(const CachedRows &rows, int64_t at, size_t lanes, const float *weights, int64_t ldw,
                           float *sums, int64_t ldr) {
  Vector total[Q][NV];
  auto lanesOf = [&](int v) { return v + 1 < NV ? size_t(maxLanes) : lanes; };
  for (int q = 0; q < Q; ++q)
    for (int v = 0; v < NV; ++v)
      total[q][v] = loadSome(sums + q * ldr + at + v * maxLanes, lanesOf(v));
  for (int64_t j = 0; j < rows.count; ++j) {
    const T *row = reinterpret_cast<const T *>(rows.pointers[j]) + at;
    Vector value[NV];
    for (int v = 0; v < NV; ++v)
      value[v] = loadSome(row + v * maxLanes, lanesOf(v));
    for (int q = 0; q < Q; ++q) {
      const Vector weight = hn::Set(floats, weights[q * ldw + j]);
      for (int v = 0; v < NV; ++v)
        total[q][v] = hn::MulAdd(weight, value[v], total[q][v]);
    }
  }
  for (int q = 0; q < Q; ++q)
    for (int v = 0; v < NV; ++v)
      storeSome(total[q][v], sums + q * ldr + at + v * maxLanes, lanesOf(v));
}

template <typename T, int Q>
void addRows(const CachedRows &rows, const float *weights, int64_t ldw, float *sums, int64_t ldr) {
  constexpr int NV = HWY_MIN((maxLanes > 8 ? 16 : 8) / Q, 8);
  int64_t at = 0;
  for (; at + NV * maxLanes <= rows.width; at += NV * maxLanes)
    addVectors<T, Q, NV>(rows, at, maxLanes, weights, ldw, sums, ldr);
  for (; at < rows.width; at += maxLanes)
    addVectors<T, Q, 1>(rows, at, size_t(HWY_MIN(rows.width - at, int64_t(maxLanes))), weights, ldw, sums, ldr);
}

/// Calls body(type, integral constant) for the element type and the number of queries; three go as two and one.
template <typename Body> HWY_INLINE void forQueries(Element element, int64_t numQueries, Body &&body) {
  static_assert(maxSharing == 4, "one case a number of queries");
  withType(element, [&](auto type) {
    int64_t q = 0;
    for (; q + 4 <= numQueries; q += 4)
      body(type, std::integral_constant<int, 4>(), q);
    for (; q + 2 <= numQueries; q += 2)
      body(type, std::integral_constant<int, 2>(), q);
    if (q < numQueries)
      body(type, std::integral_constant<int, 1>(), q);
  });
}

void DotCached(const CachedRows &rows, const float *queries, int64_t ldq, int64_t numQueries, float *scores,
               int64_t lds) {
  forQueries(rows.element, numQueries, [&](auto *type, auto count, int64_t q) {
    using T = std::remove_pointer_t<decltype(type)>;
    dotRows<T, count>(rows, queries + q * ldq, ldq, scores + q * lds, lds);
  });
}

void AddCached(const CachedRows &rows, const float *weights, int64_t ldw, int64_t numQueries, float *sums,
               int64_t ldr) {
  forQueries(rows.element, numQueries, [&](auto *type, auto count, int64_t q) {
    using T = std::remove_pointer_t<decltype(type)>;
    addRows<T, count>(rows, weights + q * ldw, ldw, sums + q * ldr, ldr);
  });
}

float SoftmaxPart(float *scores, int64_t count, float &maximum) {
  const Vector lowest = hn::Set(floats, -HUGE_VALF);
  Vector greatest = lowest, sum = hn::Zero(floats);
  auto inRange = [](size_t lanes) HWY_ATTR { return hn::FirstN(floats, lanes); };
  forVectors(count, [&](int64_t i, size_t lanes) HWY_ATTR {
    greatest = hn::Max(greatest, hn::IfThenElse(inRange(lanes), loadSome(scores + i, lanes), lowest));
  });
  maximum = maxOf(greatest);
  // Where nothing is visible, subtracting 0 keeps the weights 0.
  const Vector base = hn::Set(floats, maximum == -HUGE_VALF ? 0.0f : maximum);
  forVectors(count, [&](int64_t i, size_t lanes) HWY_ATTR {
    const Vector weight = weightOf(hn::Sub(loadSome(scores + i, lanes), base));
    storeSome(weight, scores + i, lanes);
    sum = hn::Add(sum, hn::IfThenElseZero(inRange(lanes), weight));
  });
  return sumOf(sum);
}

} // namespace lz::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lz::kernels::cpu {
HWY_EXPORT(DotCached);
HWY_EXPORT(AddCached);
HWY_EXPORT(SoftmaxPart);

void dotCached(const CachedRows &rows, const float *queries, int64_t ldq, int64_t numQueries, float *scores,
               int64_t lds) {
  HWY_DYNAMIC_DISPATCH(DotCached)(rows, queries, ldq, numQueries, scores, lds);
}
void addCached(const CachedRows &rows, const float *weights, int64_t ldw, int64_t numQueries, float *sums,
               int64_t ldr) {
  HWY_DYNAMIC_DISPATCH(AddCached)(rows, weights, ldw, numQueries, sums, ldr);
}
float softmaxPart(float *scores, int64_t count, float &maximum) {
  return HWY_DYNAMIC_DISPATCH(SoftmaxPart)(scores, count, maximum);
}
} // namespace lz::kernels::cpu
#endif
