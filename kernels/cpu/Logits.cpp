//===- Logits.cpp - Rows over a vocabulary, vectorised --------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Logits.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "Logits.cpp"
#include "hwy/foreach_target.h"
// Highway's headers follow foreach_target.
#include "Simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace lz::kernels::cpu::HWY_NAMESPACE {

/// Elements of a row, NaN and what lies past its end being -inf.
template <typename T> HWY_INLINE Vector loadOrdered(const T *x, size_t lanes) {
  const Vector lowest = hn::Set(floats, -HUGE_VALF), value = loadSome(x, lanes);
  const auto real = hn::AndNot(hn::IsNaN(value), hn::FirstN(floats, lanes));
  return hn::IfThenElse(real, value, lowest);
}

template <typename T> HWY_INLINE float greatest(const T *x, int64_t width) {
  Vector maxima = hn::Set(floats, -HUGE_VALF);
  forVectors(width, [&](int64_t i, size_t lanes) HWY_ATTR { maxima = hn::Max(maxima, loadOrdered(x + i, lanes)); });
  return maxOf(maxima);
}

template <typename T> HWY_INLINE float lossOf(const T *x, int64_t width, int64_t target) {
  const float maximum = greatest(x, width);
  const Vector base = hn::Set(floats, maximum);
  Vector sums = hn::Zero(floats);
  forVectors(width, [&](int64_t i, size_t lanes) HWY_ATTR {
    const Vector weight = exponential(hn::Sub(loadSome(x + i, lanes), base));
    sums = hn::Add(sums, hn::IfThenElseZero(hn::FirstN(floats, lanes), weight));
  });
  return std::log(sumOf(sums)) + (maximum - hn::GetLane(loadPart(x + target, 1)));
}

void CrossEntropyRows(const CrossEntropyProblem &p, int64_t begin, int64_t end) {
  withType(p.logits.element, [&](auto *type) {
    using T = std::remove_pointer_t<decltype(type)>;
    for (int64_t row = begin; row < end; ++row) {
      const int64_t target = idAt(p.targets, row);
      const float loss = target == p.ignored ? 0 : lossOf(p.logits.as<T>() + row * p.width, p.width, target);
      if (p.out.element == Element::F32)
        p.out.as<float>()[row] = loss;
      else
        storePart(hn::Set(floats, loss), p.out.as<T>() + row, 1);
    }
  });
}

template <typename T> HWY_INLINE int64_t firstOf(const T *x, int64_t width, float wanted) {
  const int64_t lanes = int64_t(hn::Lanes(floats));
  const Vector value = hn::Set(floats, wanted);
  for (int64_t i = 0; i < width; i += lanes) {
    const auto found = hn::Eq(loadOrdered(x + i, size_t(HWY_MIN(lanes, width - i))), value);
    if (const intptr_t lane = hn::FindFirstTrue(floats, found); lane >= 0)
      return i + lane;
  }
  return 0;
}

int64_t GreatestOf(const SampleProblem &p, int64_t row) {
  int64_t token = 0;
  withType(p.logits.element, [&](auto *type) {
    const auto *x = p.logits.as<std::remove_pointer_t<decltype(type)>>() + row * p.width;
    token = firstOf(x, p.width, greatest(x, p.width));
  });
  return token;
}

float WeighRow(const SampleProblem &p, int64_t row, float *logits, float *weights) {
  const Vector sharpness = hn::Set(floats, float(1 / p.temperature));
  Vector sums = hn::Zero(floats);
  withType(p.logits.element, [&](auto *type) {
    const auto *x = p.logits.as<std::remove_pointer_t<decltype(type)>>() + row * p.width;
    const Vector base = hn::Set(floats, greatest(x, p.width));
    forVectors(p.width, [&](int64_t i, size_t lanes) HWY_ATTR {
      const Vector logit = loadOrdered(x + i, lanes);
      const Vector weight = exponential(hn::Mul(hn::Sub(logit, base), sharpness));
      storeSome(logit, logits + i, lanes);
      storeSome(weight, weights + i, lanes);
      sums = hn::Add(sums, hn::IfThenElseZero(hn::FirstN(floats, lanes), weight));
    });
  });
  return sumOf(sums);
}

} // namespace lz::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace lz::kernels::cpu {
HWY_EXPORT(CrossEntropyRows);
HWY_EXPORT(GreatestOf);
HWY_EXPORT(WeighRow);

void crossEntropyRows(const CrossEntropyProblem &problem, int64_t begin, int64_t end) {
  HWY_DYNAMIC_DISPATCH(CrossEntropyRows)(problem, begin, end);
}
int64_t greatestOf(const SampleProblem &problem, int64_t row) { return HWY_DYNAMIC_DISPATCH(GreatestOf)(problem, row); }
float weighRow(const SampleProblem &problem, int64_t row, float *logits, float *weights) {
  return HWY_DYNAMIC_DISPATCH(WeighRow)(problem, row, logits, weights);
}
} // namespace lz::kernels::cpu
#endif
