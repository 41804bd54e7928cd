//===- ContextClassTest.cpp - Hits of contexts that a policy can and cannot tell apart -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Faults.h"

#include <gtest/gtest.h>

using namespace lzrt;
using namespace lzrt::test;

namespace {

class ContextCalls : public testing::Test {
protected:
  ContextCalls() { faults().reset(); }
};
using S12ContextClasses = ContextCalls;
using S8Rollouts = ContextCalls;
using S10Marks = ContextCalls;
using Pinning = ContextCalls;

void require(Caller &caller, bool deterministic) {
  caller.reset();
  caller.context.known |= LZ_KNOWS_REQUIRES_DETERMINISTIC;
  caller.context.requires_deterministic = deterministic;
}

TEST_F(S10Marks, DeterministicContextNeverHitsTheOthersKernel) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [loose, a]}"), {{}});
  module.bind();
  Caller plain(module), strict(module);
  require(strict, true);
  for (int i = 0; i < 200; ++i) { // past the number of calls after which a class takes over a site
    ASSERT_EQ(plain.call(8), LZ_STATUS_OK);
    ASSERT_EQ(strict.call(8), LZ_STATUS_OK);
  }
  EXPECT_EQ(plain.ran(), std::string(200, 'e'));
  EXPECT_EQ(strict.ran(), std::string(200, 'a'));
}

TEST_F(S10Marks, ContextThatIsChangedAfterItsPinCachesNothingForItsClass) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [loose, a]}"), {{}});
  module.bind();
  Caller changed(module), strict(module);
  require(changed, true);
  require(strict, true);
  module.dispatcher->pin(changed.context);
  changed.context.requires_deterministic = 0;
  ASSERT_EQ(changed.call(8), LZ_STATUS_OK);
  EXPECT_FALSE(module.isCached());
  ASSERT_EQ(strict.call(8), LZ_STATUS_OK);
  EXPECT_EQ(strict.ran(), "a");
}

TEST_F(S10Marks, CapturingContextNeverHitsTheOthersKernel) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [loose, a]}"), {{}});
  module.bind();
  Caller plain(module), capturing(module);
  capturing.context.known |= LZ_KNOWS_IS_CUDA_GRAPH_CAPTURING;
  capturing.context.is_cuda_graph_capturing = 1;
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(plain.call(8), LZ_STATUS_OK);
    ASSERT_EQ(capturing.call(8), LZ_STATUS_OK);
  }
  EXPECT_EQ(plain.ran() + capturing.ran(), "eeeaaa");
}

TEST_F(S12ContextClasses, TenantThatARuleReadsIsPartOfTheKey) {
  FaultModule module(policyOf("dispatch_rules:\n  - {operation: rms_norm, kernel: b, conditions: {tenant: acme}}\n"
                              "fallback_chains: {rms_norm: [a]}"),
                     {{}});
  module.bind();
  Caller caller(module);
  caller.context.known |= LZ_KNOWS_TENANT;
  std::string wanted;
  for (const char *tenant : {"acme", "acme", "beta", "acme", "", "beta", "acme"}) {
    caller.reset();
    caller.context.tenant = tenant;
    caller.pin();
    ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
    wanted += tenant == std::string("acme") ? 'b' : 'a';
  }
  EXPECT_EQ(caller.ran(), wanted);
}

TEST_F(S12ContextClasses, TwoClassesWithOneDecisionBothHit) {
  FaultModule module(policyOf("dispatch_rules:\n  - {operation: rms_norm, kernel: b, conditions: {tenant: acme, "
                              "num_tokens_gt: 1000}}\nfallback_chains: {rms_norm: [a]}"),
                     {{}});
  module.bind();
  Caller acme(module), beta(module);
  for (Caller *caller : {&acme, &beta}) {
    caller->context.known = LZ_KNOWS_TENANT;
    caller->context.tenant = caller == &acme ? "acme" : "beta";
    caller->pin();
  }
  for (int i = 0; i < 10; ++i)
    for (Caller *caller : {&acme, &beta})
      ASSERT_EQ(caller->call(8), LZ_STATUS_OK);
  EXPECT_EQ(module.misses(), 2u);
}

TEST_F(S12ContextClasses, TenantThatNoRuleReadsCostsNoHit) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a]}"), {{}});
  module.bind();
  Caller caller(module);
  caller.context.known |= LZ_KNOWS_TENANT;
  for (const char *tenant : {"acme", "beta", "gamma"}) {
    caller.reset();
    caller.context.tenant = tenant;
    caller.pin();
    ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  }
  EXPECT_EQ(module.misses(), 1u);
}

