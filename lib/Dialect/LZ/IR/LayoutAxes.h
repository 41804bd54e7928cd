//===- LayoutAxes.h - Where a layout has its axes -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_DIALECT_LZ_IR_LAYOUTAXES_H
#define LZ_DIALECT_LZ_IR_LAYOUTAXES_H

#include "lz/Dialect/LZ/IR/LZDialect.h"

namespace mlir::lz {

/// The dimensions of an attention-like tensor under a layout, from the schema's LZ_LAYOUTS.
class LayoutAxes {
public:
  explicit LayoutAxes(Layout layout);

  bool hasBatch() const { return dims[LZ_AXIS_BATCH] >= 0; }
  unsigned rank() const { return hasBatch() ? 4 : 3; }
  /// The dimension at which `axis` stands; the layout must have it.
  unsigned dim(lz_axis_t axis) const {
    assert(dims[axis] >= 0 && "the layout lacks this axis");
    return dims[axis];
  }
  /// The extent of `value` along `axis`.
  int64_t extent(Value value, lz_axis_t axis) const { return cast<ShapedType>(value.getType()).getDimSize(dim(axis)); }

  /// One item an axis, in the order of the dimensions; the batch's is dropped where the layout has none.
  template <typename T> SmallVector<T> order(T batch, T position, T head, T dimItem) const {
    SmallVector<T> items(rank());
    if (hasBatch())
      items[dim(LZ_AXIS_BATCH)] = batch;
    items[dim(LZ_AXIS_SEQ)] = position;
    items[dim(LZ_AXIS_HEADS)] = head;
    items[dim(LZ_AXIS_HEAD_DIM)] = dimItem;
    return items;
  }

private:
  std::array<int, 4> dims;
};

} // namespace mlir::lz

#endif // LZ_DIALECT_LZ_IR_LAYOUTAXES_H
