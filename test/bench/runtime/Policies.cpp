//===- Policies.cpp - Policies that make sites of one kind or another ------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Policies.h"

namespace bench {

static std::string telemetryOf(bool on) {
  return std::string("telemetry: {enabled: ") + (on ? "true" : "false") + "}\n";
}

std::string noFacts(bool telemetry) { return telemetryOf(telemetry) + "fallback_chains: {rms_norm: [empty]}\n"; }

std::string twoFacts(bool telemetry) {
  return telemetryOf(telemetry) + "dispatch_rules:\n"
                                  "  - {operation: rms_norm, kernel: empty, conditions: {num_tokens_gt: 1000}}\n"
                                  "  - {operation: rms_norm, kernel: other, conditions: {hidden_size_gt: 1000}}\n"
                                  "fallback_chains: {rms_norm: [empty]}\n";
}

std::string grid(unsigned columns, unsigned rows) {
  std::string text = "cache: {size: 100000}\nfallback_chains: {rms_norm: [empty]}\ndispatch_rules:\n";
  auto add = [&](const char *fact, unsigned count) {
    for (unsigned i = 1; i < count; ++i)
      text += "  - {operation: rms_norm, kernel: empty, conditions: {" + std::string(fact) + ": " +
              std::to_string(i * 64) + "}}\n";
  };
  add("hidden_size_lt", rows);
  add("num_tokens_lt", columns);
  return text;
}

std::string always(const std::string &kernel) { return "kernel_locks: {\"*\": " + kernel + "}\n"; }

} // namespace bench
