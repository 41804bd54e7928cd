//===- Sample.cpp - Sampling: verifiers and decompositions -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The decompositions of top_k and top_p compare every token of a row with every other instead of sorting: short, and
// slow for a large vocabulary.
//
//===----------------------------------------------------------------------===//
#include "Decomposition.h"
#include "ShapeChecks.h"

#include <algorithm>
#include <limits>

using namespace mlir;
using namespace mlir::lz;

constexpr double infinity = std::numeric_limits<double>::infinity();

LogicalResult SampleGreedyOp::verify() { return ShapeChecks(*this).rowsOf({"out", getOut()}, {"x", getX()}); }

template <typename Op> static LogicalResult verifySample(Op op) {
  ShapeChecks checks(op);
  NamedOperand logits{"logits", op.getLogits()};
  if (failed(checks.rowsOf({"random", op.getRandom()}, logits)) || failed(checks.rowsOf({"out", op.getOut()}, logits)))
    return failure();
  APFloat temperature = op.getTemperature();
  if (!temperature.isFinite() || !(temperature.convertToDouble() > 0))
    return op.emitOpError("`temperature` must be finite and above 0; lz.sample.greedy is the limit 0");
  return success();
}

LogicalResult SampleTopKOp::verify() { return verifySample(*this); }

LogicalResult SampleTopPOp::verify() {
  if (failed(verifySample(*this)))
    return failure();
  double topP = getTopP().convertToDouble();
  return topP > 0 && topP <= 1 ? success() : emitOpError("`top_p` must be above 0 and at most 1");
}

FailureOr<SmallVector<Value>> SampleGreedyOp::decompose(OpBuilder &builder) {
  if (failed(requireTensors(*this)))
    return failure();
  Decomposer decomposer(builder, *this);
  unsigned last = cast<ShapedType>(getX().getType()).getRank() - 1;
  SmallVector<OpFoldResult> extents = decomposer.extents(getX());
  extents.pop_back();
  Type token = cast<ShapedType>(getOut().getType()).getElementType();
  Access best{decomposer.filled(extents, -infinity), firstLoops(last)};
  Access out{decomposer.fill(getOut(), 0), firstLoops(last)};
  Value tokens =
      decomposer.nest(last + 1, {last}, {{getX(), firstLoops(last + 1)}}, {best, out},
                      [&](ScalarBuilder &s, ValueRange ins, ValueRange outs) {
                        Value better = s.greater(ins[0], outs[0]);
                        Value here = s.fromIndex(s.iteration(last), token);
                        return SmallVector<Value>{s.select(better, ins[0], outs[0]), s.select(better, here, outs[1])};
                      })[1];
  return SmallVector<Value>{tokens};
}

namespace {

/// What the decomposition reads of a sampling operation; one of the limits is there.
struct SampleInputs {
  Value logits, random, out;
  double temperature;
  std::optional<int64_t> topK;
  std::optional<double> topP;
};

/// Loops are the rows, the tokens of a row, and in `buildOrder` the tokens again.
class SampleDecomposition {
public:
  SampleDecomposition(OpBuilder &builder, Operation *op, SampleInputs inputs);
  SmallVector<Value> build();

private:
  /// A new tensor with one element a row.
  Access rowSums() { return {decomposer.filled(rowExtents, 0), rows}; }
  Value sum(const Access &values, ArrayRef<Access> others,
            llvm::function_ref<Value(ScalarBuilder &, ValueRange)> isCounted);
  void buildWeights();
  void buildOrder();
  /// Whether this iteration's token is kept and has a weight, from its weight, its place, the weights before it and,
  /// for top_p, the sum of all.
  Value isKept(ScalarBuilder &s, ValueRange ins) const;
  Value buildOut();

  SampleInputs in;
  Decomposer decomposer;
  unsigned token;
  SmallVector<unsigned> rows, all;
  SmallVector<OpFoldResult> rowExtents;
  Access weights, places, before;
  SmallVector<Access> keeping; ///< What `isKept` reads.
};

} // namespace

SampleDecomposition::SampleDecomposition(OpBuilder &builder, Operation *op, SampleInputs inputs)
    : in(inputs), decomposer(builder, op), token(cast<ShapedType>(in.logits.getType()).getRank() - 1),
      rows(firstLoops(token)), all(firstLoops(token + 1)), rowExtents(decomposer.extents(in.logits)) {
  rowExtents.pop_back();
  // As f32 it must neither be 0, by which 0 is divided, nor infinite, by which -inf is.
  using F32 = std::numeric_limits<float>;
  in.temperature = std::clamp<double>(in.temperature, F32::min(), F32::max());
}

void SampleDecomposition::buildWeights() {
  Access logits{in.logits, all}, maxima{decomposer.filled(rowExtents, -infinity), rows};
  maxima.tensor =
      decomposer.nest(token + 1, {token}, {logits}, {maxima}, [](ScalarBuilder &s, ValueRange ins, ValueRange outs) {
        return SmallVector<Value>{s.max(outs[0], ins[0])};
      })[0];
  weights = {decomposer.filled(decomposer.extents(in.logits), 0), all};
  weights.tensor =
      decomposer.nest(token + 1, {}, {logits, maxima}, {weights}, [&](ScalarBuilder &s, ValueRange ins, ValueRange) {
        return SmallVector<Value>{s.exp(s.div(s.sub(ins[0], ins[1]), s.f32(in.temperature)))};
      })[0];
}

