//===- ContinuationTest.cpp - S9 at baked and live sites -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "../../../../runtime/dispatch/ModuleState.h"
#include "TestModule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace lzrt;
using namespace lzrt::test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

std::string chainOf(const std::string &operation, const std::string &kernels) {
  return "fallback_chains: {" + operation + ": [" + kernels + "]}\n";
}

TEST(S9Continuation, BakedCallGoesOnBehindTheFailedKernel) {
  TestModule module(chainOf("rms_norm", "ok_last, internal, unsupported, out_of_memory, ok"), LZ_OP_RMS_NORM,
                    LZ_MODE_CONFIG, {"internal"});
  module.bind();
  EXPECT_EQ(module.runBaked(0, 8), LZ_STATUS_OK);
  EXPECT_THAT(module.seen(), ElementsAre("unsupported:1:2", "out_of_memory:3:2", "ok:0:2"));
  EXPECT_EQ(module.context.error.status, LZ_STATUS_OK);
}

TEST(S9Continuation, FailuresAreChargedOnceAndUnsupportedIsNot) {
  TestModule module(chainOf("rms_norm", "internal, unsupported, out_of_memory, ok"), LZ_OP_RMS_NORM, LZ_MODE_CONFIG,
                    {"internal"});
  module.bind();
  ASSERT_EQ(module.runBaked(0, 8), LZ_STATUS_OK);
  EXPECT_EQ(module.bound->chargedFailures("internal"), 1u);
  EXPECT_EQ(module.bound->chargedFailures("out_of_memory"), 1u);
  EXPECT_EQ(module.bound->chargedFailures("unsupported"), 0u);
}

TEST(S9Continuation, NoStatusOfAKernelLooksLikeARefusal) {
  for (int32_t status : {-1, INT32_MIN, (1 << 29) + 4}) {
    TestModule module(chainOf("rms_norm", "internal, ok"), LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {"internal"});
    module.bind();
    // As a kernel whose slot nothing watches.
    EXPECT_EQ(lzrt_continue(module.call(8), 0, status), LZ_STATUS_OK);
    EXPECT_THAT(module.seen(), ElementsAre("ok:0:2")) << status;
    EXPECT_EQ(module.bound->chargedFailures("internal"), 1u) << status;
    // Now watched, as the trampoline hands it on.
    EXPECT_EQ(lzrt_continue(module.call(8), 0, lzrt::reportedStatus(status)), LZ_STATUS_OK);
    EXPECT_THAT(module.seen(), ElementsAre("ok:0:2")) << status;
    EXPECT_EQ(module.bound->chargedFailures("internal"), 1u) << status;
  }
}

TEST(S9Continuation, InvalidArgumentStops) {
  TestModule module(chainOf("rms_norm", "invalid_argument, ok"), LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {"invalid_argument"});
  module.bind();
  EXPECT_EQ(module.runBaked(0, 8), LZ_STATUS_INVALID_ARGUMENT);
  EXPECT_THAT(module.seen(), IsEmpty());
  EXPECT_THAT(module.error(), HasSubstr("`invalid_argument`: invalid argument"));
  EXPECT_EQ(module.bound->chargedFailures("invalid_argument"), 0u);
}

TEST(S9Continuation, DeviceErrorStopsAndIsCharged) {
  TestModule module(chainOf("rms_norm", "unsupported, device_error, ok"), LZ_OP_RMS_NORM, LZ_MODE_CONFIG,
                    {"unsupported"});
  module.bind();
  EXPECT_EQ(module.runBaked(0, 8), LZ_STATUS_DEVICE_ERROR);
  EXPECT_THAT(module.seen(), ElementsAre("device_error:5:2"));
  EXPECT_THAT(module.error(), HasSubstr("`unsupported`: unsupported; `device_error`: device error"));
  EXPECT_EQ(module.bound->chargedFailures("device_error"), 1u);
}

