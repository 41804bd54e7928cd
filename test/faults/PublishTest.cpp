//===- PublishTest.cpp - What a publish reaches: live sites, compiled code, counters -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Faults.h"
#include "lzrt/policy/Reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

using namespace lzrt;
using namespace lzrt::test;
using testing::HasSubstr;

namespace {

class Publishing : public testing::Test {
protected:
  Publishing() { faults().reset(); }
};
using BakedSites = Publishing;
using S4Deny = Publishing;

const lz_device_t cpu{1, 0};
CircuitBreaker &breakerOf(FaultModule &module, const char *kernel) {
  return module.dispatcher->health().of(module.dispatcher->kernels().find(kernel), cpu).breaker;
}

SiteSpec bakedSite() {
  SiteSpec spec;
  spec.mode = LZ_MODE_STATIC;
  spec.isLive = false;
  return spec;
}

std::string thresholdAt(int64_t rows) {
  return "dispatch_rules:\n  - {operation: rms_norm, kernel: b, conditions: {num_tokens_gt: " + std::to_string(rows) +
         "}}\nfallback_chains: {rms_norm: [a]}\n";
}

TEST_F(Publishing, EntriesAreSwappedForWhatTheNewPolicyMakesOfTheSameCalls) {
  FaultModule module(policyOf(thresholdAt(100)), {{}});
  module.bind();
  Caller caller(module);
  for (int64_t rows : {50, 150})
    ASSERT_EQ(caller.call(rows), LZ_STATUS_OK);
  ASSERT_TRUE(module.publish(thresholdAt(30)).isOk());
  caller.reset();
  caller.pin();
  for (int64_t rows : {50, 150, 31})
    ASSERT_EQ(caller.call(rows), LZ_STATUS_OK);
  EXPECT_EQ(module.misses(), 2u);
  ASSERT_EQ(caller.call(30), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "ab"
                          "bbb"
                          "a");
}

TEST_F(Publishing, CachedBetweenDryRunAndPublishIsDecidedAnew) {
  FaultModule module(policyOf(thresholdAt(100)), {{}});
  module.bind();
  Caller caller(module);
  ASSERT_EQ(caller.call(50), LZ_STATUS_OK);
  std::unique_ptr<PolicyHost::Prepared> prepared;
  ASSERT_TRUE(module.dispatcher->prepare(policyOf("fallback_chains: {rms_norm: [c]}"), true, &prepared).isOk());
  ASSERT_EQ(caller.call(150), LZ_STATUS_OK);
  module.dispatcher->publish(std::move(prepared));
  caller.reset();
  caller.pin();
  for (int64_t rows : {50, 150})
    ASSERT_EQ(caller.call(rows), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "abcc");
  EXPECT_EQ(module.misses(), 2u);
}

TEST_F(Publishing, KernelThatFellIllBetweenDryRunAndPublishIsNotCached) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a]}"), {{}, {}});
  module.bind();
  Caller caller(module);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  std::unique_ptr<PolicyHost::Prepared> prepared;
  ASSERT_TRUE(module.dispatcher->prepare(policyOf("fallback_chains: {rms_norm: [b, a]}"), true, &prepared).isOk());
  int b = module.dispatcher->kernels().find("b");
  module.dispatcher->changed(b, cpu, breakerOf(module, "b").forceOpen());
  module.dispatcher->publish(std::move(prepared));
  EXPECT_FALSE(module.isCached());
  caller.reset();
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "aa");
}

TEST_F(Publishing, SiteThatWentBetweenDryRunAndPublishBringsNothingToItsNumbersNext) {
  auto dispatcher = std::make_shared<Dispatcher>(policyOf("fallback_chains: {'*': [a]}"), &faultKernels());
  SiteSpec softmax;
  softmax.operation = LZ_OP_SOFTMAX;
  FaultModule first(policyOf(""), {{}}), second(policyOf(""), {softmax});
  first.bind(dispatcher);
  {
    Caller caller(first);
    ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  }
  std::unique_ptr<PolicyHost::Prepared> prepared;
  ASSERT_TRUE(dispatcher->prepare(policyOf("fallback_chains: {rms_norm: [b], softmax: [c]}"), true, &prepared).isOk());
  first.unbind();
  second.bind(dispatcher);
  Caller caller(second);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  dispatcher->publish(std::move(prepared));
  caller.reset();
  for (int i = 0; i < 2; ++i)
    ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "acc");
}

TEST_F(Publishing, EqualDecisionsKeepTheirCounters) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a]}"), {{}});
  module.bind();
  Caller caller(module);
  auto callsOf = [&](const std::string &kernel) {
    uint64_t count = 0;
    module.dispatcher->decisions().forEach([&](const Decision &decision) {
      if (module.dispatcher->kernels().kernels()[size_t(decision.kernel)].name == kernel)
        count += cells::count(decision.cell);
    });
    return count;
  };
  for (int round = 0; round < 4; ++round) {
    caller.reset();
    for (int i = 0; i < 10; ++i)
      ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
    ASSERT_TRUE(module.publish("fallback_chains: {rms_norm: [" + std::string(round % 2 ? "a" : "b") + "]}").isOk());
  }
  EXPECT_EQ(callsOf("a"), 20u);
  EXPECT_EQ(callsOf("b"), 20u);
}

