//===- Rows.cpp - Row-wise operations, vectorised -------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "Rows.cpp"
#include "hwy/foreach_target.h"
// Highway's headers follow foreach_target.
#include "Simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lz::kernels::cpu::HWY_NAMESPACE {

/// The sums in flight of a reduction.
struct Sums {
  Vector part[numSums];

  HWY_INLINE explicit Sums(float start) {
    for (Vector &sum : part)
      sum = hn::Set(floats, start);
  }
  HWY_INLINE float total() const { return sumOf(hn::Add(hn::Add(part[0], part[1]), hn::Add(part[2], part[3]))); }
  HWY_INLINE float greatest() const { return maxOf(hn::Max(hn::Max(part[0], part[1]), hn::Max(part[2], part[3]))); }
};
static_assert(numSums == 4, "Sums adds up four");

/// Asks for what the next row will read while this one is written: memory then never waits for arithmetic.
template <typename T> HWY_INLINE void prefetchRow(const T *row, int64_t width, int64_t i) {
  hwy::Prefetch(row + width + i);
}

template <typename T> struct NormRow {
  const T *x, *residual;
  T *out, *sum;

  NormRow(const NormProblem &p, int64_t row)
      : x(p.x.as<T>() + row * p.width), residual(p.residual.present ? p.residual.as<T>() + row * p.width : nullptr),
        out(p.out.as<T>() + row * p.width), sum(p.sum.present ? p.sum.as<T>() + row * p.width : nullptr) {}

  template <bool adds> HWY_INLINE Vector input(int64_t i, size_t lanes) const {
    const Vector value = loadSome(x + i, lanes);
    if constexpr (adds)
      return hn::Add(value, loadSome(residual + i, lanes));
    return value;
  }
  template <bool adds> HWY_INLINE void prefetch(int64_t width, int64_t i) const {
    prefetchRow(x, width, i);
    if constexpr (adds)
      prefetchRow(residual, width, i);
  }
};

HWY_INLINE Vector inverseRoot(const NormProblem &p, const Sums &squares) {
  return hn::Set(floats, 1 / std::sqrt(squares.total() / float(p.width) + float(p.epsilon)));
}

/// A row of add_rms_norm; `row` keeps the sums.
template <bool past, typename T, typename W> HWY_INLINE void addNormRow(const NormProblem &p, int64_t r, float *row) {
  const W *weight = p.weight.as<W>();
  const NormRow<T> io(p, r);
  Sums squares(0);
  forSums(p.width, [&](int64_t i, size_t lanes, int sum) HWY_ATTR {
    const Vector value = io.template input<true>(i, lanes);
    squares.part[sum] = hn::MulAdd(value, value, squares.part[sum]);
    storeSome(value, row + i, lanes);
    putSome<past>(value, io.sum + i, lanes);
  });
  const Vector factor = inverseRoot(p, squares);
  forVectors(p.width, [&](int64_t i, size_t lanes) HWY_ATTR {
    io.template prefetch<true>(p.width, i);
    const Vector value = hn::Mul(loadSome(row + i, lanes), factor);
    putSome<past>(hn::Mul(value, loadSome(weight + i, lanes)), io.out + i, lanes);
  });
}

/// A row that is read twice, the second time from the caches.
template <bool past, bool adds, typename T, typename W> HWY_INLINE void twoPassRow(const NormProblem &p, int64_t r) {
  const W *weight = p.weight.as<W>();
  const NormRow<T> io(p, r);
  Sums squares(0);
  forSums(p.width, [&](int64_t i, size_t lanes, int sum) HWY_ATTR {
    const Vector value = io.template input<adds>(i, lanes);
    squares.part[sum] = hn::MulAdd(value, value, squares.part[sum]);
  });
  const Vector factor = inverseRoot(p, squares);
  forVectors(p.width, [&](int64_t i, size_t lanes) HWY_ATTR {
    io.template prefetch<adds>(p.width, i);
    const Vector value = io.template input<adds>(i, lanes);
    if constexpr (adds)
      putSome<past>(value, io.sum + i, lanes);
    putSome<past>(hn::Mul(hn::Mul(value, factor), loadSome(weight + i, lanes)), io.out + i, lanes);
  });
}

