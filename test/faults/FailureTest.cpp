//===- FailureTest.cpp - Failures behind hits, breakers, recovery -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Faults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

using namespace lzrt;
using namespace lzrt::test;
using testing::HasSubstr;

namespace {

class Failures : public testing::Test {
protected:
  Failures() { faults().reset(); }
};
using S9BehindAHit = Failures;
using Breakers = Failures;
using S11Panic = Failures;

const lz_device_t cpu{1, 0};

CircuitBreaker &breakerOf(FaultModule &module, const char *kernel) {
  return module.dispatcher->health().of(module.dispatcher->kernels().find(kernel), cpu).breaker;
}
void tell(FaultModule &module, const char *kernel, const std::optional<BreakerTransition> &transition) {
  module.dispatcher->changed(module.dispatcher->kernels().find(kernel), cpu, transition);
}

/// Opens after two failures, tries again after 20 ms, closes after two successes.
const std::string quick =
    "circuit_breaker: {failure_threshold: 2, recovery_timeout_seconds: 0.02, success_threshold: 2, "
    "half_open_max_calls: 1}\n";
void recover() { std::this_thread::sleep_for(std::chrono::milliseconds(30)); }

TEST_F(S9BehindAHit, GoesOnBehindTheKernelAndChargesItOnce) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a, b, c]}"), {{}});
  module.bind();
  Caller caller(module);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  ASSERT_TRUE(module.isCached());
  fail('a');
  fail('b', LZ_STATUS_OUT_OF_MEMORY);
  EXPECT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "aa!b!c");
  EXPECT_EQ(module.misses(), 1u) << "the failing call was a hit";
  EXPECT_EQ(module.bound->chargedFailures("a"), 1u);
  EXPECT_EQ(module.bound->chargedFailures("b"), 1u);
  EXPECT_EQ(caller.error(), "") << "a call that came to an end is no error";
}

TEST_F(S9BehindAHit, UnsupportedIsFollowedAndNotCharged) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a, b]}"), {{}});
  module.bind();
  Caller caller(module);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  fail('a', LZ_STATUS_UNSUPPORTED);
  for (int i = 0; i < 20; ++i)
    ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(module.bound->chargedFailures("a"), 0u);
  EXPECT_EQ(breakerOf(module, "a").state(), BreakerState::Closed);
  EXPECT_TRUE(module.isCached());
}

TEST_F(S9BehindAHit, InvalidArgumentStopsAndIsNotCharged) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a, b]}"), {{}});
  module.bind();
  Caller caller(module);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  fail('a', LZ_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(caller.call(8), LZ_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(caller.ran(), "aa!");
  EXPECT_EQ(module.bound->chargedFailures("a"), 0u);
  EXPECT_THAT(caller.error(), HasSubstr("`a`: invalid argument"));
}

TEST_F(S9BehindAHit, DeviceErrorStopsAndIsCharged) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a, b]}"), {{}});
  module.bind();
  Caller caller(module);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  fail('a', LZ_STATUS_DEVICE_ERROR);
  EXPECT_EQ(caller.call(8), LZ_STATUS_DEVICE_ERROR);
  EXPECT_EQ(caller.ran(), "aa!");
  EXPECT_EQ(module.bound->chargedFailures("a"), 1u);
}

TEST_F(S9BehindAHit, UnknownStatusIsAnInternalError) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a]}"), {{}});
  module.bind();
  Caller caller(module);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  fail('a', 77);
  EXPECT_EQ(caller.call(8), LZ_STATUS_EXHAUSTED);
  EXPECT_THAT(caller.error(), HasSubstr("`a`: internal error (status 77)"));
  EXPECT_EQ(module.bound->chargedFailures("a"), 1u);
}

