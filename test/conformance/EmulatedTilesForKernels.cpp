//===- EmulatedTilesForKernels.cpp - The emulation in the place of AMX ----===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EmulatedTiles.h"

const lz::kernels::cpu::TileProducts *lz::kernels::cpu::tileProducts() { return &lz::test::emulatedTiles(); }
