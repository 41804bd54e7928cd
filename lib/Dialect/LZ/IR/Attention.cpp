//===- Attention.cpp - Attention: verifiers -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "KVCache.h"

using namespace mlir;
using namespace mlir::lz;

namespace {

/// The operands that every attention has, and how many keys a row of scores has.
struct AttentionOperands {
  NamedOperand q, k, v, mask, out, lse;
  int64_t keys;

  template <typename Op> static AttentionOperands of(Op op) {
    return {{"q", op.getQ()},
            {"k", op.getK()},
            {"v", op.getV()},
            {"mask", op.getMask()},
            {"out", op.getOut()},
            {"lse", op.getLse()},
            LayoutAxes(op.getLayout()).extent(op.getK(), LZ_AXIS_SEQ)};
  }
  /// The cache's operands, whose ranks have been verified.
  template <typename Op> static AttentionOperands ofCached(Op op, const CacheOperands &cache) {
    return {{"q", op.getQ()},     cache.keys,           cache.values,    {"mask", op.getMask()},
            {"out", op.getOut()}, {"lse", op.getLse()}, cache.capacity()};
  }
};

LogicalResult verifyExtents(const ShapeChecks &checks, const LayoutAxes &axes, const AttentionOperands &operands) {
  auto [q, k, v, mask, out, lse, keys] = operands;
  if (axes.hasBatch() && failed(checks.axis(axes, out, q, LZ_AXIS_BATCH)))
    return failure();
  return success(
      succeeded(checks.axis(axes, v, k, LZ_AXIS_SEQ)) && succeeded(checks.axis(axes, out, q, LZ_AXIS_SEQ)) &&
      succeeded(checks.axis(axes, v, k, LZ_AXIS_HEADS)) && succeeded(checks.axis(axes, out, q, LZ_AXIS_HEADS)) &&
      succeeded(checks.axis(axes, k, q, LZ_AXIS_HEAD_DIM)) && succeeded(checks.axis(axes, out, v, LZ_AXIS_HEAD_DIM)));
}

LogicalResult verifyHeads(Operation *op, const LayoutAxes &axes, const AttentionOperands &operands) {
  int64_t heads = axes.extent(operands.q.value, LZ_AXIS_HEADS);
  int64_t kvHeads = axes.extent(operands.k.value, LZ_AXIS_HEADS);
  if (ShapedType::isDynamic(heads) || ShapedType::isDynamic(kvHeads))
    return success();
  if (kvHeads == 0 ? heads == 0 : heads % kvHeads == 0)
    return success();
  return op->emitOpError() << "`q` has " << heads << " heads, which is no multiple of the " << kvHeads << " heads of `"
                           << operands.k.name << "`";
}

/// The extents of the scores that a mask (4) or an lse (3) repeats: batch where there is one, heads, queries, keys.
SmallVector<int64_t> scoreExtents(const LayoutAxes &axes, const AttentionOperands &operands) {
  SmallVector<int64_t> extents;
  if (axes.hasBatch())
    extents.push_back(axes.extent(operands.q.value, LZ_AXIS_BATCH));
  extents.push_back(axes.extent(operands.q.value, LZ_AXIS_HEADS));
  extents.push_back(axes.extent(operands.q.value, LZ_AXIS_SEQ));
  extents.push_back(operands.keys);
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

template <typename Op> LogicalResult verifyNumbers(Op op) {
  if (std::optional<APFloat> scale = op.getScale(); scale && !scale->isFinite())
    return op.emitOpError("`scale` must be finite");
  if (std::optional<APFloat> softcap = op.getSoftcap();
      softcap && !(softcap->isFinite() && softcap->convertToDouble() > 0))
    return op.emitOpError("`softcap` must be finite and above 0; leave it out for no cap");
  return success();
}

/// All but the ranks and the batch of the keys.
template <typename Op> LogicalResult verifyScores(Op op, const ShapeChecks &checks, const AttentionOperands &operands) {
  LayoutAxes axes(op.getLayout());
  return success(succeeded(verifyExtents(checks, axes, operands)) && succeeded(verifyHeads(op, axes, operands)) &&
                 succeeded(verifyMask(checks, axes, operands)) && succeeded(verifyLse(checks, axes, operands)) &&
                 succeeded(verifyNumbers(op)));
}

template <typename Op> LogicalResult verifyAttention(Op op) {
  ShapeChecks checks(op);
  LayoutAxes axes(op.getLayout());
  NamedOperand q{"q", op.getQ()}, k{"k", op.getK()}, v{"v", op.getV()}, out{"out", op.getOut()};
  if (failed(checks.ranksOfLayout({q, k, v, out}, op.getLayout())))
    return failure();
  if (axes.hasBatch())
    for (NamedOperand operand : {k, v})
      if (failed(checks.axis(axes, operand, q, LZ_AXIS_BATCH)))
        return failure();
  return verifyScores(op, checks, AttentionOperands::of(op));
}

template <typename Op> LogicalResult verifyCachedAttention(Op op) {
  ShapeChecks checks(op);
  NamedOperand q{"q", op.getQ()}, out{"out", op.getOut()};
  if (failed(checks.ranksOfLayout({q, out}, op.getLayout())))
    return failure();
  CacheOperands cache = CacheOperands::of(op);
  if (failed(cache.verify(checks, q)))
    return failure();
  return verifyScores(op, checks, AttentionOperands::ofCached(op, cache));
}

} // namespace

LogicalResult AttentionCausalOp::verify() { return verifyAttention(*this); }
LogicalResult AttentionFullOp::verify() { return verifyAttention(*this); }
LogicalResult AttentionCrossOp::verify() { return verifyAttention(*this); }
LogicalResult AttentionSlidingWindowOp::verify() { return verifyAttention(*this); }

LogicalResult AttentionPrefillOp::verify() { return verifyCachedAttention(*this); }
LogicalResult AttentionDecodeOp::verify() { return verifyCachedAttention(*this); }

LogicalResult AlibiOp::verify() {
  if (failed(verifyAttention(*this)))
    return failure();
  ShapeChecks checks(*this);
  NamedOperand slopes{"slopes", getSlopes()};
  return success(
      succeeded(checks.extent(slopes, 0, LayoutAxes(getLayout()).extent(getQ(), LZ_AXIS_HEADS), "the heads of `q`")) &&
      succeeded(checks.parameterOf(slopes, {"q", getQ()})));
}
