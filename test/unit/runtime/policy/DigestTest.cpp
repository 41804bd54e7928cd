//===- DigestTest.cpp - P5: normal form and digests -------------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "PolicyGenerator.h"
#include "ReaderTesting.h"

#include <map>

using namespace lzrt;
using namespace lzrt::testing;

namespace {
std::string digest(const std::string &text, const std::string &environment = "") {
  auto policy = read(text, environment);
  return policy ? policyDigest(*policy) : "";
}
std::string selection(const std::string &text) {
  auto policy = read(text);
  Diagnostics diagnostics;
  return policy ? selectionDigest(*policy, *KernelSet::create({}, diagnostics)) : "";
}
std::string selectionOfKernels(const std::string &manifest) {
  Diagnostics diagnostics;
  std::optional<Manifest> parsed = parseManifest(manifest, "m.yaml", diagnostics);
  EXPECT_TRUE(parsed) << diagnostics.render();
  return parsed ? selectionDigest(*emptyPolicy(), *KernelSet::create({*parsed}, diagnostics)) : "";
}
const std::string base = document(R"(
defaults: {fallback_policy: sdpa}
dispatch_rules:
  - {operation: rms_norm, kernel: a, conditions: {batch_size_gte: 8, dtype: [float16, bfloat16]}}
  - {operation: "attention.*", kernel: "b*", name: r, rollout_percent: 12.5}
kernel_locks: {rms_norm: a, "att*": b, "*": c}
kernel_denies: [x, "y*"]
fallback_chains: {rope: [a, b]}
cache: {size: 8}
)");
std::string replaced(std::string text, const std::string &from, const std::string &to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}
} // namespace

