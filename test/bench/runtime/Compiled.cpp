//===- Compiled.cpp - What compiled code adds to a call, in time -----------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Measured by the driver of test/bench/static-call, which prints a function's name and nanoseconds a line.
//
//===----------------------------------------------------------------------===//
#include "Figures.h"
#include "Instructions.h"
#include "Live.h"

#include <map>
#include <sstream>

namespace bench {
namespace {

/// A figure: what `function` takes longer than `control`, for each of `parts`.
struct CompiledTime {
  const char *name, *function, *control;
  double parts;
  std::optional<double> bar;
};
const CompiledTime compiledTimes[] = {
    {"STATIC compiled call, beside the same C call", "compiled_norm", "twin_norm", 1, std::nullopt},
    {"call block, 4 tensors with 2 open dims each", "compiled_loop", "prebuilt_loop", 16, 2.5},
    {"the same in a function of one call, from passed arguments", "compiled_attention", "passed_attention", 1,
     std::nullopt},
    {"CONFIG guards, each of 8", "guarded_8", "guarded_0", 8, 0.25},
};

} // namespace

std::vector<Row> compiled(const Options &options) {
  std::vector<Row> rows;
  std::map<std::string, double> times;
  if (!options.staticCall.empty()) {
    std::optional<std::string> output = outputOf({options.staticCall, "--time"});
    if (!output)
      fail(options.staticCall + " --time has failed");
    std::istringstream lines(*output);
    std::string name;
    for (double time = 0; lines >> name >> time;)
      times[name] = time;
  }
  for (const CompiledTime &one : compiledTimes) {
    Row row{one.name, "ns", 0, one.bar, "", std::nullopt};
    if (options.staticCall.empty())
      row.unavailable = needsCompiler;
    else if (!times.contains(one.function) || !times.contains(one.control))
      fail(options.staticCall + " does not time `" + one.function + "` and `" + one.control + "`");
    else
      row.measured = (times[one.function] - times[one.control]) / one.parts;
    rows.push_back(row);
  }
  return rows;
}

} // namespace bench
