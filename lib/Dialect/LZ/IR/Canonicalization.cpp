//===- Canonicalization.cpp - What operations drop or take over from their operands -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A pattern that changes what a policy may test, or the types of operands, leaves an operation with a decision as it
// is: what was decided, and the outlined decomposition, are those of the operation as it was. The folding of
// tensor.cast into operands is upstream's.
//
//===----------------------------------------------------------------------===//
#include "lz/Dialect/LZ/IR/LZDialect.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::lz;

namespace {

/// outs(fill(x)) ==> outs(x): an output is overwritten and never read.
struct DropFillOfOutput : OpInterfaceRewritePattern<KernelOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(KernelOpInterface op, PatternRewriter &rewriter) const override {
    bool changed = false;
    for (OpOperand &operand : op->getOpOperands()) {
      auto fill = operand.get().getDefiningOp<linalg::FillOp>();
      if (!fill || lz::detail::slotOf(operand).role != LZ_ROLE_OUT)
        continue;
      rewriter.modifyOpInPlace(op, [&] { operand.set(fill.output()); });
      changed = true;
    }
    return changed ? success() : rewriter.notifyMatchFailure(op, "no output is filled");
  }
};

/// mask(0) ==> no mask.
template <typename Op> struct DropZeroMask : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op, PatternRewriter &rewriter) const override {
    if (op.getDecision())
      return rewriter.notifyMatchFailure(op, "is decided");
    if (!op.getMask() || !matchPattern(op.getMask(), m_AnyZeroFloat()))
      return rewriter.notifyMatchFailure(op, "has no mask of zeros");
    rewriter.modifyOpInPlace(op, [&] { op.getMaskMutable().clear(); });
    return success();
  }
};

/// matmul of a transposed matrix ==> matmul that reads the matrix the other way round.
struct TakeTransposition : OpRewritePattern<MatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  /// What `value` is the transposition of, all but its last two dimensions being in order; or null.
  static Value sourceOf(Value value) {
    auto transpose = value.getDefiningOp<linalg::TransposeOp>();
    if (!transpose)
      return {};
    SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(transpose.getPermutation().size()));
    std::swap(order[order.size() - 2], order.back());
    return transpose.getPermutation() == ArrayRef(order) ? transpose.getInput() : Value();
  }

  LogicalResult matchAndRewrite(MatmulOp op, PatternRewriter &rewriter) const override {
    if (op.getDecision())
      return rewriter.notifyMatchFailure(op, "is decided");
    Value a = sourceOf(op.getA()), b = sourceOf(op.getB());
    if (!a && !b)
      return rewriter.notifyMatchFailure(op, "has no transposed operand");
    rewriter.modifyOpInPlace(op, [&] {
      if (a) {
        op.getAMutable().assign(a);
        op.setTransposeA(!op.getTransposeA());
      }
      if (b) {
        op.getBMutable().assign(b);
        op.setTransposeB(!op.getTransposeB());
      }
    });
    return success();
  }
};

} // namespace

void LZDialect::getCanonicalizationPatterns(RewritePatternSet &patterns) const {
  patterns.add<DropFillOfOutput, DropZeroMask<AttentionCausalOp>, DropZeroMask<AttentionFullOp>,
               DropZeroMask<AttentionCrossOp>, DropZeroMask<AttentionSlidingWindowOp>, DropZeroMask<AttentionPrefillOp>,
               DropZeroMask<AttentionDecodeOp>, DropZeroMask<AlibiOp>, TakeTransposition>(getContext());
}
