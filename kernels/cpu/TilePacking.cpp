//===- TilePacking.cpp - Operands of tile products ------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TilePacking.h"
#include "Primitives.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "TilePacking.cpp"
#include "hwy/foreach_target.h"
// Highway's headers follow foreach_target.
#include "Simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lz::kernels::cpu::HWY_NAMESPACE {

using Halves = hn::Full128<uint16_t>;
using Words = hn::Full128<uint32_t>;
inline constexpr Halves halves;
inline constexpr Words words;

/// Transposes the four rows of four words.
HWY_INLINE void transposeFour(hn::Vec<Words> (&rows)[4]) {
  const hn::Full128<uint64_t> pairs;
  const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(words, rows[0], rows[1]));
  const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(words, rows[2], rows[3]));
  const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(words, rows[0], rows[1]));
  const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(words, rows[2], rows[3]));
  rows[0] = hn::BitCast(words, hn::InterleaveLower(pairs, low01, low23));
  rows[1] = hn::BitCast(words, hn::InterleaveUpper(pairs, low01, low23));
  rows[2] = hn::BitCast(words, hn::InterleaveLower(pairs, high01, high23));
  rows[3] = hn::BitCast(words, hn::InterleaveUpper(pairs, high01, high23));
}

void Transpose(const float *source, int64_t lds, int64_t rows, int64_t columns, float *target, int64_t ldt) {
  constexpr int64_t step = 4;
  const int64_t wholeRows = rows / step * step, wholeColumns = columns / step * step;
  for (int64_t r = 0; r < wholeRows; r += step)
    for (int64_t c = 0; c < wholeColumns; c += step) {
      hn::Vec<Words> block[step];
      for (int64_t i = 0; i < step; ++i)
        block[i] = hn::LoadU(words, reinterpret_cast<const uint32_t *>(source + (r + i) * lds + c));
      transposeFour(block);
      for (int64_t i = 0; i < step; ++i)
        hn::StoreU(block[i], words, reinterpret_cast<uint32_t *>(target + (c + i) * ldt + r));
    }
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = r < wholeRows ? wholeColumns : 0; c < columns; ++c)
      std::memcpy(target + c * ldt + r, source + r * lds + c, sizeof(float));
}

/// Values of 8 keys, of which rows lie `ld` apart, for 8 dimensions: target rows are dimensions.
HWY_INLINE void transposeValues(const uint16_t *source, int64_t ld, uint16_t *target) {
  hn::Vec<Words> low[4], high[4];
  for (int64_t i = 0; i < 4; ++i) {
    const auto even = hn::LoadU(halves, source + 2 * i * ld), odd = hn::LoadU(halves, source + (2 * i + 1) * ld);
    low[i] = hn::BitCast(words, hn::InterleaveLower(halves, even, odd));
    high[i] = hn::BitCast(words, hn::InterleaveUpper(halves, even, odd));
  }
  transposeFour(low), transposeFour(high);
  for (int64_t i = 0; i < 4; ++i) {
    hn::StoreU(hn::BitCast(halves, low[i]), halves, target + i * tileDepth);
    hn::StoreU(hn::BitCast(halves, high[i]), halves, target + (4 + i) * tileDepth);
  }
}

/// Tiles of the values of `tileDepth` keys, `tileStep` elements apart; `width` is a multiple of `tileRows`. Returns
/// whether all are finite.
bool PackValues(const uint16_t *source, int64_t width, uint16_t *target, int64_t tileStep) {
  constexpr int64_t step = 8;
  for (int64_t d = 0; d < width; d += step) {
    uint16_t *rows = target + d / tileRows * tileStep + d % tileRows * tileDepth;
    for (int64_t key = 0; key < tileDepth; key += step)
      transposeValues(source + key * width + d, width, rows + key);
  }
  const hn::ScalableTag<uint16_t> all;
  const auto exponent = hn::Set(all, 0x7f80);
  auto greatest = hn::Zero(all);
  for (int64_t i = 0; i < width * tileDepth; i += int64_t(hn::Lanes(all)))
    greatest = hn::Max(greatest, hn::And(hn::LoadU(all, source + i), exponent));
  return hn::AllFalse(all, hn::Eq(greatest, exponent));
}

