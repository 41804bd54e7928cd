//===- Probation.cpp - Whether failures have risen since a publish --------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Probation.h"

#include <algorithm>

namespace lzrt {

void FailureWindow::restart(ReloadTime now, uint64_t failures) { samples.assign(1, {now, failures}); }

void FailureWindow::sample(ReloadTime now, uint64_t failures, std::chrono::nanoseconds length) {
  if (!samples.empty() && now - samples.back().time < length / numSamples)
    return;
  samples.push_back({now, samples.empty() ? failures : std::max(failures, samples.back().failures)});
  while (samples.size() > 1 && now - samples[1].time >= length)
    samples.pop_front();
}

double FailureWindow::rate(ReloadTime now, uint64_t failures, std::chrono::nanoseconds length) const {
  if (samples.empty())
    return 0;
  const Sample *begin = &samples.front();
  for (const Sample &sample : samples)
    if (now - sample.time >= length)
      begin = &sample;
  const double seconds = std::chrono::duration<double>(now - begin->time).count();
  return failures > begin->failures ? double(failures - begin->failures) / std::max(seconds, 1.0) : 0;
}

bool Probation::hasFailed(ReloadTime now, uint64_t failuresNow) const {
  if (now > ends + interval)
    return false;
  return double(failuresSince(failuresNow)) >= std::max(double(leastFailures), factor * before * secondsSince(now));
}

} // namespace lzrt
