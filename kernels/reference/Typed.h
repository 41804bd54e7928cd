//===- Typed.h - Elements of a tensor as doubles --------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_KERNELS_REFERENCE_TYPED_H
#define LZ_KERNELS_REFERENCE_TYPED_H

#include "../common/Index.h"

namespace lz::kernels::reference {

/// The element at `offset` of a float tensor of any type.
inline double load(const Tensor &tensor, int64_t offset) {
  return withFloatType(tensor.element, [&](auto type) { return toDouble(tensor.as<decltype(type)>()[offset]); });
}

inline void store(const Tensor &tensor, int64_t offset, double value) {
  withFloatType(tensor.element,
                [&](auto type) { tensor.as<decltype(type)>()[offset] = fromDouble<decltype(type)>(value); });
}

} // namespace lz::kernels::reference

#endif // LZ_KERNELS_REFERENCE_TYPED_H
