//===- RunTimes.cpp - How long runs took -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "RunTimes.h"

#include "llvm/Support/FormatVariadic.h"

#include <algorithm>

namespace mlir::lz::run {

static std::string milliseconds(RunTimes::Clock::duration time) {
  return llvm::formatv("{0:F3} ms", std::chrono::duration<double, std::milli>(time).count()).str();
}

void RunTimes::add(Clock::duration time) {
  fastest = std::min(fastest, time);
  if (latest.size() < numLatest)
    latest.push_back(time);
  else
    latest[count % numLatest] = time;
  ++count;
}

std::string RunTimes::text() const {
  std::vector<Clock::duration> sorted = latest;
  auto median = sorted.begin() + sorted.size() / 2;
  std::nth_element(sorted.begin(), median, sorted.end());
  return std::to_string(count) + (count == 1 ? " run" : " runs") + ", fastest " + milliseconds(fastest) + ", median " +
         milliseconds(*median);
}

} // namespace mlir::lz::run
