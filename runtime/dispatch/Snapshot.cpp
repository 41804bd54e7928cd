//===- Snapshot.cpp - A policy together with loaded kernels ----------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Snapshot.h"
#include "LiveSite.h"
#include "lzrt/policy/Reader.h"

namespace lzrt {
namespace {

BreakerLimits limitsOf(const Policy::CircuitBreaker &settings) {
  auto count = [](int64_t value, uint32_t most) { return uint32_t(std::clamp<int64_t>(value, 1, most)); };
  BreakerLimits limits;
  limits.enabled = settings.enabled;
  limits.failureThreshold = count(settings.failureThreshold, BreakerLimits::maxCount);
  limits.successThreshold = count(settings.successThreshold, BreakerLimits::maxCount);
  limits.halfOpenMaxCalls = count(settings.halfOpenMaxCalls, BreakerLimits::maxProbes);
  limits.recovery = Nanoseconds(std::clamp(settings.recoveryTimeoutSeconds, 0.0, 1e9) * 1e9);
  return limits;
}

uint64_t nextSnapshotId() {
  static std::atomic<uint64_t> next{0};
  return ++next;
}

} // namespace

Snapshot::Snapshot(std::shared_ptr<const Policy> policy, std::shared_ptr<const KernelSet> kernels,
                   const KernelRegistry *registry, uint64_t version)
    : policy(policy), selector(std::move(policy), std::move(kernels)), id(nextSnapshotId()), version(version),
      limits(limitsOf(selector.policy().circuitBreaker)), loaded(selector.kernels().kernels().size()),
      classes(selector.policy(), selector.kernels()), sharedPlans(selector) {
  for (size_t i = 0; i < loaded.size(); ++i) {
    loaded[i] = registry ? registry->find(selector.kernels().kernels()[i].name) : nullptr;
    if (!loaded[i])
      missing.push_back(int(i));
  }
}

Snapshot::~Snapshot() = default;

Mode Snapshot::askedModeOf(Operation operation, Mode given) const {
  if (given == LZ_MODE_UNSET)
    given = selector.modeOf(operation);
  if (given == LZ_MODE_UNSET)
    given = modes.defaults[operation];
  return given == LZ_MODE_UNSET ? LZ_MODE_AUTO : given;
}

Mode Snapshot::modeOf(Operation operation, Mode given) const {
  Mode asked = askedModeOf(operation, given);
  return asked == LZ_MODE_AUTO ? selector.resolveAuto(operation, modes.hasPath) : asked;
}

const std::string &Snapshot::selectionDigest() const {
  std::call_once(digestOnce, [&] { digest = lzrt::selectionDigest(*policy, selector.kernels()); });
  return digest;
}

std::optional<Version> Snapshot::libraryVersion(int kernel) const {
  return loaded[size_t(kernel)] ? loaded[size_t(kernel)]->libraryVersion : Version();
}

const PlannedSite &Snapshot::planOf(const LiveSite &site, bool isStatic) const {
  const size_t index = size_t(site.id) * 2 + isStatic;
  if (const PlannedSite *known = plans.get(index))
    return *known;
  Query query;
  query.facts = &site.facts;
  query.mode = isStatic ? LZ_MODE_STATIC : LZ_MODE_UNSET;
  query.excluded = missing;
  query.libraryVersion = [this](int kernel) { return libraryVersion(kernel); };
  std::lock_guard<std::mutex> lock(planning);
  if (const PlannedSite *known = plans.get(index)) // another thread was faster
    return *known;
  const bool hasLock = !isStatic && selector.isLocked(site.facts.operation());
  owned.push_back(std::make_unique<PlannedSite>(sharedPlans.planFor(query), hasLock));
  plans.set(index, owned.back().get());
  return *owned.back();
}

void Snapshot::forget(const LiveSite &site) const {
  std::lock_guard<std::mutex> lock(planning);
  for (size_t index : {size_t(site.id) * 2, size_t(site.id) * 2 + 1})
    if (const PlannedSite *known = plans.get(index)) {
      plans.set(index, nullptr);
      std::erase_if(owned, [&](const std::unique_ptr<PlannedSite> &plan) { return plan.get() == known; });
    }
}

void Snapshot::forgetAll() {
  std::lock_guard<std::mutex> lock(planning);
  plans.clear();
  owned.clear();
}

} // namespace lzrt
