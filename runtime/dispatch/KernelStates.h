//===- KernelStates.h - Prepared plans and workspaces of kernels -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_DISPATCH_KERNELSTATES_H
#define LZRT_DISPATCH_KERNELSTATES_H

#include "lzrt/abi/kernel.h"

#include <list>
#include <mutex>
#include <vector>

namespace lzrt {

/// The states of kernels that prepare, by kernel, site and shape class. Bounded; the one that was idle longest goes
/// first. Thread-safe: a state serves one call at a time, overlapping calls of a class have one each.
class KernelStates {
public:
  explicit KernelStates(size_t capacity = 256) : capacity(capacity) {}
  ~KernelStates();
  KernelStates(const KernelStates &) = delete;
  KernelStates &operator=(const KernelStates &) = delete;

  /// Executes a kernel: with its state where it prepares, with a workspace of the context where it asks for one.
  int32_t run(const lz_kernel_t &kernel, lz_call_t *call);
  /// States that no call is using.
  size_t idleCount() const;

private:
  struct Entry {
    lz_kernel_fn kernel;
    const lz_site_t *site;
    std::vector<int64_t> extents;
    void (*release)(void *prepared);
    void *prepared;
  };
  /// Takes an idle state of the call's class, or prepares one.
  int32_t acquire(const lz_kernel_t &kernel, const lz_call_t *call, std::list<Entry> *out);
  void giveBack(std::list<Entry> held);

  const size_t capacity;
  mutable std::mutex mutex;
  std::list<Entry> idle; // the latest used first
};

} // namespace lzrt
#endif // LZRT_DISPATCH_KERNELSTATES_H
