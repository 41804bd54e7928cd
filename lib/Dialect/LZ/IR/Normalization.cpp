//===- Normalization.cpp - Root-mean-square norms: verifiers and decompositions -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Decomposition.h"
#include "ShapeChecks.h"

using namespace mlir;
using namespace mlir::lz;

static LogicalResult verifyNorm(Operation *op, NamedOperand x, NamedOperand weight, ArrayRef<NamedOperand> alike,
                                const APFloat &epsilon) {
  ShapeChecks checks(op);
  for (NamedOperand operand : alike)
    if (failed(checks.sameShape(operand, x)))
      return failure();
  if (failed(checks.extent(weight, 0, x.last(), "the last extent of `x`")) || failed(checks.parameterOf(weight, x)))
    return failure();
  if (!epsilon.isFinite() || epsilon.isNegative())
    return op->emitOpError("`epsilon` must be finite and not negative");
  return success();
}

LogicalResult RmsNormOp::verify() {
  return verifyNorm(*this, {"x", getX()}, {"weight", getWeight()}, {{"out", getOut()}}, getEpsilon());
}

LogicalResult AddRmsNormOp::verify() {
  NamedOperand alike[] = {{"residual", getResidual()}, {"out", getOut()}, {"out_residual", getOutResidual()}};
  return verifyNorm(*this, {"x", getX()}, {"weight", getWeight()}, alike, getEpsilon());
}

namespace {

/// The norm of h = x, or of h = x + residual, which then is a second output.
struct NormInputs {
  Value x, residual, weight, out, outResidual;
  double epsilon;
};

/// h at this iteration, from what the nest loads: x, and residual if there is one.
Value normInput(ScalarBuilder &scalars, const NormInputs &norm, ValueRange ins) {
  return norm.residual ? scalars.add(ins[0], ins[1]) : ins[0];
}

SmallVector<Value> decomposeNorm(Decomposer &decomposer, const NormInputs &norm) {
  unsigned rank = cast<ShapedType>(norm.x.getType()).getRank();
  SmallVector<unsigned> all = firstLoops(rank), rows = firstLoops(rank - 1);
  SmallVector<OpFoldResult> rowExtents = decomposer.extents(norm.x);
  rowExtents.pop_back();
  SmallVector<Access> ins{{norm.x, all}}, outs{{norm.out, all}};
  if (norm.residual) {
    ins.push_back({norm.residual, all});
    outs.push_back({norm.outResidual, all});
  }
  Value squares = decomposer.nest(rank, {rank - 1}, ins, {{decomposer.filled(rowExtents, 0), rows}},
                                  [&](ScalarBuilder &s, ValueRange loaded, ValueRange sum) {
                                    Value h = normInput(s, norm, loaded);
                                    return SmallVector<Value>{s.add(sum[0], s.mul(h, h))};
                                  })[0];
  Value width = decomposer.scalars.indexToF32(decomposer.scalars.extent(norm.x, rank - 1));
  Value epsilon = decomposer.scalars.f32(norm.epsilon);
  ins.push_back({squares, rows});
  ins.push_back({norm.weight, {rank - 1}});
  return decomposer.nest(rank, {}, ins, outs, [&](ScalarBuilder &s, ValueRange loaded, ValueRange) {
    Value h = normInput(s, norm, loaded), sum = loaded[loaded.size() - 2], weight = loaded.back();
    Value root = s.sqrt(s.add(s.div(sum, width), epsilon));
    SmallVector<Value> stored{s.mul(s.div(h, root), weight)};
    if (norm.residual)
      stored.push_back(h);
    return stored;
  });
}

} // namespace

FailureOr<SmallVector<Value>> RmsNormOp::decompose(OpBuilder &builder) {
  if (failed(requireTensors(*this)))
    return failure();
  Decomposer decomposer(builder, *this);
  return decomposeNorm(decomposer, {getX(), {}, getWeight(), getOut(), {}, getEpsilon().convertToDouble()});
}

FailureOr<SmallVector<Value>> AddRmsNormOp::decompose(OpBuilder &builder) {
  if (failed(requireTensors(*this)))
    return failure();
  Decomposer decomposer(builder, *this);
  return decomposeNorm(
      decomposer, {getX(), getResidual(), getWeight(), getOut(), getOutResidual(), getEpsilon().convertToDouble()});
}
