//===- Observation.cpp - What a dispatcher has counted ---------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Observation.h"

#include <unordered_map>

namespace lzrt {
namespace {

std::string kernelName(const Dispatcher &dispatcher, int kernel) {
  return kernel < 0 ? "" : dispatcher.kernels().kernels()[size_t(kernel)].name;
}

/// The record of a site may be gone once the dispatcher's mutex is let go, so what is said of it is copied.
struct SiteSums {
  std::string name;
  Operation operation{};
  uint64_t calls = 0;
};

CallTelemetry callsOf(const Dispatcher &dispatcher, const Decision &decision, const SiteSums &site) {
  CallTelemetry out;
  out.site = site.name;
  out.operation = operationName(site.operation);
  out.kernel = kernelName(dispatcher, decision.kernel);
  out.rule = decision.rule;
  out.reason = reasonName(decision.reason);
  out.calls = cells::count(decision.cell);
  out.failures = decision.failures.load(std::memory_order_relaxed);
  out.continuations = decision.continuations.load(std::memory_order_relaxed);
  out.duration = decision.duration.snapshot();
  return out;
}

SiteTelemetry siteOf(const Dispatcher &dispatcher, const Snapshot &snapshot, const LiveSite &site, uint64_t calls) {
  SiteTelemetry out;
  out.site = site.site.name;
  out.operation = operationName(Operation(site.site.operation));
  out.mode = modeName(snapshot.modeOf(Operation(site.site.operation), Mode(site.site.mode)));
  out.misses = site.misses.load(std::memory_order_relaxed);
  out.hits = calls > out.misses ? calls - out.misses : 0;
  int ran = site.last.ran.load(std::memory_order_relaxed),
      first = site.last.firstChoice.load(std::memory_order_relaxed);
  out.firstChoice = kernelName(dispatcher, first);
  out.lastKernel = kernelName(dispatcher, ran);
  out.whyNot = site.last.whyNot.load(std::memory_order_relaxed);
  if (out.misses != 0)
    out.choice = out.whyNot.empty() ? SiteChoice::First : SiteChoice::Other;
  return out;
}

BreakerTelemetry breakerOf(const Dispatcher &dispatcher, int kernel, const lz_device_t &device,
                           const KernelHealth &health) {
  BreakerTelemetry out;
  out.kernel = kernelName(dispatcher, kernel);
  out.device = deviceName(device);
  out.state = breakerStateName(health.breaker.state());
  for (size_t state = 0; state < health.transitions.size(); ++state)
    out.transitions.push_back({std::string(breakerStateName(BreakerState(state))),
                               health.transitions[state].load(std::memory_order_relaxed)});
  out.failures = health.charged.load(std::memory_order_relaxed);
  out.panics = health.panics.load(std::memory_order_relaxed);
  return out;
}

} // namespace

std::string deviceName(const lz_device_t &device) {
  const char *platform = device.type == 2 ? "cuda" : device.type == 10 ? "rocm" : device.type == 14 ? "xpu" : nullptr;
  if (device.type == 1)
    return "cpu";
  return platform ? platform + (":" + std::to_string(device.id))
                  : "device-" + std::to_string(device.type) + ":" + std::to_string(device.id);
}

TelemetrySnapshot observe(const Dispatcher &dispatcher) {
  TelemetrySnapshot out;
  std::shared_ptr<const Snapshot> snapshot = dispatcher.current();
  std::unordered_map<uint32_t, SiteSums> sums;
  dispatcher.forEachSite([&](uint32_t id, const lz_site_t &site, const LiveSite *) {
    sums[id] = {site.name ? site.name : "", Operation(site.operation), 0};
  });
  dispatcher.decisions().forEach([&](const Decision &decision) {
    auto found = sums.find(decision.site);
    if (found == sums.end())
      return;
    out.calls.push_back(callsOf(dispatcher, decision, found->second));
    // A call that came here behind a failed one is no other call of the site.
    found->second.calls += out.calls.back().calls - std::min(out.calls.back().calls, out.calls.back().continuations);
  });
  dispatcher.forEachSite([&](uint32_t id, const lz_site_t &, const LiveSite *live) {
    if (live)
      out.sites.push_back(siteOf(dispatcher, *snapshot, *live, sums[id].calls));
  });
  for (const lz_device_t &device : dispatcher.health().devices())
    for (size_t kernel = 0; kernel < dispatcher.health().numKernels(); ++kernel) {
      const KernelHealth &health = const_cast<HealthBoard &>(dispatcher.health()).of(int(kernel), device);
      out.breakers.push_back(breakerOf(dispatcher, int(kernel), device, health));
      out.panics += out.breakers.back().panics;
    }
  out.policy.version = snapshot->version;
  out.policy.policyDigest = snapshot->selector.policyDigest();
  out.policy.selectionDigest = snapshot->selectionDigest();
  out.locksUnsatisfied = dispatcher.locksUnsatisfied.load(std::memory_order_relaxed);
  return out;
}

} // namespace lzrt
