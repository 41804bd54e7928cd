//===- Failure.h - How a compiled function leaves when a call fails -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Used by lz-add-context and lz-lower-dispatch, which must agree on the form of a failing exit.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_DIALECT_LZ_TRANSFORMS_FAILURE_H
#define LZ_DIALECT_LZ_TRANSFORMS_FAILURE_H

#include "lz/Dialect/LZ/IR/LZDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"

namespace mlir::lz {

/// Branch weights of a condition that is all but never true: the compiler moves what is behind it out of line.
ArrayRef<int32_t> coldTrueWeights();

/// The one block of a function that returns a status other than 0; made on first use, at the function's end.
class FailureExit {
public:
  /// `function` returns an i32 status.
  explicit FailureExit(func::FuncOp function) : function(function) {}

  /// Takes the status to return as its argument.
  Block *block();

  /// Splits the block at the builder's insertion point: returns `status` where it is not 0, goes on with what followed
  /// otherwise. The builder then stands at the start of what followed.
  void branchIfFailed(OpBuilder &builder, Value status);

  /// Takes memory from the context; the function returns out_of_memory where there is none. The builder moves as in
  /// branchIfFailed.
  Value allocate(OpBuilder &builder, Location loc, Value context, MemRefType type, ValueRange sizes, int64_t alignment);

  /// Where `condition` is false, returns the status that `buildStatus` makes at the builder, out of line. The builder
  /// moves as in branchIfFailed.
  void failUnless(OpBuilder &builder, Location loc, Value condition, function_ref<Value()> buildStatus);

private:
  /// Ends the builder's block with a branch to `cold` with `argument` if `condition`; what followed goes to a new
  /// block.
  void branchTo(OpBuilder &builder, Location loc, Value condition, Value argument);

  func::FuncOp function;
  Block *exit = nullptr;
};

} // namespace mlir::lz

#endif // LZ_DIALECT_LZ_TRANSFORMS_FAILURE_H
