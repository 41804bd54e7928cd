//===- RuntimeSymbols.cpp - What compiled code may call by name -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "RuntimeSymbols.h"
#include "lzrt/abi/module.h"

#include <bit>
#include <cmath>
#include <cstdint>

namespace mlir::lz {
namespace {

/// Round to nearest, ties to even; a NaN stays one. The result travels in a vector register, as the libcall's ABI has
/// it.
__bf16 toBFloat16(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  uint16_t rounded =
      std::isnan(value) ? uint16_t((bits >> 16) | 0x40) : uint16_t((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
  return std::bit_cast<__bf16>(rounded);
}

/// Through odd rounding to float, so that the two steps round as one.
__bf16 doubleToBFloat16(double value) {
  float nearest = float(value);
  if (std::isfinite(nearest) && double(nearest) != value && (std::bit_cast<uint32_t>(nearest) & 1) == 0)
    nearest = std::nextafter(nearest, value > double(nearest) ? INFINITY : -INFINITY);
  return toBFloat16(nearest);
}

template <typename Function>
void add(llvm::orc::SymbolMap &map, llvm::orc::MangleAndInterner &mangle, const char *name, Function *function) {
  map[mangle(name)] = {llvm::orc::ExecutorAddr::fromPtr(function), llvm::JITSymbolFlags::Exported};
}

} // namespace

llvm::orc::SymbolMap runtimeSymbols(llvm::orc::MangleAndInterner mangle) {
  llvm::orc::SymbolMap map;
#define LZ_ADD(name) add(map, mangle, #name, name)
  LZ_ADD(lzrt_allocate);
  LZ_ADD(lzrt_release);
  LZ_ADD(lzrt_continue);
  LZ_ADD(lzrt_no_kernel);
  LZ_ADD(lzrt_run_decomposition);
  LZ_ADD(lzrt_test);
  LZ_ADD(lzrt_live_miss);
  LZ_ADD(lzrt_live_continue);
  LZ_ADD(lzrt_fail);
#undef LZ_ADD
  add(map, mangle, "__truncsfbf2", toBFloat16);
  add(map, mangle, "__truncdfbf2", doubleToBFloat16);
  return map;
}

} // namespace mlir::lz
