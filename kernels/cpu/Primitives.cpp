//===- Primitives.cpp - Vectorised building blocks ------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Primitives.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "Primitives.cpp"
#include "hwy/foreach_target.h"
// Highway's headers follow foreach_target.
#include "Simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lz::kernels::cpu::HWY_NAMESPACE {

// A tile of MR x NV vectors of c stays in registers while `inner` is summed. 32 registers of 512 bits hold 6 x 4 sums,
// 16 smaller ones 6 x 2; with fewer vectors across, more rows keep as many sums in flight.
#if HWY_TARGET <= HWY_AVX3
constexpr int tileVectors = 4;
#else
constexpr int tileVectors = 2;
#endif
constexpr int rowsFor(int vectors) { return vectors >= tileVectors ? 6 : 12; }

struct Tile {
  Matrix a;
  const float *b;
  int64_t ldb;
  float *c;
  int64_t ldc;
  int64_t inner;
  bool accumulate;
};

template <int MR, int NV> HWY_INLINE void multiplyTile(const Tile &tile) {
  const int64_t lanes = int64_t(hn::Lanes(floats));
  Vector sums[MR][NV];
  for (int r = 0; r < MR; ++r)
    for (int v = 0; v < NV; ++v)
      sums[r][v] = tile.accumulate ? load(tile.c + r * tile.ldc + v * lanes) : hn::Zero(floats);
  const float *a = tile.a.data, *b = tile.b;
  for (int64_t i = 0; i < tile.inner; ++i, a += tile.a.columnStride, b += tile.ldb) {
    Vector row[NV];
    for (int v = 0; v < NV; ++v)
      row[v] = load(b + v * lanes);
    for (int r = 0; r < MR; ++r) {
      Vector factor = hn::Set(floats, a[r * tile.a.rowStride]);
      for (int v = 0; v < NV; ++v)
        sums[r][v] = hn::MulAdd(factor, row[v], sums[r][v]);
    }
  }
  for (int r = 0; r < MR; ++r)
    for (int v = 0; v < NV; ++v)
      store(sums[r][v], tile.c + r * tile.ldc + v * lanes);
}

template <int MR, int NV> HWY_INLINE void multiplyRows(const Tile &tile, int64_t rows) {
  if (rows == MR)
    return multiplyTile<MR, NV>(tile);
  if constexpr (MR > 1)
    multiplyRows<MR - 1, NV>(tile, rows);
}

template <int NV> HWY_NOINLINE void multiplyPanel(Tile tile, int64_t rows) {
  constexpr int step = rowsFor(NV);
  for (int64_t r = 0; r < rows; r += step) {
    multiplyRows<step, NV>(tile, HWY_MIN(rows - r, int64_t(step)));
    tile.a.data += step * tile.a.rowStride;
    tile.c += step * tile.ldc;
  }
}

void Multiply(Matrix a, const float *b, int64_t ldb, float *c, int64_t ldc, int64_t rows, int64_t columns,
              int64_t inner, bool accumulate) {
  const int64_t lanes = int64_t(hn::Lanes(floats));
  int64_t column = 0;
  for (; column + tileVectors * lanes <= columns; column += tileVectors * lanes)
    multiplyPanel<tileVectors>({a, b + column, ldb, c + column, ldc, inner, accumulate}, rows);
  for (; column + 2 * lanes <= columns; column += 2 * lanes)
    multiplyPanel<2>({a, b + column, ldb, c + column, ldc, inner, accumulate}, rows);
  for (; column < columns; column += lanes)
    multiplyPanel<1>({a, b + column, ldb, c + column, ldc, inner, accumulate}, rows);
}

template <int Q>
HWY_INLINE void dotRow(const float *row, const float *queries, int64_t ldq, int64_t width, float *scores) {
  Vector sums[Q];
  for (int q = 0; q < Q; ++q)
    sums[q] = hn::Zero(floats);
  forVectors(width, [&](int64_t i, size_t lanes) HWY_ATTR {
    const Vector key = loadSome(row + i, lanes);
    for (int q = 0; q < Q; ++q)
      sums[q] = hn::MulAdd(key, loadSome(queries + q * ldq + i, lanes), sums[q]);
  });
  for (int q = 0; q < Q; ++q)
    scores[q] = sumOf(sums[q]);
}

template <int Q>
void dotRowsOf(Matrix rows, int64_t count, const float *queries, int64_t ldq, int64_t width, float *scores,
               int64_t ld) {
  for (int64_t j = 0; j < count; ++j, rows.data += rows.rowStride, scores += ld) {
    std::memset(scores, 0, padding * sizeof(float));
    dotRow<Q>(rows.data, queries, ldq, width, scores);
  }
}

void DotRows(Matrix rows, int64_t count, const float *queries, int64_t ldq, int64_t numQueries, int64_t width,
             float *scores, int64_t ld) {
  static_assert(maxDotQueries == 4, "one case a number of queries");
  switch (numQueries) {
  case 1:
    return dotRowsOf<1>(rows, count, queries, ldq, width, scores, ld);
  case 2:
    return dotRowsOf<2>(rows, count, queries, ldq, width, scores, ld);
  case 3:
    return dotRowsOf<3>(rows, count, queries, ldq, width, scores, ld);
  default:
    return dotRowsOf<4>(rows, count, queries, ldq, width, scores, ld);
  }
}

template <typename T> void widenRow(const T *source, int64_t count, float scale, float *target) {
  const Vector factor = hn::Set(floats, scale);
  forVectors(count, [&](int64_t i, size_t lanes)
                        HWY_ATTR { storeSome(hn::Mul(loadSome(source + i, lanes), factor), target + i, lanes); });
}

