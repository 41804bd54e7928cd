//===- DecisionsTest.cpp - What is counted stays bounded -------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "../../../../runtime/dispatch/Decisions.h"

#include <gtest/gtest.h>

using namespace lzrt;

namespace {

TEST(Decisions, RulesThatAreRenamedForEverDoNotUseUpTheCells) {
  constexpr uint32_t sites = 64, names = 2000;
  DecisionTable table;
  Decision &first = table.of(0, 0, Reason::DispatchRule, "first");
  for (uint32_t name = 0; name < names; ++name)
    for (uint32_t site = 0; site < sites; ++site)
      ASSERT_NE(table.of(site, 0, Reason::DispatchRule, "rule " + std::to_string(name)).cell, cells::none);
  size_t count = 0;
  table.forEach([&](const Decision &) { ++count; });
  EXPECT_GE(count, DecisionTable::maxNamed);
  EXPECT_LE(count, DecisionTable::maxNamed + sites);
  // What is known goes on under its name, what is new under another, and what has no rule is not concerned.
  EXPECT_EQ(&table.of(0, 0, Reason::DispatchRule, "first"), &first);
  EXPECT_EQ(table.of(1, 0, Reason::DispatchRule, "first").rule, "(other)");
  EXPECT_EQ(table.of(1, 0, Reason::Default, "").rule, "");
}

} // namespace