TEST_F(S9BehindAHit, InPlaceKernelThatIsNotAtomicIsNotFollowed) {
  SiteSpec spec;
  spec.operation = LZ_OP_KV_CACHE_UPDATE;
  spec.inPlace = true;
  FaultModule module(policyOf("fallback_chains: {kv_cache.update: [loose, a]}"), {spec});
  module.bind();
  Caller caller(module);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  ASSERT_TRUE(module.isCached());
  fail('e');
  EXPECT_EQ(caller.call(8), LZ_STATUS_INTERNAL);
  EXPECT_EQ(caller.ran(), "ee!");
}

TEST_F(S9BehindAHit, KernelThatPreparesIsFollowed) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [planned, a]}"), {{}});
  module.bind();
  Caller caller(module);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  fail('p');
  EXPECT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "pp!a");
  EXPECT_EQ(module.bound->chargedFailures("planned"), 1u);
}

TEST_F(S9BehindAHit, DecompositionIsTheLastCandidate) {
  SiteSpec spec;
  spec.decomposition = [](const lz_call_t *) -> int32_t { return LZ_STATUS_OK; };
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a]}"), {spec});
  module.bind();
  Caller caller(module);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  fail('a');
  EXPECT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "aa!");
}

TEST_F(S9BehindAHit, ModeFallbackFollowsTheStaticChoice) {
  SiteSpec spec;
  spec.mode = LZ_MODE_STATIC;
  FaultModule module(policyOf("static_kernel_map: {rms_norm: a}\nfallback_chains: {rms_norm: [a, b]}"), {spec});
  module.bind();
  Caller caller(module);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  ASSERT_TRUE(module.isCached());
  fail('a');
  EXPECT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "aa!b") << "what has failed under one mode does not run under the next";
}

TEST_F(Breakers, OpensAfterFailuresInARowAndTheNextCandidateServes) {
  FaultModule module(policyOf("circuit_breaker: {failure_threshold: 3}\nfallback_chains: {rms_norm: [a, b]}"), {{}});
  module.bind();
  std::vector<BreakerEvent> events;
  module.dispatcher->onBreaker([&](const BreakerEvent &event) { events.push_back(event); });
  Caller caller(module);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  fail('a');
  for (int i = 0; i < 5; ++i)
    ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "aa!ba!ba!bbb");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].transition.to, BreakerState::Open);
  EXPECT_EQ(module.bound->chargedFailures("a"), 3u);
}

TEST_F(Breakers, EntriesOfAWatchedKernelGoAndComeBackWhenItIsWell) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a, b]}"), {{}});
  module.bind();
  Caller caller(module);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  fail('a', LZ_STATUS_INTERNAL, 2); // the first call succeeds, the second fails
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "aaa!b");
  EXPECT_FALSE(module.isCached()) << "each call reports now";
  heal('a');
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_FALSE(breakerOf(module, "a").isWatched()) << "a success ends the row of failures";
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_TRUE(module.isCached());
  uint64_t misses = module.misses();
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(module.misses(), misses);
  EXPECT_EQ(caller.ran(), "aaa");
}

TEST_F(Breakers, SuccessesBetweenFailuresKeepItClosed) {
  FaultModule module(policyOf("circuit_breaker: {failure_threshold: 2}\nfallback_chains: {rms_norm: [a, b]}"), {{}});
  module.bind();
  Caller caller(module);
  fail('a', LZ_STATUS_INTERNAL, 3);
  for (int i = 0; i < 60; ++i)
    ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(faults().failures('a'), 20u);
  EXPECT_EQ(module.bound->chargedFailures("a"), 20u);
  EXPECT_EQ(breakerOf(module, "a").state(), BreakerState::Closed);
}

TEST_F(Breakers, RecoversThroughProbes) {
  FaultModule module(policyOf(quick + "fallback_chains: {rms_norm: [a, b]}"), {{}});
  module.bind();
  Caller caller(module);
  fail('a');
  for (int i = 0; i < 3; ++i)
    ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "a!ba!bb");
  recover();
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "a!b") << "one probe, which opens it again";
  EXPECT_EQ(breakerOf(module, "a").state(), BreakerState::Open);
  heal('a');
  recover();
  recover();
  for (int i = 0; i < 4; ++i)
    ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "aaaa");
  EXPECT_EQ(breakerOf(module, "a").state(), BreakerState::Closed);
  EXPECT_TRUE(module.isCached());
}