/// The weights of two keys: what bfloat16 takes of them by cutting off, and the rest, rounded.
template <int NV>
HWY_INLINE void splitWeights(const Vector (&a)[NV], const Vector (&b)[NV], float *target, int64_t ld) {
  const hn::Rebind<uint32_t, Floats> wide;
  const int64_t lanes = int64_t(hn::Lanes(floats));
  const auto upper = hn::Set(wide, 0xffff0000u), half = hn::Set(wide, 0x8000u);
  for (int v = 0; v < NV; ++v) {
    const auto bitsA = hn::BitCast(wide, a[v]), bitsB = hn::And(hn::BitCast(wide, b[v]), upper);
    const Vector restA = hn::Sub(a[v], hn::BitCast(floats, hn::And(bitsA, upper)));
    const Vector restB = hn::Sub(b[v], hn::BitCast(floats, bitsB));
    const auto roundA = hn::Add(hn::BitCast(wide, restA), half), roundB = hn::Add(hn::BitCast(wide, restB), half);
    store(hn::BitCast(floats, hn::Or(hn::ShiftRight<16>(bitsA), bitsB)), target + v * lanes);
    store(hn::BitCast(floats, hn::Or(hn::ShiftRight<16>(roundA), hn::And(roundB, upper))), target + ld + v * lanes);
  }
}

template <int NV> HWY_INLINE void loadColumns(const float *source, Vector (&target)[NV]) {
  for (int v = 0; v < NV; ++v)
    target[v] = load(source + v * int64_t(hn::Lanes(floats)));
}

void OnlineSoftmaxPairs(float *scores, int64_t keys, float scale, float *maxima, float *sums, float *factors) {
  constexpr int NV = int(tileColumns / hn::MaxLanes(floats));
  constexpr int64_t inFlight = 2;
  const int64_t lanes = int64_t(hn::Lanes(floats));
  const Vector lowest = hn::Set(floats, -HUGE_VALF), factor = hn::Set(floats, scale);
  Vector greatest[inFlight][NV], base[NV], sum[NV];
  for (int v = 0; v < NV; ++v)
    greatest[0][v] = greatest[1][v] = lowest;
  for (int64_t j = 0; j < keys; j += inFlight)
    for (int64_t i = 0; i < inFlight; ++i)
      for (int v = 0; v < NV; ++v)
        greatest[i][v] = hn::Max(greatest[i][v], load(scores + (j + i) * tileColumns + v * lanes));
  for (int v = 0; v < NV; ++v) {
    const Vector here = hn::Mul(hn::Max(greatest[0][v], greatest[1][v]), factor);
    greatest[0][v] = hn::Max(load(maxima + v * lanes), here);
    // A column that has seen no key keeps -inf; subtracting 0 from it keeps its weights 0.
    base[v] = hn::IfThenElse(hn::Eq(greatest[0][v], lowest), hn::Zero(floats), greatest[0][v]);
    sum[v] = hn::Zero(floats);
  }
  for (int64_t j = 0; j < keys; j += 2, scores += 2 * tileColumns) {
    Vector a[NV], b[NV];
    loadColumns(scores, a);
    loadColumns(scores + tileColumns, b);
    for (int v = 0; v < NV; ++v) {
      a[v] = weightOf<Precision::Bfloat>(hn::MulSub(a[v], factor, base[v]));
      b[v] = weightOf<Precision::Bfloat>(hn::MulSub(b[v], factor, base[v]));
      sum[v] = hn::Add(sum[v], hn::Add(a[v], b[v]));
    }
    splitWeights<NV>(a, b, scores, tileColumns);
  }
  for (int v = 0; v < NV; ++v) {
    const Vector change = exponential(hn::Sub(load(maxima + v * lanes), base[v]));
    store(change, factors + v * lanes);
    store(greatest[0][v], maxima + v * lanes);
    store(hn::MulAdd(load(sums + v * lanes), change, sum[v]), sums + v * lanes);
  }
}

} // namespace lz::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lz::kernels::cpu {
HWY_EXPORT(Transpose);
HWY_EXPORT(PackValues);
HWY_EXPORT(OnlineSoftmaxPairs);

