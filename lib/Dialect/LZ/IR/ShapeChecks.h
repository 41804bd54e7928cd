//===- ShapeChecks.h - What verifiers share: agreement of ranks, extents and element types -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_DIALECT_LZ_IR_SHAPECHECKS_H
#define LZ_DIALECT_LZ_IR_SHAPECHECKS_H

#include "LayoutAxes.h"

namespace mlir::lz {

/// An operand and the name that it has in diagnostics.
struct NamedOperand {
  StringRef name;
  Value value;

  ShapedType type() const { return cast<ShapedType>(value.getType()); }
  int64_t rank() const { return type().getRank(); }
  int64_t extent(int64_t dim) const { return type().getDimSize(dim); }
  int64_t last() const { return extent(rank() - 1); }
};

/// Checks of an op's operands. Each emits its diagnostic; an unknown extent agrees with every other.
class ShapeChecks {
public:
  explicit ShapeChecks(Operation *op) : op(op) {}

  /// Emits `message` at the op.
  LogicalResult fail(const Twine &message) const { return op->emitOpError(message); }
  LogicalResult rank(NamedOperand operand, int64_t expected, const Twine &reason) const;
  /// Each operand has the rank of `layout`.
  LogicalResult ranksOfLayout(ArrayRef<NamedOperand> operands, Layout layout) const;
  /// `reason` says whose extent `expected` is.
  LogicalResult extent(NamedOperand operand, int64_t dim, int64_t expected, const Twine &reason) const;
  /// As `extent`, but 1 is allowed too.
  LogicalResult broadcastExtent(NamedOperand operand, int64_t dim, int64_t expected, const Twine &reason) const;
  /// `operand` has the extent of `other` along an axis of the layout.
  LogicalResult axis(const LayoutAxes &axes, NamedOperand operand, NamedOperand other, lz_axis_t axis) const;
  LogicalResult sameShape(NamedOperand operand, NamedOperand other) const;
  /// `operand` has the shape of `other` without its last dimension.
  LogicalResult rowsOf(NamedOperand operand, NamedOperand other) const;
  /// A parameter has the element type of the data, or f32.
  LogicalResult parameterOf(NamedOperand parameter, NamedOperand data) const;

private:
  Operation *op;
};

} // namespace mlir::lz

#endif // LZ_DIALECT_LZ_IR_SHAPECHECKS_H
