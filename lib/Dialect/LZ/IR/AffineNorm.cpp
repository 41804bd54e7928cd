//===- AffineNorm.cpp - Layer and group norm: verifiers and decompositions -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Decomposition.h"
#include "ShapeChecks.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::lz;

/// weight and bias belong to dimension `dim` of x, which `dimName` says in words.
template <typename Op> static LogicalResult verifyAffineNorm(Op op, int64_t dim, const Twine &dimName) {
  ShapeChecks checks(op);
  NamedOperand x{"x", op.getX()};
  if (failed(checks.sameShape({"out", op.getOut()}, x)))
    return failure();
  for (NamedOperand parameter : {NamedOperand{"weight", op.getWeight()}, NamedOperand{"bias", op.getBias()}})
    if (parameter.value &&
        (failed(checks.extent(parameter, 0, x.extent(dim), dimName)) || failed(checks.parameterOf(parameter, x))))
      return failure();
  APFloat epsilon = op.getEpsilon();
  if (!epsilon.isFinite() || epsilon.isNegative())
    return op.emitOpError("`epsilon` must be finite and not negative");
  return success();
}

LogicalResult LayerNormOp::verify() {
  return verifyAffineNorm(*this, cast<ShapedType>(getX().getType()).getRank() - 1, "the last extent of `x`");
}

LogicalResult GroupNormOp::verify() {
  if (failed(verifyAffineNorm(*this, 1, "the channels of `x`")))
    return failure();
  int64_t channels = cast<ShapedType>(getX().getType()).getDimSize(1), groups = getGroups();
  if (!ShapedType::isDynamic(channels) && channels % groups != 0)
    return emitOpError() << "`x` has " << channels << " channels, which is no multiple of the " << groups << " groups";
  return success();
}

namespace {

/// A norm over all dimensions of x from `firstReduced` on.
struct AffineNorm {
  Value x, weight, bias, out; ///< bias: null where there is none.
  unsigned firstReduced;
  SmallVector<unsigned> parameterLoops; ///< The loops that index weight and bias.
  double epsilon;

  unsigned rank() const { return cast<ShapedType>(x.getType()).getRank(); }
};

/// The deviation of this iteration's x from the mean.
Value deviation(ScalarBuilder &s, Value x, Value sum, Value count) { return s.sub(x, s.div(sum, count)); }

Value decomposeAffineNorm(Decomposer &decomposer, const AffineNorm &norm) {
  unsigned rank = norm.rank();
  SmallVector<unsigned> all = firstLoops(rank), rows = firstLoops(norm.firstReduced);
  ArrayRef<unsigned> reduced = ArrayRef(all).drop_front(norm.firstReduced);
  SmallVector<OpFoldResult> rowExtents = decomposer.extents(norm.x);
  rowExtents.truncate(norm.firstReduced);
  ScalarBuilder &scalars = decomposer.scalars;
  Value elements = scalars.index(1);
  for (unsigned dim : reduced)
    elements = scalars.mulIndex(elements, scalars.extent(norm.x, dim));
  Value count = scalars.indexToF32(elements), epsilon = scalars.f32(norm.epsilon);

  Access x{norm.x, all}, sums{decomposer.filled(rowExtents, 0), rows}, squares{decomposer.filled(rowExtents, 0), rows};
  sums.tensor = decomposer.nest(rank, reduced, {x}, {sums}, [](ScalarBuilder &s, ValueRange ins, ValueRange outs) {
    return SmallVector<Value>{s.add(outs[0], ins[0])};
  })[0];
  squares.tensor =
      decomposer.nest(rank, reduced, {x, sums}, {squares}, [&](ScalarBuilder &s, ValueRange ins, ValueRange outs) {
        Value distance = deviation(s, ins[0], ins[1], count);
        return SmallVector<Value>{s.add(outs[0], s.mul(distance, distance))};
      })[0];
  SmallVector<Access> ins{x, sums, squares, {norm.weight, norm.parameterLoops}};
  if (norm.bias)
    ins.push_back({norm.bias, norm.parameterLoops});
  return decomposer.nest(rank, {}, ins, {{norm.out, all}}, [&](ScalarBuilder &s, ValueRange loaded, ValueRange) {
    Value root = s.sqrt(s.add(s.div(loaded[2], count), epsilon));
    Value scaled = s.mul(s.div(deviation(s, loaded[0], loaded[1], count), root), loaded[3]);
    return SmallVector<Value>{norm.bias ? s.add(scaled, loaded[4]) : scaled};
  })[0];
}

/// `value` with its dimension `dim` split into [groups, extent / groups].
Value split(OpBuilder &builder, Location loc, Value value, unsigned dim, int64_t groups) {
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape(type.getShape());
  SmallVector<OpFoldResult> extents = tensor::getMixedSizes(builder, loc, value);
  ScalarBuilder scalars(builder, loc);
  OpFoldResult inGroup;
  if (type.isDynamicDim(dim)) {
    inGroup = scalars.divIndex(scalars.extent(value, dim), scalars.index(groups));
  } else {
    shape[dim] /= groups;
    inGroup = builder.getIndexAttr(shape[dim]);
  }
  shape.insert(shape.begin() + dim, groups);
  extents[dim] = inGroup;
  extents.insert(extents.begin() + dim, builder.getIndexAttr(groups));
  SmallVector<ReassociationIndices> dims;
  for (int64_t i = 0, next = 0; i < type.getRank(); ++i) {
    dims.push_back({next++});
    if (i == dim)
      dims.back().push_back(next++);
  }
  return tensor::ExpandShapeOp::create(builder, loc, RankedTensorType::get(shape, type.getElementType()), value, dims,
                                       extents);
}

} // namespace

FailureOr<SmallVector<Value>> LayerNormOp::decompose(OpBuilder &builder) {
  if (failed(requireTensors(*this)))
    return failure();
  Decomposer decomposer(builder, *this);
  unsigned last = cast<ShapedType>(getX().getType()).getRank() - 1;
  AffineNorm norm{getX(), getWeight(), getBias(), getOut(), last, {last}, getEpsilon().convertToDouble()};
  return SmallVector<Value>{decomposeAffineNorm(decomposer, norm)};
}

FailureOr<SmallVector<Value>> GroupNormOp::decompose(OpBuilder &builder) {
  if (failed(requireTensors(*this)))
    return failure();
  auto grouped = [&](Value value, unsigned dim) {
    return value ? split(builder, getLoc(), value, dim, getGroups()) : Value();
  };
  AffineNorm norm{grouped(getX(), 1),
                  grouped(getWeight(), 0),
                  grouped(getBias(), 0),
                  grouped(getOut(), 1),
                  2,
                  {1, 2},
                  getEpsilon().convertToDouble()};
  Decomposer decomposer(builder, *this);
  Value result = decomposeAffineNorm(decomposer, norm);
  SmallVector<ReassociationIndices> dims{{0}, {1, 2}};
  for (int64_t dim = 3; dim < norm.rank(); ++dim)
    dims.push_back({dim});
  return SmallVector<Value>{
      tensor::CollapseShapeOp::create(builder, getLoc(), getOut().getType(), result, dims).getResult()};
}
