//===- Failure.cpp - How a compiled function leaves when a call fails -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Dialect/LZ/Transforms/Failure.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"

using namespace mlir;
using namespace mlir::lz;

ArrayRef<int32_t> mlir::lz::coldTrueWeights() {
  static constexpr int32_t weights[] = {1, (1 << 20) - 1};
  return weights;
}

/// A block that returns its argument and does nothing else.
static bool isFailureExit(Block &block) {
  if (block.empty())
    return false;
  auto ret = dyn_cast<func::ReturnOp>(block.front());
  return ret && block.getNumArguments() == 1 && ret.getNumOperands() == 1 && ret.getOperand(0) == block.getArgument(0);
}

Block *FailureExit::block() {
  if (exit)
    return exit;
  for (Block &block : function.getBody())
    if (isFailureExit(block))
      return exit = &block;
  OpBuilder builder(function.getContext());
  exit = builder.createBlock(&function.getBody(), function.getBody().end(), builder.getI32Type(), function.getLoc());
  func::ReturnOp::create(builder, function.getLoc(), exit->getArgument(0));
  return exit;
}

void FailureExit::branchTo(OpBuilder &builder, Location loc, Value condition, Value argument) {
  Block *before = builder.getInsertionBlock();
  Block *after = before->splitBlock(builder.getInsertionPoint());
  builder.setInsertionPointToEnd(before);
  cf::CondBranchOp::create(builder, loc, condition, block(), argument, after, ValueRange(), coldTrueWeights());
  builder.setInsertionPointToStart(after);
}

void FailureExit::branchIfFailed(OpBuilder &builder, Value status) {
  Location loc = status.getLoc();
  Value ok = arith::ConstantIntOp::create(builder, loc, 0, 32);
  Value isFailure = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, status, ok);
  branchTo(builder, loc, isFailure, status);
}

Value FailureExit::allocate(OpBuilder &builder, Location loc, Value context, MemRefType type, ValueRange sizes,
                            int64_t alignment) {
  auto allocation =
      AllocateOp::create(builder, loc, type, builder.getI1Type(), context, sizes, builder.getI64IntegerAttr(alignment));
  Value status = arith::ConstantIntOp::create(builder, loc, LZ_STATUS_OUT_OF_MEMORY, 32);
  branchTo(builder, loc, allocation.getFailed(), status);
  return allocation.getBuffer();
}

void FailureExit::failUnless(OpBuilder &builder, Location loc, Value condition, function_ref<Value()> buildStatus) {
  static constexpr int32_t weights[] = {(1 << 20) - 1, 1};
  Block *before = builder.getInsertionBlock();
  Block *after = before->splitBlock(builder.getInsertionPoint());
  auto *cold = new Block;
  function.getBody().push_back(cold);
  builder.setInsertionPointToStart(cold);
  Value status = buildStatus();
  cf::BranchOp::create(builder, loc, block(), status);
  builder.setInsertionPointToEnd(before);
  cf::CondBranchOp::create(builder, loc, condition, after, ValueRange(), cold, ValueRange(), weights);
  builder.setInsertionPointToStart(after);
}
