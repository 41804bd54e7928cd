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

/// Two vectors of elements that follow one another; of bfloat16 the even ones and the odd ones, each of which costs a
/// single instruction. What is multiplied with them must be arranged like that (`ArrangeCached`).
HWY_INLINE void loadTwo(const float *source, Vector &first, Vector &second) {
  first = load(source), second = load(source + maxLanes);
}
HWY_INLINE void loadTwo(const Half *source, Vector &first, Vector &second) {
  first = load(source), second = load(source + maxLanes);
}
HWY_INLINE void loadTwo(const BFloat *source, Vector &even, Vector &odd) {
  const hn::Rebind<uint32_t, Floats> pairs;
  const hn::Repartition<uint8_t, Floats> bytes;
  const auto both = hn::BitCast(pairs, hn::LoadU(bytes, reinterpret_cast<const uint8_t *>(source)));
  even = hn::BitCast(floats, hn::ShiftLeft<16>(both));
  odd = hn::BitCast(floats, hn::And(both, hn::Set(pairs, 0xffff0000u)));
}

/// Fetches what stands in `count` elements from element `at` on of a row like those at work.
template <typename T> HWY_INLINE void fetch(const char *row, int64_t at, int64_t count) {
  constexpr int64_t line = 64, size = sizeof(T);
  for (int64_t offset = 0; offset < count * size; offset += line)
    __builtin_prefetch(row + at * size + offset, 0, 2);
}

/// Q queries and R rows, R * Q = maxLanes: their products fill one vector.
template <typename T, int Q, int R> struct Products {
  const T *rows[R];
  Vector sums[Q * R];

  HWY_INLINE Products(const CachedRows &all, int64_t first) {
    for (int r = 0; r < R; ++r) // past the end the last row again
      rows[r] = reinterpret_cast<const T *>(all.pointers[HWY_MIN(first + r, all.count - 1)]);
    for (Vector &sum : sums)
      sum = hn::Zero(floats);
  }
  HWY_INLINE void add(const Vector (&keys)[R], const float *query, int64_t ldq, size_t lanes) {
    for (int q = 0; q < Q; ++q) {
      const Vector factor = loadSome(query + q * ldq, lanes);
      for (int r = 0; r < R; ++r)
        sums[q * R + r] = hn::MulAdd(keys[r], factor, sums[q * R + r]);
    }
  }
};

template <typename T, int Q>
void dotRows(const CachedRows &rows, const float *queries, int64_t ldq, float *scores, int64_t lds) {
  constexpr int R = maxLanes / Q;
  for (int64_t j = 0; j < rows.count; j += R) {
    Products<T, Q, R> products(rows, j);
    Vector keys[R], next[R];
    int64_t i = 0;
    for (; i + 2 * maxLanes <= rows.width; i += 2 * maxLanes) {
      for (int r = 0; r < R; ++r)
        loadTwo(products.rows[r] + i, keys[r], next[r]);
      products.add(keys, queries + i, ldq, maxLanes);
      products.add(next, queries + i + maxLanes, ldq, maxLanes);
      if (rows.ahead)
        for (int r = 0; r < R; ++r)
          fetch<T>(rows.ahead[HWY_MIN(j + r, rows.count - 1)], i, 2 * maxLanes);
    }
    for (; i < rows.width; i += maxLanes) {
      const size_t lanes = size_t(HWY_MIN(rows.width - i, int64_t(maxLanes)));
      for (int r = 0; r < R; ++r)
        keys[r] = loadSome(products.rows[r] + i, lanes);
      products.add(keys, queries + i, ldq, lanes);
    }
    HWY_ALIGN float values[maxLanes];
    hn::Store(sumsOf(products.sums), floats, values);
    const bool full = j + R <= rows.count;
    for (int q = 0; q < Q; ++q)
      if (HWY_LIKELY(full))
        std::memcpy(scores + q * lds + j, values + q * R, R * sizeof(float));
      else
        std::copy_n(values + q * R, rows.count - j, scores + q * lds + j);
  }
}

