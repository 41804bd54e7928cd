//===- Publication.cpp - How a policy becomes the live one -----------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Entries are never dropped by a publish: for each, the call that it was made for is decided again, and what comes of
// that takes its place. An invocation that is pinned to the old policy no longer fits them, and goes on by the miss
// path.
//
//===----------------------------------------------------------------------===//
#include "Dispatcher.h"
#include "LiveDecision.h"

#include <chrono>
#include <cstring>
#include <thread>

namespace lzrt {
namespace {

/// A call block without data: what selection reads of a call.
class SampleCall {
public:
  SampleCall(const lz_site_t &site, lz_context_t &context, const std::vector<int64_t> &dims)
      : storage((sizeof(lz_call_t) + (size_t(site.num_data) + site.num_dims) * sizeof(uint64_t)) / 8, 0) {
    lz_call_t &call = *reinterpret_cast<lz_call_t *>(storage.data());
    call.context = &context;
    call.site = &site;
    std::copy(dims.begin(), dims.end(), const_cast<int64_t *>(lz_call_dims(&call)));
  }
  const lz_call_t &call() const { return *reinterpret_cast<const lz_call_t *>(storage.data()); }

private:
  std::vector<uint64_t> storage;
};

/// Whether something would run at a site, for some calls at least that override no mode.
bool hasKernel(const LiveSite &site, const Snapshot &snapshot) {
  if (site.site.decomposition)
    return true;
  for (Mode mode : modesToTry(snapshot, site.site, Mode(site.site.mode)))
    for (const PlanCandidate &candidate : snapshot.planOf(site, mode == LZ_MODE_STATIC).plan->candidates())
      if (candidate.kernel >= 0)
        return true;
  return false;
}

} // namespace

std::optional<CachedDecision> Dispatcher::successorOf(const LiveSite &site, const CachedDecision &entry,
                                                      const Snapshot &next) const {
  lz_context_t context = entry.contextClass->settings.sample();
  const ContextClass *contextClass = next.classOf(context);
  SampleCall sample(site.site, context, entry.dims);
  // Decisions are counters, and the same ones count under every policy.
  std::optional<LiveDecision> decided = decide(site, next, const_cast<DecisionTable &>(table), sample.call());
  if (!decided || !decided->box || !contextClass || decided->decision->cell == cells::none)
    return std::nullopt;
  KernelHealth &health = const_cast<HealthBoard &>(board).of(decided->kernel, context.device);
  std::optional<uint32_t> generation = health.breaker.unwatchedGeneration();
  if (!generation)
    return std::nullopt;
  CachedDecision successor;
  successor.contextClass = contextClass;
  successor.box = *decided->box;
  successor.decision = decided->decision;
  successor.generation = *generation;
  successor.kernel = entryOf(*next.loaded[size_t(decided->kernel)]);
  successor.dims = entry.dims;
  return successor;
}

std::vector<CachedDecision> Dispatcher::successors(const LiveSite &site, const Snapshot &next) const {
  std::vector<CachedDecision> list;
  for (const CachedDecision &entry : site.cached()) {
    std::optional<CachedDecision> successor = successorOf(site, entry, next);
    bool isKnown = successor && std::any_of(list.begin(), list.end(), [&](const CachedDecision &known) {
                     return known.box.low == successor->box.low && known.box.span == successor->box.span;
                   });
    if (successor && !isKnown && (list.empty() || list.front().contextClass == successor->contextClass))
      list.push_back(std::move(*successor));
  }
  return list;
}

std::string Dispatcher::lostSites(const Snapshot &next) const {
  std::string lost;
  auto add = [&](const std::string &what) { lost += (lost.empty() ? "" : "; ") + what; };
  for (const Site &site : sites)
    if (site.live && !hasKernel(*site.live, next) && hasKernel(*site.live, *present))
      add(describe(*site.site) + " would have no kernel");
  for (const BakedCode *code : baked)
    if (std::string fault = code->faultUnder(next); !fault.empty())
      add(fault);
  return lost;
}

Status Dispatcher::prepare(std::shared_ptr<const Policy> policy, bool validate, std::unique_ptr<Prepared> *out) {
  auto ready = std::make_unique<Ready>();
  ready->snapshot = std::make_shared<Snapshot>(std::move(policy), kernelSet, registry, 0);
  Snapshot *next = ready->snapshot.get();
  // What is over goes when the mutex is free again.
  std::vector<std::shared_ptr<const Snapshot>> over;
  std::vector<Ready::Entries> overEntries;
  std::lock_guard<std::mutex> lock(mutex);
  overEntries.swap(replaced);
  std::erase_if(retired, [&](std::shared_ptr<const Snapshot> &snapshot) {
    bool isOver = snapshot.use_count() == 1;
    if (isOver)
      over.push_back(std::move(snapshot));
    return isOver;
  });
  next->modes = {defaultModes, hasPath};
  if (std::string lost = validate ? lostSites(*next) : ""; !lost.empty())
    return Status::error(LZ_STATUS_NO_KERNEL_AVAILABLE, "the policy leaves sites without a kernel: " + lost);
  if (next->selector.policy().cache.enabled)
    for (uint32_t id = 0; id < sites.size(); ++id)
      if (const LiveSite *site = sites[id].live.get(); site && !site->cached().empty())
        ready->sites.push_back({id, site->revision(), successors(*site, *next)});
  ready->removals = removals;
  *out = std::move(ready);
  return Status();
}

bool Dispatcher::isAdmitted(const CachedDecision &entry) const {
  lz_device_t device = entry.contextClass->settings.device();
  return const_cast<HealthBoard &>(board).of(entry.decision->kernel, device).breaker.unwatchedGeneration() ==
         entry.generation;
}

uint64_t Dispatcher::publish(std::unique_ptr<Prepared> given) { return publish(static_cast<Ready &>(*given), nullptr); }

uint64_t Dispatcher::publish(Ready &prepared, const Snapshot *inPlaceOf) {
  Snapshot &next = *prepared.snapshot;
  std::lock_guard<std::mutex> lock(mutex);
  if (inPlaceOf && present.get() != inPlaceOf)
    return 0;
  next.version = present->version + 1;
  if (prepared.removals != removals || next.modes.defaults != defaultModes) {
    next.modes.defaults = defaultModes;
    next.forgetAll();
    prepared.sites.clear();
  }
  {
    std::lock_guard<std::mutex> presentLock(presentMutex);
    retired.push_back(std::exchange(present, std::move(prepared.snapshot)));
  }
  if (!next.limits.enabled)
    board.calm();
  auto ready = prepared.sites.begin();
  for (uint32_t id = 0; id < sites.size(); ++id) {
    LiveSite *site = sites[id].live.get();
    if (!site || site->cached().empty())
      continue;
    while (ready != prepared.sites.end() && ready->site < id)
      ++ready;
    const bool isPrepared = ready != prepared.sites.end() && ready->site == id && ready->revision == site->revision();
    std::vector<CachedDecision> entries;
    if (isPrepared)
      entries = std::move(ready->entries);
    else if (next.selector.policy().cache.enabled) // what was cached since the dry run
      entries = successors(*site, next);
    std::erase_if(entries, [&](const CachedDecision &entry) { return !isAdmitted(entry); });
    entries = site->replace(std::move(entries), isCounted());
    if (isPrepared)
      ready->entries = std::move(entries);
  }
  replaced = std::move(prepared.sites);
  for (BakedCode *code : baked)
    code->retarget();
  return next.version;
}

void Dispatcher::setDefaultMode(const std::function<bool(Operation)> &isMeant, Mode mode) {
  std::lock_guard<std::mutex> lock(mutex);
  for (int operation = 0; operation < LZ_OP_COUNT; ++operation)
    if (isMeant(Operation(operation)))
      defaultModes[size_t(operation)] = mode;
}

Status Dispatcher::republish() {
  for (;;) {
    std::shared_ptr<const Snapshot> basis = current();
    std::unique_ptr<Prepared> prepared;
    if (Status status = prepare(basis->policy, false, &prepared); !status.isOk())
      return status;
    // A policy that another thread has published meanwhile must not be taken back.
    if (publish(static_cast<Ready &>(*prepared), basis.get()) != 0)
      return Status();
  }
}

bool Dispatcher::waitForReaders(std::chrono::nanoseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    std::vector<std::shared_ptr<const Snapshot>> over;
    {
      std::lock_guard<std::mutex> lock(mutex);
      auto first =
          std::partition(retired.begin(), retired.end(), [](const auto &snapshot) { return snapshot.use_count() > 1; });
      over.assign(std::make_move_iterator(first), std::make_move_iterator(retired.end()));
      retired.erase(first, retired.end());
      if (retired.empty())
        return true;
    }
    if (std::chrono::steady_clock::now() >= deadline)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

} // namespace lzrt
