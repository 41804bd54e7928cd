//===- KernelRegistry.h - The kernels that a process has loaded -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_KERNELREGISTRY_H
#define LZRT_KERNELREGISTRY_H

#include "lzrt/Status.h"
#include "lzrt/abi/kernel.h"
#include "lzrt/policy/Policy.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lzrt {

/// A kernel as its library offers it. `entry` is complete: fields that the library's table lacks are null.
struct LoadedKernel {
  std::string name;
  lz_kernel_t entry{};
  Version libraryVersion;
};

/// Manifests with their libraries. Filled by one thread, then frozen; a frozen registry is immutable and may be shared.
/// Libraries are never unloaded, so a kernel's address outlives the registry.
class KernelRegistry {
public:
  /// Reads a manifest and opens its library, which must stand beside it, be a regular file owned by root or the user
  /// and not writable by others, match `sha256` if given, speak this ABI version and offer every kernel with the
  /// manifest's flags.
  Status load(const std::string &manifestPath);
  /// Checks that names are unique over all manifests; load() is an error from here on.
  Status freeze();

  bool isFrozen() const { return set != nullptr; }
  /// The manifests of a frozen registry.
  const std::shared_ptr<const KernelSet> &kernels() const { return set; }
  /// By name or alias; null: not registered, or not frozen.
  const LoadedKernel *find(std::string_view nameOrAlias) const;

private:
  std::vector<Manifest> manifests;
  std::vector<LoadedKernel> loaded; // in the order of the manifests
  std::map<std::string, const LoadedKernel *, std::less<>> byName;
  std::shared_ptr<const KernelSet> set;
};

} // namespace lzrt
#endif // LZRT_KERNELREGISTRY_H
