//===- policy_fuzzer.cpp - Any bytes as a policy ----------------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Oracle: a text is either refused with an error, or read into a policy whose normal form is read back to the same
// normal form (P5).
//
//===----------------------------------------------------------------------===//
#include "lzrt/policy/Reader.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

using namespace lzrt;

namespace {
void require(bool condition, const char *claim, const std::string &detail) {
  if (condition)
    return;
  std::fprintf(stderr, "violated: %s\n%s\n", claim, detail.c_str());
  std::abort();
}

void checkOne(std::string_view text, const std::string &environment) {
  Diagnostics diagnostics;
  std::shared_ptr<const Policy> policy = parsePolicy(text, "fuzz.yaml", environment, diagnostics);
  require((policy == nullptr) == diagnostics.hasErrors(), "a policy or an error, never both", diagnostics.render());
  if (!policy)
    return;
  std::string normal = normalForm(*policy);
  // The normal form spells out what aliases shared, and so may pass a bound that the text kept.
  Diagnostics again;
  std::shared_ptr<const Policy> reread = parsePolicy(normal, "normal.json", "", again);
  bool grown = normal.size() > text.size() && again.render().find("[P2]") != std::string::npos;
  require(reread != nullptr || grown, "the normal form is a policy", normal + "\n" + again.render());
  if (reread)
    require(normalForm(*reread) == normal, "the normal form is its own", normal);
  for (const Rule &rule : policy->rules)
    for (const Condition &condition : rule.conditions) {
      Condition back;
      std::string error = parseCondition(condition.field(), operatorName(condition.op), condition.valueJson(), &back);
      require(error.empty(), "a residual's condition is read back", condition.valueJson() + ": " + error);
    }
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view text(reinterpret_cast<const char *>(data), size);
  checkOne(text, "");
  checkOne(text, "prod");
  return 0;
}
