//===- Dispatcher.cpp - The live policy of a process, and who obeys it -----===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Dispatcher.h"
#include "lzrt/policy/Reader.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <stdexcept>

namespace lzrt {
namespace {

std::shared_ptr<const KernelSet> kernelsOf(const KernelRegistry *registry) {
  if (registry && registry->kernels())
    return registry->kernels();
  Diagnostics diagnostics;
  return KernelSet::create({}, diagnostics);
}

/// The number by which stubs know the context's class. An observer is told of every call, so none may pass by the
/// runtime.
void writePin(lz_context_t &context, const ContextState &state) {
  context.pin = state.contextClass && !context.observer ? state.contextClass->pin : 0;
}

uint64_t nextDispatcherId() {
  static std::atomic<uint64_t> next{0};
  return ++next;
}

} // namespace

Nanoseconds monotonicNow() {
  return Nanoseconds(std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1));
}

Dispatcher::Dispatcher(std::shared_ptr<const Policy> policy, const KernelRegistry *registry)
    : id(nextDispatcherId()), registry(registry), kernelSet(kernelsOf(registry)), board(kernelSet->kernels().size()),
      present(std::make_shared<Snapshot>(policy ? policy : emptyPolicy(), kernelSet, registry, policy ? 1 : 0)) {
  defaultModes.fill(LZ_MODE_UNSET);
  loadedKernels = present->loaded;
}

Dispatcher::~Dispatcher() = default;

std::shared_ptr<const Snapshot> Dispatcher::current() const {
  std::lock_guard<std::mutex> lock(presentMutex);
  return present;
}

std::shared_ptr<const Policy> Dispatcher::policy() const {
  std::shared_ptr<const Snapshot> snapshot = current();
  return snapshot->version == 0 ? nullptr : snapshot->policy;
}

//===----------------------------------------------------------------------===//
// Invocations
//===----------------------------------------------------------------------===//

void Dispatcher::pin(lz_context_t &context) const {
  ContextState *state = stateOf(&context);
  if (!state)
    throw std::bad_alloc();
  std::shared_ptr<const Snapshot> snapshot = current();
  bool isSameClass =
      state->classifiedBy == snapshot->id && state->contextClass && state->contextClass->settings.matches(context);
  if (!isSameClass)
    state->contextClass = snapshot->classOf(context);
  state->classifiedBy = snapshot->id;
  context.snapshot = snapshot.get();
  writePin(context, *state);
  state->pinned = std::move(snapshot);
  state->pinnedTo = id;
}

void reclassify(lz_context_t &context) {
  auto *state = static_cast<ContextState *>(context.runtime);
  if (!context.snapshot || !state || !state->pinned)
    return; // the next live call pins it
  state->contextClass = state->pinned->classOf(context);
  writePin(context, *state);
}

Dispatcher::Entered Dispatcher::enter(lz_context_t &context) const {
  auto *state = static_cast<ContextState *>(context.runtime);
  if (!context.snapshot || !state || !state->pinned) {
    pin(context);
    state = static_cast<ContextState *>(context.runtime);
  }
  if (state->pinnedTo == id)
    return {nullptr, state->pinned.get(), context.pin != 0 ? state->contextClass : nullptr};
  Entered entered;
  entered.keep = current();
  entered.snapshot = entered.keep.get();
  return entered;
}

//===----------------------------------------------------------------------===//
// Sites
//===----------------------------------------------------------------------===//

uint32_t Dispatcher::addSite(const lz_site_t &site) {
  std::lock_guard<std::mutex> lock(mutex);
  if (freeSites.empty() && sites.size() == maxSites)
    throw std::length_error("a dispatcher has " + std::to_string(maxSites) + " sites at most");
  if (freeSites.empty()) {
    freeSites.push_back(uint32_t(sites.size()));
    sites.emplace_back();
  }
  uint32_t id = freeSites.back();
  freeSites.pop_back();
  sites[id].site = &site;
  return id;
}

LiveSite &Dispatcher::addLive(const lz_site_t &site, KernelStates &states) {
  uint32_t id = addSite(site);
  auto made = std::make_unique<LiveSite>(site, id, states);
  std::lock_guard<std::mutex> lock(mutex);
  sites[id].live = std::move(made);
  return *sites[id].live;
}

void Dispatcher::removeSite(uint32_t id) {
  std::lock_guard<std::mutex> lock(mutex);
  if (sites[id].live) {
    present->forget(*sites[id].live);
    for (const std::shared_ptr<const Snapshot> &snapshot : retired)
      snapshot->forget(*sites[id].live);
  }
  sites[id] = {};
  shared.clear(); // it knows sites by number
  ++removals;
  table.forget(id);
  freeSites.push_back(id);
}