TEST_F(S12ContextClasses, TensorParallelSizeIsPartOfTheKey) {
  FaultModule module(policyOf("dispatch_rules:\n  - {operation: rms_norm, kernel: b, conditions: {tp_size_gte: 2}}\n"
                              "fallback_chains: {rms_norm: [a]}"),
                     {{}});
  module.bind();
  Caller caller(module);
  std::string wanted;
  for (int64_t size : {1, 2, 1, 8, 0, 2}) { // 0: not known, which counts as 1
    caller.reset();
    caller.context.known = size ? LZ_KNOWS_TP_SIZE : 0;
    caller.context.tp_size = size;
    caller.pin();
    ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
    wanted += size >= 2 ? 'b' : 'a';
  }
  EXPECT_EQ(caller.ran(), wanted);
}

TEST_F(S12ContextClasses, ModeOverrideIsPartOfTheKey) {
  FaultModule module(policyOf("static_kernel_map: {rms_norm: b}\nfallback_chains: {rms_norm: [a]}"), {{}});
  module.bind();
  Caller caller(module);
  std::string wanted;
  for (Mode mode : {LZ_MODE_UNSET, LZ_MODE_STATIC, LZ_MODE_UNSET, LZ_MODE_DYNAMIC, LZ_MODE_STATIC, LZ_MODE_AUTO}) {
    caller.reset();
    caller.context.mode_override = mode;
    for (int i = 0; i < 2; ++i)
      ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
    wanted += mode == LZ_MODE_STATIC || mode == LZ_MODE_AUTO ? "bb" : "aa"; // AUTO: the operation is mapped
  }
  EXPECT_EQ(caller.ran(), wanted);
}

TEST_F(S12ContextClasses, MoreClassesThanTheRuntimeKeepsAreDecidedEachTime) {
  FaultModule module(policyOf("dispatch_rules:\n  - {operation: rms_norm, kernel: b, conditions: {tenant_match: "
                              "\"*7\"}}\nfallback_chains: {rms_norm: [a]}"),
                     {{}});
  module.bind();
  Caller caller(module, 2000);
  caller.context.known |= LZ_KNOWS_TENANT;
  std::string wanted;
  for (int i = 0; i < 1000; ++i) {
    std::string tenant = "tenant" + std::to_string(i % 500);
    caller.reset();
    caller.context.tenant = tenant.c_str();
    caller.pin();
    ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
    wanted += i % 10 == 7 ? 'b' : 'a';
  }
  EXPECT_EQ(caller.ran(), wanted);
}

const char *const canary = "dispatch_rules:\n  - {operation: rms_norm, kernel: b, name: canary, rollout_percent: 50}\n"
                           "fallback_chains: {rms_norm: [a]}";

TEST_F(S8Rollouts, CacheHoldsTheAdmissionNeverTheKey) {
  FaultModule module(policyOf(canary), {{}});
  module.bind();
  Caller caller(module, 2000);
  std::string wanted;
  for (int i = 0; i < 1000; ++i) {
    std::string key = "user" + std::to_string(i % 300);
    caller.reset();
    caller.context.rollout_key = key.c_str();
    caller.context.rollout_key_size = key.size();
    caller.pin();
    ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
    wanted += rolloutAdmits("canary", 5000, key) ? 'b' : 'a';
  }
  EXPECT_EQ(caller.ran(), wanted);
  EXPECT_LT(module.misses(), 1000u) << "keys that are admitted alike are one class";
}

TEST_F(S8Rollouts, OneDrawAnInvocationAtEverySite) {
  FaultModule module(policyOf(canary), {{}, {}, {}});
  module.bind();
  Caller caller(module, 2000);
  std::string wanted;
  for (uint64_t draw : {0u, 4999u, 5000u, 9999u, 17u, 8000u}) {
    caller.reset();
    caller.context.rollout_draw = draw;
    for (int round = 0; round < 2; ++round)
      for (size_t site = 0; site < 3; ++site)
        ASSERT_EQ(caller.call(site, {8, 8, 8}), LZ_STATUS_OK);
    wanted += std::string(6, draw < 5000 ? 'b' : 'a');
  }
  EXPECT_EQ(caller.ran(), wanted);
}

