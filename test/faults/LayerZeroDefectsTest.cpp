//===- LayerZeroDefectsTest.cpp - Defects of the system that this one follows, not had here -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Of the dispatch, its cache and its breakers. Those of reloads stand in test/unit/runtime/reload, those of the
// policy's reader in test/unit/runtime/policy.
//
//===----------------------------------------------------------------------===//
#include "Faults.h"

#include <gtest/gtest.h>

#include <thread>

using namespace lzrt;
using namespace lzrt::test;

namespace {

const lz_device_t cpu{1, 0};

class LayerZeroDefects : public testing::Test {
protected:
  LayerZeroDefects() { faults().reset(); }
  static CircuitBreaker &breakerOf(FaultModule &module, const char *kernel) {
    return module.dispatcher->health().of(module.dispatcher->kernels().find(kernel), cpu).breaker;
  }
  static void hold(char slot, int32_t status) {
    lz_fault_t fault{};
    fault.status = status;
    fault.hold = 1;
    faults().set(slot, &fault);
  }
  static void waitForHeld(char slot, uint64_t count) {
    while (faults().held(slot) != count)
      std::this_thread::yield();
  }
};

/// A site of attention.causal, q and k [1, 16, ?, 64].
SiteSpec attention(double dropout = 0) {
  SiteSpec spec;
  spec.operation = LZ_OP_ATTENTION_CAUSAL;
  spec.shapes = {{1, 16, LZ_DYNAMIC, 64}, {1, 16, LZ_DYNAMIC, 64}, {1, 16, 4, 64}, {}, {1, 16, 4, 64}, {}};
  spec.attributes = {{LZ_ATTR_LAYOUT, 0, {.i64 = LZ_LAYOUT_BSHD}}};
  if (dropout != 0)
    spec.attributes.push_back({LZ_ATTR_DROPOUT_P, 0, {.f64 = dropout}});
  return spec;
}
std::string attentionRule(const std::string &condition) {
  return "dispatch_rules:\n  - {operation: attention.causal, kernel: b, conditions: {" + condition +
         "}}\nfallback_chains: {attention.causal: [a]}\n";
}

TEST_F(LayerZeroDefects, CacheKeyHasRequiresDeterministic) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [loose, a]}"), {{}});
  module.bind();
  Caller plain(module), strict(module);
  strict.context.known = LZ_KNOWS_REQUIRES_DETERMINISTIC;
  strict.context.requires_deterministic = 1;
  for (int i = 0; i < 3; ++i)
    ASSERT_EQ(plain.call(8), LZ_STATUS_OK);
  ASSERT_TRUE(module.isCached());
  for (int i = 0; i < 3; ++i)
    ASSERT_EQ(strict.call(8), LZ_STATUS_OK);
  EXPECT_EQ(plain.ran() + strict.ran(), "eeeaaa");
}

TEST_F(LayerZeroDefects, CacheKeyHasDropout) {
  FaultModule module(policyOf(attentionRule("dropout_p_gt: 0")), {attention(), attention(0.1)});
  module.bind();
  Caller caller(module);
  for (int i = 0; i < 3; ++i)
    for (size_t site : {0, 1})
      ASSERT_EQ(caller.call(site, {4, 4}), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "ababab");
  EXPECT_EQ(module.misses(0) + module.misses(1), 2u) << "by hits";
}

TEST_F(LayerZeroDefects, CacheKeyHasEnableGqa) {
  FaultModule module(policyOf(attentionRule("enable_gqa: true")), {attention()});
  module.bind();
  Caller caller(module);
  for (int i = 0; i < 2; ++i)
    for (int64_t shared : {8, 2, 8})
      ASSERT_EQ(caller.call(0, {8, shared}), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "abaaba");
  EXPECT_EQ(module.misses(), 2u) << "by hits";
}

TEST_F(LayerZeroDefects, CacheKeyHasTensorParallelSize) {
  FaultModule module(policyOf("dispatch_rules:\n  - {operation: rms_norm, kernel: b, conditions: {tp_size_gt: 1}}\n"
                              "fallback_chains: {rms_norm: [a]}\n"),
                     {{}});
  module.bind();
  Caller alone(module), parallel(module);
  parallel.context.known = LZ_KNOWS_TP_SIZE;
  parallel.context.tp_size = 4;
  for (int i = 0; i < 3; ++i)
    for (Caller *caller : {&alone, &parallel})
      ASSERT_EQ(caller->call(8), LZ_STATUS_OK);
  EXPECT_EQ(alone.ran() + parallel.ran(), "aaabbb");
}

