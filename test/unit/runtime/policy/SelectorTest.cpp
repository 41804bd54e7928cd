//===- SelectorTest.cpp - Continuation, breakers, rollouts and modes -----===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a command line cannot ask; test/policy/corpus has the rest of S0..S12.
//
//===----------------------------------------------------------------------===//
#include "ReaderTesting.h"

#include "lzrt/policy/Selector.h"

#include <thread>

using namespace lzrt;

namespace {

const char *const manifestText = R"(
version: "1.0"
kernels:
  - {name: a, operations: ["attention.*"], symbol: a, priority: 90, deterministic: true, graph_capture_safe: true}
  - {name: b, operations: ["attention.*"], symbol: b, priority: 80}
  - {name: c, operations: ["attention.*"], symbol: c, priority: 70, default: true}
  - {name: d, operations: [rms_norm], symbol: d, default: true}
)";

/// A selector and one call that meets it, on attention.full.
struct Subject {
  Selector selector;
  FactSet facts{LZ_OP_ATTENTION_FULL};
  Query query;

  explicit Subject(const std::string &policy, const char *context = "")
      : selector(lzrt::testing::read(lzrt::testing::document(policy)), kernels()) {
    EXPECT_EQ(parseFacts(context, facts, &query.rolloutKey), "");
    facts.complete();
    query.facts = &facts;
  }
  static std::shared_ptr<const KernelSet> kernels() {
    Diagnostics diagnostics;
    auto manifest = parseManifest(manifestText, "kernels.yaml", diagnostics);
    EXPECT_TRUE(manifest) << diagnostics.render();
    return KernelSet::create({std::move(*manifest)}, diagnostics);
  }
  int id(const char *kernel) const { return selector.kernels().find(kernel); }
  std::string select() const {
    Selection selection = selector.select(query);
    std::string text = selection.kernel() < 0 ? "-" : selector.kernels().kernels()[selection.kernel()].name;
    text += " " + std::string(reasonName(selection.reason)) + (selection.panic ? " panic" : "");
    return selection.rule < 0 ? text : text + " " + std::to_string(selection.rule);
  }
  void refuse(std::vector<const char *> names) {
    query.admits = [this, names](int kernel) {
      return std::none_of(names.begin(), names.end(), [&](const char *name) { return id(name) == kernel; });
    };
  }
};

TEST(Continuation, S9GoesOnBehindTheFailedKernelEachKernelOnce) {
  Subject s("dispatch_rules: [{operation: '*', kernel: b}]\nfallback_chains: {'*': [b, a, b, c]}");
  EXPECT_EQ(s.select(), "b dispatch_rule 0");
  s.query.failed = {s.id("b")};
  EXPECT_EQ(s.select(), "a fallback_chain");
  s.query.failed = {s.id("b"), s.id("a")};
  EXPECT_EQ(s.select(), "c fallback_chain");
  s.query.failed = {s.id("b"), s.id("a"), s.id("c")};
  EXPECT_EQ(s.select(), "- no_kernel_available");
}

TEST(Continuation, S9DoesNotGoBackToAKernelThatARecoveredBreakerAdmits) {
  Subject s("fallback_chains: {'*': [a, b, c]}");
  s.refuse({"a"});
  EXPECT_EQ(s.select(), "b fallback_chain");
  s.query.admits = nullptr;
  s.query.failed = {s.id("b")};
  EXPECT_EQ(s.select(), "c fallback_chain");
}

TEST(Continuation, S9GoesOnBehindTheLastOfTheFailedKernels) {
  Subject s("fallback_chains: {'*': [a, b, c]}");
  s.refuse({"b"});
  s.query.failed = {s.id("a")};
  EXPECT_EQ(s.select(), "c fallback_chain");
  s.query.admits = nullptr;
  s.query.failed = {s.id("c"), s.id("a")};
  EXPECT_EQ(s.select(), "- no_kernel_available");
  s.query.failed = {s.id("a"), s.id("c")};
  EXPECT_EQ(s.select(), "- no_kernel_available");
}

TEST(Continuation, S9TheFailedKernelsBreakerMayHaveOpenedSince) {
  Subject s("fallback_chains: {'*': [a, b, c]}");
  s.refuse({"b"});
  s.query.failed = {s.id("b")};
  EXPECT_EQ(s.select(), "c fallback_chain");
}

TEST(Continuation, S9AKernelThatFailedUnderAnotherModeSaysNothingAboutThisOrder) {
  Subject s("fallback_chains: {'*': [a, b, c]}");
  s.query.excluded = {s.id("b")};
  EXPECT_EQ(s.select(), "a fallback_chain");
  s.query.failed = {s.id("a")};
  EXPECT_EQ(s.select(), "c fallback_chain");
}

TEST(Continuation, S5BehindAFailedStrictKernelIsTheError) {
  Subject s("dispatch_rules: [{operation: '*', kernel: b, strict: true}]\nfallback_chains: {'*': [a]}");
  EXPECT_EQ(s.select(), "b dispatch_rule 0");
  s.query.failed = {s.id("b")};
  EXPECT_EQ(s.select(), "- strict 0");
}

