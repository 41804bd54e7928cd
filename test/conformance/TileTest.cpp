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
    right = drawPlacement(tileDepth / 2 * depth), result = drawPlacement(tileRows * rows);
    aDepthStep = tileElements + draw(0, 1) * 32, aRowStep = depth * aDepthStep;
    a.resize(size_t(rows * aRowStep + 1));
    for (BFloat &value : a)
      value = number();
    for (auto *part : {&b, &rest}) {
      part->resize(right.size(tileDepth / 2 * depth, columns));
      for (float &pair : *part)
        pair = std::bit_cast<float>(uint32_t(number().bits) << 16 | number().bits);
    }
    c.resize(result.size(rows * tileRows, columns));
    for (float &value : c)
      value = float(toDouble(number()));
  }

  std::vector<float> run(const TileProducts &products) const {
    std::vector<float> sums = c;
    const TileSession session(&products);
    products.multiply({a.data(), aRowStep, aDepthStep, b.data(), right.ld, right.columnStep,
                       hasRest ? rest.data() : nullptr, sums.data(), result.ld, result.columnStep, rows, columns, depth,
                       accumulate});
    return sums;
  }

  void check(const std::vector<float> &sums) const {
    std::vector<bool> written(sums.size());
    for (int64_t r = 0; r < rows * tileRows; ++r)
      for (int64_t column = 0; column < columns * tileColumns; ++column) {
        const size_t at = result.at(r, column);
        written[at] = true;
        ASSERT_NEAR(sums[at], expected(r, column, at), 1e-6 * double(1 + depth * tileDepth));
      }
    for (size_t at = 0; at < sums.size(); ++at)
      ASSERT_TRUE(written[at] || sums[at] == c[at]) << "written past the result";
  }

private:
  /// Where the elements of a matrix stand whose columns are cut into tiles.
  struct Placement {
    int64_t ld, columnStep;

    size_t at(int64_t row, int64_t column) const {
      return size_t(column / tileColumns * columnStep + row * ld + column % tileColumns);
    }
    size_t size(int64_t rows, int64_t tiles) const { return at(std::max<int64_t>(rows, 1), tiles * tileColumns); }
  };

  /// Rows across all tiles, or tiles one after another.
  Placement drawPlacement(int64_t numRows) {
    if (draw(0, 1))
      return {columns * tileColumns + draw(0, 3), tileColumns};
    const int64_t ld = tileColumns * draw(1, 2);
    return {ld, ld * numRows + draw(0, 3)};
  }
  int64_t draw(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); }
  BFloat number() { return fromDouble<BFloat>(std::uniform_real_distribution<>(-1, 1)(random)); }

  double rightAt(const std::vector<float> &pairs, int64_t k, int64_t column) const {
    const uint32_t pair = std::bit_cast<uint32_t>(pairs[right.at(k / 2, column)]);
    return toDouble(BFloat{uint16_t(k % 2 ? pair >> 16 : pair)});
  }
  double expected(int64_t r, int64_t column, size_t at) const {
    double sum = accumulate ? c[at] : 0;
    for (int64_t k = 0; k < depth * tileDepth; ++k) {
      const int64_t tile = r / tileRows * aRowStep + k / tileDepth * aDepthStep;
      const double left = toDouble(a[size_t(tile + r % tileRows * tileDepth + k % tileDepth)]);
      sum += left * (rightAt(b, k, column) + (hasRest ? rightAt(rest, k, column) : 0));
    }
    return sum;
  }

  std::mt19937_64 &random;
  int64_t rows, columns, depth, aRowStep, aDepthStep;
  Placement right, result;
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