TEST_F(Breakers, ForcedOpenAndClosed) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a, b]}"), {{}});
  module.bind();
  Caller caller(module);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  tell(module, "a", breakerOf(module, "a").forceOpen());
  EXPECT_FALSE(module.isCached());
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  tell(module, "a", breakerOf(module, "a").forceClose());
  fail('a');
  for (int i = 0; i < 10; ++i)
    ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(breakerOf(module, "a").state(), BreakerState::ForcedClosed);
  heal('a');
  tell(module, "a", breakerOf(module, "a").reset());
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_TRUE(module.isCached());
  EXPECT_EQ(caller.ran(), "ab"
                          "a!ba!ba!ba!ba!ba!ba!ba!ba!ba!b"
                          "a");
}

TEST_F(Breakers, ResetOfAClosedOneStartsAGenerationThatHitsReportInto) {
  FaultModule module(policyOf("circuit_breaker: {failure_threshold: 2}\nfallback_chains: {rms_norm: [a, b]}"), {{}});
  module.bind();
  Caller caller(module);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  ASSERT_TRUE(module.isCached());
  tell(module, "a", breakerOf(module, "a").reset());
  EXPECT_FALSE(module.isCached()) << "its calls would report into the generation before";
  fail('a');
  for (int i = 0; i < 3; ++i)
    ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(breakerOf(module, "a").state(), BreakerState::Open);
}

TEST_F(Breakers, DisabledByThePolicyNothingOpens) {
  FaultModule module(policyOf("circuit_breaker: {enabled: false}\nfallback_chains: {rms_norm: [a, b]}"), {{}});
  module.bind();
  Caller caller(module);
  fail('a');
  for (int i = 0; i < 20; ++i)
    ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(faults().failures('a'), 20u);
  EXPECT_EQ(breakerOf(module, "a").state(), BreakerState::Closed);
  EXPECT_EQ(module.bound->chargedFailures("a"), 20u);
}

TEST_F(Breakers, OneAKernelAndDevice) {
  FaultModule module(policyOf("circuit_breaker: {failure_threshold: 1}\nfallback_chains: {rms_norm: [a, b]}"), {{}});
  module.bind();
  Caller first(module), second(module);
  second.context.device = {1, 1};
  fail('a');
  ASSERT_EQ(first.call(8), LZ_STATUS_OK);
  heal('a');
  ASSERT_EQ(first.call(8), LZ_STATUS_OK);
  ASSERT_EQ(second.call(8), LZ_STATUS_OK);
  EXPECT_EQ(first.ran(), "a!bb");
  EXPECT_EQ(second.ran(), "a");
}

TEST_F(S11Panic, FirstCandidateRunsWhereBreakersAloneLeaveNothing) {
  FaultModule module(policyOf("circuit_breaker: {failure_threshold: 1}\nfallback_chains: {rms_norm: [a, b]}"), {{}});
  module.bind();
  Caller caller(module);
  fail('a');
  fail('b');
  EXPECT_EQ(caller.call(8), LZ_STATUS_EXHAUSTED);
  EXPECT_EQ(caller.ran(), "a!b!");
  heal('a');
  EXPECT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "a");
  EXPECT_EQ(breakerOf(module, "a").state(), BreakerState::Open) << "a panic's outcome is not the breaker's";
  KernelHealth &health = module.dispatcher->health().of(module.dispatcher->kernels().find("a"), cpu);
  EXPECT_EQ(health.panics, 1u);
}

TEST_F(Breakers, OneThatDoubtsAKernelBehindTheFirstIsAskedOnContinuation) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a, b, c]}"), {{}});
  module.bind();
  Caller caller(module);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  tell(module, "b", breakerOf(module, "b").forceOpen());
  EXPECT_TRUE(module.isCached()) << "another kernel's entries stay";
  fail('a');
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "aa!c");
}

} // namespace