/// Calls body with null pointers to the types of the data and of the weight, and with whether to store past the caches.
template <typename Body> HWY_INLINE void withNormTypes(const NormProblem &p, bool past, Body &&body) {
  withType(p.x.element, [&](auto *type) {
    withStreams(past, [&](auto streams) {
      if (p.weight.element == p.x.element)
        body(type, type, streams);
      else
        body(type, static_cast<float *>(nullptr), streams);
    });
  });
}

void NormRowsFused(const NormProblem &p, int64_t begin, int64_t end, float *row, bool past) {
  withNormTypes(p, past, [&](auto *type, auto *weight, auto streams) {
    using T = std::remove_pointer_t<decltype(type)>;
    using W = std::remove_pointer_t<decltype(weight)>;
    for (int64_t r = begin; r < end; ++r)
      if (p.residual.present)
        addNormRow<streams, T, W>(p, r, row);
      else
        twoPassRow<streams, false, T, W>(p, r);
  });
}

void NormRowsTwoPass(const NormProblem &p, int64_t begin, int64_t end, bool past) {
  withNormTypes(p, past, [&](auto *type, auto *weight, auto streams) {
    using T = std::remove_pointer_t<decltype(type)>;
    using W = std::remove_pointer_t<decltype(weight)>;
    for (int64_t r = begin; r < end; ++r)
      if (p.residual.present)
        twoPassRow<streams, true, T, W>(p, r);
      else
        twoPassRow<streams, false, T, W>(p, r);
  });
}

/// Elements of a weight or a bias, of the data's type or float32.
template <typename T> HWY_INLINE Vector loadParameter(const Tensor &parameter, int64_t i, size_t lanes) {
  if (parameter.element == Element::F32)
    return loadSome(parameter.as<float>() + i, lanes);
  return loadSome(parameter.as<T>() + i, lanes);
}

/// Mean of a segment, and the inverse root of its variance.
struct Moments {
  Vector mean, factor;
};

template <typename T> HWY_INLINE Moments momentsOf(const AffineNormProblem &p, const T *x) {
  const int64_t width = p.width();
  Sums sums(0), squares(0);
  forSums(width, [&](int64_t i, size_t lanes, int sum)
                     HWY_ATTR { sums.part[sum] = hn::Add(sums.part[sum], loadSome(x + i, lanes)); });
  const Vector mean = hn::Set(floats, sums.total() / float(width));
  forSums(width, [&](int64_t i, size_t lanes, int sum) HWY_ATTR {
    Vector distance = hn::Sub(loadSome(x + i, lanes), mean);
    if (HWY_UNLIKELY(lanes < hn::Lanes(floats)))
      distance = hn::IfThenElseZero(hn::FirstN(floats, lanes), distance);
    squares.part[sum] = hn::MulAdd(distance, distance, squares.part[sum]);
  });
  return {mean, hn::Set(floats, 1 / std::sqrt(squares.total() / float(width) + float(p.epsilon)))};
}

template <bool past, typename T> HWY_INLINE void affineSegment(const AffineNormProblem &p, int64_t segment) {
  const T *x = p.x.as<T>() + segment * p.width();
  T *out = p.out.as<T>() + segment * p.width();
  const Moments moments = momentsOf(p, x);
  const int64_t first = p.firstChannel(segment);
  auto put = [&](int64_t i, size_t lanes, Vector weight, Vector bias) HWY_ATTR {
    prefetchRow(x, p.width(), i);
    const Vector normed = hn::Mul(hn::Sub(loadSome(x + i, lanes), moments.mean), moments.factor);
    putSome<past>(hn::MulAdd(normed, weight, bias), out + i, lanes);
  };
  auto biasAt = [&](int64_t channel, size_t lanes)
                    HWY_ATTR { return p.bias.present ? loadParameter<T>(p.bias, channel, lanes) : hn::Zero(floats); };
  if (p.inner == 1)
    return forVectors(p.channels, [&](int64_t i, size_t lanes) HWY_ATTR {
      put(i, lanes, loadParameter<T>(p.weight, first + i, lanes), biasAt(first + i, lanes));
    });
  for (int64_t c = 0; c < p.channels; ++c) {
    const Vector weight = hn::Set(floats, hn::GetLane(loadParameter<T>(p.weight, first + c, 1)));
    const Vector bias = hn::Set(floats, hn::GetLane(biasAt(first + c, 1)));
    forVectors(p.inner, [&](int64_t i, size_t lanes) HWY_ATTR { put(c * p.inner + i, lanes, weight, bias); });
  }
}