TEST(Breaker, S11ARefusedKernelIsPassedOver) {
  Subject s("fallback_chains: {'*': [a, b]}");
  s.refuse({"a"});
  EXPECT_EQ(s.select(), "b fallback_chain");
}

TEST(Breaker, S11PanicAdmitsTheFirstThatOnlyItsBreakerRefused) {
  Subject s("kernel_denies: [a]\nfallback_chains: {'*': [a, b, c]}");
  s.refuse({"a", "b", "c"});
  EXPECT_EQ(s.select(), "b fallback_chain panic");
  s.query.explain = true;
  Selection selection = s.selector.select(s.query);
  ASSERT_EQ(selection.path.size(), 4u);
  EXPECT_EQ(selection.path[1].result, Result::CircuitOpen);
  EXPECT_EQ(selection.path[3].result, Result::Selected);
  EXPECT_EQ(selection.path[3].kernelName, "b");
}

TEST(Breaker, S11PanicComesBeforeTheStrictErrorThatBreakersAloneBring) {
  Subject s("dispatch_rules: [{operation: '*', kernel: b, strict: true}]\nfallback_chains: {'*': [a]}");
  s.refuse({"b"});
  EXPECT_EQ(s.select(), "b dispatch_rule panic 0");
}

TEST(Breaker, S11NoPanicWhereOtherReasonsLeaveNothingStanding) {
  Subject s("fallback_chains: {'*': [b]}", "requires_deterministic=true");
  s.refuse({"b"});
  EXPECT_EQ(s.select(), "- no_kernel_available");
}

TEST(Breaker, S11AnOpenCandidateComesBeforePanic) {
  Subject s("dispatch_rules: [{operation: '*', kernel: b, conditions: {seq_len_gt: 3}}]\nfallback_chains: {'*': [a]}");
  s.refuse({"a"});
  Selection selection = s.selector.select(s.query);
  EXPECT_EQ(selection.reason, Reason::Open);
  ASSERT_EQ(selection.candidates.size(), 2u);
  EXPECT_FALSE(selection.candidates[0].panic);
  EXPECT_TRUE(selection.candidates[1].panic);
  EXPECT_EQ(selection.candidates[1].kernel, s.id("a"));
}

TEST(Rollout, S8RaisingThePercentageOnlyAddsKeys) {
  int admittedLow = 0, admittedHigh = 0;
  for (int i = 0; i < 10000; ++i) {
    std::string key = "user-" + std::to_string(i);
    bool low = rolloutAdmits("canary", 1250, key), high = rolloutAdmits("canary", 2500, key);
    EXPECT_TRUE(!low || high) << key;
    admittedLow += low;
    admittedHigh += high;
  }
  EXPECT_NEAR(admittedLow, 1250, 150);
  EXPECT_NEAR(admittedHigh, 2500, 200);
}

TEST(Rollout, S8TheHashIsXxh64OfNameNulKey) {
  // xxhsum -H1 of "canary\0user-1", mod 10000, is 3885.
  EXPECT_TRUE(rolloutAdmits("canary", 3886, "user-1"));
  EXPECT_FALSE(rolloutAdmits("canary", 3885, "user-1"));
}

TEST(Rollout, S8AKeyComesBeforeADrawAndWithoutBothItIsOpen) {
  Subject s("dispatch_rules: [{operation: '*', kernel: b, name: canary, rollout_percent: 38.86}]\n"
            "fallback_chains: {'*': [a]}");
  EXPECT_EQ(s.select(), "- open");
  s.query.rolloutDraw = 3886;
  EXPECT_EQ(s.select(), "a fallback_chain");
  s.query.rolloutDraw = 3885;
  EXPECT_EQ(s.select(), "b dispatch_rule 0");
  s.query.rolloutDraw = 9999;
  s.query.rolloutKey = "user-1";
  EXPECT_EQ(s.select(), "b dispatch_rule 0");
}

TEST(LibraryVersion, C4IsTheCandidatesOwn) {
  Subject s("dispatch_rules: [{operation: '*', kernel: '*', conditions: {library_version_gte: '2'}}]");
  s.query.libraryVersion = [&](int kernel) { return Version::parse(kernel == s.id("b") ? "2.1" : "1.9"); };
  EXPECT_EQ(s.select(), "b dispatch_rule 0");
}

TEST(LibraryVersion, AStrictErrorNamesWhoseVersionItReads) {
  Subject s("dispatch_rules: [{operation: '*', kernel: '[ab]', strict: true, conditions: {library_version_gte: '2'}}]\n"
            "kernel_denies: [b]\nfallback_chains: {'*': [c]}");
  Selection selection = s.selector.select(s.query);
  ASSERT_EQ(selection.candidates.size(), 3u);
  EXPECT_EQ(selection.candidates[0].kernel, s.id("a"));
  EXPECT_EQ(selection.candidates[1].reason, Reason::Strict);
  ASSERT_EQ(selection.candidates[1].conditions.size(), 1u);
  EXPECT_EQ(selection.candidates[1].conditions[0].subject, s.id("b"));
}

