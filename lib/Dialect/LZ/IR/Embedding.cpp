//===- Embedding.cpp - Embedding: verifier and decomposition -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Decomposition.h"
#include "ShapeChecks.h"

using namespace mlir;
using namespace mlir::lz;

LogicalResult EmbeddingOp::verify() {
  ShapeChecks checks(*this);
  NamedOperand table{"table", getTable()}, ids{"ids", getIds()}, out{"out", getOut()};
  if (failed(checks.rank(out, ids.rank() + 1, "one more than that of `ids`")))
    return failure();
  for (int64_t dim = 0; dim < ids.rank(); ++dim)
    if (failed(checks.extent(out, dim, ids.extent(dim), "the extent of `ids`")))
      return failure();
  return checks.extent(out, ids.rank(), table.extent(1), "the width of `table`");
}

FailureOr<SmallVector<Value>> EmbeddingOp::decompose(OpBuilder &builder) {
  if (failed(requireTensors(*this)))
    return failure();
  Decomposer decomposer(builder, *this);
  Value rows = decomposer.scalars.extent(getTable(), 0);
  unsigned last = cast<ShapedType>(getIds().getType()).getRank();
  decomposer.requireExtent(getOut(), last, decomposer.extent(getTable(), 1));
  return decomposer.nest(last + 1, {}, {{getIds(), firstLoops(last)}}, {{getOut(), firstLoops(last + 1)}},
                         [&](ScalarBuilder &s, ValueRange ins, ValueRange) {
                           Value row = s.toIndex(ins[0]);
                           s.require(s.isWithin(row, rows), "`embedding`: an id in `ids` is no row of `table`");
                           return SmallVector<Value>{s.load(getTable(), {row, s.iteration(last)})};
                         });
}
