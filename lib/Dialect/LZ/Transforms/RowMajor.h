//===- RowMajor.h - Whether a buffer's elements stand without gaps, in order -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_DIALECT_LZ_TRANSFORMS_ROWMAJOR_H
#define LZ_DIALECT_LZ_TRANSFORMS_ROWMAJOR_H

#include "mlir/IR/Value.h"

namespace mlir::lz {

/// Whether the strides of a ranked memref are those of a row-major buffer of its extents, whatever the open ones are
/// at run time; its offset may be any. Open extents and strides are compared as products of what they are made of, so
/// that a slice along the outermost dimension is recognised. False means not known.
bool isProvablyRowMajor(Value buffer);

} // namespace mlir::lz

#endif // LZ_DIALECT_LZ_TRANSFORMS_ROWMAJOR_H