TEST(LibraryVersion, AnUnregisteredNameHasNone) {
  Subject s("dispatch_rules: [{operation: '*', kernel: gone, strict: true, conditions: {library_version_gte: '2'}}]\n"
            "fallback_chains: {'*': [a]}");
  EXPECT_EQ(s.select(), "a fallback_chain");
}

TEST(S10, AnOpenMarkIsAConditionOfTheResidual) {
  Subject s("fallback_chains: {'*': [b, a]}");
  s.facts.set(LZ_FACT_REQUIRES_DETERMINISTIC, Fact::open());
  s.facts.set(LZ_FACT_IS_CUDA_GRAPH_CAPTURING, Fact::absent());
  Selection selection = s.selector.select(s.query);
  EXPECT_EQ(selection.reason, Reason::Open);
  ASSERT_EQ(selection.candidates.size(), 2u);
  ASSERT_EQ(selection.candidates[0].conditions.size(), 1u);
  const OpenCondition &condition = selection.candidates[0].conditions[0];
  EXPECT_EQ(condition.field + " " + condition.op + " " + condition.valueJson, "requires_deterministic eq false");
  EXPECT_EQ(condition.condition, nullptr);
  EXPECT_TRUE(selection.candidates[1].conditions.empty());
}

TEST(Modes, ExactKeyThenGlobThenModeThenUnset) {
  Subject s("mode: config\nmodes: {'attention.*': dynamic, attention.full: static, 'norm.*': hot_reload}");
  EXPECT_EQ(s.selector.modeOf(LZ_OP_ATTENTION_FULL), LZ_MODE_STATIC);
  EXPECT_EQ(s.selector.modeOf(LZ_OP_ATTENTION_CAUSAL), LZ_MODE_DYNAMIC);
  EXPECT_EQ(s.selector.modeOf(LZ_OP_RMS_NORM), LZ_MODE_HOT_RELOAD);
  EXPECT_EQ(s.selector.modeOf(LZ_OP_MATMUL), LZ_MODE_CONFIG);
  EXPECT_EQ(Subject("").selector.modeOf(LZ_OP_MATMUL), LZ_MODE_UNSET);
}

TEST(Modes, AutoIsStaticWhereMappedThenHotReloadThenTheDefault) {
  Subject s("static_kernel_map: {norm.rms: d}\nhot_reload: {enabled: true}");
  EXPECT_EQ(s.selector.resolveAuto(LZ_OP_RMS_NORM, true), LZ_MODE_STATIC);
  EXPECT_EQ(s.selector.resolveAuto(LZ_OP_MATMUL, true), LZ_MODE_HOT_RELOAD);
  EXPECT_EQ(s.selector.resolveAuto(LZ_OP_MATMUL, false), LZ_MODE_DYNAMIC);
  EXPECT_EQ(s.selector.resolveAuto(LZ_OP_MATMUL, false, LZ_MODE_CONFIG), LZ_MODE_CONFIG);
  EXPECT_EQ(Subject("").selector.resolveAuto(LZ_OP_MATMUL, true), LZ_MODE_DYNAMIC);
}

TEST(Modes, AModeThatEvaluatesTheSameCandidatesIsNoRetry) {
  EXPECT_EQ(Selector::fallbackModes(LZ_MODE_STATIC), (std::vector<Mode>{LZ_MODE_DYNAMIC}));
  EXPECT_EQ(Selector::fallbackModes(LZ_MODE_AUTO), (std::vector<Mode>{LZ_MODE_DYNAMIC, LZ_MODE_STATIC}));
  for (Mode mode : {LZ_MODE_DYNAMIC, LZ_MODE_CONFIG, LZ_MODE_HOT_RELOAD, LZ_MODE_UNSET})
    EXPECT_TRUE(Selector::fallbackModes(mode).empty());
}

TEST(Static, S0TwoDefaultKernelsAreNoChoice) {
  Diagnostics diagnostics;
  auto manifest = parseManifest("version: '1.0'\nkernels:\n"
                                "  - {name: x, operations: [silu], symbol: x, default: true}\n"
                                "  - {name: y, operations: [silu], symbol: y, default: true}\n",
                                "k.yaml", diagnostics);
  ASSERT_TRUE(manifest);
  Selector selector(emptyPolicy(), KernelSet::create({*manifest}, diagnostics));
  FactSet facts(LZ_OP_SILU);
  Query query;
  query.facts = &facts;
  query.mode = LZ_MODE_STATIC;
  EXPECT_EQ(selector.select(query).reason, Reason::NoKernelAvailable);
}

TEST(Threads, FirstSelectionsOfOneSelectorMayRace) {
  Subject s("fallback_chains: {'*': [a, b]}");
  std::vector<std::thread> threads;
  std::array<std::string, 4> answers;
  for (std::string &answer : answers)
    threads.emplace_back([&] { answer = s.select() + s.selector.policyDigest(); });
  for (std::thread &thread : threads)
    thread.join();
  for (const std::string &answer : answers)
    EXPECT_EQ(answer, "a fallback_chain" + policyDigest(s.selector.policy()));
}

} // namespace
