//===- LZOps.cpp - Operations of the lz dialect -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Dialect/LZ/IR/LZDialect.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::lz;

#include "lz/Dialect/LZ/IR/LZInterfaces.cpp.inc"
#define GET_OP_CLASSES
#include "lz/Dialect/LZ/IR/LZOps.cpp.inc"

void LZDialect::registerOperations() {
  addOperations<
#define GET_OP_LIST
#include "lz/Dialect/LZ/IR/LZOps.cpp.inc"
      >();
}
