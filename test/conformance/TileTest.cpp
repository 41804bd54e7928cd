//===- TileTest.cpp - Tile products, emulated and of this machine ---------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EmulatedTiles.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

using namespace lz::kernels;
using namespace lz::kernels::cpu;

namespace {

/// A product of random tiles with gaps between them, as operands in memory and in numbers.
class RandomProduct {
public:
  explicit RandomProduct(std::mt19937_64 &random) : random(random) {
    rows = draw(1, 5), columns = draw(1, 5), depth = draw(0, 4);
    accumulate = draw(0, 1), hasRest = draw(0, 1);
    ldb = columns * tileColumns + draw(0, 3), ldc = columns * tileColumns + draw(0, 3);
    aDepthStep = tileElements + draw(0, 1) * 32, aRowStep = depth * aDepthStep;
    a.resize(size_t(rows * aRowStep + 1));
    for (BFloat &value : a)
      value = number();
    for (auto *part : {&b, &rest}) {
      part->resize(size_t(depth * tileDepth / 2 * ldb + 1));
      for (float &pair : *part)
        pair = std::bit_cast<float>(uint32_t(number().bits) << 16 | number().bits);
    }
    c.resize(size_t(rows * tileRows * ldc));
    for (float &value : c)
      value = float(toDouble(number()));
  }

  std::vector<float> run(const TileProducts &products) const {
    std::vector<float> result = c;
    const TileSession session(&products);
    products.multiply({a.data(), aRowStep, aDepthStep, b.data(), ldb, hasRest ? rest.data() : nullptr, result.data(),
                       ldc, rows, columns, depth, accumulate});
    return result;
  }

  void check(const std::vector<float> &result) const {
    for (int64_t r = 0; r < rows * tileRows; ++r)
      for (int64_t column = 0; column < ldc; ++column) {
        const size_t at = size_t(r * ldc + column);
        if (column >= columns * tileColumns)
          ASSERT_EQ(result[at], c[at]) << "written past the result";
        else
          ASSERT_NEAR(result[at], expected(r, column, at), 1e-6 * double(1 + depth * tileDepth));
      }
  }

private:
  int64_t draw(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); }
  BFloat number() { return fromDouble<BFloat>(std::uniform_real_distribution<>(-1, 1)(random)); }

  double right(const std::vector<float> &pairs, int64_t k, int64_t column) const {
    const uint32_t pair = std::bit_cast<uint32_t>(pairs[size_t(k / 2 * ldb + column)]);
    return toDouble(BFloat{uint16_t(k % 2 ? pair >> 16 : pair)});
  }
  double expected(int64_t r, int64_t column, size_t at) const {
    double sum = accumulate ? c[at] : 0;
    for (int64_t k = 0; k < depth * tileDepth; ++k) {
      const int64_t tile = r / tileRows * aRowStep + k / tileDepth * aDepthStep;
      const double left = toDouble(a[size_t(tile + r % tileRows * tileDepth + k % tileDepth)]);
      sum += left * (right(b, k, column) + (hasRest ? right(rest, k, column) : 0));
    }
    return sum;
  }

  std::mt19937_64 &random;
  int64_t rows, columns, depth, ldb, ldc, aRowStep, aDepthStep;
  bool accumulate, hasRest;
  std::vector<BFloat> a;
  std::vector<float> b, rest, c;
};

void checkProducts(const TileProducts &products) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 40 && !testing::Test::HasFailure(); ++i) {
    const RandomProduct product(random);
    product.check(product.run(products));
  }
}

TEST(Tiles, EmulatedProductsAreRight) { checkProducts(lz::test::emulatedTiles()); }

TEST(Tiles, ProductsOfThisMachineAreRight) {
  if (!tileProducts())
    GTEST_SKIP() << "this machine has no AMX, or does not give it to this process";
  checkProducts(*tileProducts());
}

} // namespace
