//===- npy_fuzzer.cpp - Any bytes as a .npy file -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Oracle: a file is either refused with an error that names it, or read into an array that, written, is read back to
// the same.
//
//===----------------------------------------------------------------------===//
#include "ScratchFile.h"

#include "lz/IO/Npy.h"

#include <cstring>

using namespace lz::fuzz;
using mlir::lz::HostTensor;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  ScratchFile file(data, size);
  llvm::Expected<HostTensor> array = mlir::lz::readNpy(file.path());
  if (!array) {
    std::string error = llvm::toString(array.takeError());
    require(error.find(file.path()) != std::string::npos, "an error names the file", error);
    return 0;
  }
  std::optional<uint64_t> bytes = mlir::lz::byteSize(array->dtype, array->shape);
  require(bytes && *bytes <= size, "an array is no larger than its file", mlir::lz::shapeText(array->shape));
  ScratchFile copy(nullptr, 0);
  llvm::Error error = mlir::lz::writeNpy(copy.path(), *array);
  require(!error, "what was read can be written", error ? llvm::toString(std::move(error)) : "");
  llvm::Expected<HostTensor> again = mlir::lz::readNpy(copy.path());
  require(bool(again), "what was written can be read", again ? "" : llvm::toString(again.takeError()));
  require(again->shape == array->shape && mlir::lz::isSame(again->dtype, array->dtype) &&
              std::memcmp(again->data(), array->data(), *bytes) == 0,
          "the array is the same", mlir::lz::shapeText(array->shape));
  return 0;
}
