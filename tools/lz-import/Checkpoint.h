//===- Checkpoint.h - The tensors of a safetensors checkpoint -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TOOLS_LZ_IMPORT_CHECKPOINT_H
#define LZ_TOOLS_LZ_IMPORT_CHECKPOINT_H

#include "Reporter.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"

#include <cstdint>
#include <optional>
#include <string>

namespace lzimport {

/// What a header says of a tensor.
struct StoredTensor {
  std::string dtype;
  llvm::SmallVector<int64_t> shape;
  std::string file;
};

/// Names, types and shapes of a directory's tensors: of `model.safetensors`, or of the files that
/// `model.safetensors.index.json` lists. Headers are read, data never. Source: the safetensors format, version 0.4.
class Checkpoint {
public:
  static std::optional<Checkpoint> open(llvm::StringRef directory, Reporter &reporter);

  /// Null where there is no such tensor.
  const StoredTensor *find(llvm::StringRef name) const {
    auto found = tensors.find(name);
    return found == tensors.end() ? nullptr : &found->second;
  }
  const llvm::StringMap<StoredTensor> &all() const { return tensors; }

private:
  llvm::StringMap<StoredTensor> tensors;
};

/// `[2, 3]`.
std::string shapeText(llvm::ArrayRef<int64_t> shape);

/// The contents of a regular file of at most `limit` bytes.
std::optional<std::string> readFile(llvm::StringRef path, uint64_t limit, Reporter &reporter);

} // namespace lzimport

#endif // LZ_TOOLS_LZ_IMPORT_CHECKPOINT_H
