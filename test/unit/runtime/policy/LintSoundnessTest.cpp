//===- LintSoundnessTest.cpp - What a lint says never happens, never does -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Random small policies, linted, against the selector on random calls. Conditions and calls draw from the same few
// values, so that thresholds are met. The seed is fixed; a failure prints the policy.
//
//===----------------------------------------------------------------------===//
#include "LintTestSupport.h"

#include <random>
#include <set>

namespace lzrt::test {
namespace {

class Draw {
public:
  explicit Draw(uint32_t seed) : engine(seed) {}
  size_t below(size_t bound) { return engine() % bound; }
  bool oneIn(size_t n) { return below(n) == 0; }
  const char *of(const std::vector<const char *> &list) { return list[below(list.size())]; }

  std::string condition(size_t which) {
    static const std::vector<const char *> order{"_gt", "_gte", "_lt", "_lte", "_ne", "", "_multiple_of"};
    static const std::vector<const char *> dtypes{"dtype: float16",          "dtype: [float16, float32]",
                                                  "dtype_ne: float32",       "dtype_not_in: [float16]",
                                                  "dtype_match: \"float*\"", "dtype_regex: \"16$\""};
    switch (which) {
    case 0:
      return "seq_len" + std::string(of(order)) + ": " + std::to_string(below(4) + 1);
    case 1:
      return "seq_len_q" + std::string(of(order)) + ": " + std::to_string(below(4) + 1);
    case 2:
      return of(dtypes);
    case 3:
      return oneIn(2) ? "requires_deterministic: true" : "requires_deterministic_ne: true";
    case 4:
      return "window_size" + std::string(of(order)) + ": " + std::to_string(below(3) + 1);
    default:
      return oneIn(2) ? "kernel_match: \"[ap]*\"" : "tenant_ne: \"\"";
    }
  }
  std::string conditions() {
    std::string text;
    for (size_t which = 0; which < 6; ++which)
      if (oneIn(3))
        text += (text.empty() ? "" : ", ") + condition(which);
    return "conditions: {" + text + "}";
  }
  std::string rule(size_t index) {
    std::string text = std::string("operation: ") +
                       of({"attention.causal", "\"attention.*\"", "attention.sliding_window", "\"*.[cs]*\""});
    text +=
        std::string(", kernel: ") + of({"plain", "half", "loose", "norm", "\"*l*\"", "nowhere"}) + ", " + conditions();
    if (oneIn(4))
      text += ", priority: " + std::to_string(40 + below(30));
    if (oneIn(8))
      text += ", strict: true";
    if (oneIn(10))
      text += ", enabled: false";
    if (oneIn(10))
      text += ", name: r" + std::to_string(index) + ", rollout_percent: " + of({"0", "50", "100"});
    return text;
  }
  std::string policy() {
    std::vector<std::string> list;
    for (size_t i = 0, count = 1 + below(5); i < count; ++i)
      list.push_back(rule(i));
    std::string text = rules(list);
    if (oneIn(3))
      text += std::string("kernel_locks: {") + of({"\"*.causal\"", "attention.causal"}) + ": " +
              of({"plain", "half", "loose"}) + "}\n";
    if (oneIn(4))
      text += std::string("kernel_denies: [") + of({"plain", "\"l*\"", "half"}) + "]\n";
    if (oneIn(4))
      text += std::string("kernel_allows: [") + of({"plain", "\"[hl]*\"", "plain_alias"}) + "]\n";
    if (oneIn(3))
      text += std::string("fallback_chains: {\"attention.*\": [") + of({"", "half", "plain, loose"}) + "]}\n";
    return text;
  }
  FactSet facts() {
    FactSet facts(oneIn(2) ? LZ_OP_ATTENTION_CAUSAL : LZ_OP_ATTENTION_SLIDING_WINDOW);
    facts.set(LZ_FACT_SEQ_LEN, oneIn(6) ? Fact::absent() : Fact::known(int64_t(below(6))));
    facts.set(LZ_FACT_DTYPE, oneIn(8) ? Fact::absent() : Fact::known(std::string(of({"float16", "float32", "int8"}))));
    facts.set(LZ_FACT_WINDOW_SIZE, oneIn(6) ? Fact::absent() : Fact::known(int64_t(below(5))));
    facts.set(LZ_FACT_REQUIRES_DETERMINISTIC, Fact::known(oneIn(2)));
    facts.set(LZ_FACT_TENANT, Fact::known(std::string(of({"", "a"}))));
    facts.complete();
    return facts;
  }

private:
  std::mt19937 engine;
};

/// What the lints of a policy exclude.
struct Claims {
  std::set<int> deadRules;
  std::set<std::string> unserved;
};

std::string between(const std::string &text, const std::string &open, const std::string &close) {
  size_t begin = text.find(open);
  if (begin == std::string::npos)
    return "";
  begin += open.size();
  return text.substr(begin, text.find(close, begin) - begin);
}

Claims claimsOf(const Policy &policy, const KernelSet &kernels) {
  Diagnostics lints;
  lint(policy, &kernels, lints);
  Claims claims;
  for (const Diagnostic &diagnostic : lints.all()) {
    const std::string &message = diagnostic.message;
    if (message.rfind("`dispatch_rules[", 0) == 0)
      claims.deadRules.insert(std::stoi(between(message, "`dispatch_rules[", "]")));
    if (diagnostic.label == "S7")
      claims.unserved.insert(between(message, "operation `", "`"));
  }
  return claims;
}

TEST(LintSoundness, C7_S2_S7_whatALintExcludesIsNeverSelected) {
  auto kernels = kernelsOf(someKernels);
  Draw draw(20240607);
  size_t dead = 0, alive = 0, unserved = 0;
  for (int round = 0; round < 1500; ++round) {
    std::string text = "version: \"1.0\"\n" + draw.policy();
    Diagnostics diagnostics;
    auto policy = parsePolicy(text, "p.yaml", "", diagnostics);
    if (!policy) // C2: a field that none of the operations has
      continue;
    Claims claims = claimsOf(*policy, *kernels);
    dead += claims.deadRules.size();
    unserved += claims.unserved.size();
    Selector selector(policy, kernels);
    for (int call = 0; call < 40; ++call) {
      FactSet facts = draw.facts();
      Query query;
      query.facts = &facts;
      query.rolloutDraw = uint32_t(draw.below(10000));
      Selection selection = selector.select(query);
      if (selection.kernel() < 0)
        continue;
      alive += selection.reason == Reason::DispatchRule;
      ASSERT_EQ(claims.deadRules.count(selection.rule), 0u) << text;
      ASSERT_EQ(claims.unserved.count(std::string(operationName(facts.operation()))), 0u) << text;
    }
  }
  EXPECT_GT(dead, 500u);
  EXPECT_GT(alive, 5000u);
  EXPECT_GT(unserved, 50u);
}

} // namespace
} // namespace lzrt::test