TEST_F(Pinning, InvocationFinishesOnItsOwnPolicy) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a]}"), {{}});
  module.bind();
  Caller pinned(module), fresh(module);
  ASSERT_EQ(pinned.call(8), LZ_STATUS_OK);
  ASSERT_TRUE(module.publish("fallback_chains: {rms_norm: [b]}").isOk());
  EXPECT_TRUE(module.isCached()) << "a publish swaps entries, it drops none";
  uint64_t misses = module.misses();
  fresh.pin();
  ASSERT_EQ(fresh.call(8), LZ_STATUS_OK);
  EXPECT_EQ(module.misses(), misses) << "the new policy's first call hits";
  ASSERT_EQ(pinned.call(8), LZ_STATUS_OK);
  EXPECT_EQ(module.misses(), misses + 1);
  ASSERT_EQ(fresh.call(8), LZ_STATUS_OK);
  EXPECT_EQ(module.misses(), misses + 1) << "the old policy's call has cached nothing";
  pinned.reset();
  ASSERT_EQ(pinned.call(8), LZ_STATUS_OK);
  EXPECT_EQ(pinned.ran() + fresh.ran(), "aab"
                                        "bb");
  EXPECT_TRUE(module.dispatcher->waitForReaders(std::chrono::seconds(1)));
}

TEST_F(Pinning, AnInvocationThatGoesOnHoldsItsSnapshot) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a]}"), {{}});
  module.bind();
  Caller pinned(module);
  ASSERT_EQ(pinned.call(8), LZ_STATUS_OK);
  for (const char *kernel : {"b", "c", "d"})
    ASSERT_TRUE(module.publish("fallback_chains: {rms_norm: [" + std::string(kernel) + "]}").isOk());
  EXPECT_FALSE(module.dispatcher->waitForReaders(std::chrono::milliseconds(5)));
  ASSERT_EQ(pinned.call(8), LZ_STATUS_OK);
  EXPECT_EQ(pinned.ran(), "aa");
  pinned.reset();
  EXPECT_TRUE(module.dispatcher->waitForReaders(std::chrono::seconds(1)));
}

TEST_F(Pinning, AContextThatWasNotAdmittedIsPinnedAtItsFirstLiveCall) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a]}"), {{}});
  module.bind();
  Caller caller(module);
  EXPECT_EQ(caller.context.snapshot, nullptr);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(caller.context.snapshot, module.dispatcher->current().get());
  EXPECT_NE(caller.context.pin, 0u);
  caller.reset();
  EXPECT_EQ(caller.context.snapshot, nullptr);
  EXPECT_EQ(caller.context.pin, 0u);
}

TEST_F(Pinning, ContextOfAnotherDispatcherDecidesWithThePresentPolicyHere) {
  FaultModule first(policyOf("fallback_chains: {rms_norm: [a]}"), {{}});
  FaultModule second(policyOf("fallback_chains: {rms_norm: [b]}"), {{}});
  first.bind();
  second.bind();
  Caller caller(first), other(second);
  lz_call_t *call = nullptr;
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
    call = other.block(0, {8, 8, 8});
    call->context = &caller.context;
    ASSERT_EQ(second.live(0).stub(call, &second.live(0), 8, 8, 8, 0), LZ_STATUS_OK);
  }
  EXPECT_EQ(caller.ran(), "ababab");
  EXPECT_EQ(first.misses(), 1u);
  EXPECT_EQ(second.misses(), 3u);
}

TEST_F(Pinning, ContextOutlivesTheDispatcherThatItIsPinnedTo) {
  // Each module has a dispatcher of its own, and one may come to stand where the last one stood.
  FaultModule last(policyOf("fallback_chains: {rms_norm: [b]}"), {{}});
  Caller caller(last);
  for (int i = 0; i < 20; ++i) {
    const char *kernel = i % 2 ? "c" : "d";
    FaultModule module(policyOf("fallback_chains: {rms_norm: [" + std::string(kernel) + "]}"), {{}});
    module.bind();
    Caller own(module);
    lz_call_t *call = own.block(0, {8, 8, 8});
    call->context = &caller.context;
    ASSERT_EQ(lzrt_live_miss(call, &module.live(0), 8, 8, 8, 0), LZ_STATUS_OK);
    EXPECT_EQ(caller.ran(), kernel);
    module.unbind();
    module.dispatcher.reset();
  }
}

} // namespace
