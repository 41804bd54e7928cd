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
                 succeeded(checks.parameterOf(bias, a)));
}

LogicalResult MatmulOp::verify() {
  ShapeChecks checks(*this);
  NamedOperand a{"a", getA()}, b{"b", getB()}, out{"out", getOut()};
  if (failed(verifyBatch(checks, out, a)) || (b.rank() != 2 && failed(verifyBatch(checks, b, a))) ||
      failed(verifyExtents(checks, *this)))
    return failure();
  if (getScaleA() || getScaleB())
    return emitOpError("a scale needs an operand of fp8; f32, f16 and bf16 take none");
  return success();
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

} // namespace

FailureOr<SmallVector<Value>> MatmulOp::decompose(OpBuilder &builder) {
  if (failed(requireTensors(*this)))
    return failure();
  Decomposer decomposer(builder, *this);
  auto outType = cast<RankedTensorType>(getOut().getType());
  MatmulLoops loops(outType.getRank());
  bool accumulatesInOut = outType.getElementType().isF32();
  Value sums = getOut();
  if (!accumulatesInOut)
    sums = decomposer.empty(decomposer.extents(sums));
  sums = initialSums(decomposer, loops, sums, getBias());
  unsigned rankB = cast<ShapedType>(getB().getType()).getRank();
  Access a{getA(), getTransposeA() ? loops.matrix(outType.getRank(), loops.k, loops.m)
                                   : loops.matrix(outType.getRank(), loops.m, loops.k)};
  Access b{getB(), getTransposeB() ? loops.matrix(rankB, loops.n, loops.k) : loops.matrix(rankB, loops.k, loops.n)};
  SmallVector<Value> results = decomposer.nest(loops.k + 1, {loops.k}, {a, b}, {{sums, loops.out}},
                                               [](ScalarBuilder &s, ValueRange ins, ValueRange outs) {
                                                 return SmallVector<Value>{s.add(outs[0], s.mul(ins[0], ins[1]))};
                                               });
  if (accumulatesInOut)
    return results;
  return decomposer.nest(loops.k, {}, {{results[0], loops.out}}, {{getOut(), loops.out}},
                         [](ScalarBuilder &, ValueRange ins, ValueRange) { return SmallVector<Value>{ins[0]}; });
}
