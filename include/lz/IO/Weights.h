//===- Weights.h - Checkpoints of safetensors, mapped read-only -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_IO_WEIGHTS_H
#define LZ_IO_WEIGHTS_H

#include "lz/IO/HostTensor.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <vector>

namespace llvm::sys::fs {
class mapped_file_region;
}

namespace mlir::lz {

/// A tensor of a checkpoint. `data` points into the file's mapping.
struct Weight {
  lz_dtype_t dtype{};
  llvm::SmallVector<int64_t> shape;
  const void *data = nullptr;
};

/// The tensors of one or more safetensors files. Files are mapped, not copied, but for tensors whose offset is no
/// multiple of their element's size: those are copied to aligned memory. Immutable once opened; what it hands out lives
/// as long as it does.
class Weights {
public:
  /// A .safetensors file, or a directory with `model.safetensors` or `model.safetensors.index.json`. Headers are
  /// checked whole: offsets inside the file, not overlapping, and of the size that type and shape ask for.
  static llvm::Expected<std::unique_ptr<Weights>> open(llvm::StringRef path);
  ~Weights();

  /// Null: the checkpoint has no such tensor.
  const Weight *find(llvm::StringRef name) const;
  size_t size() const { return weights.size(); }
  std::vector<llvm::StringRef> names() const;

private:
  Weights();
  /// Adds the tensors of a file; with `only`, those that the index says it holds.
  llvm::Error addFile(llvm::StringRef path, const llvm::StringMap<std::string> *only);
  llvm::Error addIndex(llvm::StringRef directory, llvm::StringRef index);

  llvm::StringMap<Weight> weights;
  std::vector<std::unique_ptr<llvm::sys::fs::mapped_file_region>> files;
  std::vector<HostTensor> copies;
};

} // namespace mlir::lz
#endif // LZ_IO_WEIGHTS_H
