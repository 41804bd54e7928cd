//===- Histogram.cpp - How long calls took, in fixed buckets --------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lzrt/telemetry/Histogram.h"

#include <algorithm>
#include <numeric>

namespace lzrt {

uint64_t LatencyCounts::count() const { return std::accumulate(buckets.begin(), buckets.end(), uint64_t(0)); }

double LatencyCounts::quantile(double q) const {
  const uint64_t total = count();
  if (total == 0)
    return 0;
  const double rank = std::clamp(q, 0.0, 1.0) * double(total);
  double below = 0;
  for (size_t index = 0; index != latency::numBounds; ++index) {
    const double here = double(buckets[index]);
    if (here != 0 && below + here >= rank) {
      const double lower = index == 0 ? 0 : double(latency::bounds[index - 1]);
      return lower + (double(latency::bounds[index]) - lower) * (rank - below) / here;
    }
    below += here;
  }
  return double(latency::bounds.back());
}

LatencyCounts &LatencyCounts::operator+=(const LatencyCounts &other) {
  for (size_t index = 0; index != buckets.size(); ++index)
    buckets[index] += other.buckets[index];
  sumNanoseconds += other.sumNanoseconds;
  return *this;
}

void Histogram::add(uint64_t nanoseconds) noexcept {
  const auto bound = std::lower_bound(latency::bounds.begin(), latency::bounds.end(), nanoseconds);
  buckets[size_t(bound - latency::bounds.begin())].fetch_add(1, std::memory_order_relaxed);
  sumNanoseconds.fetch_add(nanoseconds, std::memory_order_relaxed);
}

LatencyCounts Histogram::snapshot() const noexcept {
  LatencyCounts counts;
  for (size_t index = 0; index != buckets.size(); ++index)
    counts.buckets[index] = buckets[index].load(std::memory_order_relaxed);
  counts.sumNanoseconds = sumNanoseconds.load(std::memory_order_relaxed);
  return counts;
}

} // namespace lzrt
