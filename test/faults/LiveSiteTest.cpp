//===- LiveSiteTest.cpp - What a live site caches, and for which calls -*- C++ -*-===//
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

constexpr int64_t open = LZ_DYNAMIC;

class LiveSites : public testing::Test {
protected:
  LiveSites() { faults().reset(); }
};

std::string byTokens(const std::string &condition) {
  return "dispatch_rules:\n  - {operation: rms_norm, kernel: b, conditions: {" + condition +
         "}}\nfallback_chains: {rms_norm: [a]}\n";
}

TEST_F(LiveSites, SecondCallDoesNotComeToTheRuntime) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a, b]}"), {{}});
  module.bind();
  EXPECT_FALSE(module.isCached());
  Caller caller(module);
  EXPECT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(module.misses(), 1u);
  EXPECT_TRUE(module.isCached());
  EXPECT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(caller.call(9000), LZ_STATUS_OK);
  EXPECT_EQ(module.misses(), 1u) << "no condition reads the extents";
  EXPECT_EQ(caller.ran(), "aaa");
}

TEST_F(LiveSites, GrowingSequenceHitsUntilItCrossesTheThreshold) {
  FaultModule module(policyOf(byTokens("num_tokens_gt: 100")), {{}});
  module.bind();
  Caller caller(module);
  for (int64_t rows = 1; rows <= 100; ++rows)
    ASSERT_EQ(caller.call(rows), LZ_STATUS_OK);
  EXPECT_EQ(module.misses(), 1u);
  EXPECT_EQ(caller.ran(), std::string(100, 'a'));
  for (int64_t rows = 101; rows <= 200; ++rows)
    ASSERT_EQ(caller.call(rows), LZ_STATUS_OK);
  EXPECT_EQ(module.misses(), 2u);
  EXPECT_EQ(caller.ran(), std::string(100, 'b'));
  EXPECT_EQ(module.numEntries(), 2u) << "both sides stay";
  for (int64_t rows : {100, 101, 1, 200})
    ASSERT_EQ(caller.call(rows), LZ_STATUS_OK);
  EXPECT_EQ(module.misses(), 2u);
  EXPECT_EQ(caller.ran(), "abab");
}

TEST_F(LiveSites, ExtentZeroIsACallLikeAnother) {
  FaultModule module(policyOf(byTokens("num_tokens_lt: 1")), {{}});
  module.bind();
  Caller caller(module);
  for (int64_t rows : {0, 0, 1, 0, 5})
    ASSERT_EQ(caller.call(rows), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "bbaba");
  EXPECT_EQ(module.misses(), 2u);
}

/// x [?, ?, 64]: num_tokens is the product of two extents.
std::vector<SiteSpec> twoLeadingExtents() {
  SiteSpec spec;
  spec.shapes = {{open, open, 64}, {64}, {open, open, 64}};
  return {spec};
}

TEST_F(LiveSites, ProductOfExtentsIsComparedAsAProduct) {
  FaultModule module(policyOf(byTokens("num_tokens_gte: 100")), twoLeadingExtents());
  module.bind();
  Caller caller(module);
  std::string wanted;
  for (int64_t batch : {0, 1, 4, 10})
    for (int64_t rows : {0, 1, 9, 10, 24, 25, 26, 99, 100, 101}) {
      ASSERT_EQ(caller.call(0, {batch, rows, batch, rows}), LZ_STATUS_OK);
      wanted += batch * rows >= 100 ? 'b' : 'a';
    }
  EXPECT_EQ(caller.ran(), wanted);
}

TEST_F(LiveSites, ExtentsPastThirtyTwoBitsAreTold) {
  // Bounds at which an interval of 32 bits ends by chance, below and above.
  for (int64_t bound : {int64_t(1) << 31, (int64_t(1) << 32) - 2, (int64_t(1) << 32) - 1, int64_t(1) << 32,
                        (int64_t(1) << 32) + 1, int64_t(1) << 40}) {
    FaultModule module(policyOf(byTokens("num_tokens_gt: " + std::to_string(bound))), {{}});
    module.bind();
    Caller caller(module);
    std::string wanted;
    for (int64_t rows : {int64_t(1), bound - 1, bound, bound + 1, bound + (int64_t(1) << 32), int64_t(1) << 41, bound,
                         int64_t(2), bound + 1}) {
      ASSERT_EQ(caller.call(rows), LZ_STATUS_OK);
      wanted += rows > bound ? 'b' : 'a';
    }
    EXPECT_EQ(caller.ran(), wanted) << "bound " << bound;
  }
}

