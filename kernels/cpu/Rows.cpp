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

template <typename T> struct NormRow {
  const T *x, *residual;
  T *out, *sum;
  int64_t width;

  NormRow(const NormProblem &p, int64_t row)
      : x(p.x.as<T>() + row * p.width), residual(p.residual.present ? p.residual.as<T>() + row * p.width : nullptr),
        out(p.out.as<T>() + row * p.width), sum(p.sum.present ? p.sum.as<T>() + row * p.width : nullptr),
        width(p.width) {}
};

HWY_INLINE Vector inverseRoot(const NormProblem &p, float squares) {
  return hn::Set(floats, 1 / std::sqrt(squares / float(p.width) + float(p.epsilon)));
}

/// Takes rows in: squares them, and for add_rms_norm writes their sums.
template <bool past, bool adds, typename T> class RowIntake {
public:
  HWY_INLINE RowIntake() : squares{hn::Zero(floats), hn::Zero(floats)} {}
  /// The two vectors at offset i.
  HWY_INLINE void take(const NormRow<T> &io, int64_t i) {
    prefetchNext(io.x, io.width, i);
    if constexpr (adds)
      prefetchNext(io.residual, io.width, i);
    Two value = loadTwo<split>(io.x + i);
    if constexpr (adds) {
      value = onBoth([](Vector x, Vector residual) HWY_ATTR { return hn::Add(x, residual); }, value,
                     loadTwo<split>(io.residual + i));
      putTwo<past, split>(value, io.sum + i);
    }
    squares.a = hn::MulAdd(value.a, value.a, squares.a), squares.b = hn::MulAdd(value.b, value.b, squares.b);
  }
  /// What `take` has left of a row.
  HWY_INLINE void takeRest(const NormRow<T> &io) {
    const int64_t lanes = int64_t(hn::Lanes(floats));
    for (int64_t i = io.width / (2 * lanes) * (2 * lanes); i < io.width; i += lanes) {
      const size_t count = size_t(HWY_MIN(lanes, io.width - i));
      Vector value = loadSome(io.x + i, count);
      if constexpr (adds) {
        value = hn::Add(value, loadSome(io.residual + i, count));
        putSome<past>(value, io.sum + i, count);
      }
      squares.a = hn::MulAdd(value, value, squares.a);
    }
  }
  /// The sum of the squares of one row; the next one begins.
  HWY_INLINE float finish() {
    const float sum = sumOf(hn::Add(squares.a, squares.b));
    squares = {hn::Zero(floats), hn::Zero(floats)};
    return sum;
  }

private:
  static constexpr bool split = std::is_same_v<T, BFloat>;
  Two squares;
};

/// Writes each row while it takes the next one in: memory is read and written all the time.
template <bool past, bool adds, typename T, typename W>
HWY_INLINE void normRows(const NormProblem &p, int64_t begin, int64_t end) {
  RowIntake<past, adds, T> intake;
  const NormRow<T> start(p, begin);
  for (int64_t i = 0, step = 2 * int64_t(hn::Lanes(floats)); i + step <= p.width; i += step)
    intake.take(start, i);
  intake.takeRest(start);
  for (int64_t r = begin; r < end; ++r) {
    const NormRow<T> io(p, r), next(p, HWY_MIN(r + 1, end - 1));
    const bool more = r + 1 < end;
    const Vector factor = inverseRoot(p, intake.finish());
    const auto takeNext = [&](int64_t i) HWY_ATTR {
      if (more)
        intake.take(next, i);
    };
    const auto scaled = [&](Vector x, Vector weight) HWY_ATTR { return hn::Mul(hn::Mul(x, factor), weight); };
    if constexpr (adds)
      transform<past>(
          io.width, io.out, takeNext,
          [&](Vector x, Vector residual, Vector weight) HWY_ATTR { return scaled(hn::Add(x, residual), weight); }, io.x,
          io.residual, p.weight.as<W>());
    else
      transform<past>(io.width, io.out, takeNext, scaled, io.x, p.weight.as<W>());
    if (more)
      intake.takeRest(next);
  }
}

