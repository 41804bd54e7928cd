//===- Layout.h - Tensors by batch, position, head and dim ----------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_KERNELS_COMMON_LAYOUT_H
#define LZ_KERNELS_COMMON_LAYOUT_H

#include "Arguments.h"

namespace lz::kernels {

/// Element strides of a tensor by axis; 0 where it is broadcast or the layout lacks the axis.
struct AxisStrides {
  int64_t batch = 0, position = 0, head = 0, dim = 0;
};

namespace detail {

/// Where a layout has its axes, in the order of lz_axis_t; -1 where it lacks one.
struct LayoutAxes {
  int axes[4];
};
inline const LayoutAxes *axesOf(int64_t layout) {
  static constexpr LayoutAxes table[] = {
#define LZ_X(id, name, ...) {__VA_ARGS__},
      LZ_LAYOUTS(LZ_X)
#undef LZ_X
  };
  return layout >= 0 && layout < LZ_LAYOUT_COUNT ? &table[layout] : nullptr;
}

struct Extents {
  int64_t batch, position, head, dim;
};

/// Extents and strides of a q-, k-, v- or x-like tensor under `layout`.
inline Extents byAxis(ArgumentReader &reader, const Tensor &tensor, const LayoutAxes *layout, AxisStrides &strides) {
  reader.valid(layout && tensor.rank == (layout->axes[0] < 0 ? 3 : 4));
  if (!reader.ok())
    return {};
  int64_t extents[4], steps[4];
  for (int axis = 0; axis < 4; ++axis) {
    int at = layout->axes[axis];
    extents[axis] = at < 0 ? 1 : tensor.shape[at];
    steps[axis] = at < 0 ? 0 : tensor.strides[at];
  }
  strides = {steps[LZ_AXIS_BATCH], steps[LZ_AXIS_SEQ], steps[LZ_AXIS_HEADS], steps[LZ_AXIS_HEAD_DIM]};
  return {extents[LZ_AXIS_BATCH], extents[LZ_AXIS_SEQ], extents[LZ_AXIS_HEADS], extents[LZ_AXIS_HEAD_DIM]};
}

} // namespace detail

} // namespace lz::kernels

#endif // LZ_KERNELS_COMMON_LAYOUT_H
