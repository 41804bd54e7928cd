//===- Region.h - The calls for which a decision holds ----------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// S12: a cached decision is keyed by all that its selection read. Integers are keyed by intervals within which every
// condition that was read keeps its truth, so that a growing sequence stays in one entry until it crosses a threshold.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_SELECTION_REGION_H
#define LZRT_SELECTION_REGION_H

#include "lzrt/policy/Selector.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace lzrt {

/// The integers from `low` to `high`, both included.
struct Interval {
  int64_t low = std::numeric_limits<int64_t>::min(), high = std::numeric_limits<int64_t>::max();
  bool contains(int64_t value) const { return low <= value && value <= high; }
  bool isPoint() const { return low == high; }
  void narrow(const Interval &other) { low = std::max(low, other.low), high = std::min(high, other.high); }
};

/// The largest interval around `value` on which the condition keeps the truth that it has there.
Interval intervalOfTruth(const Condition &condition, int64_t value);

/// A set of calls around one: those that agree with it in all that is listed here.
struct Region {
  struct Bound {
    FactId fact;
    Interval interval;
  };
  std::vector<Bound> integers; ///< One a fact, ascending.
  std::vector<FactId> exact;   ///< Facts that must be the same, ascending.
  std::vector<int> rollouts;   ///< Rules whose admission must be the same (S8), ascending.
  std::vector<int> versionsOf; ///< Kernels whose library version must be the same, ascending.

  void addInteger(FactId fact, const Interval &interval);
  void addExact(FactId fact);
  void addRollout(int rule);
  void addVersion(int kernel);
  /// The calls that are in both.
  void merge(const Region &other);
};

} // namespace lzrt
#endif // LZRT_SELECTION_REGION_H
