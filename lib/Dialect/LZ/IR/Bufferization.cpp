//===- Bufferization.cpp - One-shot bufferization of the lz dialect -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One model serves every operation of KernelOpInterface; which operands are read and written stands in the operation
// schema.
//
//===----------------------------------------------------------------------===//
#include "lz/Dialect/LZ/IR/LZDialect.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace mlir::lz;

namespace {

/// Inputs are read, outputs written, INOUT slots both; a result is its output's buffer.
struct KernelOpModel : DstBufferizableOpInterfaceExternalModel<KernelOpModel, KernelOpInterface> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand, const AnalysisState &) const {
    const SlotInfo &slot = lz::detail::slotOf(operand);
    return !slot.isOutput() || slot.role == LZ_ROLE_INOUT;
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter, const BufferizationOptions &options,
                          BufferizationState &state) const {
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPoint(op);
    SmallVector<Value> buffers, outputs;
    for (OpOperand &operand : op->getOpOperands()) {
      FailureOr<Value> buffer = getBuffer(rewriter, operand.get(), options, state);
      if (failed(buffer))
        return failure();
      buffers.push_back(*buffer);
      if (lz::detail::slotOf(operand).isOutput())
        outputs.push_back(*buffer);
    }
    OperationState onBuffers(op->getLoc(), op->getName(), buffers, TypeRange(), op->getAttrs());
    rewriter.create(onBuffers);
    replaceOpWithBufferizedValues(rewriter, op, outputs);
    return success();
  }
};

/// A parameter is a buffer of identity layout that nothing may write.
struct ParameterModel : BufferizableOpInterface::ExternalModel<ParameterModel, ParameterOp> {
  bool isWritable(Operation *, Value, const AnalysisState &) const { return false; }

  FailureOr<BufferLikeType> getBufferType(Operation *, Value value, const BufferizationOptions &,
                                          const BufferizationState &, SmallVector<Value> &) const {
    auto type = cast<RankedTensorType>(value.getType());
    return cast<BufferLikeType>(MemRefType::get(type.getShape(), type.getElementType()));
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter, const BufferizationOptions &,
                          BufferizationState &) const {
    auto parameter = cast<ParameterOp>(op);
    auto type = cast<RankedTensorType>(parameter.getType());
    OperationState onBuffer(op->getLoc(), op->getName(), ValueRange(),
                            MemRefType::get(type.getShape(), type.getElementType()), op->getAttrs());
    replaceOpWithBufferizedValues(rewriter, op, rewriter.create(onBuffer)->getResults());
    return success();
  }
};

} // namespace

void mlir::lz::registerBufferizableOpInterfaceExternalModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, LZDialect *dialect) {
    for (RegisteredOperationName name : context->getRegisteredOperations())
      if (&name.getDialect() == dialect && name.hasInterface<KernelOpInterface>())
        name.attachInterface<KernelOpModel>();
    ParameterOp::attachInterface<ParameterModel>(*context);
  });
}
