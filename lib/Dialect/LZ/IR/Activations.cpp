//===- Activations.cpp - Activations, gated or not, and softmax: decompositions -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Decomposition.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::lz;

static Value silu(ScalarBuilder &s, Value x) {
  Value decay = s.exp(s.sub(s.f32(-0.0), x));
  return s.div(x, s.add(s.f32(1), decay));
}

static Value gelu(ScalarBuilder &s, Value x, Approximation approximation) {
  Value bent;
  if (approximation == Approximation::Tanh) {
    Value cubic = s.mul(s.f32(0.044715), s.mul(x, s.mul(x, x)));
    bent = s.tanh(s.mul(s.f32(std::sqrt(2 / M_PI)), s.add(x, cubic)));
  } else {
    bent = s.erf(s.mul(x, s.f32(M_SQRT1_2)));
  }
  return s.mul(s.mul(s.f32(0.5), x), s.add(s.f32(1), bent));
}

/// out = activation(x), or activation(x) * up where there is an `up`, element by element.
static FailureOr<SmallVector<Value>> decomposeActivation(KernelOpInterface op, OpBuilder &builder, Value x, Value up,
                                                         Value out,
                                                         function_ref<Value(ScalarBuilder &, Value)> activation) {
  if (failed(requireTensors(op)))
    return failure();
  Decomposer decomposer(builder, op);
  SmallVector<unsigned> all = firstLoops(cast<ShapedType>(out.getType()).getRank());
  SmallVector<Access> ins{{x, all}};
  if (up)
    ins.push_back({up, all});
  return decomposer.nest(all.size(), {}, ins, {{out, all}}, [&](ScalarBuilder &s, ValueRange loaded, ValueRange) {
    Value active = activation(s, loaded[0]);
    return SmallVector<Value>{up ? s.mul(active, loaded[1]) : active};
  });
}

FailureOr<SmallVector<Value>> SwigluOp::decompose(OpBuilder &builder) {
  return decomposeActivation(*this, builder, getGate(), getUp(), getOut(), silu);
}

FailureOr<SmallVector<Value>> SiluOp::decompose(OpBuilder &builder) {
  return decomposeActivation(*this, builder, getX(), {}, getOut(), silu);
}

FailureOr<SmallVector<Value>> GegluOp::decompose(OpBuilder &builder) {
  return decomposeActivation(*this, builder, getGate(), getUp(), getOut(),
                             [this](ScalarBuilder &s, Value x) { return gelu(s, x, getApproximate()); });
}

FailureOr<SmallVector<Value>> GeluOp::decompose(OpBuilder &builder) {
  return decomposeActivation(*this, builder, getX(), {}, getOut(),
                             [this](ScalarBuilder &s, Value x) { return gelu(s, x, getApproximate()); });
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
