//===- Snapshot.h - What the runtime counted, at one moment -----*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Plain values that share nothing with the runtime: whoever holds a snapshot may keep it and pass it between threads.
// Counts start with the process and never fall, a reload included. A new field wants a metric in Prometheus.cpp.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_TELEMETRY_SNAPSHOT_H
#define LZRT_TELEMETRY_SNAPSHOT_H

#include "lzrt/telemetry/Histogram.h"

#include <cstdint>
#include <string>
#include <vector>

namespace lzrt {

/// The calls of one site that one kernel got for one reason: what two arms of a rollout are compared by. A site of code
/// compiled under STATIC counts its failures alone.
struct CallTelemetry {
  std::string site;
  std::string operation; ///< Its canonical name.
  std::string kernel;    ///< "" for the decomposition.
  std::string rule;      ///< The rule's name, or its index where it has none; "" where no rule selected.
  std::string reason;    ///< As reasonName() spells it, or "panic" (S11).
  uint64_t calls = 0;
  uint64_t failures = 0;      ///< Calls that the kernel did not end well, whether or not charged to its breaker.
  uint64_t continuations = 0; ///< Calls that came here because a candidate before had failed (S9).
  LatencyCounts duration;     ///< Of a sample of the calls.
};

/// What a site's last call ran.
enum class SiteChoice : uint8_t {
  NotCalled,
  First, ///< What selection chooses where every kernel is at hand and healthy.
  Other,
};

struct SiteTelemetry {
  std::string site;
  std::string operation;
  std::string mode;    ///< "static", "config", "dynamic" or "hot_reload".
  uint64_t hits = 0;   ///< Calls that an entry of the site answered.
  uint64_t misses = 0; ///< Calls that went to selection.
  SiteChoice choice = SiteChoice::NotCalled;
  std::string firstChoice; ///< A kernel, or "" for the decomposition.
  std::string lastKernel;  ///< What the last call ran, or "" for the decomposition.
  /// Why it was another than the first choice: what resultName() says of that one ("circuit_open", …), or "failed".
  std::string whyNot;
};

/// The breaker of one kernel on one device.
struct BreakerTelemetry {
  struct Transitions {
    std::string to; ///< A state.
    uint64_t count = 0;
  };
  std::string kernel;
  std::string device;
  std::string state; ///< As breakerStateName() spells it.
  std::vector<Transitions> transitions;
  uint64_t failures = 0; ///< Charged to this kernel.
  uint64_t panics = 0;   ///< Calls that it got although its breaker refused them (S11).
};

struct ReloadTelemetry {
  uint64_t total = 0; ///< Attempts that ended, in whichever way.
  uint64_t failed = 0;
  uint64_t rollbacks = 0; ///< Asked for, or by the probation.
  double lastMilliseconds = 0;
};

struct PolicyTelemetry {
  uint64_t version = 0; ///< One more with each publish.
  std::string policyDigest;
  std::string selectionDigest;
  std::string mode; ///< The mode of sites that nothing else gives one.
  ReloadTelemetry reloads;
};

struct TelemetrySnapshot {
  std::vector<CallTelemetry> calls;
  std::vector<SiteTelemetry> sites;
  std::vector<BreakerTelemetry> breakers;
  PolicyTelemetry policy;
  uint64_t locksUnsatisfied = 0; ///< Selections that passed over a lock (S5).
  uint64_t panics = 0;           ///< Of all kernels.
};

} // namespace lzrt
#endif // LZRT_TELEMETRY_SNAPSHOT_H
