//===- Element.h - Element types as kernels store and compute them --------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Scalar storage types with conversion to and from double and float. Rounding is to nearest, ties to even, as IEEE 754
// and PyTorch have it.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_KERNELS_COMMON_ELEMENT_H
#define LZ_KERNELS_COMMON_ELEMENT_H

#include "lzrt/abi/dtype.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>

namespace lz::kernels {

/// The element types that kernels of this project read; the rest of LZ_DTYPES is `Other`, which every kernel refuses.
enum class Element : uint8_t { F16, BF16, F32, F64, I32, I64, F8E4M3FN, F8E5M2, Other };

inline Element elementOf(lz_dtype_t dtype) {
  if (dtype.lanes != 1)
    return Element::Other;
  if (dtype.code == LZ_CODE_FLOAT)
    return dtype.bits == 16   ? Element::F16
           : dtype.bits == 32 ? Element::F32
           : dtype.bits == 64 ? Element::F64
                              : Element::Other;
  if (dtype.code == LZ_CODE_BFLOAT)
    return dtype.bits == 16 ? Element::BF16 : Element::Other;
  if (dtype.code == LZ_CODE_INT)
    return dtype.bits == 32 ? Element::I32 : dtype.bits == 64 ? Element::I64 : Element::Other;
  if (dtype.bits == 8 && dtype.code == LZ_CODE_FLOAT8_E4M3FN)
    return Element::F8E4M3FN;
  return dtype.bits == 8 && dtype.code == LZ_CODE_FLOAT8_E5M2 ? Element::F8E5M2 : Element::Other;
}

/// Bytes of one element; 0 for `Other`.
inline int64_t sizeOf(Element element) {
  switch (element) {
  case Element::F8E4M3FN:
  case Element::F8E5M2:
    return 1;
  case Element::F16:
  case Element::BF16:
    return 2;
  case Element::F32:
  case Element::I32:
    return 4;
  case Element::F64:
  case Element::I64:
    return 8;
  case Element::Other:
    return 0;
  }
  return 0;
}

/// The floats that every operation takes.
inline bool isFloat(Element element) { return element <= Element::F64; }
/// The floats that matmul multiplies, but stores nothing in.
inline bool isFloat8(Element element) { return element == Element::F8E4M3FN || element == Element::F8E5M2; }
inline bool isInteger(Element element) { return element == Element::I32 || element == Element::I64; }

/// Storage of an IEEE binary16 number.
struct Half {
  uint16_t bits;
};
/// Storage of the upper half of an IEEE binary32 number.
struct BFloat {
  uint16_t bits;
};
/// Storage of a number with 4 bits of exponent and 3 of fraction, without infinities: all ones is NaN (OCP OFP8 1.0).
struct Float8E4M3FN {
  uint8_t bits;
};
/// Storage of the upper half of an IEEE binary16 number (OCP OFP8 1.0).
struct Float8E5M2 {
  uint8_t bits;
};

inline double toDouble(double value) { return value; }
inline double toDouble(float value) { return value; }
inline double toDouble(BFloat value) { return std::bit_cast<float>(uint32_t(value.bits) << 16); }
inline double toDouble(Half value) {
  int exponent = (value.bits >> 10) & 31;
  int mantissa = value.bits & 1023;
  double magnitude = exponent == 31  ? (mantissa ? NAN : INFINITY)
                     : exponent == 0 ? std::ldexp(mantissa, -24)
                                     : std::ldexp(1024 + mantissa, exponent - 25);
  return std::copysign(magnitude, value.bits & 0x8000 ? -1.0 : 1.0);
}

inline double toDouble(Float8E5M2 value) { return toDouble(Half{uint16_t(value.bits << 8)}); }
inline double toDouble(Float8E4M3FN value) {
  int exponent = (value.bits >> 3) & 15, fraction = value.bits & 7;
  double magnitude = (value.bits & 127) == 127 ? NAN
                     : exponent == 0           ? std::ldexp(fraction, -9)
                                               : std::ldexp(8 + fraction, exponent - 10);
  return std::copysign(magnitude, value.bits & 0x80 ? -1.0 : 1.0);
}

/// Rounds `value` to a binary format with `fractionBits` bits after the leading one and least normal exponent
/// `minExponent`, in one step.
inline double roundToPrecision(double value, int fractionBits, int minExponent) {
  if (value == 0 || !std::isfinite(value))
    return value;
  int exponent = std::max(std::ilogb(value), minExponent);
  return std::ldexp(std::nearbyint(std::ldexp(value, fractionBits - exponent)), exponent - fractionBits);
}

template <typename T> T fromDouble(double value);
template <> inline double fromDouble<double>(double value) { return value; }
template <> inline float fromDouble<float>(double value) { return float(value); }
template <> inline BFloat fromDouble<BFloat>(double value) {
  if (std::isnan(value))
    return {0x7fc0};
  return {uint16_t(std::bit_cast<uint32_t>(float(roundToPrecision(value, 7, -126))) >> 16)};
}
template <> inline Half fromDouble<Half>(double value) {
  uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  if (std::isnan(value))
    return {uint16_t(sign | 0x7e00)};
  double magnitude = std::fabs(roundToPrecision(value, 10, -14));
  if (magnitude >= 65536.0)
    return {uint16_t(sign | 0x7c00)};
  if (magnitude < std::ldexp(1.0, -14))
    return {uint16_t(sign | uint16_t(std::ldexp(magnitude, 24)))};
  int exponent = std::ilogb(magnitude);
  return {uint16_t(sign | ((exponent + 15) << 10) | (uint16_t(std::ldexp(magnitude, 10 - exponent)) & 1023))};
}

template <> inline Float8E5M2 fromDouble<Float8E5M2>(double value) {
  double rounded = roundToPrecision(value, 2, -14);
  return {uint8_t(fromDouble<Half>(rounded).bits >> 8)};
}
/// What is too large becomes NaN, for want of an infinity.
template <> inline Float8E4M3FN fromDouble<Float8E4M3FN>(double value) {
  uint8_t sign = std::signbit(value) ? 0x80 : 0;
  double magnitude = std::fabs(roundToPrecision(value, 3, -6));
  if (!(magnitude <= 448))
    return {uint8_t(sign | 0x7f)};
  if (magnitude < std::ldexp(1.0, -6))
    return {uint8_t(sign | uint8_t(std::ldexp(magnitude, 9)))};
  int exponent = std::ilogb(magnitude);
  return {uint8_t(sign | ((exponent + 7) << 3) | (uint8_t(std::ldexp(magnitude, 3 - exponent)) & 7))};
}

/// Calls `body` with a value of the storage type of `element`, which must be a float type, of 8 bits or more.
template <typename Body> auto withFloatType(Element element, Body &&body) {
  switch (element) {
  case Element::F16:
    return body(Half{});
  case Element::BF16:
    return body(BFloat{});
  case Element::F64:
    return body(double{});
  case Element::F8E4M3FN:
    return body(Float8E4M3FN{});
  case Element::F8E5M2:
    return body(Float8E5M2{});
  default:
    return body(float{});
  }
}

} // namespace lz::kernels

#endif // LZ_KERNELS_COMMON_ELEMENT_H