template <typename T> void narrowRow(const float *source, int64_t count, float scale, T *target) {
  const Vector factor = hn::Set(floats, scale);
  forVectors(count, [&](int64_t i, size_t lanes)
                        HWY_ATTR { storeSome(hn::Mul(loadSome(source + i, lanes), factor), target + i, lanes); });
}

void Widen(Element element, const void *source, int64_t count, float scale, float *target) {
  if (element == Element::F16)
    return widenRow(static_cast<const Half *>(source), count, scale, target);
  if (element == Element::BF16)
    return widenRow(static_cast<const BFloat *>(source), count, scale, target);
  widenRow(static_cast<const float *>(source), count, scale, target);
}

void Narrow(Element element, const float *source, int64_t count, float scale, void *target) {
  if (element == Element::F16)
    return narrowRow(source, count, scale, static_cast<Half *>(target));
  if (element == Element::BF16)
    return narrowRow(source, count, scale, static_cast<BFloat *>(target));
  narrowRow(source, count, scale, static_cast<float *>(target));
}

void OnlineSoftmax(float *scores, int64_t ld, int64_t keys, int64_t columns, float *maxima, float *sums,
                   float *factors) {
  const Vector lowest = hn::Set(floats, -HUGE_VALF);
  const int64_t lanes = int64_t(hn::Lanes(floats));
  for (int64_t column = 0; column < columns; column += lanes) {
    const Vector before = load(maxima + column);
    Vector maximum = before;
    for (int64_t j = 0; j < keys; ++j)
      maximum = hn::Max(maximum, load(scores + j * ld + column));
    // A column that has seen no key keeps -inf; subtracting 0 from it keeps its weights 0.
    const Vector base = hn::IfThenElse(hn::Eq(maximum, lowest), hn::Zero(floats), maximum);
    Vector sum = hn::Zero(floats);
    for (int64_t j = 0; j < keys; ++j) {
      const Vector weight = weightOf(hn::Sub(load(scores + j * ld + column), base));
      store(weight, scores + j * ld + column);
      sum = hn::Add(sum, weight);
    }
    const Vector factor = exponential(hn::Sub(before, base));
    store(factor, factors + column);
    store(maximum, maxima + column);
    store(hn::MulAdd(load(sums + column), factor, sum), sums + column);
  }
}

void ScaleColumns(float *matrix, int64_t ld, int64_t rows, int64_t columns, const float *factors) {
  const int64_t lanes = int64_t(hn::Lanes(floats));
  for (int64_t row = 0; row < rows; ++row, matrix += ld)
    for (int64_t column = 0; column < columns; column += lanes)
      store(hn::Mul(load(matrix + column), load(factors + column)), matrix + column);
}

void Add(float *target, const float *source, int64_t count) {
  forVectors(count, [&](int64_t i, size_t lanes) HWY_ATTR {
    storeSome(hn::Add(loadSome(target + i, lanes), loadSome(source + i, lanes)), target + i, lanes);
  });
}

void Softcap(float *scores, int64_t count, float cap) {
  const Vector factor = hn::Set(floats, cap), inverse = hn::Set(floats, 1 / cap);
  for (int64_t i = 0; i < count; i += int64_t(hn::Lanes(floats)))
    store(hn::Mul(factor, hyperbolicTangent(hn::Mul(load(scores + i), inverse))), scores + i);
}

} // namespace lz::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lz::kernels::cpu {
HWY_EXPORT(Multiply);
HWY_EXPORT(DotRows);
HWY_EXPORT(Widen);
HWY_EXPORT(Narrow);
HWY_EXPORT(OnlineSoftmax);
HWY_EXPORT(ScaleColumns);
HWY_EXPORT(Softcap);
HWY_EXPORT(Add);

void multiply(Matrix a, const float *b, int64_t ldb, float *c, int64_t ldc, int64_t rows, int64_t columns,
              int64_t inner, bool accumulate) {
  HWY_DYNAMIC_DISPATCH(Multiply)(a, b, ldb, c, ldc, rows, columns, inner, accumulate);
}
void dotRows(Matrix rows, int64_t count, const float *queries, int64_t ldq, int64_t numQueries, int64_t width,
             float *scores, int64_t ld) {
  HWY_DYNAMIC_DISPATCH(DotRows)(rows, count, queries, ldq, numQueries, width, scores, ld);
}
void widen(Element element, const void *source, int64_t count, float scale, float *target) {
  HWY_DYNAMIC_DISPATCH(Widen)(element, source, count, scale, target);
}
void narrow(Element element, const float *source, int64_t count, float scale, void *target) {
  HWY_DYNAMIC_DISPATCH(Narrow)(element, source, count, scale, target);
}
void onlineSoftmax(float *scores, int64_t ld, int64_t keys, int64_t columns, float *maxima, float *sums,
                   float *factors) {
  HWY_DYNAMIC_DISPATCH(OnlineSoftmax)(scores, ld, keys, columns, maxima, sums, factors);
}
void scaleColumns(float *matrix, int64_t ld, int64_t rows, int64_t columns, const float *factors) {
  HWY_DYNAMIC_DISPATCH(ScaleColumns)(matrix, ld, rows, columns, factors);
}
void softcap(float *scores, int64_t count, float cap) { HWY_DYNAMIC_DISPATCH(Softcap)(scores, count, cap); }
void add(float *target, const float *source, int64_t count) { HWY_DYNAMIC_DISPATCH(Add)(target, source, count); }
} // namespace lz::kernels::cpu
#endif
