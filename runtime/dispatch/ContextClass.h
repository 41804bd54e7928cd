//===- ContextClass.h - Contexts that a policy cannot tell apart -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// S12: what selection reads of a context is part of the key of whatever caches a decision. A stub has no time to read
// a context; so all that a policy and its kernels can read of one is summed up as a class when an invocation is pinned,
// and the stub compares the class's number.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_DISPATCH_CONTEXTCLASS_H
#define LZRT_DISPATCH_CONTEXTCLASS_H

#include "lzrt/abi/context.h"
#include "lzrt/policy/Policy.h"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace lzrt {

/// The settings of a context, with texts of its own.
struct ContextSettings {
  explicit ContextSettings(const lz_context_t &context);
  bool matches(const lz_context_t &context) const;
  /// A context with these settings and nothing else; it borrows the texts.
  lz_context_t sample() const;
  const lz_device_t &device() const { return plain.device; }

private:
  lz_context_t plain; // pointers of no meaning
  std::string tenant, deviceName, arch, platform, rolloutKey;
  bool hasRolloutKey;
};

/// One class of one snapshot.
struct ContextClass {
  ContextClass(uint64_t id, uint32_t pin, const lz_context_t &context) : id(id), pin(pin), settings(context) {}
  ~ContextClass();
  const uint64_t id;              ///< Never given again in this process.
  const uint32_t pin;             ///< lz_context_t::pin of its contexts: unlike that of any class that exists, never 0.
  const ContextSettings settings; ///< Of one of them.
};

/// The classes of the contexts under one policy. Thread-safe.
class ContextClasses {
public:
  static constexpr size_t maxClasses = 256;
  ContextClasses(const Policy &policy, const KernelSet &kernels);
  /// Null: there are too many.
  const ContextClass *classOf(const lz_context_t &context) const;

private:
  std::string keyOf(const lz_context_t &context) const;

  const Policy &policy;
  /// LZ_KNOWS_*: what a condition can read.
  uint32_t relevant = LZ_KNOWS_REQUIRES_DETERMINISTIC | LZ_KNOWS_IS_CUDA_GRAPH_CAPTURING;
  /// Rules that admit some calls and not others (S8).
  std::vector<int> rollouts;
  mutable std::mutex mutex;
  mutable std::map<std::string, std::unique_ptr<ContextClass>> classes;
};

} // namespace lzrt
#endif // LZRT_DISPATCH_CONTEXTCLASS_H
