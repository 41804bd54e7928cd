//===- PairProducts.cpp - Scores of bfloat16 rows, two products at a time -===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PairProducts.h"

#include "hwy/detect_targets.h"
#include "hwy/targets.h"

#include <algorithm>
#include <cstring>
#if HWY_ARCH_X86_64
#include <immintrin.h>
#endif

namespace lz::kernels::cpu {

void packPairs(const BFloat *query, int64_t width, float *target, int64_t ld) {
  for (; width >= 2; width -= 2, query += 2, target += ld)
    std::memcpy(target, query, sizeof(float));
  if (width)
    *target = std::bit_cast<float>(uint32_t(query->bits));
}

#if HWY_ARCH_X86_64

namespace {

#define LZ_AVX512_BF16 __attribute__((target("avx512f,avx512bw,avx512bf16")))
#define LZ_AVX512_BF16_INLINE LZ_AVX512_BF16 inline __attribute__((always_inline))

constexpr int lanes = 16;

struct Tile {
  const BFloat *rows;
  int64_t stride, width;
  const float *queries;
  int64_t ldq;
  float scale, *scores;
  int64_t ld;
};

/// Adds the products of elements d and d + 1; `size` 1 where there is no second one.
template <int MR, int NV>
LZ_AVX512_BF16_INLINE void addPair(const Tile &tile, int64_t d, int size, __m512 (&sums)[MR][NV]) {
  __m512bh queries[NV];
  for (int v = 0; v < NV; ++v)
    queries[v] = (__m512bh)_mm512_loadu_si512(tile.queries + d / 2 * tile.ldq + v * lanes);
  for (int r = 0; r < MR; ++r) {
    int32_t bits = 0;
    std::memcpy(&bits, tile.rows + r * tile.stride + d, size_t(size) * sizeof(BFloat));
    const __m512bh pair = (__m512bh)_mm512_set1_epi32(bits);
    for (int v = 0; v < NV; ++v)
      sums[r][v] = _mm512_dpbf16_ps(sums[r][v], pair, queries[v]);
  }
}

template <int MR, int NV> LZ_AVX512_BF16_INLINE void multiplyTile(const Tile &tile) {
  __m512 sums[MR][NV];
  for (int r = 0; r < MR; ++r)
    for (int v = 0; v < NV; ++v)
      sums[r][v] = _mm512_setzero_ps();
  int64_t d = 0;
  for (; d + 2 <= tile.width; d += 2)
    addPair<MR, NV>(tile, d, 2, sums);
  if (d < tile.width)
    addPair<MR, NV>(tile, d, 1, sums);
  const __m512 scale = _mm512_set1_ps(tile.scale);
  for (int r = 0; r < MR; ++r)
    for (int v = 0; v < NV; ++v)
      _mm512_storeu_ps(tile.scores + r * tile.ld + v * lanes, _mm512_mul_ps(sums[r][v], scale));
}

template <int MR, int NV> LZ_AVX512_BF16_INLINE void multiplyRows(const Tile &tile, int64_t rows) {
  if (rows == MR)
    return multiplyTile<MR, NV>(tile);
  if constexpr (MR > 1)
    multiplyRows<MR - 1, NV>(tile, rows);
}

/// Tiles of `MR` x `NV` sums, which fit in 32 registers beside a row of queries.
template <int MR, int NV> LZ_AVX512_BF16 __attribute__((noinline)) void multiplyPanel(Tile tile, int64_t rows) {
  for (int64_t r = 0; r < rows; r += MR) {
    multiplyRows<MR, NV>(tile, std::min<int64_t>(rows - r, MR));
    tile.rows += MR * tile.stride;
    tile.scores += MR * tile.ld;
  }
}

void multiplyPairs(const BFloatRows &rows, const float *queries, int64_t ldq, float scale, float *scores, int64_t ld,
                   int64_t columns) {
  int64_t column = 0;
  auto tile = [&] {
    return Tile{rows.data, rows.stride, rows.width, queries + column, ldq, scale, scores + column, ld};
  };
  for (; column + 4 * lanes <= columns; column += 4 * lanes)
    multiplyPanel<6, 4>(tile(), rows.count);
  for (; column + 2 * lanes <= columns; column += 2 * lanes)
    multiplyPanel<12, 2>(tile(), rows.count);
  for (; column < columns; column += lanes)
    multiplyPanel<12, 1>(tile(), rows.count);
}

/// Elements of a vector of pairs: a line of memory.
constexpr int64_t vectorElements = 2 * lanes;

/// The sums of the lanes of 16 vectors, in their order.
LZ_AVX512_BF16_INLINE __m512 sumsOf(__m512 (&sums)[lanes]) {
  for (int i = 0; i < lanes / 2; ++i)
    sums[i] = _mm512_add_ps(_mm512_unpacklo_ps(sums[2 * i], sums[2 * i + 1]),
                            _mm512_unpackhi_ps(sums[2 * i], sums[2 * i + 1]));
  for (int i = 0; i < lanes / 4; ++i) {
    const __m512d low = _mm512_castps_pd(sums[2 * i]), high = _mm512_castps_pd(sums[2 * i + 1]);
    sums[i] =
        _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(low, high)), _mm512_castpd_ps(_mm512_unpackhi_pd(low, high)));
  }
  // Each quarter of a vector now holds sums of the same four: first those of even and odd quarters are added.
  for (int left = lanes / 8; left; left /= 2)
    for (int i = 0; i < left; ++i)
      sums[i] = _mm512_add_ps(_mm512_shuffle_f32x4(sums[2 * i], sums[2 * i + 1], 0x88),
                              _mm512_shuffle_f32x4(sums[2 * i], sums[2 * i + 1], 0xdd));
  return sums[0];
}

