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

/// Calls body with a null pointer to the storage type.
template <typename Body> HWY_INLINE void withType(Element element, Body &&body) {
  if (element == Element::F16)
    body(static_cast<Half *>(nullptr));
  else if (element == Element::BF16)
    body(static_cast<BFloat *>(nullptr));
  else
    body(static_cast<float *>(nullptr));
}

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

void RopeRows(const RopeProblem &p, int64_t begin, int64_t end, float *table) {
  const int64_t half = p.headDim / 2;
  int64_t loaded = -1;
  for (int64_t row = begin; row < end; ++row) {
    int64_t token = row / p.heads, h = row % p.heads, b = token / p.positions, s = token % p.positions;
    if (token != loaded) {
      widenTable(p.cosines, b * p.cosStrides[0] + s * p.cosStrides[1], half, table);
      widenTable(p.sines, b * p.sinStrides[0] + s * p.sinStrides[1], half, table + half);
      loaded = token;
    }
    int64_t x = b * p.xStrides.batch + s * p.xStrides.position + h * p.xStrides.head;
    int64_t out = b * p.outStrides.batch + s * p.outStrides.position + h * p.outStrides.head;
    withType(p.x.element, [&](auto *type) {
      using T = std::remove_pointer_t<decltype(type)>;
      rotate(p.x.as<T>() + x, p.out.as<T>() + out, table, table + half, half);
    });
  }
}

/// x / (1 + exp(-x)), as x exp(x) / (1 + exp(x)) for negative x: neither exponential can overflow.
HWY_INLINE Vector silu(Vector x) {
  const Vector weight = exponential(hn::Neg(hn::Abs(x)));
  const Vector part = hn::Div(x, hn::Add(hn::Set(floats, 1.0f), weight));
  return hn::IfThenElse(hn::Lt(x, hn::Zero(floats)), hn::Mul(part, weight), part);
}

void SwigluElements(const GatedProblem &p, int64_t begin, int64_t end) {
  withType(p.out.element, [&](auto *type) {
    using T = std::remove_pointer_t<decltype(type)>;
    const T *gate = p.gate.as<T>() + begin, *up = p.up.as<T>() + begin;
    T *out = p.out.as<T>() + begin;
    forVectors(end - begin, [&](int64_t i, size_t lanes) HWY_ATTR {
      storeSome(hn::Mul(silu(loadSome(gate + i, lanes)), loadSome(up + i, lanes)), out + i, lanes);
    });
  });
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
HWY_EXPORT(SwigluElements);
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
void swigluElements(const GatedProblem &problem, int64_t begin, int64_t end) {
  HWY_DYNAMIC_DISPATCH(SwigluElements)(problem, begin, end);
}
void softmaxRows(const SoftmaxProblem &problem, int64_t begin, int64_t end, float *row) {
  HWY_DYNAMIC_DISPATCH(SoftmaxRows)(problem, begin, end, row);
}
} // namespace lz::kernels::cpu
#endif
