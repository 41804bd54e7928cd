//===- safetensors_fuzzer.cpp - Any bytes as a checkpoint -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Oracle: a file is either refused with an error that names it, or opened as tensors that are aligned, lie in it, and
// together are no larger than it.
//
//===----------------------------------------------------------------------===//
#include "ScratchFile.h"

#include "lz/IO/Weights.h"

using namespace lz::fuzz;
using mlir::lz::Weight;
using mlir::lz::Weights;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  ScratchFile file(data, size);
  llvm::Expected<std::unique_ptr<Weights>> weights = Weights::open(file.path());
  if (!weights) {
    std::string error = llvm::toString(weights.takeError());
    require(error.find(file.path()) != std::string::npos, "an error names the file", error);
    return 0;
  }
  std::vector<llvm::StringRef> names = (*weights)->names();
  require(names.size() == (*weights)->size(), "every tensor has a name", "");
  uint64_t total = 0, sum = 0;
  for (llvm::StringRef name : names) {
    const Weight *weight = (*weights)->find(name);
    require(weight != nullptr, "a listed tensor is found", name.str());
    std::optional<uint64_t> bytes = mlir::lz::byteSize(weight->dtype, weight->shape);
    require(bytes && *bytes <= size, "a tensor is no larger than its file", name.str());
    require(reinterpret_cast<uintptr_t>(weight->data) % std::max(1, weight->dtype.bits / 8) == 0,
            "a tensor is aligned to its elements", name.str());
    total += *bytes;
    for (uint64_t i = 0; i < *bytes; ++i)
      sum += static_cast<const volatile uint8_t *>(weight->data)[i];
  }
  require(total <= size, "tensors do not overlap", std::to_string(sum));
  return 0;
}
