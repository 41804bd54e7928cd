//===- Simd-inl.h - Elements of any float type as vectors of float --------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Included once for each instruction set by Highway's foreach_target; no include guard in the usual sense.
//
//===----------------------------------------------------------------------===//
#if defined(LZ_KERNELS_CPU_SIMD_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef LZ_KERNELS_CPU_SIMD_INL_H
#undef LZ_KERNELS_CPU_SIMD_INL_H
#else
#define LZ_KERNELS_CPU_SIMD_INL_H
#endif

#include "../common/Element.h"
#include "hwy/contrib/math/math-inl.h"
#include "hwy/highway.h"

#include <cstring>

HWY_BEFORE_NAMESPACE();
namespace lz::kernels::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using Vector = hn::Vec<Floats>;
inline constexpr Floats floats;

/// Calls body with a null pointer to the storage type.
template <typename Body> HWY_INLINE void withType(Element element, Body &&body) {
  if (element == Element::F16)
    body(static_cast<Half *>(nullptr));
  else if (element == Element::BF16)
    body(static_cast<BFloat *>(nullptr));
  else
    body(static_cast<float *>(nullptr));
}

HWY_INLINE Vector load(const float *source) { return hn::LoadU(floats, source); }
HWY_INLINE Vector load(const BFloat *source) {
  const hn::Rebind<uint16_t, Floats> narrow;
  const hn::Rebind<uint32_t, Floats> wide;
  auto bits = hn::PromoteTo(wide, hn::LoadU(narrow, reinterpret_cast<const uint16_t *>(source)));
  return hn::BitCast(floats, hn::ShiftLeft<16>(bits));
}
#if HWY_ARCH_X86 && HWY_TARGET > HWY_AVX2
// Without conversion instructions Highway truncates to float16 and knows no infinity there: exact and one by one
// instead.
HWY_INLINE Vector load(const Half *source) {
  HWY_ALIGN float wide[HWY_MAX_BYTES / sizeof(float)];
  for (size_t i = 0; i < hn::Lanes(floats); ++i)
    wide[i] = float(toDouble(source[i]));
  return hn::Load(floats, wide);
}
HWY_INLINE void store(Vector value, Half *target) {
  HWY_ALIGN float wide[HWY_MAX_BYTES / sizeof(float)];
  hn::Store(value, floats, wide);
  for (size_t i = 0; i < hn::Lanes(floats); ++i)
    target[i] = fromDouble<Half>(wide[i]);
}
#else
HWY_INLINE Vector load(const Half *source) {
  const hn::Rebind<hwy::float16_t, Floats> narrow;
  return hn::PromoteTo(floats, hn::LoadU(narrow, reinterpret_cast<const hwy::float16_t *>(source)));
}
HWY_INLINE void store(Vector value, Half *target) {
  const hn::Rebind<hwy::float16_t, Floats> narrow;
  hn::StoreU(hn::DemoteTo(narrow, value), narrow, reinterpret_cast<hwy::float16_t *>(target));
}
#endif

HWY_INLINE void store(Vector value, float *target) { hn::StoreU(value, floats, target); }
HWY_INLINE void store(Vector value, BFloat *target) {
  const hn::Rebind<uint16_t, Floats> narrow;
  const hn::Rebind<uint32_t, Floats> wide;
  const hn::Rebind<int32_t, Floats> wideSigned;
  auto bits = hn::BitCast(wide, value);
  auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(wide, 1));
  auto rounded = hn::ShiftRight<16>(hn::Add(bits, hn::Add(odd, hn::Set(wide, 0x7fff))));
  auto isNan = hn::RebindMask(wide, hn::IsNaN(value));
  rounded = hn::IfThenElse(isNan, hn::Set(wide, 0x7fc0), rounded);
  hn::StoreU(hn::DemoteTo(narrow, hn::BitCast(wideSigned, rounded)), narrow, reinterpret_cast<uint16_t *>(target));
}
/// The first `count` elements, the other lanes zero.
template <typename T> HWY_INLINE Vector loadPart(const T *source, size_t count) {
  T buffer[HWY_MAX_BYTES / sizeof(float)] = {};
  std::memcpy(buffer, source, count * sizeof(T));
  return load(buffer);
}
template <typename T> HWY_INLINE void storePart(Vector value, T *target, size_t count) {
  T buffer[HWY_MAX_BYTES / sizeof(float)];
  store(value, buffer);
  std::memcpy(target, buffer, count * sizeof(T));
}

/// Calls body(offset, lanes) for each vector of a row of `width`; lanes is the full vector but perhaps at the end.
template <typename Body> HWY_INLINE void forVectors(int64_t width, Body &&body) {
  const int64_t lanes = int64_t(hn::Lanes(floats));
  int64_t i = 0;
  for (; i + lanes <= width; i += lanes)
    body(i, size_t(lanes));
  if (i < width)
    body(i, size_t(width - i));
}
template <typename T> HWY_INLINE Vector loadSome(const T *source, size_t count) {
  return HWY_LIKELY(count == hn::Lanes(floats)) ? load(source) : loadPart(source, count);
}
template <typename T> HWY_INLINE void storeSome(Vector value, T *target, size_t count) {
  if (HWY_LIKELY(count == hn::Lanes(floats)))
    store(value, target);
  else
    storePart(value, target, count);
}

/// exp(x) for x up to 88; 0 for -inf, NaN for NaN.
HWY_INLINE Vector exponential(Vector x) {
  const auto isNan = hn::IsNaN(x); // which Highway's exp would make 0
  return hn::IfThenElse(isNan, x, hn::Exp(floats, hn::IfThenZeroElse(isNan, x)));
}

/// tanh(x); NaN for NaN.
HWY_INLINE Vector hyperbolicTangent(Vector x) {
  const auto isNan = hn::IsNaN(x);
  return hn::IfThenElse(isNan, x, hn::Tanh(floats, hn::IfThenZeroElse(isNan, x)));
}

HWY_INLINE float sumOf(Vector value) { return hn::GetLane(hn::SumOfLanes(floats, value)); }
HWY_INLINE float maxOf(Vector value) { return hn::GetLane(hn::MaxOfLanes(floats, value)); }

} // namespace lz::kernels::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
