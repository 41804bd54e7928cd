//===- HostTensor.cpp - Arrays in the memory of this process -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/IO/HostTensor.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace mlir::lz {

std::optional<uint64_t> byteSize(lz_dtype_t dtype, llvm::ArrayRef<int64_t> shape) {
  uint64_t count = 1;
  for (int64_t extent : shape)
    if (extent < 0 || __builtin_mul_overflow(count, uint64_t(extent), &count))
      return std::nullopt;
  uint64_t bits = 0;
  if (__builtin_mul_overflow(count, uint64_t(dtype.bits) * std::max<uint64_t>(1, dtype.lanes), &bits) ||
      bits > uint64_t(INT64_MAX))
    return std::nullopt;
  return (bits + 7) / 8;
}

std::optional<HostTensor> HostTensor::allocate(lz_dtype_t dtype, llvm::ArrayRef<int64_t> shape) {
  std::optional<uint64_t> size = byteSize(dtype, shape);
  void *pointer = nullptr;
  if (!size || ::posix_memalign(&pointer, 64, std::max<uint64_t>(*size, 64)) != 0)
    return std::nullopt;
  HostTensor tensor;
  tensor.dtype = dtype;
  tensor.shape.assign(shape.begin(), shape.end());
  tensor.storage = std::shared_ptr<void>(pointer, std::free);
  return tensor;
}

std::optional<HostTensor> HostTensor::clone() const {
  std::optional<HostTensor> tensor = allocate(dtype, shape);
  if (std::optional<uint64_t> bytes = byteSize(dtype, shape); tensor && bytes && *bytes != 0)
    std::memcpy(tensor->data(), data(), *bytes);
  return tensor;
}

std::string dtypeText(lz_dtype_t dtype) {
#define LZ_X(id, name, CODE, width)                                                                                    \
  if (dtype.code == LZ_CODE_##CODE && dtype.bits == width && dtype.lanes == 1)                                         \
    return name;
  LZ_DTYPES(LZ_X)
#undef LZ_X
  return "type " + std::to_string(dtype.code) + "/" + std::to_string(dtype.bits);
}

std::string shapeText(llvm::ArrayRef<int64_t> shape) {
  if (shape.empty())
    return "scalar";
  std::string text;
  for (int64_t extent : shape)
    text += (text.empty() ? "" : "x") + (extent < 0 ? std::string("?") : std::to_string(extent));
  return text;
}

} // namespace mlir::lz
