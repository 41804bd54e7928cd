//===- Rope.cpp - Rotary position embedding: verifier and decomposition -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Decomposition.h"
#include "LayoutAxes.h"
#include "ShapeChecks.h"

using namespace mlir;
using namespace mlir::lz;

/// cos and sin are [batch or 1, sequence, half], without the batch where the layout has none.
static LogicalResult verifyTable(const ShapeChecks &checks, const LayoutAxes &axes, NamedOperand table,
                                 NamedOperand x) {
  if (failed(checks.rank(table, axes.rank() - 1, "one less than that of `x`")) || failed(checks.parameterOf(table, x)))
    return failure();
  if (axes.hasBatch() &&
      failed(checks.broadcastExtent(table, 0, axes.extent(x.value, LZ_AXIS_BATCH), "the batch of `x`")))
    return failure();
  int64_t position = axes.hasBatch() ? 1 : 0, dim = axes.extent(x.value, LZ_AXIS_HEAD_DIM);
  if (failed(checks.extent(table, position, axes.extent(x.value, LZ_AXIS_SEQ), "the sequence of `x`")))
    return failure();
  return checks.extent(table, position + 1, ShapedType::isDynamic(dim) ? dim : dim / 2,
                       "half the head dimension of `x`");
}

LogicalResult RopeOp::verify() {
  ShapeChecks checks(*this);
  LayoutAxes axes(getLayout());
  NamedOperand x{"x", getX()};
  if (failed(checks.rank(x, axes.rank(), "that of layout " + stringifyLayout(getLayout()))) ||
      failed(checks.sameShape({"out", getOut()}, x)))
    return failure();
  int64_t dim = axes.extent(getX(), LZ_AXIS_HEAD_DIM);
  if (!ShapedType::isDynamic(dim) && dim % 2 != 0)
    return emitOpError() << "`x` has head dimension " << dim << ", which must be even";
  return success(succeeded(verifyTable(checks, axes, {"cos", getCos()}, x)) &&
                 succeeded(verifyTable(checks, axes, {"sin", getSin()}, x)));
}

/// The element of cos or sin for the pair `pair` of this iteration's position.
static Value loadTable(ScalarBuilder &scalars, const LayoutAxes &axes, Value table, Value pair) {
  SmallVector<Value> indices;
  if (axes.hasBatch()) {
    Value broadcast = scalars.equalIndex(scalars.extent(table, 0), scalars.index(1));
    indices.push_back(scalars.select(broadcast, scalars.index(0), scalars.iteration(axes.dim(LZ_AXIS_BATCH))));
  }
  indices.push_back(scalars.iteration(axes.dim(LZ_AXIS_SEQ)));
  indices.push_back(pair);
  return scalars.load(table, indices);
}

/// What `verifyTable` checks, of open extents.
static void requireTable(Decomposer &decomposer, const LayoutAxes &axes, Value table, Value x, OpFoldResult pairs) {
  unsigned position = axes.hasBatch() ? 1 : 0;
  if (axes.hasBatch())
    decomposer.requireExtent(table, 0, decomposer.extent(x, axes.dim(LZ_AXIS_BATCH)), /*mayBroadcast=*/true);
  decomposer.requireExtent(table, position, decomposer.extent(x, axes.dim(LZ_AXIS_SEQ)));
  decomposer.requireExtent(table, position + 1, pairs);
}

FailureOr<SmallVector<Value>> RopeOp::decompose(OpBuilder &builder) {
  if (failed(requireTensors(*this)))
    return failure();
  Decomposer decomposer(builder, *this);
  LayoutAxes axes(getLayout());
  unsigned rank = axes.rank(), dim = axes.dim(LZ_AXIS_HEAD_DIM);
  ScalarBuilder &scalars = decomposer.scalars;
  Value half = scalars.divIndex(scalars.extent(getX(), dim), scalars.index(2));
  int64_t width = cast<ShapedType>(getX().getType()).getDimSize(dim);
  OpFoldResult pairs = half;
  if (ShapedType::isDynamic(width))
    decomposer.requireExtent(getX(), dim, scalars.addIndex(half, half));
  else
    pairs = builder.getIndexAttr(width / 2);
  requireTable(decomposer, axes, getCos(), getX(), pairs);
  requireTable(decomposer, axes, getSin(), getX(), pairs);
  for (unsigned loop = 0; loop < rank; ++loop)
    decomposer.requireExtent(getOut(), loop, decomposer.extent(getX(), loop));
  return decomposer.nest(rank, {}, {}, {{getOut(), firstLoops(rank)}}, [&](ScalarBuilder &s, ValueRange, ValueRange) {
    Value i = s.iteration(dim), isLow = s.lessIndex(i, half);
    Value pair = s.select(isLow, i, s.subIndex(i, half));
    SmallVector<Value> self, other;
    for (unsigned loop = 0; loop < rank; ++loop)
      self.push_back(s.iteration(loop));
    other = self;
    other[dim] = s.select(isLow, s.addIndex(i, half), pair);
    Value turned = s.mul(s.load(getX(), self), loadTable(s, axes, getCos(), pair));
    Value partner = s.mul(s.load(getX(), other), loadTable(s, axes, getSin(), pair));
    return SmallVector<Value>{s.select(isLow, s.sub(turned, partner), s.add(turned, partner))};
  });
}