/// A row of rms_norm.
template <bool past, typename T, typename W> HWY_INLINE void normRow(const NormProblem &p, int64_t r) {
  const NormRow<T> io(p, r);
  Sums squares(0);
  reduce(io.width, squares, [](Vector sum, Vector x) HWY_ATTR { return hn::MulAdd(x, x, sum); }, io.x);
  const Vector factor = inverseRoot(p, squares.total());
  transform<past>(
      io.width, io.out, [&](int64_t i) HWY_ATTR { prefetchNext(io.x, io.width, i); },
      [&](Vector x, Vector weight) HWY_ATTR { return hn::Mul(hn::Mul(x, factor), weight); }, io.x, p.weight.as<W>());
}

/// The second half of a row of add_rms_norm, x and residual being in the caches.
template <bool past, typename T, typename W>
HWY_INLINE void scaleSum(const NormProblem &p, const NormRow<T> &io, Vector factor) {
  transform<past>(
      io.width, io.out,
      [&](int64_t i) HWY_ATTR {
        prefetchNext(io.x, io.width, i);
        prefetchNext(io.residual, io.width, i);
      },
      [&](Vector x, Vector residual, Vector weight)
          HWY_ATTR { return hn::Mul(hn::Mul(hn::Add(x, residual), factor), weight); },
      io.x, io.residual, p.weight.as<W>());
}

