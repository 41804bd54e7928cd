//===- Decompose.cpp - Operations to their decomposition, in place or outlined -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "lz/Dialect/LZ/Transforms/Passes.h"
#include "lz/Policy/PolicyAnalysis.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/SymbolTable.h"

namespace mlir::lz {
#define GEN_PASS_DEF_DECOMPOSEPASS
#include "lz/Dialect/LZ/Transforms/Passes.h.inc"
} // namespace mlir::lz

using namespace mlir;
using namespace mlir::lz;

/// What decides whether two operations can share a decomposition: everything but site, mode and decision, as one
/// attribute.
static Attribute keyOf(KernelOpInterface op) {
  MLIRContext *context = op.getContext();
  NamedAttrList attributes(op->getAttrDictionary());
  for (StringRef name : {LZDialect::getSiteAttrName(), LZDialect::getModeAttrName(), LZDialect::getDecisionAttrName()})
    attributes.erase(name);
  return ArrayAttr::get(context,
                        {StringAttr::get(context, op->getName().getStringRef()), attributes.getDictionary(context),
                         TypeAttr::get(FunctionType::get(context, op->getOperandTypes(), op->getResultTypes()))});
}

/// The decomposition at the builder's insertion point. A failure has had its diagnostic, here if not before.
static FailureOr<SmallVector<Value>> expandAt(KernelOpInterface op, OpBuilder &builder) {
  FailureOr<SmallVector<Value>> values = op.decompose(builder);
  if (failed(values))
    return op->emitOpError("cannot be decomposed");
  return values;
}

namespace {
struct Decompose : lz::impl::DecomposePassBase<Decompose> {
  void runOnOperation() override {
    SmallVector<KernelOpInterface> expanded, outlined;
    bool isSound = true;
    getOperation()->walk([&](KernelOpInterface op) {
      DecisionAttr decision = op.getDecision();
      if (!decision || !decision.hasDecomposition())
        return;
      isSound &= succeeded(checkTensors(op));
      if (decision.isDecided())
        expanded.push_back(op);
      else if (!op->hasAttr(attributes::decomposition)) // an earlier run has outlined it
        outlined.push_back(op);
    });
    if (!isSound)
      return signalPassFailure();
    for (KernelOpInterface op : expanded)
      if (failed(expand(op)))
        return signalPassFailure();
    for (KernelOpInterface op : outlined)
      if (failed(outline(op)))
        return signalPassFailure();
    markAnalysesPreserved<PolicyAnalysis>();
  }

private:
  static LogicalResult checkTensors(KernelOpInterface op) {
    if (llvm::all_of(op->getOperandTypes(), llvm::IsaPred<RankedTensorType>))
      return success();
    return op->emitOpError("decomposes on tensors only, got buffers; run `lz-decompose` before bufferization");
  }

  LogicalResult expand(KernelOpInterface op) {
    OpBuilder builder(op);
    FailureOr<SmallVector<Value>> values = expandAt(op, builder);
    if (failed(values))
      return failure();
    op->replaceAllUsesWith(*values);
    op->erase();
    ++numExpanded;
    return success();
  }

  LogicalResult outline(KernelOpInterface op) {
    func::FuncOp &function = functions[{op->getParentOfType<ModuleOp>(), keyOf(op)}];
    if (!function) {
      FailureOr<func::FuncOp> created = createFunction(op);
      if (failed(created))
        return failure();
      function = *created;
      ++numOutlined;
    }
    op->setAttr(attributes::decomposition, FlatSymbolRefAttr::get(function.getSymNameAttr()));
    return success();
  }

  /// A private function of the op's operands whose results are those that are outputs, written.
  FailureOr<func::FuncOp> createFunction(KernelOpInterface op) {
    auto module = op->getParentOfType<ModuleOp>();
    SymbolTable symbols(module);
    OpBuilder builder(module.getContext());
    std::string name = "lz." + op->getName().stripDialect().str() + ".decomposition";
    auto type = builder.getFunctionType(op->getOperandTypes(), op->getResultTypes());
    auto function = func::FuncOp::create(builder, op.getLoc(), name, type);
    function.setPrivate();
    symbols.insert(function);
    if (succeeded(fillFunction(op, function)))
      return function;
    function.erase();
    return failure();
  }

  /// `value` in the argument of its output. What is updated in place stands there already: the decomposition builds it
  /// from the argument, and to materialize it there once more would be a write that upstream's analysis takes for a
  /// conflict.
  static Value inPlace(OpBuilder &builder, Value value, OpOperand &init, Value argument) {
    if (lz::detail::slotOf(init).role == LZ_ROLE_INOUT)
      return value;
    return bufferization::MaterializeInDestinationOp::create(builder, value.getLoc(), value, argument).getResult();
  }

  static LogicalResult fillFunction(KernelOpInterface op, func::FuncOp function) {
    auto destination = cast<DestinationStyleOpInterface>(op.getOperation());
    OpBuilder builder(function.getContext());
    Block *body = function.addEntryBlock();
    builder.setInsertionPointToStart(body);
    Operation *clone = builder.clone(*op);
    clone->setOperands(body->getArguments());
    clone->removeAttr(LZDialect::getDecisionAttrName());
    FailureOr<SmallVector<Value>> values = expandAt(cast<KernelOpInterface>(clone), builder);
    if (failed(values))
      return failure();
    for (OpOperand &operand : op->getOpOperands())
      function.setArgAttr(operand.getOperandNumber(), bufferization::BufferizationDialect::kWritableAttrName,
                          builder.getBoolAttr(destination.isDpsInit(&operand)));
    SmallVector<Value> written;
    for (auto [value, init] : llvm::zip_equal(*values, destination.getDpsInitsMutable()))
      written.push_back(inPlace(builder, value, init, body->getArgument(init.getOperandNumber())));
    func::ReturnOp::create(builder, op.getLoc(), written);
    clone->erase();
    return success();
  }

  llvm::DenseMap<std::pair<Operation *, Attribute>, func::FuncOp> functions;
};
} // namespace
