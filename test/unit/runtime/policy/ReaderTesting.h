//===- ReaderTesting.h - Short ways to read and to refuse -------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_TEST_READERTESTING_H
#define LZRT_TEST_READERTESTING_H

#include "lzrt/policy/Reader.h"

#include <gtest/gtest.h>

namespace lzrt::testing {

/// The policy of a text without errors; a null pointer, and a failed test, else.
inline std::shared_ptr<const Policy> read(const std::string &text, const std::string &environment = "") {
  Diagnostics diagnostics;
  auto policy = parsePolicy(text, "p.yaml", environment, diagnostics);
  EXPECT_TRUE(policy) << diagnostics.render() << "in\n" << text;
  EXPECT_TRUE(diagnostics.all().empty()) << diagnostics.render();
  return policy;
}

/// The errors of a text, rendered one a line; empty, and a failed test, where there are none.
inline std::string refuse(const std::string &text, const std::string &environment = "") {
  Diagnostics diagnostics;
  auto policy = parsePolicy(text, "p.yaml", environment, diagnostics);
  EXPECT_FALSE(policy) << "accepted:\n" << text;
  EXPECT_TRUE(diagnostics.hasErrors());
  return diagnostics.render();
}

inline std::string document(const std::string &rest) { return "version: \"1.0\"\n" + rest; }

/// A policy of one rule on `operation` with these conditions, a flow map.
inline std::string ruleWith(const std::string &conditions, const std::string &operation = "attention.causal") {
  return document("dispatch_rules:\n  - {operation: \"" + operation + "\", kernel: k, conditions: " + conditions +
                  "}\n");
}

/// The only condition of ruleWith(conditions).
inline Condition conditionOf(const std::string &conditions, const std::string &operation = "attention.causal") {
  auto policy = read(ruleWith(conditions, operation));
  if (!policy || policy->rules.size() != 1 || policy->rules[0].conditions.size() != 1) {
    ADD_FAILURE() << "not one condition: " << conditions;
    return Condition{};
  }
  return policy->rules[0].conditions[0];
}

inline ::testing::AssertionResult contains(const std::string &text, const std::string &part) {
  if (text.find(part) != std::string::npos)
    return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "no `" << part << "` in:\n" << text;
}

inline size_t lines(const std::string &text) { return size_t(std::count(text.begin(), text.end(), '\n')); }

} // namespace lzrt::testing
#endif // LZRT_TEST_READERTESTING_H