struct Dots {
  const CachedRows &rows;
  const BFloat *queries;
  int64_t ldq;
  float scale, *scores;
  int64_t lds;
};

/// Adds the products of `elements` elements from element `d` on of R rows and Q queries.
template <int Q, int R>
LZ_AVX512_BF16_INLINE void addDots(const Dots &dots, const BFloat *const (&rows)[R], int64_t d, int64_t elements,
                                   __m512 (&sums)[lanes]) {
  const __mmask32 mask = __mmask32(~uint32_t(0) >> (vectorElements - elements));
  __m512bh keys[R];
  for (int r = 0; r < R; ++r)
    keys[r] = (__m512bh)_mm512_maskz_loadu_epi16(mask, rows[r] + d);
  for (int q = 0; q < Q; ++q) {
    const __m512bh query = (__m512bh)_mm512_maskz_loadu_epi16(mask, dots.queries + q * dots.ldq + d);
    for (int r = 0; r < R; ++r)
      sums[q * R + r] = _mm512_dpbf16_ps(sums[q * R + r], keys[r], query);
  }
}

/// The dots of the rows from `first` on, R = 16 / Q of them: past the end the last one again.
template <int Q> LZ_AVX512_BF16_INLINE void dotBlock(const Dots &dots, int64_t first) {
  constexpr int R = lanes / Q;
  const CachedRows &all = dots.rows;
  const BFloat *rows[R];
  const char *ahead[R];
  for (int r = 0; r < R; ++r) {
    const int64_t row = std::min(first + r, all.count - 1);
    rows[r] = reinterpret_cast<const BFloat *>(all.pointers[row]);
    ahead[r] = all.ahead ? all.ahead[row] : all.pointers[row];
  }
  __m512 sums[lanes];
  for (__m512 &sum : sums)
    sum = _mm512_setzero_ps();
  int64_t d = 0;
  for (; d + vectorElements <= all.width; d += vectorElements) {
    addDots<Q, R>(dots, rows, d, vectorElements, sums);
    for (int r = 0; r < R && all.ahead; ++r)
      __builtin_prefetch(ahead[r] + d * int64_t(sizeof(BFloat)), 0, 2);
  }
  if (d < all.width)
    addDots<Q, R>(dots, rows, d, all.width - d, sums);
  alignas(64) float values[lanes];
  _mm512_store_ps(values, _mm512_mul_ps(sumsOf(sums), _mm512_set1_ps(dots.scale)));
  for (int q = 0; q < Q; ++q)
    if (first + R <= all.count) // of a size that the compiler knows
      std::memcpy(dots.scores + q * dots.lds + first, values + q * R, R * sizeof(float));
    else
      std::copy_n(values + q * R, all.count - first, dots.scores + q * dots.lds + first);
}

template <int Q> LZ_AVX512_BF16 __attribute__((noinline)) void dotRows(const Dots &dots) {
  for (int64_t j = 0; j < dots.rows.count; j += lanes / Q)
    dotBlock<Q>(dots, j);
}

void dotPairs(const CachedRows &rows, const BFloat *queries, int64_t ldq, int64_t numQueries, float scale,
              float *scores, int64_t lds) {
  static_assert(maxSharing == 4, "one case a number of queries");
  int64_t q = 0;
  auto dots = [&] { return Dots{rows, queries + q * ldq, ldq, scale, scores + q * lds, lds}; };
  if (q + 4 <= numQueries)
    dotRows<4>(dots()), q += 4;
  if (q + 2 <= numQueries)
    dotRows<2>(dots()), q += 2;
  if (q < numQueries)
    dotRows<1>(dots());
}

/// Asked once: CPUID takes microseconds on a virtual machine.
bool hasPairs() {
  static const bool has =
      (hwy::SupportedTargets() & (HWY_AVX3 | HWY_AVX3_DL)) != 0 && __builtin_cpu_supports("avx512bf16");
  return has;
}

} // namespace

PairProducts pairProducts() { return hasPairs() ? multiplyPairs : nullptr; }
PairDots pairDots() { return hasPairs() ? dotPairs : nullptr; }

#else

PairProducts pairProducts() { return nullptr; }
PairDots pairDots() { return nullptr; }

#endif

} // namespace lz::kernels::cpu