void SampleDecomposition::buildOrder() {
  SmallVector<OpFoldResult> extents = decomposer.extents(in.logits);
  unsigned other = token + 1;
  SmallVector<unsigned> others = rows;
  others.push_back(other);
  places = {decomposer.filledIndex(extents, 0), all}, before = {decomposer.filled(extents, 0), all};
  SmallVector<Value> order =
      decomposer.nest(other + 1, {other}, {{in.logits, all}, {in.logits, others}, {weights.tensor, others}},
                      {places, before}, [&](ScalarBuilder &s, ValueRange ins, ValueRange outs) {
                        Value isLower = s.lessIndex(s.iteration(other), s.iteration(token));
                        Value precedes = s.either(s.greater(ins[1], ins[0]), s.both(s.equal(ins[1], ins[0]), isLower));
                        return SmallVector<Value>{s.select(precedes, s.addIndex(outs[0], s.index(1)), outs[0]),
                                                  s.select(precedes, s.add(outs[1], ins[2]), outs[1])};
                      });
  places.tensor = order[0], before.tensor = order[1];
}

Value SampleDecomposition::sum(const Access &values, ArrayRef<Access> others,
                               llvm::function_ref<Value(ScalarBuilder &, ValueRange)> isCounted) {
  SmallVector<Access> ins{values};
  llvm::append_range(ins, others);
  return decomposer.nest(token + 1, {token}, ins, {rowSums()},
                         [&](ScalarBuilder &s, ValueRange loaded, ValueRange out) {
                           Value next = s.add(out[0], loaded[0]), counted = isCounted(s, loaded.drop_front());
                           return SmallVector<Value>{counted ? s.select(counted, next, out[0]) : next};
                         })[0];
}

Value SampleDecomposition::isKept(ScalarBuilder &s, ValueRange ins) const {
  Value hasWeight = s.greater(ins[0], s.f32(0));
  if (in.topK)
    return s.both(hasWeight, s.lessIndex(ins[1], s.index(*in.topK)));
  // The first token is kept even where the limit rounds to 0.
  Value isFirst = s.equalIndex(ins[1], s.index(0));
  return s.both(hasWeight, s.either(isFirst, s.greater(s.mul(s.f32(*in.topP), ins[3]), ins[2])));
}

Value SampleDecomposition::buildOut() {
  Access kept{sum(weights, keeping, [&](ScalarBuilder &s, ValueRange ins) { return isKept(s, ins); }), rows};
  int64_t nowhere = std::numeric_limits<int64_t>::max() / 2;
  Access first{decomposer.filledIndex(rowExtents, nowhere), rows}, last{decomposer.filledIndex(rowExtents, -1), rows};
  SmallVector<Access> ins = keeping;
  ins.push_back(kept);
  ins.push_back({in.random, rows});
  SmallVector<Value> found = decomposer.nest(
      token + 1, {token}, ins, {first, last}, [&](ScalarBuilder &s, ValueRange loaded, ValueRange outs) {
        ValueRange draw = loaded.take_back(2);
        Value place = loaded[1], keep = isKept(s, loaded);
        Value reaches = s.greater(s.add(loaded[2], loaded[0]), s.mul(draw[1], draw[0]));
        return SmallVector<Value>{s.select(s.both(keep, reaches), s.minIndex(outs[0], place), outs[0]),
                                  s.select(keep, s.maxIndex(outs[1], place), outs[1])};
      });
  first.tensor = found[0], last.tensor = found[1];
  Type element = cast<ShapedType>(in.out.getType()).getElementType();
  return decomposer.nest(token + 1, {token}, {places, first, last}, {{decomposer.fill(in.out, 0), rows}},
                         [&](ScalarBuilder &s, ValueRange loaded, ValueRange outs) {
                           Value place = s.minIndex(loaded[1], loaded[2]);
                           Value here = s.fromIndex(s.iteration(token), element);
                           return SmallVector<Value>{s.select(s.equalIndex(loaded[0], place), here, outs[0])};
                         })[0];
}

SmallVector<Value> SampleDecomposition::build() {
  buildWeights();
  buildOrder();
  keeping = {weights, places, before};
  if (in.topP)
    keeping.push_back({sum(weights, {}, [](ScalarBuilder &, ValueRange) { return Value(); }), rows});
  return {buildOut()};
}

FailureOr<SmallVector<Value>> SampleTopKOp::decompose(OpBuilder &builder) {
  if (failed(requireTensors(*this)))
    return failure();
  SampleInputs inputs{getLogits(), getRandom(), getOut(), getTemperature().convertToDouble(), getTopK(), std::nullopt};
  return SampleDecomposition(builder, *this, inputs).build();
}

FailureOr<SmallVector<Value>> SampleTopPOp::decompose(OpBuilder &builder) {
  if (failed(requireTensors(*this)))
    return failure();
  SampleInputs inputs{getLogits(),  getRandom(),
                      getOut(),     getTemperature().convertToDouble(),
                      std::nullopt, getTopP().convertToDouble()};
  return SampleDecomposition(builder, *this, inputs).build();
}
