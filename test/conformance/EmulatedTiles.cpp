//===- EmulatedTiles.cpp - Tile products without AMX ----------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2: TDPBF16PS.
//
//===----------------------------------------------------------------------===//

#include "EmulatedTiles.h"

#include <bit>
#include <cstdio>
#include <cstdlib>

namespace lz::test {

namespace {

using namespace kernels::cpu;

thread_local bool configured = false;

void require(bool state) {
  if (configured == state)
    return;
  std::fprintf(stderr, "error: tiles are used %s\n", state ? "before `begin`" : "without `end` before");
  std::abort();
}

void begin() {
  require(false);
  configured = true;
}

void end() {
  require(true);
  configured = false;
}

float flushed(float value) { return std::fpclassify(value) == FP_SUBNORMAL ? std::copysign(0.0f, value) : value; }
float widened(uint32_t bits) { return flushed(std::bit_cast<float>(bits << 16)); }

/// c += a * b for one tile of each. Products of bfloat16 numbers are exact, so that a fused addition is a plain one.
void addTile(const kernels::BFloat *a, const float *b, int64_t ldb, float *c, int64_t ldc) {
  for (int64_t m = 0; m < tileRows; ++m)
    for (int64_t n = 0; n < tileColumns; ++n) {
      float even = 0, odd = 0;
      for (int64_t k = 0; k < tileDepth / 2; ++k) {
        const uint32_t pair = std::bit_cast<uint32_t>(b[k * ldb + n]);
        even = flushed(even + widened(a[m * tileDepth + 2 * k].bits) * widened(pair & 0xffff));
        odd = flushed(odd + widened(a[m * tileDepth + 2 * k + 1].bits) * widened(pair >> 16));
      }
      c[m * ldc + n] = flushed(flushed(c[m * ldc + n]) + flushed(even + odd));
    }
}

void multiply(const TileProduct &p) {
  require(true);
  for (int64_t row = 0; row < p.rows; ++row)
    for (int64_t column = 0; column < p.columns; ++column) {
      float *c = p.c + row * tileRows * p.ldc + column * p.cColumnStep;
      for (int64_t r = 0; r < tileRows && !p.accumulate; ++r)
        std::fill_n(c + r * p.ldc, tileColumns, 0.0f);
      for (int64_t d = 0; d < p.depth; ++d) {
        const kernels::BFloat *a = p.a + row * p.aRowStep + d * p.aDepthStep;
        const int64_t at = d * tileDepth / 2 * p.ldb + column * p.bColumnStep;
        addTile(a, p.b + at, p.ldb, c, p.ldc);
        if (p.rest)
          addTile(a, p.rest + at, p.ldb, c, p.ldc);
      }
    }
}

} // namespace

const kernels::cpu::TileProducts &emulatedTiles() {
  static constexpr TileProducts products = {begin, end, multiply};
  return products;
}

} // namespace lz::test
