//===- Gemm.cpp - Matrix multiplication: verifier and decomposition -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Decomposition.h"
#include "ShapeChecks.h"

using namespace mlir;
using namespace mlir::lz;

/// `operand` has the batch extents of `a` in front of its last two.
static LogicalResult verifyBatch(const ShapeChecks &checks, NamedOperand operand, NamedOperand a) {
  if (failed(checks.rank(operand, a.rank(), "the rank of `a`")))
    return failure();
  for (int64_t dim = 0; dim < a.rank() - 2; ++dim)
    if (failed(checks.extent(operand, dim, a.extent(dim), "the extent of `a`")))
      return failure();
  return success();
}

static LogicalResult verifyExtents(const ShapeChecks &checks, MatmulOp op) {
  NamedOperand a{"a", op.getA()}, b{"b", op.getB()}, out{"out", op.getOut()};
  int64_t row = a.rank() - 2, column = a.rank() - 1, rowB = b.rank() - 2, columnB = b.rank() - 1;
  int64_t m = a.extent(op.getTransposeA() ? column : row), k = a.extent(op.getTransposeA() ? row : column);
  int64_t n = b.extent(op.getTransposeB() ? rowB : columnB);
  if (failed(checks.extent(b, op.getTransposeB() ? columnB : rowB, k, "the `k` extent of `a`")) ||
      failed(checks.extent(out, row, m, "the `m` extent of `a`")) ||
      failed(checks.extent(out, column, n, "the `n` extent of `b`")))
    return failure();
  if (!op.getBias())
    return success();
  NamedOperand bias{"bias", op.getBias()};
  return success(succeeded(checks.extent(bias, 0, n, "the `n` extent of `b`")) &&
                 succeeded(checks.parameterOf(bias, out)));
}

static bool isFp8(NamedOperand operand) {
  return isa<Float8E4M3FNType, Float8E5M2Type>(operand.type().getElementType());
}

static LogicalResult verifyElementTypes(const ShapeChecks &checks, NamedOperand a, NamedOperand b, NamedOperand out,
                                        bool hasScale) {
  if (isFp8(a) != isFp8(b))
    return checks.fail("`" + (isFp8(a) ? a : b).name + "` is of fp8, but `" + (isFp8(a) ? b : a).name +
                       "` is not; both are or neither");
  if (isFp8(a))
    return success();
  if (hasScale)
    return checks.fail("a scale needs operands of fp8; f32, f16 and bf16 take none");
  return checks.elementType(out, a);
}

/// A scale of `operand`, whose rows or columns are `count`: one number, or one each.
static LogicalResult verifyScale(const ShapeChecks &checks, NamedOperand scale, NamedOperand operand, int64_t count,
                                 const Twine &reason) {
  if (!scale.value || scale.rank() == 0)
    return success();
  int64_t last = operand.rank() - 2;
  if (scale.rank() == 1 && last > 0)
    return checks.extent(scale, 0, 1, "one for the whole of `" + operand.name + "`");
  if (scale.rank() == 1)
    return checks.broadcastExtent(scale, 0, count, reason);
  if (failed(checks.rank(scale, last + 1, "0, or 1, or one less than that of `" + operand.name + "`")))
    return failure();
  for (int64_t dim = 0; dim < last; ++dim)
    if (failed(checks.extent(scale, dim, operand.extent(dim), "the extent of `" + operand.name + "`")))
      return failure();
  return checks.extent(scale, last, count, reason);
}

LogicalResult MatmulOp::verify() {
  ShapeChecks checks(*this);
  NamedOperand a{"a", getA()}, b{"b", getB()}, out{"out", getOut()};
  if (failed(verifyElementTypes(checks, a, b, out, getScaleA() || getScaleB())) ||
      failed(verifyBatch(checks, out, a)) || (b.rank() != 2 && failed(verifyBatch(checks, b, a))) ||
      failed(verifyExtents(checks, *this)))
    return failure();
  NamedOperand scaleA{"scale_a", getScaleA()}, scaleB{"scale_b", getScaleB()};
  int64_t m = out.extent(out.rank() - 2), n = out.last();
  return success(succeeded(verifyScale(checks, scaleA, a, m, "the `m` extent of `a`")) &&
                 succeeded(verifyScale(checks, scaleB, b, n, "the `n` extent of `b`")));
}

namespace {

/// Loops are numbered batch…, m, n, k.
struct MatmulLoops {
  unsigned m, n, k;
  SmallVector<unsigned> out;