/// Adds NV vectors of each row, from element `at` on: pairs of full vectors, or one vector of `lanes` elements.
template <typename T, int Q, int NV>
HWY_INLINE void addVectors(const CachedRows &rows, int64_t at, size_t lanes, const float *weights, int64_t ldw,
                           float *sums, int64_t ldr) {
  Vector total[Q][NV];
  for (int q = 0; q < Q; ++q)
    for (int v = 0; v < NV; ++v)
      total[q][v] = loadSome(sums + q * ldr + at + v * maxLanes, lanes);
  for (int64_t j = 0; j < rows.count; ++j) {
    const T *row = reinterpret_cast<const T *>(rows.pointers[j]) + at;
    Vector value[NV];
    if constexpr (NV == 1)
      value[0] = loadSome(row, lanes);
    else
      for (int v = 0; v < NV; v += 2)
        loadTwo(row + v * maxLanes, value[v], value[v + 1]);
    if (rows.ahead)
      fetch<T>(rows.ahead[j], at, NV * maxLanes);
    for (int q = 0; q < Q; ++q) {
      const Vector weight = hn::Set(floats, weights[q * ldw + j]);
      for (int v = 0; v < NV; ++v)
        total[q][v] = hn::MulAdd(weight, value[v], total[q][v]);
    }
  }
  for (int q = 0; q < Q; ++q)
    for (int v = 0; v < NV; ++v)
      storeSome(total[q][v], sums + q * ldr + at + v * maxLanes, lanes);
}

template <typename T, int Q>
void addRows(const CachedRows &rows, const float *weights, int64_t ldw, float *sums, int64_t ldr) {
  // As many sums as leave registers for the values: 32 registers of 512 bits, 16 smaller ones.
  constexpr int NV = HWY_MIN((maxLanes > 8 ? 16 : 8) / Q, 8);
  int64_t at = 0;
  for (; at + NV * maxLanes <= rows.width; at += NV * maxLanes)
    addVectors<T, Q, NV>(rows, at, maxLanes, weights, ldw, sums, ldr);
  for (; at + 2 * maxLanes <= rows.width; at += 2 * maxLanes)
    addVectors<T, Q, 2>(rows, at, maxLanes, weights, ldw, sums, ldr);
  for (; at < rows.width; at += maxLanes)
    addVectors<T, Q, 1>(rows, at, size_t(HWY_MIN(rows.width - at, int64_t(maxLanes))), weights, ldw, sums, ldr);
}

/// Calls body(type, integral constant) for the element type and the number of queries; three go as two and one.
template <typename Body> HWY_INLINE void forQueries(Element element, int64_t numQueries, Body &&body) {
  static_assert(maxSharing == 4, "one case a number of queries");
  withType(element, [&](auto type) {
    int64_t q = 0;
    if (q + 4 <= numQueries)
      body(type, std::integral_constant<int, 4>(), std::exchange(q, q + 4));
    if (q + 2 <= numQueries)
      body(type, std::integral_constant<int, 2>(), std::exchange(q, q + 2));
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

/// Calls body(first, second) for the pairs of vectors that `loadTwo` rearranges.
template <typename Body> HWY_INLINE void forRearranged(Element element, int64_t width, Body &&body) {
  if (element == Element::BF16)
    for (int64_t i = 0; i + 2 * maxLanes <= width; i += 2 * maxLanes)
      body(i, i + maxLanes);
}

void ArrangeCached(Element element, float *row, int64_t width) {
  forRearranged(element, width, [&](int64_t first, int64_t second) HWY_ATTR {
    const Vector low = load(row + first), high = load(row + second);
    store(hn::ConcatEven(floats, high, low), row + first);
    store(hn::ConcatOdd(floats, high, low), row + second);
  });
}

void RestoreCached(Element element, float *row, int64_t width) {
  forRearranged(element, width, [&](int64_t first, int64_t second) HWY_ATTR {
    HWY_ALIGN float even[maxLanes], odd[maxLanes];
    hn::Store(load(row + first), floats, even);
    hn::Store(load(row + second), floats, odd);
    for (int i = 0; i < maxLanes; ++i)
      row[first + 2 * i] = even[i], row[first + 2 * i + 1] = odd[i];
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
HWY_EXPORT(ArrangeCached);
HWY_EXPORT(RestoreCached);
HWY_EXPORT(SoftmaxPart);

void dotCached(const CachedRows &rows, const float *queries, int64_t ldq, int64_t numQueries, float *scores,
               int64_t lds) {
  HWY_DYNAMIC_DISPATCH(DotCached)(rows, queries, ldq, numQueries, scores, lds);
}
void addCached(const CachedRows &rows, const float *weights, int64_t ldw, int64_t numQueries, float *sums,
               int64_t ldr) {
  HWY_DYNAMIC_DISPATCH(AddCached)(rows, weights, ldw, numQueries, sums, ldr);
}
void arrangeCached(Element element, float *row, int64_t width) {
  HWY_DYNAMIC_DISPATCH(ArrangeCached)(element, row, width);
}
void restoreCached(Element element, float *row, int64_t width) {
  HWY_DYNAMIC_DISPATCH(RestoreCached)(element, row, width);
}
float softmaxPart(float *scores, int64_t count, float &maximum) {
  return HWY_DYNAMIC_DISPATCH(SoftmaxPart)(scores, count, maximum);
}
} // namespace lz::kernels::cpu
#endif
