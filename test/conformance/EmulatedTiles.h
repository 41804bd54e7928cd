//===- EmulatedTiles.h - Tile products without AMX ------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_CONFORMANCE_EMULATEDTILES_H
#define LZ_TEST_CONFORMANCE_EMULATEDTILES_H

#include "../../kernels/cpu/TileProducts.h"

namespace lz::test {

/// Tile products in the order, and with the rounding, that the manual gives for TDPBF16PS. A product outside of `begin`
/// and `end`, which would be an illegal instruction, ends the program.
const kernels::cpu::TileProducts &emulatedTiles();

} // namespace lz::test

#endif // LZ_TEST_CONFORMANCE_EMULATEDTILES_H
