//===- Index.h - Offsets of strided tensors --------------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_KERNELS_COMMON_INDEX_H
#define LZ_KERNELS_COMMON_INDEX_H

#include "Arguments.h"

namespace lz::kernels {

/// The element offset of the `linear`-th index (row-major) over the first `dims` dimensions of `tensor`.
inline int64_t offsetOf(const Tensor &tensor, int64_t linear, int dims) {
  int64_t offset = 0;
  for (int i = dims - 1; i >= 0; --i) {
    offset += linear % tensor.shape[i] * tensor.strides[i];
    linear /= tensor.shape[i];
  }
  return offset;
}

/// Id `linear` of a tensor of int32 or int64.
inline int64_t idAt(const Tensor &ids, int64_t linear) {
  int64_t offset = offsetOf(ids, linear, ids.rank);
  return ids.element == Element::I32 ? ids.as<int32_t>()[offset] : ids.as<int64_t>()[offset];
}

inline void setId(const Tensor &ids, int64_t linear, int64_t value) {
  int64_t offset = offsetOf(ids, linear, ids.rank);
  if (ids.element == Element::I32)
    ids.as<int32_t>()[offset] = int32_t(value);
  else
    ids.as<int64_t>()[offset] = value;
}

} // namespace lz::kernels

#endif // LZ_KERNELS_COMMON_INDEX_H
