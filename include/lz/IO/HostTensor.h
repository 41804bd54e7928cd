//===- HostTensor.h - Arrays in the memory of this process -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_IO_HOSTTENSOR_H
#define LZ_IO_HOSTTENSOR_H

#include "lzrt/abi/dtype.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace mlir::lz {

/// A row-major array without gaps, at 64 bytes. Shared where copied.
struct HostTensor {
  lz_dtype_t dtype{};
  llvm::SmallVector<int64_t> shape;
  std::shared_ptr<void> storage;

  /// Uninitialised; nullopt where the size overflows or memory is short.
  static std::optional<HostTensor> allocate(lz_dtype_t dtype, llvm::ArrayRef<int64_t> shape);
  /// An array of its own with the same contents; nullopt where memory is short.
  std::optional<HostTensor> clone() const;
  void *data() const { return storage.get(); }
};

/// The bytes of an array; nullopt where an extent is negative or the size overflows.
std::optional<uint64_t> byteSize(lz_dtype_t dtype, llvm::ArrayRef<int64_t> shape);
inline bool isSame(lz_dtype_t left, lz_dtype_t right) {
  return left.code == right.code && left.bits == right.bits && left.lanes == right.lanes;
}
/// "float32", or "type 5/64" where policies have no name for it.
std::string dtypeText(lz_dtype_t dtype);
/// "2x?x4"; negative extents print as `?`.
std::string shapeText(llvm::ArrayRef<int64_t> shape);

} // namespace mlir::lz
#endif // LZ_IO_HOSTTENSOR_H
