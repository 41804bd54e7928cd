//===- Bench.h - The table of the runtime's figures -------------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A figure is a function that measures and answers rows; Figures.cpp lists them all. Times are medians of interleaved
// runs, so that what a row is held against was measured beside it.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_BENCH_RUNTIME_BENCH_H
#define LZ_TEST_BENCH_RUNTIME_BENCH_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

struct Options {
  /// A few iterations, to see that it runs; the numbers then mean nothing.
  bool smoke = false;
  /// Path of the driver of compiled calls (test/bench/static-call), which the compiler's project builds; "": none.
  std::string staticCall;
};

/// One measured quantity beside what it is held against.
struct Row {
  std::string name;
  std::string unit;
  double measured = 0;
  /// The most that `measured` may be; none: no bar of its own.
  std::optional<double> bar;
  /// What the same run took another way, in the same unit.
  std::string yardstick;
  std::optional<double> yardstickMeasured;
  /// The bar is the least instead.
  bool isFloor = false;
  /// Why nothing could be measured, or "".
  std::string unavailable = "";

  /// What a test holds a count to whose bar is missed.
  std::optional<double> gate = std::nullopt;

  bool isMet() const { return !bar || (isFloor ? measured >= *bar : measured <= *bar); }
};

struct Figure {
  std::string_view name, what;
  std::vector<Row> (*run)(const Options &);
};

/// Every figure, in the order of printing.
std::span<const Figure> figures();

double median(std::vector<double> values);

/// The value below which `fraction` of them lie.
double quantile(std::vector<double> values, double fraction);

/// Seconds on a monotonic clock.
double now();

/// Takes `rounds` samples of each function in turn and answers the median of each. A function answers its own sample.
std::vector<double> interleave(unsigned rounds, const std::vector<std::function<double()>> &functions);

/// Writes and reads 4 MB, so that what was there before is out of the second-level cache.
void sweepCaches();

/// Bytes that are allocated by operator new and not freed.
size_t liveBytes();

/// Keeps the compiler from dropping what computed `value`.
template <typename T> inline void keep(const T &value) { asm volatile("" : : "r"(&value) : "memory"); }

} // namespace bench
#endif // LZ_TEST_BENCH_RUNTIME_BENCH_H