void AffineSegments(const AffineNormProblem &p, int64_t begin, int64_t end, bool past) {
  withType(p.x.element, [&](auto *type) {
    withStreams(past, [&](auto streams) {
      for (int64_t segment = begin; segment < end; ++segment)
        affineSegment<streams, std::remove_pointer_t<decltype(type)>>(p, segment);
    });
  });
}

template <bool past, typename T>
HWY_INLINE void rotate(const T *x, T *out, const float *cosines, const float *sines, int64_t half) {
  forVectors(half, [&](int64_t i, size_t lanes) HWY_ATTR {
    const Vector low = loadSome(x + i, lanes), high = loadSome(x + half + i, lanes);
    const Vector cosine = loadSome(cosines + i, lanes), sine = loadSome(sines + i, lanes);
    putSome<past>(hn::NegMulAdd(high, sine, hn::Mul(low, cosine)), out + i, lanes);
    putSome<past>(hn::MulAdd(low, sine, hn::Mul(high, cosine)), out + half + i, lanes);
  });
}

/// Widens one row of a cosine or sine table.
void widenTable(const Tensor &table, int64_t offset, int64_t count, float *target) {
  withType(table.element, [&](auto *type) {
    auto *source = table.as<std::remove_pointer_t<decltype(type)>>() + offset;
    forVectors(count,
               [&](int64_t i, size_t lanes) HWY_ATTR { storeSome(loadSome(source + i, lanes), target + i, lanes); });
  });
}

/// Tables for `rotatePairs`: every entry twice, the first of a pair of sines negated.
void spreadTables(float *cosines, float *sines, int64_t half) {
  for (int64_t i = half - 1; i >= 0; --i) {
    cosines[2 * i] = cosines[2 * i + 1] = cosines[i];
    sines[2 * i + 1] = sines[i], sines[2 * i] = -sines[2 * i + 1];
  }
}

template <bool past, typename T>
HWY_INLINE void rotatePairs(const T *x, T *out, const float *cosines, const float *sines, int64_t width) {
  forVectors(width, [&](int64_t i, size_t lanes) HWY_ATTR {
    const Vector value = loadSome(x + i, lanes), partner = hn::Reverse2(floats, value);
    const Vector turned = hn::Mul(value, loadSome(cosines + i, lanes));
    putSome<past>(hn::MulAdd(partner, loadSome(sines + i, lanes), turned), out + i, lanes);
  });
}

/// Fills `tables` with two rows of headDim floats, cosines and sines, for each position of the block.
void loadTables(const RopeProblem &p, int64_t batch, int64_t first, int64_t count, float *tables) {
  const int64_t half = p.headDim / 2;
  for (int64_t s = first; s < first + count; ++s, tables += 2 * p.headDim) {
    widenTable(p.cosines, batch * p.cosStrides[0] + s * p.cosStrides[1], half, tables);
    widenTable(p.sines, batch * p.sinStrides[0] + s * p.sinStrides[1], half, tables + p.headDim);
    if (p.interleaved)
      spreadTables(tables, tables + p.headDim, half);
  }
}

/// One head at one position.
template <bool past, typename T>
HWY_INLINE void turnHead(const RopeProblem &p, int64_t b, int64_t s, int64_t h, const float *table) {
  const T *x = p.x.as<T>() + b * p.xStrides.batch + s * p.xStrides.position + h * p.xStrides.head;
  T *out = p.out.as<T>() + b * p.outStrides.batch + s * p.outStrides.position + h * p.outStrides.head;
  if (p.interleaved)
    rotatePairs<past>(x, out, table, table + p.headDim, p.headDim);
  else
    rotate<past>(x, out, table, table + p.headDim, p.headDim / 2);
}

/// Walks a block of positions in the order of memory.
template <bool past, typename T>
HWY_NOINLINE void turnBlock(const RopeProblem &p, int64_t batch, int64_t first, int64_t count, float *tables) {
  loadTables(p, batch, first, count, tables);
  if (ropeBlock(p) == 1)
    for (int64_t h = 0; h < p.heads; ++h)
      turnHead<past, T>(p, batch, first, h, tables);
  else
    for (int64_t h = 0; h < p.heads; ++h)
      for (int64_t s = 0; s < count; ++s)
        turnHead<past, T>(p, batch, first + s, h, tables + s * 2 * p.headDim);
}