void Dispatcher::addBaked(BakedCode &code) {
  std::lock_guard<std::mutex> lock(mutex);
  baked.push_back(&code);
  code.retarget();
}

void Dispatcher::removeBaked(BakedCode &code) {
  std::lock_guard<std::mutex> lock(mutex);
  std::erase(baked, &code);
}

void Dispatcher::forEachSite(const std::function<void(uint32_t, const lz_site_t &, const LiveSite *)> &body) const {
  std::lock_guard<std::mutex> lock(mutex);
  for (uint32_t id = 0; id < sites.size(); ++id)
    if (sites[id].site)
      body(id, *sites[id].site, sites[id].live.get());
}

void Dispatcher::cache(LiveSite &site, const Snapshot &snapshot, const std::optional<Box> &box, CachedDecision entry,
                       const lz_call_t &call, const KernelHealth &health) {
  const Policy::Cache &limits = snapshot.selector.policy().cache;
  std::unique_lock<std::mutex> lock(mutex, std::try_to_lock);
  // Who takes a kernel's entries away has written its health before it comes to the mutex.
  if (!lock || present.get() != &snapshot || !limits.enabled ||
      health.breaker.unwatchedGeneration() != entry.generation)
    return;
  SharedTable::Key key = SharedTable::keyOf(*entry.contextClass, site.id, call);
  SharedTable::Hit value{entry.kernel, tagOf(entry.decision->cell, entry.generation)};
  if (box) {
    entry.box = *box;
    if (site.add(std::move(entry), isCounted()))
      return;
  }
  double ttl = std::clamp(limits.ttlSeconds, 0.0, 1e9);
  shared.insert(key, value, size_t(limits.size), std::chrono::seconds(int64_t(std::ceil(ttl))));
}

std::optional<SharedTable::Hit> Dispatcher::lookUp(const LiveSite &site, const lz_call_t &call) {
  auto *state = static_cast<const ContextState *>(call.context->runtime);
  if (call.context->pin == 0 || !state || state->pinnedTo != id || !state->contextClass)
    return std::nullopt;
  std::optional<SharedTable::Hit> hit = shared.find(SharedTable::keyOf(*state->contextClass, site.id, call));
  if (!hit)
    return hit;
  const Decision *decision = table.ofCell(cellOf(hit->tag));
  if (!decision ||
      board.of(decision->kernel, call.context->device).breaker.unwatchedGeneration() != generationOf(hit->tag))
    return std::nullopt;
  return hit;
}

size_t Dispatcher::sharedEntries() const {
  std::lock_guard<std::mutex> lock(mutex);
  return shared.size();
}

//===----------------------------------------------------------------------===//
// Health
//===----------------------------------------------------------------------===//

void Dispatcher::report(const BreakerLimits &limits, int kernel, const lz_device_t &device, BreakerTicket ticket,
                        Outcome outcome) {
  KernelHealth &health = board.of(kernel, device);
  if (outcome == Outcome::Failure)
    health.charged.fetch_add(1, std::memory_order_relaxed);
  bool watchChanged = false;
  std::optional<BreakerTransition> transition =
      health.breaker.report(limits, ticket, outcome, monotonicNow(), &watchChanged);
  if (transition || watchChanged)
    changed(kernel, device, transition);
}

void Dispatcher::changed(int kernel, const lz_device_t &device, const std::optional<BreakerTransition> &transition) {
  KernelHealth &health = board.of(kernel, device);
  {
    std::lock_guard<std::mutex> lock(mutex);
    // Also where the kernel is well again by now: the outcomes of earlier entries' calls would be late for ever.
    auto isOver = [&](const CachedDecision &entry) { return entry.decision->kernel == kernel && !isAdmitted(entry); };
    for (Site &site : sites)
      if (site.live)
        site.live->drop(isOver, isCounted());
    for (BakedCode *code : baked)
      code->retarget();
  }
  if (!transition)
    return;
  health.transitions[size_t(transition->to)].fetch_add(1, std::memory_order_relaxed);
  if (breakerListener)
    breakerListener({kernel, device, *transition});
}

uint64_t Dispatcher::chargedFailures() const {
  uint64_t count = 0;
  for (size_t kernel = 0; kernel < board.numKernels(); ++kernel)
    count += board.charged(int(kernel));
  return count;
}

} // namespace lzrt