TEST_F(Publishing, TelemetryFollowsThePolicy) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a]}"), {{}});
  module.bind();
  Caller caller(module);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  lz_stub_fn counted = module.live(0).stub;
  ASSERT_TRUE(module.publish("telemetry: {enabled: false}\nfallback_chains: {rms_norm: [a]}").isOk());
  EXPECT_NE(module.live(0).stub, counted);
  EXPECT_TRUE(module.isCached());
  ASSERT_TRUE(module.publish("cache: {enabled: false}\nfallback_chains: {rms_norm: [a]}").isOk());
  EXPECT_FALSE(module.isCached());
}

TEST_F(Publishing, AnewOfTheLivePolicyTakesNoOtherBack) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a]}"), {{}});
  module.bind();
  std::atomic<bool> stops{false};
  std::thread again([&] {
    while (!stops)
      EXPECT_TRUE(module.dispatcher->republish().isOk());
  });
  for (int i = 0; i < 100; ++i) {
    std::string chain = "fallback_chains: {rms_norm: [" + std::string(i % 2 ? "b" : "c") + "]}";
    ASSERT_TRUE(module.publish(chain).isOk());
    std::this_thread::yield();
    EXPECT_EQ(module.dispatcher->current()->selector.policyDigest(), policyDigest(*policyOf(chain)));
  }
  stops = true;
  again.join();
}

TEST_F(Publishing, DefaultModesThatCameAfterTheDryRunAreInForce) {
  SiteSpec spec;
  spec.mode = LZ_MODE_UNSET;
  std::string policy = "static_kernel_map: {softmax: b}\nfallback_chains: {rms_norm: [a]}";
  FaultModule module(policyOf(policy), {spec});
  module.bind();
  Caller caller(module);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  std::unique_ptr<PolicyHost::Prepared> prepared;
  ASSERT_TRUE(module.dispatcher->prepare(policyOf(policy), true, &prepared).isOk());
  module.dispatcher->setDefaultMode([](Operation) { return true; }, LZ_MODE_STATIC);
  module.dispatcher->publish(std::move(prepared));
  caller.reset();
  for (int i = 0; i < 2; ++i)
    ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "abb") << "STATIC runs the default kernel";
}

TEST_F(Publishing, ASiteMayNotLoseItsLastKernel) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a]}"), {{}});
  module.bind();
  Caller caller(module);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  const std::string none = "kernel_denies: [a]\nfallback_chains: {rms_norm: [a]}";
  Status status = module.publish(none, true);
  EXPECT_EQ(status.code(), LZ_STATUS_NO_KERNEL_AVAILABLE);
  EXPECT_THAT(status.message(), HasSubstr("`rms_norm` at `model.norm` (model.mlir:3:4) would have no kernel"));
  caller.reset();
  EXPECT_EQ(caller.call(8), LZ_STATUS_OK) << "the old policy serves on";
  EXPECT_TRUE(module.publish(none, false).isOk());
  caller.reset();
  EXPECT_EQ(caller.call(8), LZ_STATUS_NO_KERNEL_AVAILABLE);
  EXPECT_TRUE(module.publish("kernel_denies: [a]\nfallback_chains: {rms_norm: []}", true).isOk())
      << "what is lost already is not lost now";
}

TEST_F(Publishing, ADecompositionIsALastKernel) {
  SiteSpec spec;
  spec.decomposition = [](const lz_call_t *) -> int32_t { return LZ_STATUS_OK; };
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a]}"), {spec});
  module.bind();
  EXPECT_TRUE(module.publish("kernel_denies: ['*']", true).isOk());
  Caller caller(module);
  EXPECT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "");
}

TEST_F(S4Deny, ReachesStaticCodeWithinOnePublish) {
  std::string policy = "static_kernel_map: {rms_norm: a}\nfallback_chains: {rms_norm: [b]}\n";
  FaultModule module(policyOf(policy), {bakedSite()}, {"a"});
  module.bind();
  Caller caller(module);
  ASSERT_EQ(caller.callBaked(8), LZ_STATUS_OK);
  lz_kernel_fn plain = module.slots[0];
  ASSERT_TRUE(module.publish(policy + "kernel_denies: [a]", true).isOk());
  EXPECT_NE(module.slots[0], plain);
  ASSERT_EQ(caller.callBaked(8), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "ab");
  EXPECT_EQ(module.bound->chargedFailures("a"), 0u);
  ASSERT_TRUE(module.publish(policy, true).isOk());
  EXPECT_EQ(module.slots[0], plain);
}