TEST(S9Continuation, ExhaustionNamesEachAttemptAndTheSite) {
  TestModule module(chainOf("rms_norm", "internal, unsupported, unknown_status"), LZ_OP_RMS_NORM, LZ_MODE_CONFIG,
                    {"internal"});
  module.bind();
  EXPECT_EQ(module.runBaked(0, 8), LZ_STATUS_EXHAUSTED);
  EXPECT_EQ(module.error(), "`rms_norm` at `model.norm` (model.mlir:3:4): every candidate failed: `internal`: internal "
                            "error; `unsupported`: unsupported; `unknown_status`: internal error (status 77)");
  EXPECT_EQ(module.context.error.status, LZ_STATUS_EXHAUSTED);
  EXPECT_EQ(module.context.error.site, &module.site);
}

TEST(S9Continuation, DecompositionIsTheLastCandidate) {
  TestModule module(chainOf("rms_norm", "internal, unsupported"), LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {"internal"});
  module.site.decomposition = [](const lz_call_t *) -> int32_t { return LZ_STATUS_OK; };
  module.bind();
  EXPECT_EQ(module.runBaked(0, 8), LZ_STATUS_OK);
  EXPECT_THAT(module.seen(), ElementsAre("unsupported:1:2", "decomposition:0:2"));
}

TEST(Decomposition, LeafOfGuardsTellsTheObserver) {
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {"ok"});
  module.bind();
  EXPECT_EQ(lzrt_run_decomposition(module.call(8)), LZ_STATUS_MALFORMED);
  EXPECT_THAT(module.error(), HasSubstr("the site has no decomposition"));
  module.site.decomposition = [](const lz_call_t *) -> int32_t { return LZ_STATUS_OK; };
  EXPECT_EQ(lzrt_run_decomposition(module.call(8)), LZ_STATUS_OK);
  EXPECT_THAT(module.seen(), ElementsAre("decomposition:0:0"));
}

TEST(S9Continuation, StaticFallsBackToDynamicFromItsStart) {
  TestModule module("static_kernel_map: {rms_norm: internal}\n" + chainOf("rms_norm", "ok, internal, ok_last"),
                    LZ_OP_RMS_NORM, LZ_MODE_STATIC, {"internal"});
  module.bind();
  EXPECT_EQ(module.runBaked(0, 8), LZ_STATUS_OK);
  EXPECT_THAT(module.seen(), ElementsAre("ok:0:2"));
}

TEST(S9Continuation, ModeFallbackDoesNotRunAFailedKernelAgain) {
  TestModule module("static_kernel_map: {rms_norm: internal}\n" + chainOf("rms_norm", "internal, ok_last"),
                    LZ_OP_RMS_NORM, LZ_MODE_STATIC, {"internal"});
  module.bind();
  EXPECT_EQ(module.runBaked(0, 8), LZ_STATUS_OK);
  EXPECT_THAT(module.seen(), ElementsAre("ok_last:0:2"));
  EXPECT_EQ(module.bound->chargedFailures("internal"), 1u);
}

TEST(S9Continuation, InPlaceKernelThatIsNotAtomicIsNotFollowed) {
  TestModule module(chainOf("kv_cache.update", "not_atomic, ok"), LZ_OP_KV_CACHE_UPDATE, LZ_MODE_CONFIG, {"not_atomic"},
                    true);
  module.bind();
  EXPECT_EQ(module.runBaked(0, 8), LZ_STATUS_INTERNAL);
  EXPECT_THAT(module.seen(), IsEmpty());
  EXPECT_THAT(module.error(), HasSubstr("no other may follow: `not_atomic`"));
}

TEST(S9Continuation, InPlaceKernelThatIsAtomicIsFollowed) {
  TestModule module(chainOf("kv_cache.update", "out_of_memory, ok"), LZ_OP_KV_CACHE_UPDATE, LZ_MODE_CONFIG,
                    {"out_of_memory"}, true);
  module.bind();
  EXPECT_EQ(module.runBaked(0, 8), LZ_STATUS_OK);
  EXPECT_THAT(module.seen(), ElementsAre("ok:0:2"));
}