TEST_F(LayerZeroDefects, OneDispatchReadsOnePolicy) {
  // The new policy comes while the old one's first choice runs, which then fails: its own chain goes on.
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a, b]}"), {{}});
  module.bind();
  hold('a', LZ_STATUS_INTERNAL);
  std::string ran;
  std::thread call([&] {
    Caller caller(module);
    EXPECT_EQ(caller.call(8), LZ_STATUS_OK);
    ran = caller.ran();
  });
  waitForHeld('a', 1);
  ASSERT_TRUE(module.publish("kernel_denies: [b]\nfallback_chains: {rms_norm: [c, d]}").isOk());
  faults().open('a');
  call.join();
  EXPECT_EQ(ran, "a!b");
}

TEST_F(LayerZeroDefects, DecisionOfAnOldPolicyIsNotStoredUnderTheNewOne) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a]}"), {{}});
  module.bind();
  Caller old(module), fresh(module);
  old.pin(); // has begun, has not decided
  ASSERT_TRUE(module.publish("fallback_chains: {rms_norm: [b]}").isOk());
  ASSERT_EQ(old.call(8), LZ_STATUS_OK);
  EXPECT_FALSE(module.isCached()) << "what it decided holds for nobody who begins now";
  for (int i = 0; i < 2; ++i)
    ASSERT_EQ(fresh.call(8), LZ_STATUS_OK);
  EXPECT_EQ(old.ran() + fresh.ran(), "abb");
}

TEST_F(LayerZeroDefects, HalfOpenBreakerAdmitsAFewProbes) {
  FaultModule module(policyOf("circuit_breaker: {failure_threshold: 1, recovery_timeout_seconds: 0.001, "
                              "half_open_max_calls: 2, success_threshold: 100}\nfallback_chains: {rms_norm: [a, b]}"),
                     {{}});
  module.bind();
  Caller first(module);
  fail('a');
  ASSERT_EQ(first.call(8), LZ_STATUS_OK);
  hold('a', LZ_STATUS_OK);
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  std::vector<std::thread> threads;
  std::atomic<int> others{0};
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      Caller caller(module);
      EXPECT_EQ(caller.call(8), LZ_STATUS_OK);
      others += caller.ran() == "b";
    });
  while (others != 6)
    std::this_thread::yield();
  waitForHeld('a', 2);
  EXPECT_EQ(breakerOf(module, "a").probes(), 2u);
  faults().open('a');
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(breakerOf(module, "a").probes(), 0u);
}

TEST_F(LayerZeroDefects, PlaceComesBackWhereAListenerThrows) {
  FaultModule module(policyOf("circuit_breaker: {failure_threshold: 1, recovery_timeout_seconds: 0.001, "
                              "half_open_max_calls: 1, success_threshold: 1}\nfallback_chains: {rms_norm: [a, b]}"),
                     {{}});
  module.bind();
  bool throws = false;
  module.dispatcher->onBreaker([&](const BreakerEvent &event) {
    if (throws && event.transition.to == BreakerState::HalfOpen)
      throw std::runtime_error("a listener's");
  });
  Caller caller(module);
  fail('a');
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  heal('a');
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  throws = true;
  EXPECT_EQ(caller.call(8), LZ_STATUS_INTERNAL) << "no exception leaves";
  EXPECT_EQ(breakerOf(module, "a").state(), BreakerState::HalfOpen);
  EXPECT_EQ(breakerOf(module, "a").probes(), 0u);
  throws = false;
  caller.reset();
  EXPECT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(breakerOf(module, "a").state(), BreakerState::Closed);
}

TEST_F(LayerZeroDefects, LateSuccessDoesNotCloseAnOpenBreaker) {
  FaultModule module(policyOf("circuit_breaker: {failure_threshold: 1}\nfallback_chains: {rms_norm: [a, b]}"), {{}});
  module.bind();
  hold('a', LZ_STATUS_OK);
  std::thread late([&] {
    Caller caller(module);
    EXPECT_EQ(caller.call(8), LZ_STATUS_OK);
  });
  waitForHeld('a', 1);
  fail('b'); // another kernel's failure changes nothing
  int a = module.dispatcher->kernels().find("a");
  CircuitBreaker &breaker = breakerOf(module, "a");
  BreakerTicket ticket{breaker.generation(), false};
  module.dispatcher->report(module.dispatcher->current()->limits, a, cpu, ticket, Outcome::Failure);
  ASSERT_EQ(breaker.state(), BreakerState::Open);
  faults().open('a');
  late.join();
  EXPECT_EQ(breaker.state(), BreakerState::Open);
}

