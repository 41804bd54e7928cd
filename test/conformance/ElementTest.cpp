//===- ElementTest.cpp - Scalar conversions of the 16-bit types -----------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reference kernels and this suite round by these, so they are tested over every value there is.
//
//===----------------------------------------------------------------------===//

#include "../../kernels/common/Element.h"

#include <gtest/gtest.h>

using namespace lz::kernels;

namespace {

template <typename T> class SixteenBits : public testing::Test {};
using Types = testing::Types<Half, BFloat>;
TYPED_TEST_SUITE(SixteenBits, Types);
using Eights = testing::Types<Float8E4M3FN, Float8E5M2>;

template <typename T> constexpr uint16_t infinity = 0x7c00;
template <> constexpr uint16_t infinity<BFloat> = 0x7f80;

TYPED_TEST(SixteenBits, everyValueSurvivesTheWayToDoubleAndBack) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    TypeParam value{uint16_t(bits)};
    double wide = toDouble(value);
    if ((bits & 0x7fff) > infinity<TypeParam>)
      EXPECT_TRUE(std::isnan(wide) && std::isnan(toDouble(fromDouble<TypeParam>(wide)))) << bits;
    else
      EXPECT_EQ(fromDouble<TypeParam>(wide).bits, bits);
  }
}

TYPED_TEST(SixteenBits, whatLiesBetweenTwoValuesIsRoundedToTheNearestAndTiesToEven) {
  for (uint16_t bits = 0; bits + 1 < infinity<TypeParam>; ++bits) {
    double low = toDouble(TypeParam{bits}), high = toDouble(TypeParam{uint16_t(bits + 1)}), middle = (low + high) / 2;
    ASSERT_LT(low, high) << bits;
    ASSERT_EQ(fromDouble<TypeParam>(middle).bits, bits + (bits & 1));
    ASSERT_EQ(fromDouble<TypeParam>(std::nextafter(middle, low)).bits, bits);
    ASSERT_EQ(fromDouble<TypeParam>(std::nextafter(middle, high)).bits, bits + 1);
  }
}

TYPED_TEST(SixteenBits, whatIsTooLargeBecomesInfinity) {
  uint16_t largest = infinity<TypeParam> - 1;
  double top = toDouble(TypeParam{largest}), step = top - toDouble(TypeParam{uint16_t(largest - 1)});
  EXPECT_EQ(fromDouble<TypeParam>(top + step / 2).bits, infinity<TypeParam>);
  EXPECT_EQ(fromDouble<TypeParam>(std::nextafter(top + step / 2, top)).bits, largest);
  EXPECT_EQ(fromDouble<TypeParam>(-1e300).bits, infinity<TypeParam> | 0x8000);
}

template <typename T> class EightBits : public testing::Test {};
TYPED_TEST_SUITE(EightBits, Eights);

TYPED_TEST(EightBits, everyValueSurvivesTheWayToDoubleAndBack) {
  for (int bits = 0; bits < 256; ++bits) {
    double wide = toDouble(TypeParam{uint8_t(bits)});
    TypeParam back = fromDouble<TypeParam>(wide);
    EXPECT_TRUE(std::isnan(wide) ? std::isnan(toDouble(back)) : back.bits == bits) << bits;
  }
}

TYPED_TEST(EightBits, whatLiesBetweenTwoValuesIsRoundedToTheNearestAndTiesToEven) {
  for (uint8_t bits = 0; std::isfinite(toDouble(TypeParam{uint8_t(bits + 1)})); ++bits) {
    double low = toDouble(TypeParam{bits}), high = toDouble(TypeParam{uint8_t(bits + 1)}), middle = (low + high) / 2;
    ASSERT_LT(low, high) << int(bits);
    ASSERT_EQ(fromDouble<TypeParam>(middle).bits, bits + (bits & 1));
    ASSERT_EQ(fromDouble<TypeParam>(std::nextafter(middle, low)).bits, bits);
    ASSERT_EQ(fromDouble<TypeParam>(std::nextafter(middle, high)).bits, bits + 1);
  }
}

TEST(EightBitsByName, knownValues) {
  EXPECT_EQ(toDouble(Float8E4M3FN{0x38}), 1.0);
  EXPECT_EQ(toDouble(Float8E4M3FN{0x7e}), 448.0);
  EXPECT_EQ(toDouble(Float8E4M3FN{0x81}), -0x1p-9);
  EXPECT_TRUE(std::isnan(toDouble(Float8E4M3FN{0xff})));
  EXPECT_EQ(fromDouble<Float8E4M3FN>(1e9).bits, 0x7f);
  EXPECT_EQ(toDouble(Float8E5M2{0x3c}), 1.0);
  EXPECT_EQ(toDouble(Float8E5M2{0x7b}), 57344.0);
  EXPECT_EQ(toDouble(Float8E5M2{0x01}), 0x1p-16);
  EXPECT_EQ(toDouble(Float8E5M2{0xfc}), -INFINITY);
  EXPECT_EQ(fromDouble<Float8E5M2>(1e9).bits, 0x7c);
}

TEST(SixteenBitsByName, knownValues) {
  EXPECT_EQ(toDouble(Half{0x3c00}), 1.0);
  EXPECT_EQ(toDouble(Half{0x7bff}), 65504.0);
  EXPECT_EQ(toDouble(Half{0x8001}), -0x1p-24);
  EXPECT_EQ(toDouble(BFloat{0x3f80}), 1.0);
  EXPECT_EQ(toDouble(BFloat{0xc049}), -3.140625);
  EXPECT_EQ(toDouble(BFloat{0x0001}), 0x1p-133);
}

} // namespace