TEST_F(LiveSites, ProductsThatOverflowSaturate) {
  FaultModule module(policyOf(byTokens("num_tokens_gt: 1000000000000")), twoLeadingExtents());
  module.bind();
  Caller caller(module);
  std::string wanted;
  const int64_t huge = int64_t(1) << 40;
  for (auto [batch, rows] : std::vector<std::pair<int64_t, int64_t>>{
           {1, 1}, {huge, huge}, {huge, 0}, {0, huge}, {huge, 1}, {1, huge}, {huge, huge}, {2, 4}, {huge, 0}}) {
    ASSERT_EQ(caller.call(0, {batch, rows, batch, rows}), LZ_STATUS_OK);
    wanted += batch != 0 && rows != 0 && batch >= 1000000000001 / rows ? 'b' : 'a';
  }
  EXPECT_EQ(caller.ran(), wanted);
}

TEST_F(LiveSites, ProductOfExtentsHitsOverItsWholeInterval) {
  FaultModule module(policyOf(byTokens("num_tokens_gte: 100")), twoLeadingExtents());
  module.bind();
  Caller caller(module);
  for (int64_t rows = 10; rows < 200; ++rows)
    ASSERT_EQ(caller.call(0, {10, rows, 10, rows}), LZ_STATUS_OK);
  EXPECT_EQ(module.misses(), 1u);
}

TEST_F(LiveSites, FifthRegionStandsInTheSharedTableAtFirst) {
  std::string rules = "dispatch_rules:\n";
  for (int64_t at : {10, 20, 30, 40, 50, 60})
    rules += "  - {operation: rms_norm, kernel: " + std::string(at % 20 == 0 ? "a" : "b") +
             ", conditions: {num_tokens_lt: " + std::to_string(at) + "}, priority: " + std::to_string(100 - at) + "}\n";
  FaultModule module(policyOf(rules + "fallback_chains: {rms_norm: [c]}"), {{}});
  module.bind();
  Caller caller(module);
  for (int64_t rows : {5, 15, 25, 35})
    ASSERT_EQ(caller.call(rows), LZ_STATUS_OK);
  EXPECT_EQ(module.numEntries(), 4u);
  for (int64_t rows : {5, 15, 25, 35, 5})
    ASSERT_EQ(caller.call(rows), LZ_STATUS_OK);
  EXPECT_EQ(module.misses(), 4u);
  ASSERT_EQ(caller.call(45), LZ_STATUS_OK);
  EXPECT_EQ(module.misses(), 5u);
  EXPECT_EQ(module.numEntries(), 4u);
  for (int64_t rows : {45, 5, 15, 25, 35, 45})
    ASSERT_EQ(caller.call(rows), LZ_STATUS_OK);
  EXPECT_EQ(module.misses(), 5u) << "each has its place";
  for (int64_t rows : {46, 47, 48}) // the fourth that finds no room takes the oldest entry's
    ASSERT_EQ(caller.call(rows), LZ_STATUS_OK);
  EXPECT_EQ(module.misses(), 8u);
  for (int64_t rows : {41, 42, 49, 44})
    ASSERT_EQ(caller.call(rows), LZ_STATUS_OK);
  EXPECT_EQ(module.misses(), 8u) << "the region is the site's";
  ASSERT_EQ(caller.call(5), LZ_STATUS_OK);
  EXPECT_EQ(module.misses(), 9u) << "the oldest has gone";
  EXPECT_EQ(caller.ran(), "babababab" + std::string("b") + "bbabab" + "bbb" + "bbbb" + "b");
}

TEST_F(LiveSites, RegionThatTheRegistersCannotTellIsKeptByItsExtents) {
  // Five open extents: hidden_size is the fifth, which no register has.
  SiteSpec spec;
  spec.shapes = {{open, open, open, open, open}, {open}, {open, open, open, open, open}};
  FaultModule module(policyOf("dispatch_rules:\n  - {operation: rms_norm, kernel: b, conditions: {hidden_size: 64}}\n"
                              "fallback_chains: {rms_norm: [a]}"),
                     {spec});
  module.bind();
  Caller caller(module);
  std::string wanted;
  for (int64_t hidden : {64, 65, 64, 64}) {
    ASSERT_EQ(caller.call(0, {1, 1, 1, 1, hidden, hidden, 1, 1, 1, 1, hidden}), LZ_STATUS_OK);
    wanted += hidden == 64 ? 'b' : 'a';
  }
  EXPECT_EQ(caller.ran(), wanted);
  EXPECT_EQ(module.numEntries(), 0u);
  EXPECT_EQ(module.misses(), 2u);
}