TEST(Digest, IsALowerCaseSha256OfTheNormalForm) {
  EXPECT_EQ(digest(base).size(), 64u);
  EXPECT_EQ(digest(base).find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(digest(base), selection(base));
}

TEST(Digest, P5SpellingHasNoMeaning) {
  const std::tuple<const char *, const char *, const char *> rows[] = {
      {"comment", "cache:", "# a comment\ncache:"},
      {"in for a list", "dtype: [", "dtype_in: ["},
      {"eq for nothing", "{size: 8}", "{size: 0x8}"},
      {"hexadecimal", "batch_size_gte: 8", "batch_size_gte: 0x8"},
      {"float", "batch_size_gte: 8", "batch_size_gte: 8.0"},
      {"order of conditions", "batch_size_gte: 8, dtype: [float16, bfloat16]",
       "dtype: [float16, bfloat16], batch_size_gte: 8"},
      {"order of values", "[float16, bfloat16]", "[bfloat16, float16]"},
      {"repeated value", "[float16, bfloat16]", "[bfloat16, float16, float16]"},
      {"default priority", "kernel: a,", "kernel: a, priority: 50,"},
      {"default flags", "kernel: a,", "kernel: a, enabled: true, strict: false,"},
      {"order of keys", "operation: rms_norm, kernel: a", "kernel: a, operation: rms_norm"},
      {"alias", "operation: rms_norm", "operation: norm.rms"},
      {"alias as key", "{rms_norm: a", "{norm.rms: a"},
      {"percentage", "12.5", "1.250e1"},
      {"order of denies", "[x, \"y*\"]", "['y*', x]"},
      {"repeated deny", "[x, \"y*\"]", "['y*', x, x]"},
      {"plain key last", "{rms_norm: a, \"att*\": b, \"*\": c}", "{\"att*\": b, \"*\": c, rms_norm: a}"},
      {"whole default", "cache:", "telemetry: {enabled: true}\nhot_reload: {}\nmodes: {}\ncache:"},
      {"default value", "sdpa}", "sdpa, default_priority: 50, on_no_kernel: error}"},
      {"anchor", "fallback_policy: sdpa", "fallback_policy: &s sdpa"},
      {"no environment chosen", "cache:", "environments: {e: {mode: static}}\ncache:"},
  };
  for (const auto &[claim, from, to] : rows) {
    EXPECT_EQ(digest(replaced(base, from, to)), digest(base)) << claim;
    EXPECT_EQ(selection(replaced(base, from, to)), selection(base)) << claim;
  }
}

TEST(Digest, P5EveryChangeOfMeaningIsSeen) {
  const std::pair<const char *, const char *> rows[] = {
      {"batch_size_gte: 8", "batch_size_gte: 9"},
      {"batch_size_gte: 8", "batch_size_gt: 8"},
      {"batch_size_gte", "seq_len_gte"},
      {"dtype: [", "dtype_not_in: ["},
      {"[float16, bfloat16]", "[float16]"},
      {"kernel: a", "kernel: c"},
      {"kernel: a,", "kernel: a, priority: 51,"},
      {"kernel: a,", "kernel: a, enabled: false,"},
      {"kernel: a,", "kernel: a, strict: true,"},
      {"operation: rms_norm", "operation: \"rms_norm*\""},
      {"name: r", "name: s"},
      {"12.5", "12.51"},
      {"{rms_norm: a", "{rms_norm: b"},
      {"\"att*\": b, \"*\": c", "\"*\": c, \"att*\": b"},
      {"[x, \"y*\"]", "[x]"},
      {"[x, \"y*\"]", "[]"},
      {"rope: [a, b]", "rope: [b, a]"},
      {"rope: [a, b]", "rope: []"},
      {"rope: [", "silu: ["},
      {"fallback_policy: sdpa", "fallback_policy: other"},
      {"cache:", "kernel_allows: [z]\ncache:"},
      {"cache:", "static_kernel_map: {rope: q}\ncache:"},
  };
  std::map<std::string, std::string> policies{{digest(base), "base"}}, selections{{selection(base), "base"}};
  for (const auto &[from, to] : rows) {
    std::string changed = replaced(base, from, to);
    EXPECT_TRUE(policies.emplace(digest(changed), to).second) << to;
    EXPECT_TRUE(selections.emplace(selection(changed), to).second) << to;
  }
}

TEST(Digest, P5TheOrderOfRulesHasMeaning) {
  std::string one = "  - {operation: rope, kernel: a}\n", two = "  - {operation: rope, kernel: b}\n";
  EXPECT_NE(digest(document("dispatch_rules:\n" + one + two)), digest(document("dispatch_rules:\n" + two + one)));
}

TEST(Digest, P5WhatSelectionDoesNotReadIsInThePolicyDigestAlone) {
  for (const char *section :
       {"mode: static", "modes: {rope: static}", "circuit_breaker: {failure_threshold: 6}", "cache: {size: 9}",
        "hot_reload: {enabled: true}", "telemetry: {enabled: false}", "defaults: {on_no_kernel: decompose}",
        "circuit_breaker: {recovery_timeout_seconds: 30.5}", "cache: {ttl_seconds: 1}",
        "hot_reload: {probation_seconds: 31}", "circuit_breaker: {half_open_max_calls: 9}",
        "circuit_breaker: {success_threshold: 3}", "cache: {enabled: false}", "hot_reload: {watch_interval_seconds: 2}",
        "hot_reload: {validate_on_reload: false}", "hot_reload: {grace_period_seconds: 2}",
        "circuit_breaker: {enabled: false}"}) {
    EXPECT_NE(digest(document(section)), digest(document(""))) << section;
    EXPECT_EQ(selection(document(section)), selection(document(""))) << section;
  }
}

TEST(Digest, P5ManifestsCountByWhatSelectionReads) {
  const std::string manifest =
      document("library: a.so\nkernels:\n"
               "  - {name: k, aliases: [x, y], operations: [rope], symbol: s, requires: {head_dim: 64}}\n"
               "  - {name: l, operations: [silu], symbol: t}\n");
  const std::pair<const char *, const char *> same[] = {
      {"a.so", "b.so"},
      {"symbol: s", "symbol: u"},
      {"[x, y]", "[y, x]"},
      {"operations: [rope]", "operations: [rope.standard]"},
      {"kernels:", "sha256: "
                   "0000000000000000000000000000000000000000000000000000000000000000\nkernels:"}};
  for (const auto &[from, to] : same)
    EXPECT_EQ(selectionOfKernels(replaced(manifest, from, to)), selectionOfKernels(manifest)) << to;
  const std::pair<const char *, const char *> other[] = {{"name: k", "name: m"},
                                                         {"[x, y]", "[x]"},
                                                         {"[rope]", "[\"rope*\"]"},
                                                         {"head_dim: 64", "head_dim: 65"},
                                                         {"symbol: s", "symbol: s, priority: 51"},
                                                         {"symbol: s", "symbol: s, default: true"},
                                                         {"symbol: s", "symbol: s, deterministic: true"},
                                                         {"symbol: s", "symbol: s, graph_capture_safe: true"},
                                                         {"symbol: s", "symbol: s, failure_atomic: true"}};
  for (const auto &[from, to] : other)
    EXPECT_NE(selectionOfKernels(replaced(manifest, from, to)), selectionOfKernels(manifest)) << to;
}

TEST(Digest, P5VersionsCompareByComponent) {
  auto with = [](const char *version) { return ruleWith("{library_version_gte: " + std::string(version) + "}"); };
  EXPECT_EQ(digest(with("\"1.2\"")), digest(with("\"1.2.0\"")));
  EXPECT_EQ(digest(with("1")), digest(with("\"1.0\"")));
  EXPECT_NE(digest(with("\"1.2\"")), digest(with("\"1.20\"")));
}

TEST(Digest, P5SeveralConditionsOfEqualityOnOneFactAreAllKept) {
  auto with = [](const char *conditions) { return ruleWith(conditions); };
  for (const char *text : {"{head_dim: 64, head_dim_eq: 128}", "{head_dim: [64, 128], head_dim_in: [128, 256]}",
                           "{head_dim: [64, 128], head_dim_eq: [128, 256], head_dim_in: [256, 64]}",
                           "{head_dim: 64, head_dim_eq: [64, 128], head_dim_in: [64, 256]}"}) {
    auto policy = read(with(text));
    ASSERT_TRUE(policy) << text;
    auto again = read(normalForm(*policy));
    ASSERT_TRUE(again) << text;
    EXPECT_EQ(again->rules[0].conditions.size(), policy->rules[0].conditions.size()) << text;
    EXPECT_EQ(policyDigest(*again), policyDigest(*policy)) << text;
  }
  EXPECT_EQ(digest(with("{head_dim: 64, head_dim_eq: 128}")), digest(with("{head_dim_eq: 64, head_dim: 128}")));
  EXPECT_EQ(digest(with("{head_dim: 64, head_dim_eq: 64.0}")), digest(with("{head_dim: 64}")));
  EXPECT_NE(digest(with("{head_dim: 64, head_dim_eq: 128}")), digest(with("{head_dim: 64}")));
  EXPECT_EQ(digest(with("{head_dim: [64, 128], head_dim_in: [128, 256]}")),
            digest(with("{head_dim_eq: [128, 256], head_dim_in: [128, 64]}")));
}

TEST(Digest, P5ANormalFormIsReadBackToAnEqualPolicy) {
  std::map<std::string, std::string> seen;
  for (unsigned seed = 0; seed < 1000; ++seed) {
    std::string text = PolicyGenerator(seed).document();
    auto policy = read(text);
    ASSERT_TRUE(policy) << "seed " << seed;
    std::string normal = normalForm(*policy);
    auto again = read(normal);
    ASSERT_TRUE(again) << "seed " << seed << "\n" << normal;
    ASSERT_EQ(normalForm(*again), normal) << "seed " << seed;
    ASSERT_EQ(policyDigest(*again), policyDigest(*policy));
    ASSERT_EQ(again->rules.size(), policy->rules.size());
    for (size_t i = 0; i < again->rules.size(); ++i) {
      ASSERT_EQ(again->rules[i].priority, policy->rules[i].priority);
      ASSERT_EQ(again->rules[i].rollout, policy->rules[i].rollout);
      ASSERT_EQ(again->rules[i].conditions.size(), policy->rules[i].conditions.size());
    }
    ASSERT_EQ(again->locks.size(), policy->locks.size());
    seen.emplace(policyDigest(*policy), text);
  }
  EXPECT_GT(seen.size(), 990u) << "the generator draws different policies";
}

TEST(Digest, P5ShufflingWhatHasNoOrderChangesNothing) {
  for (unsigned seed = 0; seed < 300; ++seed)
    ASSERT_EQ(digest(PolicyGenerator(seed).document()), digest(PolicyGenerator(seed).document(/*respell=*/seed + 1)))
        << "seed " << seed;
}