TEST(S9Continuation, KernelThatIsNotAtomicIsFollowedWhereNothingIsInPlace) {
  TestModule module(chainOf("rms_norm", "not_atomic, ok"), LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {"not_atomic"});
  module.bind();
  EXPECT_EQ(module.runBaked(0, 8), LZ_STATUS_OK);
}

TEST(S9Continuation, DuringCaptureOnlyUnsupportedGoesOn) {
  std::string policy = chainOf("rms_norm", "unsupported, internal, ok");
  TestModule module(policy, LZ_OP_RMS_NORM, LZ_MODE_DYNAMIC, {"internal"});
  module.bind();
  module.context.known |= LZ_KNOWS_IS_CUDA_GRAPH_CAPTURING;
  module.context.is_cuda_graph_capturing = 1;
  EXPECT_EQ(module.runBaked(0, 8), LZ_STATUS_INTERNAL);
}

TEST(S9Continuation, LiveSiteSelectsByTheFactsOfTheCall) {
  TestModule module("dispatch_rules:\n  - {operation: rms_norm, kernel: ok_last, conditions: {num_tokens_gt: 100}}\n"
                    "fallback_chains: {rms_norm: [unsupported, ok]}\n",
                    LZ_OP_RMS_NORM, LZ_MODE_DYNAMIC, {});
  module.bind();
  EXPECT_EQ(module.runLive(100), LZ_STATUS_OK);
  EXPECT_THAT(module.seen(), ElementsAre("unsupported:1:1", "ok:0:2"));
  EXPECT_EQ(module.runLive(101), LZ_STATUS_OK);
  EXPECT_THAT(module.seen(), ElementsAre("ok_last:0:1"));
}

TEST(S9Continuation, LiveSiteObeysTheModeOverride) {
  TestModule module("static_kernel_map: {rms_norm: ok_last}\n" + chainOf("rms_norm", "ok"), LZ_OP_RMS_NORM,
                    LZ_MODE_DYNAMIC, {});
  module.bind();
  ASSERT_EQ(module.runLive(8), LZ_STATUS_OK);
  EXPECT_THAT(module.seen(), ElementsAre("ok:0:1"));
  module.context.mode_override = LZ_MODE_STATIC;
  ASSERT_EQ(module.runLive(8), LZ_STATUS_OK);
  EXPECT_THAT(module.seen(), ElementsAre("ok_last:0:1"));
}

TEST(S9Continuation, AutoTriesDynamicThenStatic) {
  TestModule module("kernel_allows: [internal]\nmodes: {rms_norm: auto}\n" + chainOf("rms_norm", "internal"),
                    LZ_OP_RMS_NORM, LZ_MODE_AUTO, {});
  module.bind();
  // S0's only default kernel is `internal`, which has failed already.
  EXPECT_EQ(module.runLive(8), LZ_STATUS_EXHAUSTED);
  EXPECT_THAT(module.seen(), ElementsAre("internal:4:1"));
}

TEST(S9Continuation, AutoMeansStaticWhereTheOperationIsMapped) {
  TestModule module("static_kernel_map: {rms_norm: out_of_memory}\n" +
                        chainOf("rms_norm", "unsupported, out_of_memory, ok"),
                    LZ_OP_RMS_NORM, LZ_MODE_AUTO, {});
  module.bind();
  EXPECT_EQ(module.runLive(8), LZ_STATUS_OK);
  EXPECT_THAT(module.seen(), ElementsAre("out_of_memory:3:1", "unsupported:1:2", "ok:0:2"));
}

TEST(S7NoKernel, LiveSiteNamesEveryCandidateAndItsReason) {
  TestModule module("kernel_denies: [ok]\n"
                    "dispatch_rules:\n  - {operation: rms_norm, kernel: ok_last, conditions: {num_tokens_gt: 100}}\n" +
                        chainOf("rms_norm", "ok"),
                    LZ_OP_RMS_NORM, LZ_MODE_DYNAMIC, {});
  module.bind();
  EXPECT_EQ(module.runLive(8), LZ_STATUS_NO_KERNEL_AVAILABLE);
  EXPECT_THAT(module.error(), HasSubstr("`ok_last`: condition_mismatch (`num_tokens` gt 100, is 8)"));
  EXPECT_THAT(module.error(), HasSubstr("`ok`: kernel_denied"));
}

