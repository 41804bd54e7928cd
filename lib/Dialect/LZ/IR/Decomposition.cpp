//===- Decomposition.cpp - What decompositions are written with -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Decomposition.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::lz;

Value ScalarBuilder::f32(double value) {
  return arith::ConstantFloatOp::create(builder, builder.getF32Type(), APFloat(static_cast<float>(value)));
}
Value ScalarBuilder::index(int64_t value) { return arith::ConstantIndexOp::create(builder, value); }
Value ScalarBuilder::iteration(unsigned loop) { return linalg::IndexOp::create(builder, loop); }

Value ScalarBuilder::add(Value left, Value right) { return arith::AddFOp::create(builder, left, right); }
Value ScalarBuilder::sub(Value left, Value right) { return arith::SubFOp::create(builder, left, right); }
Value ScalarBuilder::mul(Value left, Value right) { return arith::MulFOp::create(builder, left, right); }
Value ScalarBuilder::div(Value left, Value right) { return arith::DivFOp::create(builder, left, right); }
Value ScalarBuilder::max(Value left, Value right) { return arith::MaximumFOp::create(builder, left, right); }
Value ScalarBuilder::exp(Value value) { return math::ExpOp::create(builder, value); }
Value ScalarBuilder::log(Value value) { return math::LogOp::create(builder, value); }
Value ScalarBuilder::sqrt(Value value) { return math::SqrtOp::create(builder, value); }
Value ScalarBuilder::tanh(Value value) { return math::TanhOp::create(builder, value); }
Value ScalarBuilder::erf(Value value) { return math::ErfOp::create(builder, value); }
Value ScalarBuilder::equal(Value left, Value right) {
  return arith::CmpFOp::create(builder, arith::CmpFPredicate::OEQ, left, right);
}
Value ScalarBuilder::greater(Value left, Value right) {
  return arith::CmpFOp::create(builder, arith::CmpFPredicate::OGT, left, right);
}
Value ScalarBuilder::both(Value left, Value right) { return arith::AndIOp::create(builder, left, right); }
Value ScalarBuilder::either(Value left, Value right) { return arith::OrIOp::create(builder, left, right); }
Value ScalarBuilder::select(Value condition, Value whenTrue, Value whenFalse) {
  return arith::SelectOp::create(builder, condition, whenTrue, whenFalse);
}

Value ScalarBuilder::addIndex(Value left, Value right) { return arith::AddIOp::create(builder, left, right); }
Value ScalarBuilder::subIndex(Value left, Value right) { return arith::SubIOp::create(builder, left, right); }
Value ScalarBuilder::mulIndex(Value left, Value right) { return arith::MulIOp::create(builder, left, right); }
Value ScalarBuilder::divIndex(Value left, Value right) { return arith::DivUIOp::create(builder, left, right); }
Value ScalarBuilder::minIndex(Value left, Value right) { return arith::MinSIOp::create(builder, left, right); }
Value ScalarBuilder::maxIndex(Value left, Value right) { return arith::MaxSIOp::create(builder, left, right); }
Value ScalarBuilder::lessIndex(Value left, Value right) {
  return arith::CmpIOp::create(builder, arith::CmpIPredicate::slt, left, right);
}
Value ScalarBuilder::equalIndex(Value left, Value right) {
  return arith::CmpIOp::create(builder, arith::CmpIPredicate::eq, left, right);
}
Value ScalarBuilder::isWithin(Value index, Value extent) {
  return arith::CmpIOp::create(builder, arith::CmpIPredicate::ult, index, extent);
}
Value ScalarBuilder::atLeastOne(Value value) { return arith::MaxUIOp::create(builder, value, index(1)); }
Value ScalarBuilder::indexToF32(Value value) {
  Value integer = arith::IndexCastOp::create(builder, builder.getI64Type(), value);
  return arith::SIToFPOp::create(builder, builder.getF32Type(), integer);
}
Value ScalarBuilder::toIndex(Value integer) {
  return arith::IndexCastOp::create(builder, builder.getIndexType(), integer);
}
Value ScalarBuilder::fromIndex(Value index, Type element) {
  return arith::IndexCastOp::create(builder, element, index);
}

Value ScalarBuilder::extent(Value tensor, unsigned dim) {
  return getValueOrCreateConstantIndexOp(builder, builder.getLoc(),
                                         tensor::getMixedSize(builder, builder.getLoc(), tensor, dim));
}

Value ScalarBuilder::widen(Value value) {
  auto type = dyn_cast<FloatType>(value.getType());
  if (!type || type.getWidth() >= 32)
    return value;
  return arith::ExtFOp::create(builder, builder.getF32Type(), value);
}
Value ScalarBuilder::narrow(Value value, Type element) {
  if (value.getType() == element)
    return value;
  return arith::TruncFOp::create(builder, element, value);
}
Value ScalarBuilder::load(Value tensor, ArrayRef<Value> indices) {
  return widen(tensor::ExtractOp::create(builder, tensor, indices));
}

Value ScalarBuilder::store(Value value, Value tensor, ArrayRef<Value> indices) {
  Type element = cast<ShapedType>(tensor.getType()).getElementType();
  return tensor::InsertOp::create(builder, narrow(value, element), tensor, indices);
}
SmallVector<Value> ScalarBuilder::loop(Value lower, Value upper, ValueRange state, LoopBody body) {
  auto emit = [&](OpBuilder &nested, Location nestedLoc, Value index, ValueRange handed) {
    ScalarBuilder scalars(nested, nestedLoc);
    scf::YieldOp::create(nested, nestedLoc, body(scalars, index, handed));
  };
  return scf::ForOp::create(builder, lower, upper, index(1), state, emit)->getResults();
}

