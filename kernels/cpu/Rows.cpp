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

  NormRow(const NormProblem &p, int64_t row)
      : x(p.x.as<T>() + row * p.width), residual(p.residual.present ? p.residual.as<T>() + row * p.width : nullptr),
        out(p.out.as<T>() + row * p.width), sum(p.sum.present ? p.sum.as<T>() + row * p.width : nullptr) {}

  HWY_INLINE Vector input(int64_t i, size_t lanes) const {
    Vector value = loadSome(x + i, lanes);
    return residual ? hn::Add(value, loadSome(residual + i, lanes)) : value;
  }
};

HWY_INLINE Vector inverseRoot(const NormProblem &p, Vector squares) {
  return hn::Set(floats, 1 / std::sqrt(sumOf(squares) / float(p.width) + float(p.epsilon)));
}

template <typename T, typename W> void normFused(const NormProblem &p, int64_t begin, int64_t end, float *row) {
  const W *weight = p.weight.as<W>();
  for (int64_t r = begin; r < end; ++r) {
    const NormRow<T> io(p, r);
    Vector squares = hn::Zero(floats);
    forVectors(p.width, [&](int64_t i, size_t lanes) HWY_ATTR {
      Vector value = io.input(i, lanes);
      squares = hn::MulAdd(value, value, squares);
      storeSome(value, row + i, lanes);
      if (io.sum)
        storeSome(value, io.sum + i, lanes);
    });
    const Vector factor = inverseRoot(p, squares);
    forVectors(p.width, [&](int64_t i, size_t lanes) HWY_ATTR {
      Vector value = hn::Mul(loadSome(row + i, lanes), factor);
      storeSome(hn::Mul(value, loadSome(weight + i, lanes)), io.out + i, lanes);
    });
  }
}

template <typename T, typename W> void normTwoPass(const NormProblem &p, int64_t begin, int64_t end) {
  const W *weight = p.weight.as<W>();
  for (int64_t r = begin; r < end; ++r) {
    const NormRow<T> io(p, r);
    Vector squares = hn::Zero(floats);
    forVectors(p.width, [&](int64_t i, size_t lanes) HWY_ATTR {
      Vector value = io.input(i, lanes);
      squares = hn::MulAdd(value, value, squares);
    });
    const Vector factor = inverseRoot(p, squares);
    forVectors(p.width, [&](int64_t i, size_t lanes) HWY_ATTR {
      Vector value = io.input(i, lanes);
      if (io.sum)
        storeSome(value, io.sum + i, lanes);
      storeSome(hn::Mul(hn::Mul(value, factor), loadSome(weight + i, lanes)), io.out + i, lanes);
    });
  }
}

void NormRowsFused(const NormProblem &p, int64_t begin, int64_t end, float *row) {
  withType(p.x.element, [&](auto *type) {
    using T = std::remove_pointer_t<decltype(type)>;
    if (p.weight.element == p.x.element)
      normFused<T, T>(p, begin, end, row);
    else
      normFused<T, float>(p, begin, end, row);
  });
}

