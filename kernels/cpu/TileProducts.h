//===- TileProducts.h - Products of bfloat16 matrices in tiles ------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A tile is 16 rows of 64 bytes, what a register of AMX holds. Tests put an emulation in the place of AmxProducts.cpp,
// so that whatever stands above this interface runs on every machine.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_KERNELS_CPU_TILEPRODUCTS_H
#define LZ_KERNELS_CPU_TILEPRODUCTS_H

#include "../common/Element.h"

#include <cstdint>

namespace lz::kernels::cpu {

/// A tile of a left operand has 16 rows of 32 elements, one of a right operand 16 pairs of rows of 16 columns, one of a
/// result 16 rows of 16 float32 columns.
constexpr int64_t tileRows = 16, tileDepth = 32, tileColumns = 16;
constexpr int64_t tileElements = tileRows * tileDepth;
constexpr int64_t tilesFor(int64_t extent, int64_t tile) { return (extent + tile - 1) / tile; }

/// c (+)= a * b, or a * (b + the rest of b) where each number of b is the sum of two. Extents are in tiles.
struct TileProduct {
  /// Tile (row, depth) stands, without gaps, at a + row * aRowStep + depth * aDepthStep.
  const BFloat *a;
  int64_t aRowStep, aDepthStep;
  /// Rows 2p and 2p + 1 of b are row p of pairs: bit patterns whose lower half is the former. Rows of pairs are `ldb`
  /// pairs apart, columns of tiles `bColumnStep`.
  const float *b;
  int64_t ldb, bColumnStep;
  const float *rest; ///< As `b`, or null.
  float *c;
  int64_t ldc, cColumnStep; ///< As of b.
  int64_t rows, columns, depth;
  bool accumulate;
};

/// How this machine multiplies tiles. Products are exact, summed in float32; numbers below float32's normal ones count
/// as 0.
struct TileProducts {
  /// A thread calls `begin` before its first product, and `end` after the last one before it does other work.
  void (*begin)();
  void (*end)();
  void (*multiply)(const TileProduct &product);
};

/// The best that this machine has, or null; every call gives the same. Where Highway was told to believe in less than
/// AVX-512, so it is here.
const TileProducts *tileProducts();

/// Holds `begin` and `end` together; `products` may be null.
class TileSession {
public:
  explicit TileSession(const TileProducts *products) : products(products) {
    if (products)
      products->begin();
  }
  TileSession(const TileSession &) = delete;
  TileSession &operator=(const TileSession &) = delete;
  ~TileSession() {
    if (products)
      products->end();
  }

private:
  const TileProducts *products;
};

} // namespace lz::kernels::cpu

#endif // LZ_KERNELS_CPU_TILEPRODUCTS_H
