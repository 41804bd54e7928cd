//===- PolicyHost.h - Who holds the live policy -----------------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_RELOAD_POLICYHOST_H
#define LZRT_RELOAD_POLICYHOST_H

#include "lzrt/Status.h"
#include "lzrt/policy/Policy.h"

#include <chrono>
#include <cstdint>
#include <memory>

namespace lzrt {

/// Who holds the live policy; the dispatcher implements it. One reloader publishes to a host, and nobody else does.
/// prepare(), publish() and waitForReaders() are called by one thread at a time; the rest by any thread, at any time.
/// None is called under a lock that a function of the reloader needs, but the first three must not call back into
/// reload() or rollback(): these wait for each other.
class PolicyHost {
public:
  virtual ~PolicyHost() = default;

  /// A policy that is ready to go live: what a dry run has built. Dropped where it never does.
  class Prepared {
  public:
    virtual ~Prepared() = default;
  };

  /// Builds the snapshot and re-resolves every registered site. With `validate`, an error where a site would lose its
  /// last kernel, which names every such site. Serving goes on untouched.
  virtual Status prepare(std::shared_ptr<const Policy> policy, bool validate, std::unique_ptr<Prepared> *out) = 0;
  /// Makes it live for every dispatch that begins afterwards. Returns the new version: 1 for the first policy, and one
  /// more for each publish.
  virtual uint64_t publish(std::unique_ptr<Prepared> prepared) = 0;
  /// Waits until no invocation uses an earlier snapshot; false: timed out, and what is in use stays pinned. A grace
  /// period is many short calls of it, so that whatever is more urgent can end it.
  virtual bool waitForReaders(std::chrono::nanoseconds timeout) = 0;

  /// The live policy; null before the first publish.
  virtual std::shared_ptr<const Policy> policy() const = 0;
  /// Its version; 0 before the first publish.
  virtual uint64_t version() const = 0;
  /// Failures charged so far, over all kernels; never falls.
  virtual uint64_t chargedFailures() const = 0;
};

} // namespace lzrt
#endif // LZRT_RELOAD_POLICYHOST_H
