//===- PairProducts.cpp - Scores of bfloat16 rows, two products at a time -===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PairProducts.h"

#include "hwy/detect_targets.h"
#include "hwy/targets.h"

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

#define LZ_AVX512_BF16 __attribute__((target("avx512f,avx512bf16")))

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
LZ_AVX512_BF16 inline __attribute__((always_inline)) void addPair(const Tile &tile, int64_t d, int size,
                                                                  __m512 (&sums)[MR][NV]) {
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

template <int MR, int NV> LZ_AVX512_BF16 inline __attribute__((always_inline)) void multiplyTile(const Tile &tile) {
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

template <int MR, int NV>
LZ_AVX512_BF16 inline __attribute__((always_inline)) void multiplyRows(const Tile &tile, int64_t rows) {
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

} // namespace

PairProducts pairProducts() {
  const bool allowed = (hwy::SupportedTargets() & (HWY_AVX3 | HWY_AVX3_DL)) != 0;
  return allowed && __builtin_cpu_supports("avx512bf16") ? multiplyPairs : nullptr;
}

#else

PairProducts pairProducts() { return nullptr; }

#endif

} // namespace lz::kernels::cpu
