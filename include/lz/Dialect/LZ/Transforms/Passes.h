//===- Passes.h - Transformations of the lz dialect -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Passes.td holds what each pass does; lib/Pipelines holds their order.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_DIALECT_LZ_TRANSFORMS_PASSES_H
#define LZ_DIALECT_LZ_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::lz {

#define GEN_PASS_DECL
#include "lz/Dialect/LZ/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "lz/Dialect/LZ/Transforms/Passes.h.inc"

} // namespace mlir::lz

#endif // LZ_DIALECT_LZ_TRANSFORMS_PASSES_H
