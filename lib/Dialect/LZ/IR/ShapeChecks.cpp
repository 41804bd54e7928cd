//===- ShapeChecks.cpp - What verifiers share: agreement of ranks, extents and element types -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ShapeChecks.h"

using namespace mlir;
using namespace mlir::lz;

static bool agree(int64_t left, int64_t right) {
  return ShapedType::isDynamic(left) || ShapedType::isDynamic(right) || left == right;
}

LogicalResult ShapeChecks::rank(NamedOperand operand, int64_t expected, const Twine &reason) const {
  if (operand.rank() == expected)
    return success();
  return op->emitOpError() << "`" << operand.name << "` has rank " << operand.rank() << ", expected " << expected
                           << ", " << reason;
}

LogicalResult ShapeChecks::ranksOfLayout(ArrayRef<NamedOperand> operands, Layout layout) const {
  std::string reason = ("that of layout " + stringifyLayout(layout)).str();
  for (NamedOperand operand : operands)
    if (failed(rank(operand, LayoutAxes(layout).rank(), reason)))
      return failure();
  return success();
}

LogicalResult ShapeChecks::extent(NamedOperand operand, int64_t dim, int64_t expected, const Twine &reason) const {
  if (agree(operand.extent(dim), expected))
    return success();
  return op->emitOpError() << "`" << operand.name << "` has extent " << operand.extent(dim) << " in dimension " << dim
                           << ", expected " << expected << ", " << reason;
}

LogicalResult ShapeChecks::broadcastExtent(NamedOperand operand, int64_t dim, int64_t expected,
                                           const Twine &reason) const {
  if (operand.extent(dim) == 1)
    return success();
  if (agree(operand.extent(dim), expected))
    return success();
  return op->emitOpError() << "`" << operand.name << "` has extent " << operand.extent(dim) << " in dimension " << dim
                           << ", expected 1 or " << expected << ", " << reason;
}

LogicalResult ShapeChecks::axis(const LayoutAxes &axes, NamedOperand operand, NamedOperand other,
                                lz_axis_t axis) const {
  static constexpr StringLiteral names[] = {"batch", "sequence", "heads", "head dimension"};
  return extent(operand, axes.dim(axis), axes.extent(other.value, axis),
                "the " + names[axis] + " of `" + other.name + "`");
}

LogicalResult ShapeChecks::sameShape(NamedOperand operand, NamedOperand other) const {
  if (failed(rank(operand, other.rank(), "the rank of `" + other.name + "`")))
    return failure();
  for (int64_t dim = 0; dim < other.rank(); ++dim)
    if (failed(extent(operand, dim, other.extent(dim), "the extent of `" + other.name + "`")))
      return failure();
  return success();
}

LogicalResult ShapeChecks::rowsOf(NamedOperand operand, NamedOperand other) const {
  if (failed(rank(operand, other.rank() - 1, "one less than that of `" + other.name + "`")))
    return failure();
  for (int64_t dim = 0; dim < operand.rank(); ++dim)
    if (failed(extent(operand, dim, other.extent(dim), "the extent of `" + other.name + "`")))
      return failure();
  return success();
}

LogicalResult ShapeChecks::parameterOf(NamedOperand parameter, NamedOperand data) const {
  Type element = parameter.type().getElementType(), expected = data.type().getElementType();
  if (element == expected || element.isF32())
    return success();
  return op->emitOpError() << "`" << parameter.name << "` has element type " << element << ", expected " << expected
                           << ", that of `" << data.name << "`, or f32";
}