/// A row of add_rms_norm, one thing after the other.
template <bool past, typename T, typename W> HWY_INLINE void addThenNormRow(const NormProblem &p, int64_t r) {
  const NormRow<T> io(p, r);
  transform<past>(
      io.width, io.sum, Nothing(), [](Vector x, Vector residual) HWY_ATTR { return hn::Add(x, residual); }, io.x,
      io.residual);
  Sums squares(0);
  reduce(
      io.width, squares,
      [](Vector sum, Vector x, Vector residual) HWY_ATTR {
        const Vector value = hn::Add(x, residual);
        return hn::MulAdd(value, value, sum);
      },
      io.x, io.residual);
  scaleSum<past, T, W>(p, io, inverseRoot(p, squares.total()));
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

void NormRowsFused(const NormProblem &p, int64_t begin, int64_t end, bool past) {
  withNormTypes(p, past, [&](auto *type, auto *weight, auto streams) {
    using T = std::remove_pointer_t<decltype(type)>;
    using W = std::remove_pointer_t<decltype(weight)>;
    if (p.residual.present)
      normRows<streams, true, T, W>(p, begin, end);
    else
      normRows<streams, false, T, W>(p, begin, end);
  });
}

void NormRowsTwoPass(const NormProblem &p, int64_t begin, int64_t end, bool past) {
  withNormTypes(p, past, [&](auto *type, auto *weight, auto streams) {
    using T = std::remove_pointer_t<decltype(type)>;
    using W = std::remove_pointer_t<decltype(weight)>;
    for (int64_t r = begin; r < end; ++r)
      if (p.residual.present)
        addThenNormRow<streams, T, W>(p, r);
      else
        normRow<streams, T, W>(p, r);
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
  reduce(width, sums, [](Vector sum, Vector value) HWY_ATTR { return hn::Add(sum, value); }, x);
  const Vector mean = hn::Set(floats, sums.total() / float(width));
  reduce(
      width, squares,
      [&](Vector sum, Vector value) HWY_ATTR {
        const Vector distance = hn::Sub(value, mean);
        return hn::MulAdd(distance, distance, sum);
      },
      x);
  return {mean, hn::Set(floats, 1 / std::sqrt(squares.total() / float(width) + float(p.epsilon)))};
}

/// A row of layer_norm; without a bias its pointer is null.
template <bool past, typename T, typename W>
HWY_INLINE void layerRow(const T *x, T *out, int64_t width, const Moments &moments, const W *weight, const W *bias) {
  const auto before = [&](int64_t i) HWY_ATTR { prefetchNext(x, width, i); };
  const auto normed = [&](Vector value) HWY_ATTR { return hn::Mul(hn::Sub(value, moments.mean), moments.factor); };
  if (bias)
    transform<past>(
        width, out, before, [&](Vector value, Vector w, Vector b) HWY_ATTR { return hn::MulAdd(normed(value), w, b); },
        x, weight, bias);
  else
    transform<past>(
        width, out, before, [&](Vector value, Vector w) HWY_ATTR { return hn::Mul(normed(value), w); }, x, weight);
}

template <bool past, typename T> HWY_INLINE void affineSegment(const AffineNormProblem &p, int64_t segment) {
  const T *x = p.x.as<T>() + segment * p.width();
  T *out = p.out.as<T>() + segment * p.width();
  const Moments moments = momentsOf(p, x);
  const int64_t first = p.firstChannel(segment);
  const auto biasAt = [&](int64_t channel, size_t lanes) HWY_ATTR {
    return p.bias.present ? loadParameter<T>(p.bias, channel, lanes) : hn::Zero(floats);
  };
  if (p.inner == 1) {
    if (p.weight.element == p.x.element && (!p.bias.present || p.bias.element == p.x.element))
      return layerRow<past>(x, out, p.channels, moments, p.weight.as<T>() + first,
                            p.bias.present ? p.bias.as<T>() + first : nullptr);
    return forVectors(p.channels, [&](int64_t i, size_t lanes) HWY_ATTR {
      const Vector normed = hn::Mul(hn::Sub(loadSome(x + i, lanes), moments.mean), moments.factor);
      const Vector weight = loadParameter<T>(p.weight, first + i, lanes);
      putSome<past>(hn::MulAdd(normed, weight, biasAt(first + i, lanes)), out + i, lanes);
    });
  }
  for (int64_t c = 0; c < p.channels; ++c, x += p.inner, out += p.inner) {
    const Vector weight =
        hn::Mul(hn::Set(floats, hn::GetLane(loadParameter<T>(p.weight, first + c, 1))), moments.factor);
    const Vector bias = hn::Set(floats, hn::GetLane(biasAt(first + c, 1)));
    transform<past>(
        p.inner, out, [&](int64_t i) HWY_ATTR { prefetchNext(x, p.width(), i); },
        [&](Vector value) HWY_ATTR { return hn::MulAdd(hn::Sub(value, moments.mean), weight, bias); }, x);
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

/// Tables are in the order of `loadTwo<split>`.
template <bool past, bool split, typename T>
HWY_INLINE void rotate(const T *x, T *out, const float *cosines, const float *sines, int64_t half) {
  const auto first = [](Vector low, Vector high, Vector cosine, Vector sine)
                         HWY_ATTR { return hn::NegMulAdd(high, sine, hn::Mul(low, cosine)); };
  const auto second = [](Vector low, Vector high, Vector cosine, Vector sine)
                          HWY_ATTR { return hn::MulAdd(low, sine, hn::Mul(high, cosine)); };
  const int64_t lanes = int64_t(hn::Lanes(floats));
  int64_t i = 0;
  for (; i + 2 * lanes <= half; i += 2 * lanes) {
    const Two low = loadTwo<split>(x + i), high = loadTwo<split>(x + half + i);
    const Two cosine = loadTwo<false>(cosines + i), sine = loadTwo<false>(sines + i);
    putTwo<past, split>(onBoth(first, low, high, cosine, sine), out + i);
    putTwo<past, split>(onBoth(second, low, high, cosine, sine), out + half + i);
  }
  for (; i < half; i += lanes) {
    const size_t count = size_t(HWY_MIN(lanes, half - i));
    const Vector low = loadSome(x + i, count), high = loadSome(x + half + i, count);
    const Vector cosine = loadSome(cosines + i, count), sine = loadSome(sines + i, count);
    putSome<past>(first(low, high, cosine, sine), out + i, count);
    putSome<past>(second(low, high, cosine, sine), out + half + i, count);
  }
}

/// Whether the vectors of a rotation are the even and the odd elements.
bool splits(const RopeProblem &p) {
  const Element narrow = Element::BF16;
  return !p.interleaved && p.x.element == narrow && p.cosines.element == narrow && p.sines.element == narrow;
}

/// Widens one row of a cosine or sine table, in the order of `loadTwo<split>`.
template <bool split, typename T> void widenRow(const T *source, int64_t count, float *target) {
  const int64_t lanes = int64_t(hn::Lanes(floats));
  int64_t i = 0;
  for (; i + 2 * lanes <= count; i += 2 * lanes)
    putTwo<false, false>(loadTwo<split>(source + i), target + i);
  for (; i < count; i += lanes) {
    const size_t some = size_t(HWY_MIN(lanes, count - i));
    storeSome(loadSome(source + i, some), target + i, some);
  }
}

void widenTable(const Tensor &table, int64_t offset, int64_t count, bool split, float *target) {
  if (split)
    return widenRow<true>(table.as<BFloat>() + offset, count, target);
  withType(table.element, [&](auto *type) {
    widenRow<false>(table.as<std::remove_pointer_t<decltype(type)>>() + offset, count, target);
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
    widenTable(p.cosines, batch * p.cosStrides[0] + s * p.cosStrides[1], half, splits(p), tables);
    widenTable(p.sines, batch * p.sinStrides[0] + s * p.sinStrides[1], half, splits(p), tables + p.headDim);
    if (p.interleaved)
      spreadTables(tables, tables + p.headDim, half);
  }
}

/// One head at one position.
template <bool past, typename T>
HWY_INLINE void turnHead(const RopeProblem &p, int64_t b, int64_t s, int64_t h, const float *table) {
  const T *x = p.x.as<T>() + b * p.xStrides.batch + s * p.xStrides.position + h * p.xStrides.head;
  T *out = p.out.as<T>() + b * p.outStrides.batch + s * p.outStrides.position + h * p.outStrides.head;
  const float *sines = table + p.headDim;
  if (p.interleaved)
    return rotatePairs<past>(x, out, table, sines, p.headDim);
  if constexpr (std::is_same_v<T, BFloat>)
    if (splits(p))
      return rotate<past, true>(x, out, table, sines, p.headDim / 2);
  rotate<past, false>(x, out, table, sines, p.headDim / 2);
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
  constexpr Precision precision = std::is_same_v<T, BFloat> ? Precision::Bfloat : Precision::Weight;
  Sums maxima(-HUGE_VALF), sums(0);
  forSums(width, [&](int64_t i, size_t lanes, int sum) HWY_ATTR {
    Vector value = loadSome(x + i, lanes);
    if (HWY_UNLIKELY(lanes < hn::Lanes(floats)))
      value = hn::IfThenElse(hn::FirstN(floats, lanes), value, hn::Set(floats, -HUGE_VALF));
    maxima.part[sum] = hn::Max(maxima.part[sum], value);
  });
  const Vector maximum = hn::Set(floats, maxima.greatest());
  forSums(width, [&](int64_t i, size_t lanes, int sum) HWY_ATTR {
    Vector weight = weightOf<precision>(hn::Sub(loadSome(x + i, lanes), maximum));
    storeSome(weight, row + i, lanes);
    if (HWY_UNLIKELY(lanes < hn::Lanes(floats)))
      weight = hn::IfThenElseZero(hn::FirstN(floats, lanes), weight);
    sums.part[sum] = hn::Add(sums.part[sum], weight);
  });
  const Vector factor = hn::Set(floats, 1 / sums.total());
  forVectors(width, [&](int64_t i, size_t lanes) HWY_ATTR {
    prefetchNext(x, width, i);
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

void normRowsFused(const NormProblem &problem, int64_t begin, int64_t end, bool past) {
  HWY_DYNAMIC_DISPATCH(NormRowsFused)(problem, begin, end, past);
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
