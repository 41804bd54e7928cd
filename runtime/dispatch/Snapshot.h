//===- Snapshot.h - A policy together with loaded kernels -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_DISPATCH_SNAPSHOT_H
#define LZRT_DISPATCH_SNAPSHOT_H

#include "../health/HealthBoard.h"
#include "../selection/SitePlans.h"
#include "AtomicTable.h"
#include "ContextClass.h"
#include "Decisions.h"
#include "lzrt/KernelRegistry.h"
#include "lzrt/policy/Selector.h"

namespace lzrt {

class LiveSite;

/// The modes of calls that nothing else gives one, by operation; LZ_MODE_UNSET: AUTO.
using DefaultModes = std::array<Mode, LZ_OP_COUNT>;
inline DefaultModes noDefaultModes() {
  DefaultModes modes;
  modes.fill(LZ_MODE_UNSET);
  return modes;
}

/// What is left to the calls of one site under one snapshot and one kind of mode.
struct PlannedSite {
  PlannedSite(std::shared_ptr<const SitePlan> shared, bool hasLock)
      : plan(std::move(shared)), hasLock(hasLock), decisions(plan->candidates().size()) {}
  const std::shared_ptr<const SitePlan> plan;
  /// The policy locks the operation: a selection that comes to anything else has passed over the lock (S5).
  const bool hasLock;
  /// Of each candidate, null until it is first chosen.
  mutable std::vector<std::atomic<Decision *>> decisions;
};

/// What one dispatch decides with: it sees a snapshot whole. Its meaning is immutable; what it derives from that is
/// made when first asked for and kept. lz_context_t::snapshot points to one.
class Snapshot {
public:
  /// `registry` may be null: nothing is loaded.
  Snapshot(std::shared_ptr<const Policy> policy, std::shared_ptr<const KernelSet> kernels,
           const KernelRegistry *registry, uint64_t version = 0);
  ~Snapshot();
  Snapshot(const Snapshot &) = delete;
  Snapshot &operator=(const Snapshot &) = delete;

  const std::shared_ptr<const Policy> policy;
  const Selector selector;
  const uint64_t id; ///< Of no other snapshot of this process.
  /// config_version; 0: of a module's own policy.
  uint64_t version; ///< Set by the publish, before any dispatch sees it.
  const BreakerLimits limits;
  /// Set before any dispatch sees the snapshot.
  struct {
    DefaultModes defaults = noDefaultModes();
    bool hasPath = false; ///< The policy follows a file, which AUTO asks.
  } modes;
  /// The mode that a call of an operation asks for: as given, or the policy's, or the default; AUTO where none does.
  Mode askedModeOf(Operation operation, Mode given) const;
  /// The same with AUTO resolved.
  Mode modeOf(Operation operation, Mode given) const;
  /// By kernel index; null where the process has not loaded the kernel.
  std::vector<const LoadedKernel *> loaded;
  /// The kernels that are not loaded.
  std::vector<int> missing;

  /// The class of a context's calls; null where there are too many classes, and then nothing is cached for it.
  const ContextClass *classOf(const lz_context_t &context) const { return classes.classOf(context); }
  /// What is left to the calls of a live site; made at its first call.
  const PlannedSite &planOf(const LiveSite &site, bool isStatic) const;
  /// The site is no more; its number may be another's next.
  void forget(const LiveSite &site) const;
  /// Of every site. Before any dispatch sees the snapshot.
  void forgetAll();
  /// P5's selection_digest of the policy and the kernels, computed once.
  const std::string &selectionDigest() const;
  /// Of a kernel's library; a kernel that is not loaded has none.
  std::optional<Version> libraryVersion(int kernel) const;

private:
  ContextClasses classes;
  mutable std::once_flag digestOnce;
  mutable std::string digest;
  mutable std::mutex planning;
  mutable SitePlans sharedPlans; ///< Under `planning`.
  mutable AtomicTable<PlannedSite> plans;
  mutable std::vector<std::unique_ptr<PlannedSite>> owned;
};

} // namespace lzrt
#endif // LZRT_DISPATCH_SNAPSHOT_H