  explicit MatmulLoops(unsigned rank) : m(rank - 2), n(rank - 1), k(rank), out(firstLoops(rank)) {}
  /// The loops of an operand of `rank` whose last two dimensions run with `row` and `column`.
  SmallVector<unsigned> matrix(unsigned rank, unsigned row, unsigned column) const {
    SmallVector<unsigned> loops = firstLoops(rank - 2);
    loops.append({row, column});
    return loops;
  }
};

/// What the sums start from: zero, or the bias.
Value initialSums(Decomposer &decomposer, const MatmulLoops &loops, Value sums, Value bias) {
  if (!bias)
    return decomposer.fill(sums, 0);
  return decomposer.nest(loops.k, {}, {{bias, {loops.n}}}, {{sums, loops.out}},
                         [](ScalarBuilder &, ValueRange ins, ValueRange) { return SmallVector<Value>{ins[0]}; })[0];
}

/// The scales of an operand: how many it has of each, and which one an iteration takes.
struct Scales {
  Value scale; ///< Null: all are 1.
  Value operand;
  unsigned rowLoop; ///< The loop over the rows or columns that have a scale each.

  void require(Decomposer &decomposer, OpFoldResult count) const {
    int64_t rank = scale ? cast<ShapedType>(scale.getType()).getRank() : 0;
    int64_t leading = cast<ShapedType>(operand.getType()).getRank() - 2;
    if (rank == 0)
      return;
    if (rank == 1 && leading > 0)
      return decomposer.requireExtent(scale, 0, decomposer.scalars.index(1));
    for (int64_t dim = 0; dim < rank - 1; ++dim)
      decomposer.requireExtent(scale, dim, decomposer.extent(operand, dim));
    decomposer.requireExtent(scale, rank - 1, count, /*mayBroadcast=*/rank == 1);
  }

  Value apply(ScalarBuilder &scalars, Value sum) const {
    if (!scale)
      return sum;
    SmallVector<Value> indices;
    int64_t rank = cast<ShapedType>(scale.getType()).getRank();
    for (int64_t dim = 0; dim < rank; ++dim)
      indices.push_back(scalars.iteration(dim == rank - 1 ? rowLoop : dim));
    return scalars.mul(sum, scalars.loadBroadcast(scale, indices));
  }
};

/// The sums, scaled and with the bias, in `out`; nothing to do where they stand there already.
Value finish(Decomposer &decomposer, const MatmulLoops &loops, Value sums, Value bias, ArrayRef<Scales> scales,
             Value out) {
  bool isScaled = llvm::any_of(scales, [](const Scales &each) { return each.scale != nullptr; });
  if (!isScaled && cast<ShapedType>(out.getType()).getElementType().isF32())
    return sums;
  SmallVector<Access> ins{{sums, loops.out}};
  if (bias && isScaled)
    ins.push_back({bias, {loops.n}});
  return decomposer.nest(loops.k, {}, ins, {{out, loops.out}}, [&](ScalarBuilder &s, ValueRange ins, ValueRange) {
    Value value = ins[0];
    for (const Scales &each : scales)
      value = each.apply(s, value);
    return SmallVector<Value>{ins.size() > 1 ? s.add(value, ins[1]) : value};
  })[0];
}

} // namespace

FailureOr<SmallVector<Value>> MatmulOp::decompose(OpBuilder &builder) {
  if (failed(requireTensors(*this)))
    return failure();
  Decomposer decomposer(builder, *this);
  auto outType = cast<RankedTensorType>(getOut().getType());
  MatmulLoops loops(outType.getRank());
  Scales scales[] = {{getScaleA(), getA(), loops.m}, {getScaleB(), getB(), loops.n}};
  for (const Scales &each : scales)
    each.require(decomposer, decomposer.extent(getOut(), each.rowLoop));
  bool isScaled = getScaleA() || getScaleB();
  // The bias is not scaled: it comes last where there are scales.
  Value sums =
      isScaled || !outType.getElementType().isF32() ? decomposer.empty(decomposer.extents(getOut())) : getOut();
  sums = initialSums(decomposer, loops, sums, isScaled ? Value() : getBias());
  unsigned rankB = cast<ShapedType>(getB().getType()).getRank();
  Access a{getA(), getTransposeA() ? loops.matrix(outType.getRank(), loops.k, loops.m)
                                   : loops.matrix(outType.getRank(), loops.m, loops.k)};
  Access b{getB(), getTransposeB() ? loops.matrix(rankB, loops.n, loops.k) : loops.matrix(rankB, loops.k, loops.n)};
  sums = decomposer.nest(loops.k + 1, {loops.k}, {a, b}, {{sums, loops.out}},
                         [](ScalarBuilder &s, ValueRange ins, ValueRange outs) {
                           return SmallVector<Value>{s.add(outs[0], s.mul(ins[0], ins[1]))};
                         })[0];
  return SmallVector<Value>{finish(decomposer, loops, sums, getBias(), scales, getOut())};
}
