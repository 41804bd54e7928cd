//===- CrossEntropy.cpp - Cross entropy: verifier and decomposition -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Decomposition.h"
#include "ShapeChecks.h"

#include <limits>

using namespace mlir;
using namespace mlir::lz;

LogicalResult CrossEntropyOp::verify() {
  ShapeChecks checks(*this);
  NamedOperand logits{"logits", getLogits()}, targets{"targets", getTargets()}, out{"out", getOut()};
  return success(succeeded(checks.rowsOf(targets, logits)) && succeeded(checks.rowsOf(out, logits)) &&
                 succeeded(checks.parameterOf(out, logits)));
}

FailureOr<SmallVector<Value>> CrossEntropyOp::decompose(OpBuilder &builder) {
  if (failed(requireTensors(*this)))
    return failure();
  Decomposer decomposer(builder, *this);
  unsigned last = cast<ShapedType>(getLogits().getType()).getRank() - 1;
  SmallVector<unsigned> rows = firstLoops(last);
  Value classes = decomposer.scalars.extent(getLogits(), last);
  SmallVector<OpFoldResult> extents = decomposer.extents(getLogits());
  extents.pop_back();
  Access logits{getLogits(), firstLoops(last + 1)}, targets{getTargets(), rows};
  Access maxima{decomposer.filled(extents, -std::numeric_limits<double>::infinity()), rows};
  Access sums{decomposer.filled(extents, 0), rows}, chosen{decomposer.filled(extents, 0), rows};
  // The target's logit is picked while passing over the row, so that no target reads outside of it.
  SmallVector<Value> passed = decomposer.nest(
      last + 1, {last}, {logits, targets}, {maxima, chosen}, [&](ScalarBuilder &s, ValueRange ins, ValueRange outs) {
        Value hit = s.equalIndex(s.iteration(last), s.toIndex(ins[1]));
        return SmallVector<Value>{s.max(outs[0], ins[0]), s.select(hit, ins[0], outs[1])};
      });
  maxima.tensor = passed[0], chosen.tensor = passed[1];
  sums.tensor = decomposer.nest(last + 1, {last}, {logits, maxima}, {sums},
                                [](ScalarBuilder &s, ValueRange ins, ValueRange outs) {
                                  return SmallVector<Value>{s.add(outs[0], s.exp(s.sub(ins[0], ins[1])))};
                                })[0];
  return decomposer.nest(last, {}, {targets, maxima, chosen, sums}, {{getOut(), rows}},
                         [&](ScalarBuilder &s, ValueRange ins, ValueRange) {
                           Value target = s.toIndex(ins[0]);
                           Value ignored = s.equalIndex(target, s.index(getIgnoreIndex()));
                           s.require(s.select(ignored, ignored, s.isWithin(target, classes)),
                                     "`cross_entropy`: a target is neither a class nor `ignore_index`");
                           Value loss = s.add(s.sub(ins[1], ins[2]), s.log(ins[3]));
                           return SmallVector<Value>{s.select(ignored, s.f32(0), loss)};
                         });
}
