//===- Activations.cpp - SwiGLU and softmax: decompositions -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Decomposition.h"

#include <limits>

using namespace mlir;
using namespace mlir::lz;

FailureOr<SmallVector<Value>> SwigluOp::decompose(OpBuilder &builder) {
  if (failed(requireTensors(*this)))
    return failure();
  Decomposer decomposer(builder, *this);
  SmallVector<unsigned> all = firstLoops(cast<ShapedType>(getOut().getType()).getRank());
  return decomposer.nest(all.size(), {}, {{getGate(), all}, {getUp(), all}}, {{getOut(), all}},
                         [](ScalarBuilder &s, ValueRange ins, ValueRange) {
                           Value one = s.f32(1), decay = s.exp(s.sub(s.f32(-0.0), ins[0]));
                           return SmallVector<Value>{s.mul(s.div(ins[0], s.add(one, decay)), ins[1])};
                         });
}

FailureOr<SmallVector<Value>> SoftmaxOp::decompose(OpBuilder &builder) {
  if (failed(requireTensors(*this)))
    return failure();
  Decomposer decomposer(builder, *this);
  unsigned rank = cast<ShapedType>(getX().getType()).getRank();
  SmallVector<OpFoldResult> rowExtents = decomposer.extents(getX());
  rowExtents.pop_back();
  Access x{getX(), firstLoops(rank)};
  Access maxima{decomposer.filled(rowExtents, -std::numeric_limits<double>::infinity()), firstLoops(rank - 1)};
  Access sums{decomposer.filled(rowExtents, 0), firstLoops(rank - 1)};
  maxima.tensor =
      decomposer.nest(rank, {rank - 1}, {x}, {maxima}, [](ScalarBuilder &s, ValueRange ins, ValueRange outs) {
        return SmallVector<Value>{s.max(outs[0], ins[0])};
      })[0];
  sums.tensor =
      decomposer.nest(rank, {rank - 1}, {x, maxima}, {sums}, [](ScalarBuilder &s, ValueRange ins, ValueRange outs) {
        return SmallVector<Value>{s.add(outs[0], s.exp(s.sub(ins[0], ins[1])))};
      })[0];
  return decomposer.nest(rank, {}, {x, maxima, sums}, {{getOut(), firstLoops(rank)}},
                         [](ScalarBuilder &s, ValueRange ins, ValueRange) {
                           return SmallVector<Value>{s.div(s.exp(s.sub(ins[0], ins[1])), ins[2])};
                         });
}
