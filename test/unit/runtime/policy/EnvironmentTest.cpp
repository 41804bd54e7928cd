//===- EnvironmentTest.cpp - Overlays of a policy ---------------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ReaderTesting.h"

using namespace lzrt;
using namespace lzrt::testing;

namespace {
const char *const twoEnvironments = R"(version: "1.0"
defaults: {fallback_policy: sdpa, default_priority: 10}
dispatch_rules:
  - {operation: rope, kernel: base}
kernel_locks: {rope: a, silu: b}
kernel_denies: [x]
cache: {size: 7, ttl_seconds: 8}
environments:
  prod:
    defaults: {default_priority: 20}
    kernel_locks: {rope: z, gelu: c}
    kernel_denies: [y]
    cache: {size: 9}
  test:
    dispatch_rules: []
    mode: static
)";
} // namespace

TEST(Environment, MapsMergeByKeyAndListsAreReplaced) {
  auto policy = read(twoEnvironments, "prod");
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->environment, "prod");
  EXPECT_EQ(policy->fallbackPolicy.name, "sdpa");
  EXPECT_EQ(policy->rules.at(0).priority, 20) << "the merged default fills the document's rules";
  ASSERT_EQ(policy->locks.size(), 3u);
  EXPECT_EQ(policy->locks[0].key.glob.text() + policy->locks[0].value.name, "ropez")
      << "a replaced key keeps its place";
  EXPECT_EQ(policy->locks[1].value.name, "b");
  EXPECT_EQ(policy->locks[2].value.name, "c");
  ASSERT_EQ(policy->denies.size(), 1u);
  EXPECT_EQ(policy->denies[0].glob.text(), "y");
  EXPECT_EQ(policy->cache.size, 9);
  EXPECT_EQ(policy->cache.ttlSeconds, 8);
}

TEST(Environment, NoneLeavesTheDocument) {
  auto policy = read(twoEnvironments);
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->rules.at(0).priority, 10);
  EXPECT_EQ(policy->locks.size(), 2u);
  EXPECT_EQ(policy->mode, LZ_MODE_UNSET);
  EXPECT_EQ(policy->environments, (std::vector<std::string>{"prod", "test"}));
  EXPECT_TRUE(read(twoEnvironments, "test")->rules.empty());
}

TEST(Environment, MergedMeansTheSameAsWrittenOut) {
  auto written = read(R"(version: "1.0"
defaults: {fallback_policy: sdpa}
dispatch_rules: [{operation: rope, kernel: base, priority: 20}]
kernel_locks: {rope: z, silu: b, gelu: c}
kernel_denies: [y]
cache: {size: 9, ttl_seconds: 8}
)");
  EXPECT_EQ(policyDigest(*read(twoEnvironments, "prod")), policyDigest(*written));
}

TEST(Environment, AnUnknownOneIsAnErrorWithASuggestion) {
  EXPECT_TRUE(
      contains(refuse(twoEnvironments, "prd"), "the policy has no environment `prd` [P1]; did you mean `prod`?"));
  EXPECT_TRUE(contains(refuse(document(""), "prod"), "the policy has no environment `prod`"));
}

TEST(Environment, AllAreValidatedThoughNoneIsChosen) {
  std::string errors = refuse(R"(version: "1.0"
kernel_locks: {rms_norm: a}
environments:
  one: {kernel_locks: {norm.rms: b}, mod: static}
  two: {dispatch_rules: [{operation: rope, kernel: k, conditions: {dtype: fp16}}]}
  three: [x]
  four: {environments: {}}
)");
  EXPECT_TRUE(
      contains(errors, "p.yaml:4:24: error: `norm.rms` and `rms_norm` at line 2 name one operation; keep one [P6]"));
  EXPECT_TRUE(
      contains(errors, "p.yaml:4:38: error: unknown key `mod` in environment `one` [P1]; did you mean `mode`?"));
  EXPECT_TRUE(contains(errors, "did you mean `float16`?"));
  EXPECT_TRUE(contains(errors, "environment `three` must be a map"));
  EXPECT_TRUE(contains(errors, "unknown key `environments` in environment `four`"));
  EXPECT_EQ(lines(errors), 5u) << errors;
}

TEST(Environment, AnErrorOfTheDocumentIsReportedOnce) {
  std::string errors = refuse(R"(version: "1.0"
kernel_locks: {rope: 5}
environments: {a: {kernel_locks: {silu: k}}, b: {kernel_locks: {gelu: k}}}
)",
                              "a");
  EXPECT_EQ(lines(errors), 1u) << errors;
  EXPECT_TRUE(contains(errors, "p.yaml:2:22:"));
}

TEST(Environment, FaultyNamesAndShapesAreErrors) {
  EXPECT_TRUE(contains(refuse(document("environments: [a]")), "`environments` must be a map"));
  EXPECT_TRUE(contains(refuse(document("environments: {\"\": {}}")), "the name of an environment must not be empty"));
  EXPECT_TRUE(contains(refuse(document("environments: {prod:}")), "null"));
}

TEST(Environment, AValueOfAnotherKindReplacesTheMap) {
  EXPECT_TRUE(contains(refuse(document("cache: {size: 1}\nenvironments: {e: {cache: [1]}}")),
                       "`cache` must be a map, got a list"));
}
