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

template <typename Op> static LogicalResult verifyRotary(Op op) {
  ShapeChecks checks(op);
  LayoutAxes axes(op.getLayout());
  NamedOperand x{"x", op.getX()};
  if (failed(checks.rank(x, axes.rank(), "that of layout " + stringifyLayout(op.getLayout()))) ||
      failed(checks.sameShape({"out", op.getOut()}, x)))
    return failure();
  int64_t dim = axes.extent(op.getX(), LZ_AXIS_HEAD_DIM);
  if (!ShapedType::isDynamic(dim) && dim % 2 != 0)
    return op.emitOpError() << "`x` has head dimension " << dim << ", which must be even";
  return success(succeeded(verifyTable(checks, axes, {"cos", op.getCos()}, x)) &&
                 succeeded(verifyTable(checks, axes, {"sin", op.getSin()}, x)));
}

LogicalResult RopeOp::verify() { return verifyRotary(*this); }
LogicalResult RopeInterleavedOp::verify() { return verifyRotary(*this); }

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

/// The same of cos and sin together; a head must have pairs only.
static void requireTables(Decomposer &decomposer, const LayoutAxes &axes, Value x, Value cos, Value sin) {
  ScalarBuilder &scalars = decomposer.scalars;
  unsigned dim = axes.dim(LZ_AXIS_HEAD_DIM);
  int64_t width = cast<ShapedType>(x.getType()).getDimSize(dim);
  Value half = scalars.divIndex(scalars.extent(x, dim), scalars.index(2));
  OpFoldResult pairs = half;
  if (ShapedType::isDynamic(width))
    decomposer.requireExtent(x, dim, scalars.addIndex(half, half));
  else
    pairs = IntegerAttr::get(IndexType::get(x.getContext()), width / 2);
  requireTable(decomposer, axes, cos, x, pairs);
  requireTable(decomposer, axes, sin, x, pairs);
}

namespace {
/// The pair in which an element of a head is turned.
struct Pair {
  Value number;  ///< Which of the pairs it is; where cos and sin have their element.
  Value partner; ///< The index of the pair's other element.
  Value isFirst; ///< Whether the element is the pair's first.
};
} // namespace

/// `pairOf` gives the pair of the element at index i of a head.
template <typename Op>
static FailureOr<SmallVector<Value>> decomposeRotary(Op op, OpBuilder &builder,
                                                     function_ref<Pair(ScalarBuilder &, Value i)> pairOf) {
  if (failed(requireTensors(op)))
    return failure();
  Decomposer decomposer(builder, op);
  LayoutAxes axes(op.getLayout());
  unsigned rank = axes.rank(), dim = axes.dim(LZ_AXIS_HEAD_DIM);
  requireTables(decomposer, axes, op.getX(), op.getCos(), op.getSin());
  for (unsigned loop = 0; loop < rank; ++loop)
    decomposer.requireExtent(op.getOut(), loop, decomposer.extent(op.getX(), loop));
  return decomposer.nest(
      rank, {}, {}, {{op.getOut(), firstLoops(rank)}}, [&](ScalarBuilder &s, ValueRange, ValueRange) {
        SmallVector<Value> self, other;
        for (unsigned loop = 0; loop < rank; ++loop)
          self.push_back(s.iteration(loop));
        Pair pair = pairOf(s, self[dim]);
        other = self;
        other[dim] = pair.partner;
        Value turned = s.mul(s.load(op.getX(), self), loadTable(s, axes, op.getCos(), pair.number));
        Value partner = s.mul(s.load(op.getX(), other), loadTable(s, axes, op.getSin(), pair.number));
        return SmallVector<Value>{s.select(pair.isFirst, s.sub(turned, partner), s.add(turned, partner))};
      });
}

FailureOr<SmallVector<Value>> RopeOp::decompose(OpBuilder &builder) {
  return decomposeRotary(*this, builder, [&](ScalarBuilder &s, Value i) {
    Value half = s.divIndex(s.extent(getX(), LayoutAxes(getLayout()).dim(LZ_AXIS_HEAD_DIM)), s.index(2));
    Value isLow = s.lessIndex(i, half), number = s.select(isLow, i, s.subIndex(i, half));
    return Pair{number, s.select(isLow, s.addIndex(i, half), number), isLow};
  });
}

FailureOr<SmallVector<Value>> RopeInterleavedOp::decompose(OpBuilder &builder) {
  return decomposeRotary(*this, builder, [](ScalarBuilder &s, Value i) {
    Value number = s.divIndex(i, s.index(2)), first = s.mulIndex(number, s.index(2));
    Value isFirst = s.equalIndex(i, first);
    return Pair{number, s.select(isFirst, s.addIndex(first, s.index(1)), first), isFirst};
  });
}
