//===- Activations.cpp - Activations, plain and gated, vectorised ---------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "Activations.cpp"
#include "hwy/foreach_target.h"
// Highway's headers follow foreach_target.
#include "Simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lz::kernels::cpu::HWY_NAMESPACE {

/// x / (1 + exp(-u)).
template <Precision precision> HWY_INLINE Vector gate(Vector x, Vector u) {
  const Vector bounded = hn::Max(hn::Set(floats, -89.0f), hn::Min(hn::Set(floats, 88.0f), u));
  const Vector sum = hn::Add(hn::Set(floats, 1.0f), boundedExponential<precision, true>(bounded));
  if constexpr (precision == Precision::Bfloat)
    return hn::Mul(x, reciprocal<precision>(sum));
  return hn::Div(x, sum);
}

/// erfc(x / sqrt 2) for x >= 0, to 5e-7 of its value however small that is, to 1e-4 for bfloat16.
template <Precision precision> HWY_INLINE Vector upperTail(Vector x) {
  // With t = 1 / (1 + 0.3 x), exp(x^2 / 2) erfc(x / sqrt 2) / t is smooth on all of (0, 1]. The coefficients
  // interpolate it at the ten Chebyshev nodes of x in [0, 40]; past 40 the exponential is 0.
  static constexpr float coefficients[] = {-0.03851653263f, 0.2101495266f, -0.4223046899f, 0.3391346335f,
                                           -0.1231996045f,  0.1741475910f, 0.1626217365f,  0.2193353921f,
                                           0.2392637879f,   0.2393681407f};
  x = hn::Min(x, hn::Set(floats, 40.0f));
  const Vector one = hn::Set(floats, 1.0f), half = hn::Set(floats, 0.5f);
  const Vector t = reciprocal<precision>(hn::MulAdd(hn::Set(floats, 0.3f), x, one));
  Vector value = hn::Set(floats, coefficients[0]);
  for (size_t i = 1; i < std::size(coefficients); ++i)
    value = hn::MulAdd(value, t, hn::Set(floats, coefficients[i]));
  if constexpr (precision == Precision::Bfloat)
    return hn::Mul(hn::Mul(value, t), weightOf<precision>(hn::Neg(hn::Mul(half, hn::Mul(x, x)))));
  // The square in two parts: an error of its last bit would grow with the exponent. That of 12 leading bits is exact.
  const hn::Rebind<uint32_t, Floats> bits;
  const Vector lead = hn::BitCast(floats, hn::And(hn::BitCast(bits, x), hn::Set(bits, 0xfffff000u)));
  const Vector square = hn::Mul(lead, lead), rest = hn::Mul(hn::Sub(x, lead), hn::Add(x, lead));
  const Vector d = hn::Mul(half, rest);
  // exp(-d) by its series: d is under 0.04 where the weight is not 0
  Vector series = hn::NegMulAdd(d, hn::Set(floats, 1.0f / 6), half);
  series = hn::NegMulAdd(d, hn::NegMulAdd(d, series, one), one);
  const Vector weight = hn::Mul(series, weightOf<Precision::Full>(hn::Neg(hn::Mul(half, square))));
  return hn::Mul(hn::Mul(value, t), weight);
}

/// x (1 + erf(x / sqrt 2)) / 2: the tail on the left, one minus half of it on the right.
template <Precision precision> HWY_INLINE Vector gelu(Vector x) {
  const Vector part = hn::Mul(hn::Set(floats, 0.5f), upperTail<precision>(hn::Abs(x)));
  return hn::Mul(x, hn::IfThenElse(hn::Lt(x, hn::Zero(floats)), part, hn::Sub(hn::Set(floats, 1.0f), part)));
}

/// x / (1 + exp(-u)) with u = 2 sqrt(2 / pi) (x + 0.044715 x^3).
template <Precision precision> HWY_INLINE Vector geluTanh(Vector x) {
  const Vector slope = hn::MulAdd(hn::Mul(x, x), hn::Set(floats, 0.0713548163f), hn::Set(floats, 1.5957691216f));
  return gate<precision>(x, hn::Mul(x, slope));
}

template <Activation A, Precision precision> HWY_INLINE Vector activate(Vector x) {
  if constexpr (A == Activation::Silu)
    return gate<precision>(x, x);
  else if constexpr (A == Activation::Gelu)
    return gelu<precision>(x);
  else
    return geluTanh<precision>(x);
}

template <Activation A, bool past, typename T>
HWY_NOINLINE void activateAll(const T *x, const T *up, T *out, int64_t count) {
  constexpr Precision precision = precisionOf<T>;
  if (up)
    transform<past>(
        count, out, Nothing(),
        [](Vector value, Vector factor) HWY_ATTR { return hn::Mul(activate<A, precision>(value), factor); }, x, up);
  else
    transform<past>(count, out, Nothing(), [](Vector value) HWY_ATTR { return activate<A, precision>(value); }, x);
}

template <Activation A> void activateRange(const ActivationProblem &p, int64_t begin, int64_t end, bool past) {
  withType(p.out.element, [&](auto *type) {
    using T = std::remove_pointer_t<decltype(type)>;
    const T *up = p.up.present ? p.up.as<T>() + begin : nullptr;
    withStreams(past, [&](auto streams) {
      activateAll<A, streams>(p.x.as<T>() + begin, up, p.out.as<T>() + begin, end - begin);
    });
  });
}

void ActivateElements(const ActivationProblem &p, int64_t begin, int64_t end, bool past) {
  switch (p.activation) {
  case Activation::Silu:
    return activateRange<Activation::Silu>(p, begin, end, past);
  case Activation::Gelu:
    return activateRange<Activation::Gelu>(p, begin, end, past);
  case Activation::GeluTanh:
    return activateRange<Activation::GeluTanh>(p, begin, end, past);
  }
}

} // namespace lz::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lz::kernels::cpu {
HWY_EXPORT(ActivateElements);

void activateElements(const ActivationProblem &problem, int64_t begin, int64_t end, bool past) {
  HWY_DYNAMIC_DISPATCH(ActivateElements)(problem, begin, end, past);
}
} // namespace lz::kernels::cpu
#endif