TEST_F(LayerZeroDefects, LateFailuresDoNotExtendAnOpenBreaker) {
  FaultModule module(policyOf("circuit_breaker: {failure_threshold: 1, recovery_timeout_seconds: 0.05}\n"
                              "fallback_chains: {rms_norm: [a, b]}"),
                     {{}});
  module.bind();
  hold('a', LZ_STATUS_INTERNAL);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      Caller caller(module);
      EXPECT_EQ(caller.call(8), LZ_STATUS_OK);
    });
  waitForHeld('a', 4);
  int a = module.dispatcher->kernels().find("a");
  CircuitBreaker &breaker = breakerOf(module, "a");
  module.dispatcher->report(module.dispatcher->current()->limits, a, cpu, {breaker.generation(), false},
                            Outcome::Failure);
  ASSERT_EQ(breaker.state(), BreakerState::Open);
  uint32_t generation = breaker.generation();
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  faults().open('a');
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(breaker.generation(), generation) << "late ones change nothing";
  EXPECT_TRUE(breaker.wouldAdmit(module.dispatcher->current()->limits, monotonicNow())) << "its time is over as it was";
  EXPECT_EQ(module.bound->chargedFailures("a"), 5u) << "but each is counted";
}

TEST_F(LayerZeroDefects, FallbackFailuresCountOnce) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a, b, c]}"), {{}});
  module.bind();
  Caller caller(module);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  for (char slot : {'a', 'b', 'c'})
    fail(slot);
  EXPECT_EQ(caller.call(8), LZ_STATUS_EXHAUSTED); // behind a hit
  caller.reset();
  EXPECT_EQ(caller.call(8), LZ_STATUS_EXHAUSTED); // from a miss
  for (const char *kernel : {"a", "b", "c"})
    EXPECT_EQ(module.bound->chargedFailures(kernel), 2u) << kernel;
}

TEST_F(LayerZeroDefects, ConfigModeHasCircuitBreakers) {
  SiteSpec spec;
  spec.mode = LZ_MODE_CONFIG;
  FaultModule module(policyOf("circuit_breaker: {failure_threshold: 2}\ndispatch_rules:\n"
                              "  - {operation: rms_norm, kernel: a}\nfallback_chains: {rms_norm: [b]}"),
                     {spec});
  module.bind();
  Caller caller(module);
  fail('a');
  for (int i = 0; i < 4; ++i)
    ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "a!ba!bbb");
}

TEST_F(LayerZeroDefects, ConfigModeChecksWhatKernelsRequire) {
  auto registry =
      loadKernels("version: \"1.0\"\nlibrary: liblz_fault_kernels.so\nkernels:\n"
                  "  - {name: small, operations: [rms_norm], symbol: lz_fault_a0, requires: {num_tokens_lte: "
                  "16, platform: cpu}}\n"
                  "  - {name: cuda, operations: [rms_norm], symbol: lz_fault_b0, requires: {platform: cuda}}\n"
                  "  - {name: any, operations: [rms_norm], symbol: lz_fault_c0}\n");
  SiteSpec spec;
  spec.mode = LZ_MODE_CONFIG;
  FaultModule module(policyOf("dispatch_rules:\n  - {operation: rms_norm, kernel: cuda, priority: 90}\n"
                              "  - {operation: rms_norm, kernel: small}\nfallback_chains: {rms_norm: [any]}"),
                     {spec}, {}, *registry);
  module.bind();
  Caller caller(module);
  for (int64_t rows : {1, 16, 17, 16, 4000})
    ASSERT_EQ(caller.call(rows), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "aacac");
  module.unbind();
}

TEST_F(LayerZeroDefects, LayoutIsTheSitesAndNeverGuessedFromExtents) {
  // A step of decoding with as many heads as tokens: nothing in the extents tells the layouts apart.
  std::vector<SiteSpec> specs;
  for (int64_t layout : {LZ_LAYOUT_BSHD, LZ_LAYOUT_BHSD}) {
    SiteSpec spec = attention();
    spec.shapes = {{1, LZ_DYNAMIC, 8, 64}, {1, LZ_DYNAMIC, 8, 64}, {1, 8, 8, 64}, {}, {1, 8, 8, 64}, {}};
    spec.attributes[0].value.i64 = layout;
    specs.push_back(spec);
  }
  FaultModule module(
      policyOf("dispatch_rules:\n  - {operation: attention.causal, kernel: b, conditions: {layout: BHSD}}\n"
               "  - {operation: attention.causal, kernel: c, conditions: {seq_len_gt: 8}}\n"
               "fallback_chains: {attention.causal: [a]}"),
      specs);
  module.bind();
  Caller caller(module);
  for (int64_t extent : {8, 8, 9})
    for (size_t site : {0, 1})
      ASSERT_EQ(caller.call(site, {extent, extent}), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "ababcb");
}

} // namespace
