//===- Dispatcher.h - The live policy of a process, and who obeys it -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Holds the snapshot that dispatches begin with, the sites whose cached decisions must follow it, and what is known of
// the kernels' health. A hit touches nothing here. A miss reads the current snapshot and may add to its site's entries;
// what changes for many sites at once (a publish, the first failure of a kernel) is done under one mutex.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_DISPATCH_DISPATCHER_H
#define LZRT_DISPATCH_DISPATCHER_H

#include "../reload/PolicyHost.h"
#include "Errors.h"
#include "LiveSite.h"
#include "SharedTable.h"
#include "Snapshot.h"
#include "lzrt/Status.h"

#include <chrono>
#include <functional>

namespace lzrt {

/// A change of a breaker, as listeners are told of it.
struct BreakerEvent {
  int kernel;
  lz_device_t device;
  BreakerTransition transition;
};

/// Baked code that a dispatcher's denies and breakers must reach. Called under the dispatcher's mutex.
class BakedCode {
public:
  virtual ~BakedCode() = default;
  /// Denies or the state of a breaker have changed: the import slots are written anew.
  virtual void retarget() = 0;
  /// Why the module could not run under `next`, or "": a site would lose its last kernel.
  virtual std::string faultUnder(const Snapshot &next) const = 0;
};

/// Thread-safe. Sites and baked code attach before their first call and detach after their last.
class Dispatcher : public PolicyHost {
public:
  /// `registry` is null or frozen, and outlives the dispatcher. Without a policy the empty one decides, as version 0,
  /// until the first publish.
  Dispatcher(std::shared_ptr<const Policy> policy, const KernelRegistry *registry);
  ~Dispatcher() override;
  Dispatcher(const Dispatcher &) = delete;
  Dispatcher &operator=(const Dispatcher &) = delete;

  const uint64_t id; ///< Of no other dispatcher of this process: a context may be pinned to one that is no more.
  /// What dispatches that begin now decide with.
  std::shared_ptr<const Snapshot> current() const;
  const KernelSet &kernels() const { return *kernelSet; }
  const LoadedKernel *loaded(int kernel) const { return registry ? loadedKernels[size_t(kernel)] : nullptr; }

  //===--------------------------------------------------------------------===//
  // Invocations
  //===--------------------------------------------------------------------===//

  /// What one call decides with.
  struct Entered {
    std::shared_ptr<const Snapshot> keep; ///< Null where the context keeps it.
    const Snapshot *snapshot = nullptr;
    const ContextClass *contextClass = nullptr; ///< Null: nothing is cached for this call.
  };
  /// Begins an invocation: the context decides with the present snapshot from here on, until it is reset.
  void pin(lz_context_t &context) const;
  /// For a call: the snapshot that its context is pinned to. Pins it if that has not been done. A context that is
  /// pinned to another dispatcher's keeps that, and this call decides with the present one.
  Entered enter(lz_context_t &context) const;

  //===--------------------------------------------------------------------===//
  // Sites
  //===--------------------------------------------------------------------===//

  /// Plans and the shared table have room for the numbers of so many; a further one throws std::length_error.
  static constexpr size_t maxSites = AtomicTable<PlannedSite>::capacity / 2;
  /// A number for a site of a module, live or baked, for its decisions; forget() takes it back.
  uint32_t addSite(const lz_site_t &site);
  LiveSite &addLive(const lz_site_t &site, KernelStates &states);
  void removeSite(uint32_t id);
  void addBaked(BakedCode &code);
  void removeBaked(BakedCode &code);
  /// Under the mutex, for each site: its descriptor, and what is live of it or null.
  void forEachSite(const std::function<void(uint32_t id, const lz_site_t &, const LiveSite *)> &body) const;
  /// Caches a decision that was taken under `snapshot`, unless that is no longer the present one, or the kernel's
  /// health has come into doubt, or another thread is busy with the sites. What is not cached is decided again.
  /// Where the site has no room, or its stub could not tell the calls (`box`), the shared table takes the one call.
  void cache(LiveSite &site, const Snapshot &snapshot, const std::optional<Box> &box, CachedDecision entry,
             const lz_call_t &call, const KernelHealth &health);
  /// What the shared table has for a call of a context that is pinned to this dispatcher.
  std::optional<SharedTable::Hit> lookUp(const LiveSite &site, const lz_call_t &call);
  size_t sharedEntries() const;

