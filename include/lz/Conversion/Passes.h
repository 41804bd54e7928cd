//===- Passes.h - Conversions of the lz dialect -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_CONVERSION_PASSES_H
#define LZ_CONVERSION_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::lz {

#define GEN_PASS_DECL
#include "lz/Conversion/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "lz/Conversion/Passes.h.inc"

} // namespace mlir::lz

#endif // LZ_CONVERSION_PASSES_H