TEST_F(LiveSites, ManyHeadsAreComparedWhereAFactIsNoExtent) {
  // enable_gqa hangs on two extents at once.
  SiteSpec spec;
  spec.operation = LZ_OP_ATTENTION_CAUSAL;
  spec.shapes = {{1, 16, open, 64}, {1, 16, open, 64}, {1, 16, 4, 64}, {}, {1, 16, open, 64}, {}};
  spec.attributes = {{LZ_ATTR_LAYOUT, 0, {.i64 = LZ_LAYOUT_BSHD}}};
  FaultModule module(policyOf("dispatch_rules:\n  - {operation: attention.causal, kernel: b, conditions: {enable_gqa: "
                              "true}}\nfallback_chains: {attention.causal: [a]}"),
                     {spec});
  module.bind();
  Caller caller(module);
  std::string wanted;
  for (int64_t heads : {4, 8, 4, 8, 16, 4})
    for (int64_t shared : {4, 8, 4}) {
      ASSERT_EQ(caller.call(0, {heads, shared, heads}), LZ_STATUS_OK);
      wanted += heads != shared ? 'b' : 'a';
    }
  EXPECT_EQ(caller.ran(), wanted);
}

TEST_F(LiveSites, ObserverSeesEveryCall) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a]}"), {{}});
  module.bind();
  Caller quick(module), observed(module);
  int seen = 0;
  lz_observer_t observer{
      sizeof(lz_observer_t), 0, &seen,
      [](void *self, const lz_call_t *, const char *, int32_t, int32_t) { ++*static_cast<int *>(self); }};
  observed.context.observer = &observer;
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(quick.call(8), LZ_STATUS_OK);
    ASSERT_EQ(observed.call(8), LZ_STATUS_OK);
  }
  EXPECT_EQ(seen, 5);
  EXPECT_EQ(module.misses(), 6u) << "the observed ones and the first";
}

TEST_F(LiveSites, DisabledCacheCachesNothing) {
  FaultModule module(policyOf("cache: {enabled: false}\nfallback_chains: {rms_norm: [a]}"), {{}});
  module.bind();
  Caller caller(module);
  for (int i = 0; i < 5; ++i)
    ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(module.misses(), 5u);
  EXPECT_FALSE(module.isCached());
}

TEST_F(LiveSites, TelemetryCountsHitsAndOffCountsNone) {
  for (bool isOn : {true, false}) {
    FaultModule module(
        policyOf("fallback_chains: {rms_norm: [a]}\ntelemetry: {enabled: " + std::string(isOn ? "true}" : "false}")),
        {{}});
    module.bind();
    Caller caller(module);
    for (int i = 0; i < 3000; ++i) // past a sampled call
      ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
    EXPECT_EQ(module.misses(), 1u);
    uint64_t count = 0;
    module.dispatcher->decisions().forEach([&](const Decision &decision) { count += cells::count(decision.cell); });
    EXPECT_EQ(count, isOn ? 3000u : 1u) << "a miss counts anyway";
  }
}

TEST_F(LiveSites, KernelThatPreparesIsRunBehindAHit) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [planned]}"), {{}});
  module.bind();
  Caller caller(module);
  uint64_t before = faults().prepared('p');
  for (int64_t rows : {8, 8, 9, 8, 9, 8})
    ASSERT_EQ(caller.call(rows), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "pppppp");
  EXPECT_EQ(module.misses(), 1u);
  EXPECT_EQ(faults().prepared('p') - before, 2u) << "one state a class of extents";
  module.unbind();
  EXPECT_EQ(faults().alive('p'), 0u);
}

TEST_F(LiveSites, UnbindingLeavesARecordThatMisses) {
  FaultModule module(policyOf("fallback_chains: {rms_norm: [a]}"), {{}});
  module.bind();
  Caller caller(module);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  ASSERT_TRUE(module.isCached());
  module.unbind();
  EXPECT_FALSE(module.isCached());
  EXPECT_EQ(caller.call(8), LZ_STATUS_NOT_FOUND);
  module.bind();
  caller.reset();
  EXPECT_EQ(caller.call(8), LZ_STATUS_OK);
}

TEST_F(LiveSites, LibraryVersionIsThatOfTheCandidate) {
  FaultModule module(policyOf("dispatch_rules:\n  - {operation: rms_norm, kernel: b, conditions: {library_version_gte: "
                              "\"1.2.3\"}}\nfallback_chains: {rms_norm: [a]}"),
                     {{}});
  module.bind();
  Caller caller(module);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  ASSERT_EQ(caller.call(8), LZ_STATUS_OK);
  EXPECT_EQ(caller.ran(), "bb");
  EXPECT_EQ(module.misses(), 1u);
}

} // namespace
