//===- Attention.cpp - Attention: verifiers -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "LayoutAxes.h"
#include "ShapeChecks.h"

using namespace mlir;
using namespace mlir::lz;

namespace {

/// The operands that every attention has.
struct AttentionOperands {
  NamedOperand q, k, v, mask, out, lse;

  template <typename Op> static AttentionOperands of(Op op) {
    return {{"q", op.getQ()},       {"k", op.getK()},     {"v", op.getV()},
            {"mask", op.getMask()}, {"out", op.getOut()}, {"lse", op.getLse()}};
  }
};

LogicalResult verifyRanks(const ShapeChecks &checks, const AttentionOperands &operands, Layout layout) {
  int64_t rank = LayoutAxes(layout).rank();
  std::string reason = ("that of layout " + stringifyLayout(layout)).str();
  for (NamedOperand operand : {operands.q, operands.k, operands.v, operands.out})
    if (failed(checks.rank(operand, rank, reason)))
      return failure();
  return success();
}

/// `operand` has the extent of `other` along `axis`.
LogicalResult verifyAxis(const ShapeChecks &checks, const LayoutAxes &axes, NamedOperand operand, NamedOperand other,
                         lz_axis_t axis) {
  static constexpr StringLiteral names[] = {"batch", "sequence", "heads", "head dimension"};
  return checks.extent(operand, axes.dim(axis), axes.extent(other.value, axis),
                       "the " + names[axis] + " of `" + other.name + "`");
}

LogicalResult verifyExtents(const ShapeChecks &checks, const LayoutAxes &axes, const AttentionOperands &operands) {
  auto [q, k, v, mask, out, lse] = operands;
  if (axes.hasBatch())
    for (NamedOperand operand : {k, v, out})
      if (failed(verifyAxis(checks, axes, operand, q, LZ_AXIS_BATCH)))
        return failure();
  return success(succeeded(verifyAxis(checks, axes, v, k, LZ_AXIS_SEQ)) &&
                 succeeded(verifyAxis(checks, axes, out, q, LZ_AXIS_SEQ)) &&
                 succeeded(verifyAxis(checks, axes, v, k, LZ_AXIS_HEADS)) &&
                 succeeded(verifyAxis(checks, axes, out, q, LZ_AXIS_HEADS)) &&
                 succeeded(verifyAxis(checks, axes, k, q, LZ_AXIS_HEAD_DIM)) &&
                 succeeded(verifyAxis(checks, axes, out, v, LZ_AXIS_HEAD_DIM)));
}

LogicalResult verifyHeads(Operation *op, const LayoutAxes &axes, const AttentionOperands &operands) {
  int64_t heads = axes.extent(operands.q.value, LZ_AXIS_HEADS);
  int64_t kvHeads = axes.extent(operands.k.value, LZ_AXIS_HEADS);
  if (ShapedType::isDynamic(heads) || ShapedType::isDynamic(kvHeads))
    return success();
  if (kvHeads == 0 ? heads == 0 : heads % kvHeads == 0)
    return success();
  return op->emitOpError() << "`q` has " << heads << " heads, which is no multiple of the " << kvHeads
                           << " heads of `k`";
}

/// The extents of the scores that a mask (4) or an lse (3) repeats: batch where there is one, heads, queries, keys.
SmallVector<int64_t> scoreExtents(const LayoutAxes &axes, const AttentionOperands &operands) {
  SmallVector<int64_t> extents;
  if (axes.hasBatch())
    extents.push_back(axes.extent(operands.q.value, LZ_AXIS_BATCH));
  extents.push_back(axes.extent(operands.q.value, LZ_AXIS_HEADS));
  extents.push_back(axes.extent(operands.q.value, LZ_AXIS_SEQ));
  extents.push_back(axes.extent(operands.k.value, LZ_AXIS_SEQ));
  return extents;
}

LogicalResult verifyMask(const ShapeChecks &checks, const LayoutAxes &axes, const AttentionOperands &operands) {
  if (!operands.mask.value)
    return success();
  if (failed(checks.rank(operands.mask, axes.rank(), "that of `q`")) ||
      failed(checks.parameterOf(operands.mask, operands.q)))
    return failure();
  for (auto [dim, extent] : llvm::enumerate(scoreExtents(axes, operands)))
    if (failed(checks.broadcastExtent(operands.mask, dim, extent, "that of the scores")))
      return failure();
  return success();
}

LogicalResult verifyLse(const ShapeChecks &checks, const LayoutAxes &axes, const AttentionOperands &operands) {
  if (!operands.lse.value)
    return success();
  if (failed(checks.rank(operands.lse, axes.rank() - 1, "one less than that of `q`")))
    return failure();
  SmallVector<int64_t> extents = scoreExtents(axes, operands);
  for (auto [dim, extent] : llvm::enumerate(ArrayRef(extents).drop_back()))
    if (failed(checks.extent(operands.lse, dim, extent, "that of the scores")))
      return failure();
  return success();
}

template <typename Op> LogicalResult verifyAttention(Op op) {
  ShapeChecks checks(op);
  LayoutAxes axes(op.getLayout());
  AttentionOperands operands = AttentionOperands::of(op);
  if (failed(verifyRanks(checks, operands, op.getLayout())) || failed(verifyExtents(checks, axes, operands)) ||
      failed(verifyHeads(op, axes, operands)) || failed(verifyMask(checks, axes, operands)) ||
      failed(verifyLse(checks, axes, operands)))
    return failure();
  if (std::optional<APFloat> scale = op.getScale(); scale && !scale->isFinite())
    return op.emitOpError("`scale` must be finite");
  if (std::optional<APFloat> softcap = op.getSoftcap();
      softcap && !(softcap->isFinite() && softcap->convertToDouble() > 0))
    return op.emitOpError("`softcap` must be finite and above 0; leave it out for no cap");
  return success();
}

} // namespace

LogicalResult AttentionCausalOp::verify() { return verifyAttention(*this); }
LogicalResult AttentionFullOp::verify() { return verifyAttention(*this); }
LogicalResult AttentionCrossOp::verify() { return verifyAttention(*this); }
LogicalResult AttentionSlidingWindowOp::verify() { return verifyAttention(*this); }

LogicalResult AlibiOp::verify() {
  if (failed(verifyAttention(*this)))
    return failure();
  ShapeChecks checks(*this);
  NamedOperand slopes{"slopes", getSlopes()};
  return success(
      succeeded(checks.extent(slopes, 0, LayoutAxes(getLayout()).extent(getQ(), LZ_AXIS_HEADS), "the heads of `q`")) &&
      succeeded(checks.parameterOf(slopes, {"q", getQ()})));
}
