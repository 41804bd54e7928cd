//===- Snapshot.h - A policy together with loaded kernels -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_DISPATCH_SNAPSHOT_H
#define LZRT_DISPATCH_SNAPSHOT_H

#include "lzrt/KernelRegistry.h"
#include "lzrt/policy/Selector.h"

#include <algorithm>
#include <atomic>

namespace lzrt {

/// What one dispatch decides with: it sees a snapshot whole. Immutable but for the counters; lz_context_t::snapshot
/// points to one.
struct Snapshot {
  Snapshot(std::shared_ptr<const Policy> policy, std::shared_ptr<const KernelSet> kernels,
           const KernelRegistry *registry)
      : selector(std::move(policy), std::move(kernels)), loaded(selector.kernels().kernels().size()),
        charged(selector.kernels().kernels().size()) {
    for (size_t i = 0; i < loaded.size(); ++i) {
      loaded[i] = registry ? registry->find(selector.kernels().kernels()[i].name) : nullptr;
      if (!loaded[i])
        missing.push_back(int(i));
    }
  }

  const Selector selector;
  /// By kernel index; null where the process has not loaded the kernel.
  std::vector<const LoadedKernel *> loaded;
  /// The kernels that are not loaded.
  std::vector<int> missing;
  /// Kernels that the process's policy denies although the module's does not (S4). Written while binding.
  std::vector<int> denied;
  bool isDenied(int kernel) const { return std::find(denied.begin(), denied.end(), kernel) != denied.end(); }
  /// Failures that count against a kernel, by index.
  mutable std::vector<std::atomic<uint64_t>> charged;
};

} // namespace lzrt
#endif // LZRT_DISPATCH_SNAPSHOT_H