void RopeBlocks(const RopeProblem &p, int64_t begin, int64_t end, float *tables, bool past) {
  const int64_t block = ropeBlock(p), blocks = (p.positions + block - 1) / block;
  withType(p.x.element, [&](auto *type) {
    withStreams(past, [&](auto streams) {
      for (int64_t index = begin; index < end; ++index) {
        const int64_t first = index % blocks * block, count = HWY_MIN(block, p.positions - first);
        turnBlock<streams, std::remove_pointer_t<decltype(type)>>(p, index / blocks, first, count, tables);
      }
    });
  });
}

template <bool past, typename T> HWY_INLINE void softmaxRow(const T *x, T *out, int64_t width, float *row) {
  constexpr bool coarse = std::is_same_v<T, BFloat>;
  Sums maxima(-HUGE_VALF), sums(0);
  forSums(width, [&](int64_t i, size_t lanes, int sum) HWY_ATTR {
    Vector value = loadSome(x + i, lanes);
    if (HWY_UNLIKELY(lanes < hn::Lanes(floats)))
      value = hn::IfThenElse(hn::FirstN(floats, lanes), value, hn::Set(floats, -HUGE_VALF));
    maxima.part[sum] = hn::Max(maxima.part[sum], value);
  });
  const Vector maximum = hn::Set(floats, maxima.greatest());
  forSums(width, [&](int64_t i, size_t lanes, int sum) HWY_ATTR {
    Vector weight = weightOf<coarse>(hn::Sub(loadSome(x + i, lanes), maximum));
    storeSome(weight, row + i, lanes);
    if (HWY_UNLIKELY(lanes < hn::Lanes(floats)))
      weight = hn::IfThenElseZero(hn::FirstN(floats, lanes), weight);
    sums.part[sum] = hn::Add(sums.part[sum], weight);
  });
  const Vector factor = hn::Set(floats, 1 / sums.total());
  forVectors(width, [&](int64_t i, size_t lanes) HWY_ATTR {
    prefetchRow(x, width, i);
    putSome<past>(hn::Mul(loadSome(row + i, lanes), factor), out + i, lanes);
  });
}

void SoftmaxRows(const SoftmaxProblem &p, int64_t begin, int64_t end, float *row, bool past) {
  withType(p.x.element, [&](auto *type) {
    using T = std::remove_pointer_t<decltype(type)>;
    withStreams(past, [&](auto streams) {
      for (int64_t r = begin; r < end; ++r)
        softmaxRow<streams>(p.x.as<T>() + r * p.width, p.out.as<T>() + r * p.width, p.width, row);
    });
  });
}

} // namespace lz::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lz::kernels::cpu {
HWY_EXPORT(NormRowsFused);
HWY_EXPORT(NormRowsTwoPass);
HWY_EXPORT(RopeBlocks);
HWY_EXPORT(AffineSegments);
HWY_EXPORT(SoftmaxRows);

void normRowsFused(const NormProblem &problem, int64_t begin, int64_t end, float *row, bool past) {
  HWY_DYNAMIC_DISPATCH(NormRowsFused)(problem, begin, end, row, past);
}
void normRowsTwoPass(const NormProblem &problem, int64_t begin, int64_t end, bool past) {
  HWY_DYNAMIC_DISPATCH(NormRowsTwoPass)(problem, begin, end, past);
}
void ropeBlocks(const RopeProblem &problem, int64_t begin, int64_t end, float *tables, bool past) {
  HWY_DYNAMIC_DISPATCH(RopeBlocks)(problem, begin, end, tables, past);
}
void affineSegments(const AffineNormProblem &problem, int64_t begin, int64_t end, bool past) {
  HWY_DYNAMIC_DISPATCH(AffineSegments)(problem, begin, end, past);
}
void softmaxRows(const SoftmaxProblem &problem, int64_t begin, int64_t end, float *row, bool past) {
  HWY_DYNAMIC_DISPATCH(SoftmaxRows)(problem, begin, end, row, past);
}
} // namespace lz::kernels::cpu
#endif