void ScalarBuilder::require(Value condition, const Twine &message) {
  cf::AssertOp::create(builder, condition, message.str());
}

OpFoldResult Decomposer::extent(Value tensor, unsigned dim) { return tensor::getMixedSize(builder, loc, tensor, dim); }
SmallVector<OpFoldResult> Decomposer::extents(Value tensor) { return tensor::getMixedSizes(builder, loc, tensor); }

Value Decomposer::empty(ArrayRef<OpFoldResult> extents) {
  return tensor::EmptyOp::create(builder, loc, extents, builder.getF32Type());
}

Value Decomposer::filled(ArrayRef<OpFoldResult> extents, double initial) { return fill(empty(extents), initial); }
Value Decomposer::filledIndex(ArrayRef<OpFoldResult> extents, int64_t initial) {
  return fill(tensor::EmptyOp::create(builder, loc, extents, builder.getIndexType()), static_cast<double>(initial));
}

Value Decomposer::fill(Value tensor, double initial) {
  Type element = cast<ShapedType>(tensor.getType()).getElementType();
  TypedAttr constant = isa<FloatType>(element)
                           ? TypedAttr(builder.getFloatAttr(element, initial))
                           : TypedAttr(builder.getIntegerAttr(element, static_cast<int64_t>(initial)));
  Value value = arith::ConstantOp::create(builder, loc, constant);
  return linalg::FillOp::create(builder, loc, value, tensor).getResult(0);
}

static AffineMap mapOf(const Access &access, unsigned count, MLIRContext *context) {
  SmallVector<AffineExpr> dims;
  for (unsigned loop : access.loops)
    dims.push_back(getAffineDimExpr(loop, context));
  return AffineMap::get(count, 0, dims, context);
}

/// The name of the argument that a value is, "an intermediate result" for what the decomposition made itself.
static std::string describeOperand(Operation *op, Value value) {
  auto kernelOp = cast<KernelOpInterface>(op);
  for (auto [index, slot] : llvm::enumerate(slotsOf(kernelOp.getSchemaOperation())))
    if (kernelOp.getSlot(index) == value)
      return ("`" + Twine(slot.name) + "`").str();
  return "an intermediate result";
}

void Decomposer::requireExtent(Value operand, unsigned dim, OpFoldResult expected, bool mayBroadcast) {
  OpFoldResult actual = extent(operand, dim);
  if (isEqualConstantIntOrValue(actual, expected) || (mayBroadcast && isOneInteger(actual)))
    return; // static extents that differ fail the verifier
  Value size = getValueOrCreateConstantIndexOp(builder, loc, actual);
  Value fits = scalars.equalIndex(size, getValueOrCreateConstantIndexOp(builder, loc, expected));
  if (mayBroadcast)
    fits = scalars.either(fits, scalars.equalIndex(size, scalars.index(1)));
  scalars.require(fits, "`" + operationName() + "`: the extent of " + describeOperand(op, operand) + " in dimension " +
                            Twine(dim) + " does not fit the other operands");
}

void Decomposer::requireEqualExtents(unsigned count, ArrayRef<Access> accesses) {
  SmallVector<OpFoldResult> extentOf(count);
  for (const Access &access : accesses)
    for (auto [dim, loop] : llvm::enumerate(access.loops))
      if (extentOf[loop])
        requireExtent(access.tensor, dim, extentOf[loop]);
      else
        extentOf[loop] = extent(access.tensor, dim);
}

SmallVector<Value> Decomposer::nest(unsigned count, ArrayRef<unsigned> reductions, ArrayRef<Access> ins,
                                    ArrayRef<Access> outs, Body body) {
  SmallVector<Value> inputs, outputs;
  SmallVector<AffineMap> maps;
  SmallVector<Type> types;
  for (const Access &access : ins) {
    inputs.push_back(access.tensor);
    maps.push_back(mapOf(access, count, builder.getContext()));
  }
  for (const Access &access : outs) {
    outputs.push_back(access.tensor);
    types.push_back(access.tensor.getType());
    maps.push_back(mapOf(access, count, builder.getContext()));
  }
  requireEqualExtents(count, llvm::to_vector(llvm::concat<const Access>(ins, outs)));
  SmallVector<utils::IteratorType> iterators(count, utils::IteratorType::parallel);
  for (unsigned loop : reductions)
    iterators[loop] = utils::IteratorType::reduction;
  auto emit = [&](OpBuilder &nested, Location nestedLoc, ValueRange arguments) {
    ScalarBuilder scalars(nested, nestedLoc);
    SmallVector<Value> loaded;
    for (Value argument : arguments.take_front(inputs.size()))
      loaded.push_back(scalars.widen(argument));
    SmallVector<Value> stored = body(scalars, loaded, arguments.drop_front(inputs.size()));
    for (auto [value, type] : llvm::zip_equal(stored, types))
      value = scalars.narrow(value, cast<ShapedType>(type).getElementType());
    linalg::YieldOp::create(nested, nestedLoc, stored);
  };
  return linalg::GenericOp::create(builder, loc, types, inputs, outputs, maps, iterators, emit)->getResults();
}

SmallVector<unsigned> mlir::lz::firstLoops(unsigned count) { return llvm::to_vector(llvm::seq(count)); }

LogicalResult mlir::lz::requireTensors(Operation *op) {
  if (llvm::none_of(op->getOperandTypes(), llvm::IsaPred<MemRefType>))
    return success();
  return op->emitOpError("has buffers; only its tensor form decomposes");
}
