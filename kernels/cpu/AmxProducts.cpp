//===- AmxProducts.cpp - Products of bfloat16 tiles with AMX --------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Instructions: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, and volume 1, chapter 18.
// Permission to use the registers: Linux, Documentation/arch/x86/xstate.rst.
//
//===----------------------------------------------------------------------===//

#include "TileProducts.h"

#include "hwy/detect_targets.h"
#include "hwy/targets.h"

#if HWY_ARCH_X86_64 && defined(__linux__)
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace lz::kernels::cpu {

#if HWY_ARCH_X86_64 && defined(__linux__)

namespace {

#define LZ_AMX __attribute__((target("amx-tile,amx-bf16")))

/// The layout that LDTILECFG reads.
struct alignas(64) TileConfiguration {
  uint8_t palette, startRow, reserved[14];
  uint16_t bytesPerRow[16];
  uint8_t rows[16];
};
static_assert(sizeof(TileConfiguration) == 64, "LDTILECFG reads 64 bytes");

LZ_AMX void begin() {
  constexpr int registers = 8;
  TileConfiguration configuration = {};
  configuration.palette = 1;
  for (int i = 0; i < registers; ++i)
    configuration.bytesPerRow[i] = 64, configuration.rows[i] = uint8_t(tileRows);
  _tile_loadconfig(&configuration);
}

LZ_AMX void end() { _tile_release(); }

// Registers: four results, two tiles of a, two of b. Four results in flight hide the latency of a product.

/// Loads or clears R x C results.
template <int R, int C> LZ_AMX inline __attribute__((always_inline)) void startResults(const TileProduct &p, float *c) {
  const int64_t stride = p.ldc * int64_t(sizeof(float));
  if (!p.accumulate) {
    _tile_zero(0), _tile_zero(1), _tile_zero(2), _tile_zero(3);
    return;
  }
  _tile_loadd(0, c, stride);
  if constexpr (C > 1)
    _tile_loadd(1, c + p.cColumnStep, stride);
  if constexpr (R > 1)
    _tile_loadd(2, c + tileRows * p.ldc, stride);
  if constexpr (R > 1 && C > 1)
    _tile_loadd(3, c + tileRows * p.ldc + p.cColumnStep, stride);
}

template <int R, int C> LZ_AMX inline __attribute__((always_inline)) void storeResults(const TileProduct &p, float *c) {
  const int64_t stride = p.ldc * int64_t(sizeof(float));
  _tile_stored(0, c, stride);
  if constexpr (C > 1)
    _tile_stored(1, c + p.cColumnStep, stride);
  if constexpr (R > 1)
    _tile_stored(2, c + tileRows * p.ldc, stride);
  if constexpr (R > 1 && C > 1)
    _tile_stored(3, c + tileRows * p.ldc + p.cColumnStep, stride);
}

/// Adds the products of the tiles at `a`, which are loaded where `first`, with those at `b`. Each product follows what
/// it needs at once, so that it runs while the next tile is loaded.
template <int R, int C, bool first>
LZ_AMX inline __attribute__((always_inline)) void addProducts(const TileProduct &p, const BFloat *a, const float *b) {
  const int64_t aStride = tileDepth * int64_t(sizeof(BFloat)), bStride = p.ldb * int64_t(sizeof(float));
  _tile_loadd(6, b, bStride);
  if constexpr (first)
    _tile_loadd(4, a, aStride);
  _tile_dpbf16ps(0, 4, 6);
  if constexpr (C > 1) {
    _tile_loadd(7, b + p.bColumnStep, bStride);
    _tile_dpbf16ps(1, 4, 7);
  }
  if constexpr (first && R > 1)
    _tile_loadd(5, a + p.aRowStep, aStride);
  if constexpr (R > 1)
    _tile_dpbf16ps(2, 5, 6);
  if constexpr (R > 1 && C > 1)
    _tile_dpbf16ps(3, 5, 7);
}

template <int R, int C> LZ_AMX void multiplyBlock(const TileProduct &p, int64_t row, int64_t column) {
  const int64_t bStep = tileDepth / 2 * p.ldb;
  float *c = p.c + row * tileRows * p.ldc + column * p.cColumnStep;
  startResults<R, C>(p, c);
  const BFloat *a = p.a + row * p.aRowStep;
  for (int64_t d = 0, at = column * p.bColumnStep; d < p.depth; ++d, a += p.aDepthStep, at += bStep) {
    addProducts<R, C, true>(p, a, p.b + at);
    if (p.rest)
      addProducts<R, C, false>(p, a, p.rest + at);
  }
  storeResults<R, C>(p, c);
}

template <int C> LZ_AMX void multiplyColumns(const TileProduct &p, int64_t column) {
  int64_t row = 0;
  for (; row + 2 <= p.rows; row += 2)
    multiplyBlock<2, C>(p, row, column);
  if (row < p.rows)
    multiplyBlock<1, C>(p, row, column);
}

void multiply(const TileProduct &p) {
  int64_t column = 0;
  for (; column + 2 <= p.columns; column += 2)
    multiplyColumns<2>(p, column);
  if (column < p.columns)
    multiplyColumns<1>(p, column);
}

__attribute__((target("xsave"))) bool systemSavesTiles() {
  constexpr uint64_t tileConfiguration = 1 << 17, tileData = 1 << 18;
  const uint64_t saved = _xgetbv(0);
  return (saved & tileConfiguration) && (saved & tileData);
}

bool processorHasTiles() {
  constexpr uint32_t osxsave = 1u << 27, amxBf16 = 1u << 22, amxTile = 1u << 24;
  uint32_t a = 0, b = 0, c = 0, d = 0;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & osxsave) || !systemSavesTiles())
    return false;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & amxBf16) && (d & amxTile);
}

/// The kernel gives a process the registers only when it asks, and may refuse.
bool requestTiles() {
  constexpr long requestPermission = 0x1023, tileData = 18;
  return syscall(SYS_arch_prctl, requestPermission, tileData) == 0;
}

constexpr TileProducts amx = {begin, end, multiply};

} // namespace

const TileProducts *tileProducts() {
  // Asked once: CPUID takes microseconds on a virtual machine.
  static const bool usable =
      (hwy::SupportedTargets() & (HWY_AVX3 | HWY_AVX3_DL)) != 0 && processorHasTiles() && requestTiles();
  return usable ? &amx : nullptr;
}

#else

const TileProducts *tileProducts() { return nullptr; }

#endif

} // namespace lz::kernels::cpu
