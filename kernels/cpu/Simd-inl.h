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
#include "hwy/cache_control.h"
#include "hwy/contrib/math/math-inl.h"
#include "hwy/highway.h"

#include <cstring>
#include <iterator>
#include <type_traits>

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
/// A float8 with `fractionBits` bits of fraction: its bits fall into place in a float32 but for the bias of the
/// exponent, which an addition makes good; what is subnormal is then 2^minExponent too large.
template <int fractionBits, int minExponent> HWY_INLINE Vector fromFloat8(const uint8_t *source) {
  const hn::Rebind<uint8_t, Floats> narrow;
  const hn::Rebind<uint32_t, Floats> wide;
  const auto bits = hn::PromoteTo(wide, hn::LoadU(narrow, source));
  const auto magnitude = hn::ShiftLeft<23 - fractionBits>(hn::And(bits, hn::Set(wide, 0x7f)));
  const auto normal = hn::Add(magnitude, hn::Set(wide, uint32_t(126 + minExponent) << 23));
  const Vector least = hn::BitCast(floats, hn::Set(wide, uint32_t(127 + minExponent) << 23));
  const Vector subnormal = hn::Sub(hn::BitCast(floats, hn::Add(normal, hn::Set(wide, 1u << 23))), least);
  const auto isNormal = hn::RebindMask(floats, hn::Gt(magnitude, hn::Set(wide, 0x7fffffu)));
  const Vector value = hn::IfThenElse(isNormal, hn::BitCast(floats, normal), subnormal);
  // Where all bits of the exponent, or of the whole number, are ones.
  const auto special = fractionBits == 2 ? hn::Gt(magnitude, hn::Set(wide, (31u << 23) - 1))
                                         : hn::Eq(magnitude, hn::Set(wide, 127u << 20));
  const auto exceptional = hn::Or(magnitude, hn::Set(wide, 0x7f800000u));
  const Vector result = hn::IfThenElse(hn::RebindMask(floats, special), hn::BitCast(floats, exceptional), value);
  return hn::Or(result, hn::BitCast(floats, hn::ShiftLeft<24>(hn::And(bits, hn::Set(wide, 0x80)))));
}
HWY_INLINE Vector load(const Float8E4M3FN *source) {
  return fromFloat8<3, -6>(reinterpret_cast<const uint8_t *>(source));
}
HWY_INLINE Vector load(const Float8E5M2 *source) {
  return fromFloat8<2, -14>(reinterpret_cast<const uint8_t *>(source));
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
/// Float32 bits whose upper half is the nearest bfloat16 number, ties to even. Without `anyNan`, a NaN of which bits in
/// the lower half are set may get lost: none is made by arithmetic on bfloat16 numbers.
template <bool anyNan = true> HWY_INLINE auto roundedBits(Vector value) {
  const hn::Rebind<uint32_t, Floats> wide;
  auto bits = hn::BitCast(wide, value);
  auto isOdd = hn::TestBit(bits, hn::Set(wide, 0x10000));
  auto sum = hn::Add(bits, hn::IfThenElse(isOdd, hn::Set(wide, 0x8000), hn::Set(wide, 0x7fff)));
  if constexpr (!anyNan)
    return sum;
  return hn::IfThenElse(hn::RebindMask(wide, hn::IsNaN(value)), hn::Set(wide, 0x7fc00000), sum);
}
HWY_INLINE auto narrowed(Vector value) {
  const hn::Rebind<uint16_t, Floats> narrow;
  const hn::Repartition<uint16_t, Floats> halves;
  auto rounded = hn::BitCast(halves, roundedBits(value));
  return hn::LowerHalf(narrow, hn::ConcatOdd(halves, rounded, rounded));
}
HWY_INLINE void store(Vector value, BFloat *target) {
  const hn::Rebind<uint16_t, Floats> narrow;
  hn::StoreU(narrowed(value), narrow, reinterpret_cast<uint16_t *>(target));
}

/// Like `store`, past the caches: `target` is aligned to the bytes stored, and a fence (hwy::FlushStream) follows
/// before anybody else reads it.
HWY_INLINE void stream(Vector value, float *target) { hn::Stream(value, floats, target); }
#if HWY_ARCH_X86 && HWY_TARGET > HWY_AVX2
// Half a vector is less than what can be stored past the caches.
template <typename T> HWY_INLINE void stream(Vector value, T *target) { store(value, target); }
#else
HWY_INLINE void stream(Vector value, BFloat *target) {
  const hn::Rebind<uint16_t, Floats> narrow;
  hn::Stream(narrowed(value), narrow, reinterpret_cast<uint16_t *>(target));
}
HWY_INLINE void stream(Vector value, Half *target) {
  const hn::Rebind<uint16_t, Floats> bits;
  const hn::Rebind<hwy::float16_t, Floats> narrow;
  hn::Stream(hn::BitCast(bits, hn::DemoteTo(narrow, value)), bits, reinterpret_cast<uint16_t *>(target));
}
#endif

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

/// `storeSome`, or past the caches where `past` is true.
template <bool past, typename T> HWY_INLINE void putSome(Vector value, T *target, size_t count) {
  if (past && HWY_LIKELY(count == hn::Lanes(floats)))
    stream(value, target);
  else
    storeSome(value, target, count);
}

/// Calls body with true_type or false_type; a fence ends what went past the caches.
template <typename Body> HWY_INLINE void withStreams(bool past, Body &&body) {
  if (!past)
    return body(std::false_type());
  body(std::true_type());
  hwy::FlushStream();
}

/// Two vectors of elements that lie together. Where `split` they hold the even and the odd elements of bfloat16 memory,
/// which are cheaper to come by than the first and the second half.
struct Two {
  Vector a, b;
};
template <bool split, typename T> HWY_INLINE Two loadTwo(const T *source) {
  if constexpr (split) {
    const hn::Repartition<uint16_t, Floats> halves;
    const hn::Rebind<uint32_t, Floats> wide;
    auto both = hn::BitCast(wide, hn::LoadU(halves, reinterpret_cast<const uint16_t *>(source)));
    return {hn::BitCast(floats, hn::ShiftLeft<16>(both)),
            hn::BitCast(floats, hn::And(both, hn::Set(wide, 0xffff0000u)))};
  } else {
    return {load(source), load(source + hn::Lanes(floats))};
  }
}
/// With `split`, what arithmetic made of bfloat16 numbers.
template <bool past, bool split, typename T> HWY_INLINE void putTwo(const Two &value, T *target) {
  if constexpr (split) {
    const hn::Repartition<uint16_t, Floats> halves;
    auto even = hn::BitCast(halves, hn::ShiftRight<16>(roundedBits<false>(value.a)));
    auto both = hn::OddEven(hn::BitCast(halves, roundedBits<false>(value.b)), even);
    auto *bits = reinterpret_cast<uint16_t *>(target);
    past ? hn::Stream(both, halves, bits) : hn::StoreU(both, halves, bits);
  } else {
    const size_t lanes = hn::Lanes(floats);
    putSome<past>(value.a, target, lanes);
    putSome<past>(value.b, target + lanes, lanes);
  }
}

template <typename Body, typename... Pairs> HWY_INLINE Two onBoth(Body &&body, const Pairs &...pairs) {
  return {body(pairs.a...), body(pairs.b...)};
}

/// out[i] = body(in[i]...), by vectors. `before` is called with the offset of each pair of vectors.
template <bool past, typename Out, typename Before, typename Body, typename... In>
HWY_INLINE void transform(int64_t width, Out *out, Before &&before, Body &&body, const In *...in) {
  constexpr bool split = std::is_same_v<Out, BFloat> && (std::is_same_v<In, BFloat> && ...);
  const int64_t lanes = int64_t(hn::Lanes(floats));
  int64_t i = 0;
  for (; i + 2 * lanes <= width; i += 2 * lanes) {
    before(i);
    putTwo<past, split>(onBoth(body, loadTwo<split>(in + i)...), out + i);
  }
  for (; i < width; i += lanes) {
    const size_t count = size_t(HWY_MIN(lanes, width - i));
    putSome<past>(body(loadSome(in + i, count)...), out + i, count);
  }
}

/// Sums in flight of one reduction: as many as hide the latency of an addition.
constexpr int numSums = 4;
/// As `forVectors`, with the number of the sum, below `numSums`, that the vector belongs to.
template <typename Body> HWY_INLINE void forSums(int64_t width, Body &&body) {
  const int64_t lanes = int64_t(hn::Lanes(floats));
  int64_t i = 0;
  for (; i + numSums * lanes <= width; i += numSums * lanes)
    for (int sum = 0; sum < numSums; ++sum)
      body(i + sum * lanes, size_t(lanes), sum);
  for (; i < width; i += lanes)
    body(i, size_t(HWY_MIN(lanes, width - i)), 0);
}

/// Asks the second cache for the next row where this one is at offset i: memory is then read while this row is written.
template <typename T> HWY_INLINE void prefetchNext(const T *row, int64_t width, int64_t i) {
  constexpr size_t lineBytes = 64;
  const char *next = reinterpret_cast<const char *>(row + width + i);
  for (size_t byte = 0; byte < 2 * hn::Lanes(floats) * sizeof(T); byte += lineBytes)
    __builtin_prefetch(next + byte, 0, 2);
}

/// For what needs nothing before a pair of vectors.
struct Nothing {
  HWY_INLINE void operator()(int64_t) const {}
};

/// The sums in flight of a reduction.
struct Sums {
  Vector part[numSums];

  HWY_INLINE explicit Sums(float start) {
    for (Vector &sum : part)
      sum = hn::Set(floats, start);
  }
  HWY_INLINE float total() const {
    return hn::GetLane(hn::SumOfLanes(floats, hn::Add(hn::Add(part[0], part[1]), hn::Add(part[2], part[3]))));
  }
  HWY_INLINE float greatest() const {
    return hn::GetLane(hn::MaxOfLanes(floats, hn::Max(hn::Max(part[0], part[1]), hn::Max(part[2], part[3]))));
  }
};
static_assert(numSums == 4, "Sums joins four");

/// Takes all elements into the sums: sum = body(sum, in[i]...).
template <typename Body, typename... In>
HWY_INLINE void reduce(int64_t width, Sums &sums, Body &&body, const In *...in) {
  constexpr bool split = (std::is_same_v<In, BFloat> && ...);
  const int64_t lanes = int64_t(hn::Lanes(floats));
  Vector(&part)[numSums] = sums.part;
  int64_t i = 0;
  for (; i + numSums * lanes <= width; i += numSums * lanes)
    for (int sum = 0; sum < numSums; sum += 2) {
      const Two result = onBoth(body, Two{part[sum], part[sum + 1]}, loadTwo<split>(in + i + sum * lanes)...);
      part[sum] = result.a, part[sum + 1] = result.b;
    }
  for (; i < width; i += lanes) {
    const size_t count = size_t(HWY_MIN(lanes, width - i));
    const Vector next = body(part[0], loadSome(in + i, count)...);
    part[0] = hn::IfThenElse(hn::FirstN(floats, count), next, part[0]);
  }
}

/// exp(x) for x up to 88; 0 for -inf, NaN for NaN.
HWY_INLINE Vector exponential(Vector x) {
  const auto isNan = hn::IsNaN(x); // which Highway's exp would make 0
  return hn::IfThenElse(isNan, x, hn::Exp(floats, hn::IfThenZeroElse(isNan, x)));
}

/// How near an exponential comes to its value: what is rounded to bfloat16 needs 4e-6, a sum of weights 1e-7 (1 + |x|).
enum class Precision { Bfloat, Weight, Full };
template <typename T> constexpr Precision precisionOf = std::is_same_v<T, BFloat> ? Precision::Bfloat : Precision::Full;

/// exp(x), or exp(-x) where `negated`, for exponents in [-88, 89]: 0 below 2^-126.5, infinite from 2^127.5 on.
template <Precision precision, bool negated = false> HWY_INLINE Vector boundedExponential(Vector x) {
#if !HWY_NATIVE_FMA
  // The reduction below is exact with fused multiplication only.
  if constexpr (precision == Precision::Full)
    return exponential(negated ? hn::Neg(x) : x);
#endif
  // 2^f for |f| <= 1/2, at the Chebyshev nodes
  static constexpr float fine[] = {1.5461444855e-04f,
                                   1.3400427997e-03f,
                                   9.6180569381e-03f,
                                   5.5503271520e-02f,
                                   2.4022650719e-01f,
                                   6.9314718246e-01f,
                                   1.0f};
  static constexpr float rough[] = {9.6663685154e-03f, 5.5921975842e-02f, 2.4022349038e-01f, 6.9312104520e-01f, 1.0f};
  constexpr bool isRough = precision == Precision::Bfloat;
  constexpr size_t numTerms = isRough ? std::size(rough) : std::size(fine);
  const hn::Rebind<int32_t, Floats> integers;
  const Vector toBase2 = hn::Set(floats, 1.44269502163f), restOfBase = hn::Set(floats, 1.92596303e-8f);
  // Added to it, a number is rounded to an integer, which stands in the lowest bits.
  const Vector rounder = hn::Set(floats, 0x1.8p23f);
  const Vector shifted = negated ? hn::NegMulAdd(x, toBase2, rounder) : hn::MulAdd(x, toBase2, rounder);
  const Vector whole = hn::Sub(shifted, rounder);
  Vector fraction = negated ? hn::NegMulSub(x, toBase2, whole) : hn::MulSub(x, toBase2, whole);
  if constexpr (precision == Precision::Full)
    fraction = negated ? hn::NegMulAdd(x, restOfBase, fraction) : hn::MulAdd(x, restOfBase, fraction);
  Vector value = hn::Set(floats, isRough ? rough[0] : fine[0]);
  for (size_t i = 1; i < numTerms; ++i)
    value = hn::MulAdd(value, fraction, hn::Set(floats, isRough ? rough[i] : fine[i]));
  const auto bits = hn::Add(hn::ShiftLeft<23>(hn::BitCast(integers, shifted)), hn::Set(integers, 0x3f800000));
  return hn::Mul(value, hn::BitCast(floats, bits));
}

/// exp(x) for x <= 0, 0 for -inf, NaN for NaN; at half of what Highway's exp costs.
template <Precision precision = Precision::Weight> HWY_INLINE Vector weightOf(Vector x) {
  const Vector least = hn::Set(floats, -88.0f);
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
  return boundedExponential<precision>(hn::Max(least, x)); // x where that is NaN
#else
  return boundedExponential<precision>(hn::IfThenElse(hn::Lt(x, least), least, x));
#endif
}

/// 1 / x for x >= 1, 0 for infinity; where it becomes bfloat16, to 1e-4.
template <Precision precision> HWY_INLINE Vector reciprocal(Vector x) {
#if HWY_TARGET <= HWY_AVX3
  if constexpr (precision == Precision::Bfloat)
    return hn::ApproximateReciprocal(x);
#endif
  return hn::Div(hn::Set(floats, 1.0f), x);
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