void NormRowsTwoPass(const NormProblem &p, int64_t begin, int64_t end) {
  withType(p.x.element, [&](auto *type) {
    using T = std::remove_pointer_t<decltype(type)>;
    if (p.weight.element == p.x.element)
      normTwoPass<T, T>(p, begin, end);
    else
      normTwoPass<T, float>(p, begin, end);
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
  Vector sum = hn::Zero(floats), squares = hn::Zero(floats);
  forVectors(width, [&](int64_t i, size_t lanes) HWY_ATTR { sum = hn::Add(sum, loadSome(x + i, lanes)); });
  const Vector mean = hn::Set(floats, sumOf(sum) / float(width));
  forVectors(width, [&](int64_t i, size_t lanes) HWY_ATTR {
    const Vector distance = hn::Sub(loadSome(x + i, lanes), mean);
    squares = hn::Add(squares, hn::IfThenElseZero(hn::FirstN(floats, lanes), hn::Mul(distance, distance)));
  });
  return {mean, hn::Set(floats, 1 / std::sqrt(sumOf(squares) / float(width) + float(p.epsilon)))};
}

template <typename T> HWY_INLINE void affineSegment(const AffineNormProblem &p, int64_t segment) {
  const T *x = p.x.as<T>() + segment * p.width();
  T *out = p.out.as<T>() + segment * p.width();
  const Moments moments = momentsOf(p, x);
  const int64_t first = p.firstChannel(segment);
  auto put = [&](int64_t i, size_t lanes, Vector weight, Vector bias) HWY_ATTR {
    const Vector normed = hn::Mul(hn::Sub(loadSome(x + i, lanes), moments.mean), moments.factor);
    storeSome(hn::MulAdd(normed, weight, bias), out + i, lanes);
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

void AffineSegments(const AffineNormProblem &p, int64_t begin, int64_t end) {
  withType(p.x.element, [&](auto *type) {
    for (int64_t segment = begin; segment < end; ++segment)
      affineSegment<std::remove_pointer_t<decltype(type)>>(p, segment);
  });
}

template <typename T> void rotate(const T *x, T *out, const float *cosines, const float *sines, int64_t half) {
  forVectors(half, [&](int64_t i, size_t lanes) HWY_ATTR {
    const Vector low = loadSome(x + i, lanes), high = loadSome(x + half + i, lanes);
    const Vector cosine = loadSome(cosines + i, lanes), sine = loadSome(sines + i, lanes);
    storeSome(hn::NegMulAdd(high, sine, hn::Mul(low, cosine)), out + i, lanes);
    storeSome(hn::MulAdd(low, sine, hn::Mul(high, cosine)), out + half + i, lanes);
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

template <typename T> void rotatePairs(const T *x, T *out, const float *cosines, const float *sines, int64_t width) {
  forVectors(width, [&](int64_t i, size_t lanes) HWY_ATTR {
    const Vector value = loadSome(x + i, lanes), partner = hn::Reverse2(floats, value);
    const Vector turned = hn::Mul(value, loadSome(cosines + i, lanes));
    storeSome(hn::MulAdd(partner, loadSome(sines + i, lanes), turned), out + i, lanes);
  });
}

void RopeRows(const RopeProblem &p, int64_t begin, int64_t end, float *table) {
  const int64_t half = p.headDim / 2;
  float *cosines = table, *sines = table + p.headDim;
  int64_t loaded = -1;
  for (int64_t row = begin; row < end; ++row) {
    int64_t token = row / p.heads, h = row % p.heads, b = token / p.positions, s = token % p.positions;
    if (token != loaded) {
      widenTable(p.cosines, b * p.cosStrides[0] + s * p.cosStrides[1], half, cosines);
      widenTable(p.sines, b * p.sinStrides[0] + s * p.sinStrides[1], half, sines);
      if (p.interleaved)
        spreadTables(cosines, sines, half);
      loaded = token;
    }
    int64_t x = b * p.xStrides.batch + s * p.xStrides.position + h * p.xStrides.head;
    int64_t out = b * p.outStrides.batch + s * p.outStrides.position + h * p.outStrides.head;
    withType(p.x.element, [&](auto *type) {
      using T = std::remove_pointer_t<decltype(type)>;
      if (p.interleaved)
        rotatePairs(p.x.as<T>() + x, p.out.as<T>() + out, cosines, sines, p.headDim);
      else
        rotate(p.x.as<T>() + x, p.out.as<T>() + out, cosines, sines, half);
    });
  }
}

template <typename T> void softmaxRow(const T *x, T *out, int64_t width, float *row) {
  const Vector lowest = hn::Set(floats, -HUGE_VALF);
  const auto inside = [](size_t lanes) HWY_ATTR { return hn::FirstN(floats, lanes); };
  Vector maxima = lowest;
  forVectors(width, [&](int64_t i, size_t lanes) HWY_ATTR {
    Vector value = loadSome(x + i, lanes);
    maxima = hn::Max(maxima, hn::IfThenElse(inside(lanes), value, lowest));
  });
  const Vector maximum = hn::Set(floats, maxOf(maxima));
  Vector sums = hn::Zero(floats);
  forVectors(width, [&](int64_t i, size_t lanes) HWY_ATTR {
    Vector weight = exponential(hn::Sub(loadSome(x + i, lanes), maximum));
    sums = hn::Add(sums, hn::IfThenElseZero(inside(lanes), weight));
    storeSome(weight, row + i, lanes);
  });
  const Vector factor = hn::Set(floats, 1 / sumOf(sums));
  forVectors(width, [&](int64_t i, size_t lanes)
                        HWY_ATTR { storeSome(hn::Mul(loadSome(row + i, lanes), factor), out + i, lanes); });
}

void SoftmaxRows(const SoftmaxProblem &p, int64_t begin, int64_t end, float *row) {
  withType(p.x.element, [&](auto *type) {
    using T = std::remove_pointer_t<decltype(type)>;
    for (int64_t r = begin; r < end; ++r)
      softmaxRow(p.x.as<T>() + r * p.width, p.out.as<T>() + r * p.width, p.width, row);
  });
}

} // namespace lz::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lz::kernels::cpu {
HWY_EXPORT(NormRowsFused);
HWY_EXPORT(NormRowsTwoPass);
HWY_EXPORT(RopeRows);
HWY_EXPORT(AffineSegments);
HWY_EXPORT(SoftmaxRows);

void normRowsFused(const NormProblem &problem, int64_t begin, int64_t end, float *row) {
  HWY_DYNAMIC_DISPATCH(NormRowsFused)(problem, begin, end, row);
}
void normRowsTwoPass(const NormProblem &problem, int64_t begin, int64_t end) {
  HWY_DYNAMIC_DISPATCH(NormRowsTwoPass)(problem, begin, end);
}
void ropeRows(const RopeProblem &problem, int64_t begin, int64_t end, float *table) {
  HWY_DYNAMIC_DISPATCH(RopeRows)(problem, begin, end, table);
}
void affineSegments(const AffineNormProblem &problem, int64_t begin, int64_t end) {
  HWY_DYNAMIC_DISPATCH(AffineSegments)(problem, begin, end);
}
void softmaxRows(const SoftmaxProblem &problem, int64_t begin, int64_t end, float *row) {
  HWY_DYNAMIC_DISPATCH(SoftmaxRows)(problem, begin, end, row);
}
} // namespace lz::kernels::cpu
#endif
