//===- Probation.h - Whether failures have risen since a publish -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A new policy is on probation for `probation_seconds` p. At a time e after its publish, 0 < e <= p, it has failed if
//
//   failures since the publish >= max(10, 3 * rate before * e)
//
// where the rate before is that of charged failures over the p seconds before the publish. It is known from samples:
// the window begins at the newest sample that is p old or older, else at the oldest one, which is of the reloader's
// first moment, or of the last rollback's: what a policy that was taken back has broken excuses nothing. The window
// counts as a second at least, so that one failure in the first moments of a process is no high rate.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_RELOAD_PROBATION_H
#define LZRT_RELOAD_PROBATION_H

#include <chrono>
#include <cstdint>
#include <deque>

namespace lzrt {

/// Times of the reloader's clock.
using ReloadTime = std::chrono::steady_clock::time_point;

/// How many failures were charged until when, over the last while. Not thread-safe.
class FailureWindow {
public:
  /// Samples that a window is made of, at most one more.
  static constexpr int numSamples = 16;

  /// Forgets all samples but this one. Counts that come late, as another thread's may, never fall.
  void restart(ReloadTime now, uint64_t failures);
  /// Notes it, unless the last sample is newer than a part of `length`; forgets what no window of `length` needs.
  void sample(ReloadTime now, uint64_t failures, std::chrono::nanoseconds length);
  /// Failures a second over the `length` before `now`, as defined above.
  double rate(ReloadTime now, uint64_t failures, std::chrono::nanoseconds length) const;

private:
  struct Sample {
    ReloadTime time;
    uint64_t failures;
  };
  std::deque<Sample> samples; // oldest first
};

/// The probation of one published policy. Immutable.
class Probation {
public:
  static constexpr uint64_t leastFailures = 10;
  static constexpr double factor = 3;
  /// How often one that lasts should look.
  static constexpr std::chrono::milliseconds interval{100};

  Probation(ReloadTime publish, std::chrono::nanoseconds length, uint64_t failures, double rateBefore)
      : publish(publish), ends(publish + length), failures(failures), before(rateBefore) {}

  /// Whether the policy has failed. One look may come late by an interval; after that the probation is passed.
  bool hasFailed(ReloadTime now, uint64_t failuresNow) const;
  bool isOver(ReloadTime now) const { return now >= ends; }
  ReloadTime end() const { return ends; }
  double rateBefore() const { return before; }
  /// A count that another thread has taken before the publish is none since.
  uint64_t failuresSince(uint64_t failuresNow) const { return failuresNow > failures ? failuresNow - failures : 0; }
  double secondsSince(ReloadTime now) const { return std::chrono::duration<double>(now - publish).count(); }

private:
  ReloadTime publish, ends;
  uint64_t failures;
  double before;
};

} // namespace lzrt
#endif // LZRT_RELOAD_PROBATION_H
