//===- Decomposition.h - What decompositions are written with -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_DIALECT_LZ_IR_DECOMPOSITION_H
#define LZ_DIALECT_LZ_IR_DECOMPOSITION_H

#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::lz {

/// Scalar arithmetic at an insertion point. Floats are f32 throughout: what is loaded is widened, what is stored is
/// rounded once.
class ScalarBuilder {
public:
  /// What an iteration of `loop` hands to the next, from what it was handed.
  using LoopBody = llvm::function_ref<SmallVector<Value>(ScalarBuilder &scalars, Value index, ValueRange state)>;

  ScalarBuilder(OpBuilder &builder, Location loc) : builder(loc, builder) {}

  Value f32(double value);
  Value index(int64_t value);
  /// The number of the iteration in loop `loop` of the enclosing linalg.generic.
  Value iteration(unsigned loop);

  Value add(Value left, Value right);
  Value sub(Value left, Value right);
  Value mul(Value left, Value right);
  Value div(Value left, Value right);
  Value max(Value left, Value right);
  Value exp(Value value);
  Value log(Value value);
  Value sqrt(Value value);
  Value tanh(Value value);
  Value erf(Value value);
  Value equal(Value left, Value right);
  /// Whether left > right; no where one is a NaN.
  Value greater(Value left, Value right);
  Value both(Value left, Value right);
  Value either(Value left, Value right);
  Value select(Value condition, Value whenTrue, Value whenFalse);

  Value addIndex(Value left, Value right);
  Value subIndex(Value left, Value right);
  Value mulIndex(Value left, Value right);
  Value divIndex(Value left, Value right);
  Value minIndex(Value left, Value right);
  Value maxIndex(Value left, Value right);
  Value lessIndex(Value left, Value right);
  Value equalIndex(Value left, Value right);
  /// Whether 0 <= index < extent.
  Value isWithin(Value index, Value extent);
  /// At least 1, so that it divides.
  Value atLeastOne(Value index);
  Value indexToF32(Value index);
  Value toIndex(Value integer);
  /// An index as an integer of type `element`.
  Value fromIndex(Value index, Type element);
  Value extent(Value tensor, unsigned dim);

  /// An f16 or bf16 as f32; anything else as it is.
  Value widen(Value value);
  /// An f32 rounded to `element`; a value of that type as it is.
  Value narrow(Value value, Type element);
  /// The element of a tensor, widened.
  Value load(Value tensor, ArrayRef<Value> indices);
  /// `tensor` with the element at `indices` replaced by `value`, rounded.
  Value store(Value value, Value tensor, ArrayRef<Value> indices);
  /// Runs `body` for each index of [lower, upper), in order; what the last iteration hands on.
  SmallVector<Value> loop(Value lower, Value upper, ValueRange state, LoopBody body);
  /// Ends the run with an error where `condition` does not hold.
  void require(Value condition, const Twine &message);

private:
  ImplicitLocOpBuilder builder;
};

/// A tensor that a loop nest reads or writes: its dimension i runs with loop `loops[i]`.
struct Access {
  Value tensor;
  SmallVector<unsigned> loops;
};

/// Writes an op's decomposition at the builder's insertion point, with linalg.generic as the only loop. What the op's
/// verifier checks of static extents is required of open ones when the code runs: no access leaves its tensor.
class Decomposer {
public:
  /// The values that one iteration stores, from those that it loads (inputs widened) and those that its outputs hold.
  using Body = llvm::function_ref<SmallVector<Value>(ScalarBuilder &scalars, ValueRange ins, ValueRange outs)>;

  Decomposer(OpBuilder &builder, Operation *op)
      : scalars(builder, op->getLoc()), builder(builder), op(op), loc(op->getLoc()) {}

  /// The name that messages of the code's failures start with.
  StringRef operationName() const { return op->getName().stripDialect(); }
  OpFoldResult extent(Value tensor, unsigned dim);
  SmallVector<OpFoldResult> extents(Value tensor);
  /// A new f32 tensor with no contents.
  Value empty(ArrayRef<OpFoldResult> extents);
  /// A new f32 tensor, every element `initial`.
  Value filled(ArrayRef<OpFoldResult> extents, double initial);
  /// A new tensor of indices, every element `initial`.
  Value filledIndex(ArrayRef<OpFoldResult> extents, int64_t initial);
  /// `tensor`, every element overwritten with `initial`, a whole number where the elements are.
  Value fill(Value tensor, double initial);

  /// An operand's extent along `dim` must be `expected`, or 1 where it may be broadcast.
  void requireExtent(Value operand, unsigned dim, OpFoldResult expected, bool mayBroadcast = false);
  /// A nest of `count` loops, those in `reductions` sequential. Stored values are rounded to the outputs' element
  /// types. Requires that the extents that run with one loop are equal.
  SmallVector<Value> nest(unsigned count, ArrayRef<unsigned> reductions, ArrayRef<Access> ins, ArrayRef<Access> outs,
                          Body body);

  /// Arithmetic in front of the loops.
  ScalarBuilder scalars;

private:
  void requireEqualExtents(unsigned count, ArrayRef<Access> accesses);

  OpBuilder &builder;
  Operation *op;
  Location loc;
};

/// The loops [0, count).
SmallVector<unsigned> firstLoops(unsigned count);
/// Fails with a diagnostic where the op is in buffer form, which no decomposition takes.
LogicalResult requireTensors(Operation *op);

} // namespace mlir::lz

#endif // LZ_DIALECT_LZ_IR_DECOMPOSITION_H