void transpose(const float *source, int64_t lds, int64_t rows, int64_t columns, float *target, int64_t ldt) {
  HWY_DYNAMIC_DISPATCH(Transpose)(source, lds, rows, columns, target, ldt);
}
void onlineSoftmaxPairs(float *scores, int64_t keys, float scale, float *maxima, float *sums, float *factors) {
  HWY_DYNAMIC_DISPATCH(OnlineSoftmaxPairs)(scores, keys, scale, maxima, sums, factors);
}

namespace {
constexpr int64_t lineBytes = 64;
constexpr int64_t rounded(int64_t value, int64_t unit) { return (value + unit - 1) / unit * unit; }

/// A row of a key into its tiles.
void packKey(const BFloat *source, int64_t width, BFloat *target) {
  int64_t d = 0;
  for (; d + tileDepth <= width; d += tileDepth, target += tileElements)
    std::memcpy(target, source + d, tileDepth * sizeof(BFloat));
  if (d == width)
    return;
  std::memset(target, 0, tileDepth * sizeof(BFloat));
  std::memcpy(target, source + d, size_t(width - d) * sizeof(BFloat));
}
} // namespace

HeadPacker::HeadPacker(const AttentionProblem &problem)
    : problem(problem), groups(tilesFor(problem.mostKeys(), tileDepth)), keyWidth(rounded(problem.headDim, tileDepth)),
      valueWidth(rounded(problem.headDimV, tileRows)),
      bytes(groups * tileDepth * (keyWidth + valueWidth) * int64_t(sizeof(BFloat)) + rounded(groups, lineBytes)) {}

PackedHead HeadPacker::view(char *memory) const {
  auto *keys = reinterpret_cast<BFloat *>(memory), *values = keys + groups * tileDepth * keyWidth;
  auto *finite = reinterpret_cast<uint8_t *>(values + groups * tileDepth * valueWidth);
  return {keys, values, finite, tileRows * keyWidth, groups * tileElements};
}

void HeadPacker::pack(int64_t head, int64_t part, char *memory, void *staging) const {
  const int64_t batch = head / problem.kvHeads, kvHead = head % problem.kvHeads, first = part * tileDepth;
  const Visibility sees = problem.visibility(batch);
  if (first >= sees.endKey(problem.queries - 1) || first + tileDepth <= sees.firstKey(0))
    return;
  const PackedHead view = this->view(memory);
  auto *values = static_cast<BFloat *>(staging);
  for (int64_t i = 0; i < tileDepth; ++i, values += valueWidth) {
    auto *keys = const_cast<BFloat *>(view.keysFrom(first + i)) + i % tileRows * tileDepth;
    const bool real = first + i < sees.keys;
    const int64_t k = real ? problem.rowOf(problem.kStrides, batch, kvHead, first + i) : 0;
    const int64_t v = real ? problem.rowOf(problem.vStrides, batch, kvHead, first + i) : 0;
    const int64_t width = real ? problem.headDimV : 0;
    for (int64_t d = 0; !real && d < keyWidth; d += tileDepth)
      std::memset(keys + d * tileRows, 0, tileDepth * sizeof(BFloat));
    if (real)
      packKey(problem.k.as<BFloat>() + k, problem.headDim, keys);
    if (width)
      std::memcpy(values, problem.v.as<BFloat>() + v, size_t(width) * sizeof(BFloat));
    std::memset(values + width, 0, size_t(valueWidth - width) * sizeof(BFloat));
  }
  const bool finite = HWY_DYNAMIC_DISPATCH(PackValues)(
      static_cast<const uint16_t *>(staging), valueWidth,
      reinterpret_cast<uint16_t *>(const_cast<BFloat *>(view.valuesFrom(first))), view.valueStep);
  const_cast<uint8_t *>(view.finite)[part] = finite;
}

} // namespace lz::kernels::cpu
#endif