TEST_F(S4Deny, OfTheLastKernelOfCompiledCodeIsRefusedUnlessAskedFor) {
  std::string policy = "static_kernel_map: {rms_norm: a}\nfallback_chains: {rms_norm: [a]}\n";
  FaultModule module(policyOf(policy), {bakedSite()}, {"a"});
  module.bind();
  Status status = module.publish(policy + "kernel_denies: [a]", true);
  EXPECT_EQ(status.code(), LZ_STATUS_NO_KERNEL_AVAILABLE);
  EXPECT_THAT(status.message(), HasSubstr("which is compiled, would have no kernel left"));
  ASSERT_TRUE(module.publish(policy + "kernel_denies: [a]", false).isOk());
  Caller caller(module);
  EXPECT_EQ(caller.callBaked(8), LZ_STATUS_NO_KERNEL_AVAILABLE);
  EXPECT_EQ(caller.ran(), "");
}

TEST_F(BakedSites, FirstFailurePatchesTheSlotAndRecoveryRestoresIt) {
  std::string policy = "circuit_breaker: {failure_threshold: 2, recovery_timeout_seconds: 0.02, success_threshold: 1}\n"
                       "static_kernel_map: {rms_norm: a}\nfallback_chains: {rms_norm: [a, b]}\n";
  FaultModule module(policyOf(policy), {bakedSite()}, {"a"});
  module.bind();
  Caller caller(module);
  ASSERT_EQ(caller.callBaked(8), LZ_STATUS_OK);
  lz_kernel_fn plain = module.slots[0];
  fail('a');
  ASSERT_EQ(caller.callBaked(8), LZ_STATUS_OK);
  EXPECT_NE(module.slots[0], plain);
  EXPECT_EQ(caller.ran(), "aa!b");
  heal('a');
  ASSERT_EQ(caller.callBaked(8), LZ_STATUS_OK);
  EXPECT_EQ(module.slots[0], plain) << "a success ends the row of failures";
  fail('a');
  for (int i = 0; i < 4; ++i)
    ASSERT_EQ(caller.callBaked(8), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "aa!ba!bbb") << "open: refused and continued";
  EXPECT_EQ(module.bound->chargedFailures("a"), 3u);
  heal('a');
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  ASSERT_EQ(caller.callBaked(8), LZ_STATUS_OK);
  EXPECT_EQ(module.slots[0], plain);
  EXPECT_EQ(caller.ran(), "a");
}

TEST_F(BakedSites, AKernelThatFailedLiveIsWatchedInCompiledCodeToo) {
  std::string policy = "circuit_breaker: {failure_threshold: 1}\nstatic_kernel_map: {rms_norm: a}\n"
                       "fallback_chains: {rms_norm: [a, b]}\n";
  FaultModule module(policyOf(policy), {bakedSite(), SiteSpec{}}, {"a"});
  module.bind();
  Caller caller(module);
  fail('a');
  ASSERT_EQ(caller.call(1, {8, 8, 8}), LZ_STATUS_OK);
  ASSERT_EQ(caller.callBaked(8), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "a!bb");
}

TEST_F(BakedSites, FailuresBehindAnOpenBreakerAreStillCharged) {
  std::string policy = "circuit_breaker: {failure_threshold: 1}\nstatic_kernel_map: {rms_norm: a}\n"
                       "fallback_chains: {rms_norm: [a, b]}\n";
  FaultModule module(policyOf(policy), {bakedSite()}, {"a"});
  module.bind();
  lz_fault_t held{};
  held.status = LZ_STATUS_INTERNAL;
  held.hold = 1;
  faults().set('a', &held);
  std::thread late([&] {
    Caller caller(module);
    EXPECT_EQ(caller.callBaked(8), LZ_STATUS_OK);
  });
  while (faults().held('a') == 0)
    std::this_thread::yield();
  module.dispatcher->changed(module.dispatcher->kernels().find("a"), cpu, breakerOf(module, "a").forceOpen());
  faults().open('a');
  late.join();
  EXPECT_EQ(breakerOf(module, "a").state(), BreakerState::ForcedOpen);
  EXPECT_EQ(module.bound->chargedFailures("a"), 1u);
}

TEST_F(BakedSites, DispatcherOfAnotherRegistryIsRefused) {
  std::unique_ptr<KernelRegistry> other =
      loadKernels("version: \"1.0\"\nlibrary: liblz_fault_kernels.so\nkernels:\n"
                  "  - {name: other, operations: [rms_norm], symbol: lz_fault_c0}\n");
  auto dispatcher = std::make_shared<Dispatcher>(policyOf(""), other.get());
  FaultModule module(policyOf("static_kernel_map: {rms_norm: a}"), {bakedSite()}, {"a"});
  std::vector<std::string> warnings;
  Status status = module.tryBind(dispatcher, &warnings);
  EXPECT_EQ(status.code(), LZ_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(status.message(), HasSubstr("another kernel registry"));
}

} // namespace
