//===- RunTimes.h - How long runs took -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TOOLS_LZ_RUN_RUNTIMES_H
#define LZ_TOOLS_LZ_RUN_RUNTIMES_H

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace mlir::lz::run {

/// Counts without bound in bounded memory: the fastest is of all runs, the median of the latest.
class RunTimes {
public:
  using Clock = std::chrono::steady_clock;
  void add(Clock::duration time);
  /// "3 runs, fastest 0.021 ms, median 0.025 ms"; of one run at least.
  std::string text() const;

private:
  static constexpr size_t numLatest = 1 << 16;
  uint64_t count = 0;
  Clock::duration fastest = Clock::duration::max();
  std::vector<Clock::duration> latest; // a ring, once full
};

} // namespace mlir::lz::run
#endif // LZ_TOOLS_LZ_RUN_RUNTIMES_H