TEST(S7NoKernel, BakedSiteNamesEveryCandidateAndItsReason) {
  TestModule module("dispatch_rules:\n  - {operation: rms_norm, kernel: ok, conditions: {num_tokens_gt: 100}}\n"
                    "fallback_chains: {rms_norm: []}\n",
                    LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {"ok"});
  module.bind();
  EXPECT_EQ(lzrt_no_kernel(module.call(8), LZ_STATUS_NO_KERNEL_AVAILABLE), LZ_STATUS_NO_KERNEL_AVAILABLE);
  EXPECT_THAT(module.error(), HasSubstr("no kernel available: `ok`: condition_mismatch"));
}

TEST(S5Strict, EndsSelectionWithTheRulesName) {
  TestModule module("kernel_denies: [ok]\n"
                    "dispatch_rules:\n  - {operation: rms_norm, kernel: ok, strict: true, name: must}\n",
                    LZ_OP_RMS_NORM, LZ_MODE_DYNAMIC, {});
  module.bind();
  EXPECT_EQ(module.runLive(8), LZ_STATUS_STRICT);
  EXPECT_THAT(module.error(), HasSubstr("strict rule 0 `must` holds, but its kernel does not stand"));
  EXPECT_THAT(module.seen(), IsEmpty());
}

TEST(S8Rollout, KeyDecidesBeforeTheDraw) {
  TestModule module("dispatch_rules:\n  - {operation: rms_norm, kernel: ok, name: canary, rollout_percent: 50}\n" +
                        chainOf("rms_norm", "ok_last"),
                    LZ_OP_RMS_NORM, LZ_MODE_DYNAMIC, {});
  module.bind();
  for (uint64_t draw : {0u, 4999u, 5000u, 9999u}) {
    module.context.rollout_draw = draw;
    ASSERT_EQ(module.runLive(8), LZ_STATUS_OK);
    EXPECT_THAT(module.seen(), ElementsAre(draw < 5000 ? "ok:0:1" : "ok_last:0:1"));
  }
  module.context.rollout_draw = 0;
  for (const char *key : {"a", "b", "c", "d", "e", "f"}) {
    module.context.rollout_key = key;
    module.context.rollout_key_size = 1;
    ASSERT_EQ(module.runLive(8), LZ_STATUS_OK);
    EXPECT_THAT(module.seen(), ElementsAre(rolloutAdmits("canary", 5000, key) ? "ok:0:1" : "ok_last:0:1"));
  }
}

TEST(S10Marks, DeterminismOfTheContextIsObeyedLive) {
  TestModule module(chainOf("rms_norm", "not_atomic, ok"), LZ_OP_RMS_NORM, LZ_MODE_DYNAMIC, {});
  module.bind();
  module.context.known |= LZ_KNOWS_REQUIRES_DETERMINISTIC;
  module.context.requires_deterministic = 1;
  ASSERT_EQ(module.runLive(8), LZ_STATUS_OK);
  EXPECT_THAT(module.seen(), ElementsAre("ok:0:1"));
}

TEST(EntryPoints, UnboundModuleIsAnError) {
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_DYNAMIC, {});
  EXPECT_EQ(module.runLive(8), LZ_STATUS_NOT_FOUND);
  EXPECT_THAT(module.error(), HasSubstr("not bound"));
}

TEST(EntryPoints, TheFirstErrorOfAnInvocationStands) {
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_DYNAMIC, {});
  EXPECT_EQ(lzrt_fail(&module.context, LZ_STATUS_INTERNAL, "first"), LZ_STATUS_INTERNAL);
  EXPECT_EQ(lzrt_fail(&module.context, LZ_STATUS_EXHAUSTED, "second"), LZ_STATUS_EXHAUSTED);
  EXPECT_EQ(module.error(), "first");
  EXPECT_EQ(module.context.error.status, LZ_STATUS_INTERNAL);
  lzrt_context_reset(&module.context);
  EXPECT_EQ(module.error(), "");
}

} // namespace