  //===--------------------------------------------------------------------===//
  // Health
  //===--------------------------------------------------------------------===//

  HealthBoard &health() { return board; }
  const HealthBoard &health() const { return board; }
  /// What a call of a kernel came to. A failure counts against it.
  void report(const BreakerLimits &limits, int kernel, const lz_device_t &device, BreakerTicket ticket,
              Outcome outcome);
  /// Tells listeners and sites of a change.
  void changed(int kernel, const lz_device_t &device, const std::optional<BreakerTransition> &transition);
  /// Runs outside of any lock, on the thread that caused the change. Set before the first call.
  void onBreaker(std::function<void(const BreakerEvent &)> listener) { breakerListener = std::move(listener); }

  DecisionTable &decisions() { return table; }
  const DecisionTable &decisions() const { return table; }

  //===--------------------------------------------------------------------===//
  // Publishing
  //===--------------------------------------------------------------------===//

  // A publish replaces each site's entries by what the new policy makes of the same calls.
  Status prepare(std::shared_ptr<const Policy> policy, bool validate, std::unique_ptr<Prepared> *out) override;
  uint64_t publish(std::unique_ptr<Prepared> prepared) override;
  bool waitForReaders(std::chrono::nanoseconds timeout) override;
  std::shared_ptr<const Policy> policy() const override;
  uint64_t version() const override { return current()->version; }
  uint64_t chargedFailures() const override;

  /// The modes of calls that nothing else gives one, by operation; LZ_MODE_UNSET: AUTO. In force from the next publish,
  /// which republish() makes of the live policy. republish() may run beside other publishes: it never brings back a
  /// policy that another one has replaced.
  void setDefaultMode(const std::function<bool(Operation)> &isMeant, Mode mode);
  Status republish();
  /// Whether the policy follows a file, which AUTO asks. Set before the first call.
  void setHasPath(bool value) { hasPath = value; }

  /// Counters of the whole.
  std::atomic<uint64_t> locksUnsatisfied{0};

private:
  /// What the dry run has built.
  struct Ready final : Prepared {
    struct Entries {
      uint32_t site;
      uint64_t revision; ///< Of the site's entries, from which these follow.
      std::vector<CachedDecision> entries;
    };
    std::shared_ptr<Snapshot> snapshot;
    std::vector<Entries> sites;
    uint64_t removals = 0; ///< Of sites, before the dry run.
  };
  struct Site {
    const lz_site_t *site = nullptr;
    std::unique_ptr<LiveSite> live;
  };
  /// Unless another snapshot than `inPlaceOf` is live, where that is given; then 0.
  uint64_t publish(Ready &prepared, const Snapshot *inPlaceOf);
  bool isCounted() const { return present->selector.policy().telemetry; }
  std::vector<CachedDecision> successors(const LiveSite &site, const Snapshot &next) const;
  std::optional<CachedDecision> successorOf(const LiveSite &site, const CachedDecision &entry,
                                            const Snapshot &next) const;
  std::string lostSites(const Snapshot &next) const;
  bool isAdmitted(const CachedDecision &entry) const;

  const KernelRegistry *const registry;
  const std::shared_ptr<const KernelSet> kernelSet;
  std::vector<const LoadedKernel *> loadedKernels;
  bool hasPath = false;
  HealthBoard board;
  SharedTable shared;
  DecisionTable table;
  std::function<void(const BreakerEvent &)> breakerListener;

  /// Taken after `mutex` where both are.
  mutable std::mutex presentMutex;
  std::shared_ptr<Snapshot> present;
  /// Orders what writes sites.
  mutable std::mutex mutex;
  std::vector<Site> sites;
  std::vector<uint32_t> freeSites;
  /// How many have gone. A policy that was prepared before the last one did knows sites whose numbers may be others'.
  uint64_t removals = 0;
  std::vector<BakedCode *> baked;
  DefaultModes defaultModes;
  /// Snapshots that invocations may still be pinned to; never freed by a thread that dispatches.
  std::vector<std::shared_ptr<const Snapshot>> retired;
  /// Entries that the last publish replaced: freeing them there would keep the new ones from sight for as long again.
  std::vector<Ready::Entries> replaced;
};

/// The monotonic clock of breakers.
Nanoseconds monotonicNow();

} // namespace lzrt
#endif // LZRT_DISPATCH_DISPATCHER_H
