//===- Histogram.h - How long calls took, in fixed buckets ------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Ten buckets a decade from 100 ns to 100 s, whose bounds are the preferred numbers R10 (ISO 3): each about a quarter
// above the one before, 1, 2 and 5 among them. All histograms have the same buckets, so that they add up.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_TELEMETRY_HISTOGRAM_H
#define LZRT_TELEMETRY_HISTOGRAM_H

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace lzrt {

namespace latency {
inline constexpr size_t numDecades = 9;
inline constexpr size_t numBounds = 10 * numDecades + 1;

/// Upper bounds in nanoseconds, themselves within their bucket; what is longer falls into one bucket more.
inline constexpr std::array<uint64_t, numBounds> bounds = [] {
  constexpr uint64_t series[10] = {100, 125, 160, 200, 250, 315, 400, 500, 630, 800};
  std::array<uint64_t, numBounds> bounds{};
  uint64_t scale = 1;
  for (size_t index = 0; index != numBounds; ++index) {
    bounds[index] = series[index % 10] * scale;
    if (index % 10 == 9)
      scale *= 10;
  }
  return bounds;
}();
} // namespace latency

/// What a histogram held at one moment. A value.
struct LatencyCounts {
  std::array<uint64_t, latency::numBounds + 1> buckets{}; ///< By the index of their bound, the last without one.
  uint64_t sumNanoseconds = 0;

  uint64_t count() const;
  /// The duration in nanoseconds that a share `q` (0..1) of the calls did not exceed, linear within a bucket; beyond
  /// the last bound, that bound. 0 where nothing was counted.
  double quantile(double q) const;
  LatencyCounts &operator+=(const LatencyCounts &other);
};

/// Counts durations. Thread-safe and lock-free; snapshot() may miss what is added meanwhile, its count and its buckets
/// always agree.
class Histogram {
public:
  void add(uint64_t nanoseconds) noexcept;
  LatencyCounts snapshot() const noexcept;

private:
  std::array<std::atomic<uint64_t>, latency::numBounds + 1> buckets{};
  std::atomic<uint64_t> sumNanoseconds{0};
};

} // namespace lzrt
#endif // LZRT_TELEMETRY_HISTOGRAM_H
