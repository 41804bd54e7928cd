//===- Normalization.cpp - Norms: verifiers and decompositions -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Dialect/LZ/IR/LZDialect.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::lz;

LogicalResult RmsNormOp::verify() { return success(); }

FailureOr<SmallVector<Value>> RmsNormOp::decompose(OpBuilder &builder) { return failure(); }
