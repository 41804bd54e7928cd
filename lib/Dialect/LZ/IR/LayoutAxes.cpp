//===- LayoutAxes.cpp - Where a layout has its axes -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "LayoutAxes.h"

using namespace mlir;
using namespace mlir::lz;

LayoutAxes::LayoutAxes(Layout layout) {
  static constexpr std::array<int, 4> table[] = {
#define LZ_X(id, name, ...) {__VA_ARGS__},
      LZ_LAYOUTS(LZ_X)
#undef LZ_X
  };
  dims = table[static_cast<int>(layout)];
}
