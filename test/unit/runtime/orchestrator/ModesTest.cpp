//===- ModesTest.cpp - Which mode rules a call, and what it then runs -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Program.h"

using namespace lzrt;
using namespace lzrt::test;

namespace {

using Modes = Orchestrators;

std::string modeOf(const Orchestrator &orchestrator, size_t site = 0) {
  return orchestrator.telemetry().sites.at(site).mode;
}

OrchestratorOptions inMode(Mode mode, const std::string &yaml = "") {
  OrchestratorOptions options = over(yaml);
  options.defaultMode = mode;
  return options;
}

TEST_F(Modes, EmptyPolicyRunsTheKernelOfHighestPriority) {
  auto orchestrator = make(over());
  EXPECT_EQ(orchestrator->version(), 1u);
  Program program(*orchestrator);
  EXPECT_EQ(program.run(), "a");
  EXPECT_EQ(modeOf(*orchestrator), "dynamic");
}

TEST_F(Modes, StaticTakesTheMapAndElseTheDefaultKernel) {
  auto mapped = make(inMode(LZ_MODE_STATIC, "static_kernel_map: {rms_norm: c}\nkernel_locks: {rms_norm: a}"));
  EXPECT_EQ(Program(*mapped).run(), "c");
  auto unmapped = make(inMode(LZ_MODE_STATIC));
  Program program(*unmapped);
  EXPECT_EQ(program.run(), "b") << "the one with `default: true`";
  EXPECT_EQ(modeOf(*unmapped), "static");
}

TEST_F(Modes, ConfigAndDynamicFollowTheRules) {
  const std::string rules = "dispatch_rules: [{operation: rms_norm, kernel: c, conditions: {num_tokens_gt: 100}}]";
  for (Mode mode : {LZ_MODE_CONFIG, LZ_MODE_DYNAMIC}) {
    auto orchestrator = make(inMode(mode, rules));
    Program program(*orchestrator);
    EXPECT_EQ(program.run(100), "a");
    EXPECT_EQ(program.run(101), "c");
    EXPECT_EQ(modeOf(*orchestrator), modeName(mode));
  }
}

TEST_F(Modes, AutoTakesTheMapPerOperation) {
  auto orchestrator = make(over("static_kernel_map: {rms_norm: c}"));
  Program program(*orchestrator);
  EXPECT_EQ(program.run(), "c");
  EXPECT_EQ(modeOf(*orchestrator), "static");
}

TEST_F(Modes, AutoWithoutAFileIsDynamicEvenWhereThePolicyEnablesHotReload) {
  auto orchestrator = make(over("hot_reload: {enabled: true}"));
  Program program(*orchestrator);
  EXPECT_EQ(program.run(), "a");
  EXPECT_EQ(modeOf(*orchestrator), "dynamic");
}

TEST_F(Modes, FallbackTableOfTheArchitecture) {
  // The only kernel of S0 is denied, and then the only one of S1 to S3.
  struct {
    Mode mode;
    const char *yaml, *ran;
  } rows[] = {
      {LZ_MODE_STATIC, "kernel_denies: [b]", "a"},                                     // STATIC -> DYNAMIC
      {LZ_MODE_AUTO, "static_kernel_map: {rms_norm: c}\nkernel_denies: [c]", "a"},     // AUTO, mapped -> DYNAMIC
      {LZ_MODE_AUTO, "fallback_chains: {rms_norm: [c]}\nkernel_denies: [c]", "b"},     // AUTO -> DYNAMIC -> STATIC
      {LZ_MODE_UNSET, "fallback_chains: {rms_norm: [c]}\nkernel_denies: [c]", "b"},    // the same
      {LZ_MODE_DYNAMIC, "fallback_chains: {rms_norm: [c]}\nkernel_denies: [c]", ""},   // -> CONFIG: the same candidates
      {LZ_MODE_CONFIG, "fallback_chains: {rms_norm: [c]}\nkernel_denies: [c]", ""},    // -> DYNAMIC: the same
      {LZ_MODE_DYNAMIC, "static_kernel_map: {rms_norm: c}\nkernel_allows: [none]", ""} // S0 is no fallback of DYNAMIC
  };
  for (auto &row : rows) {
    SCOPED_TRACE(std::string(modeName(row.mode)) + ": " + row.yaml);
    for (bool asDefault : {true, false}) { // or at the site
      auto orchestrator = make(asDefault ? inMode(row.mode, row.yaml) : over(row.yaml));
      Program program(*orchestrator);
      program.add("norm", asDefault ? LZ_MODE_UNSET : row.mode);
      if (*row.ran) {
        EXPECT_EQ(program.run(), row.ran);
        continue;
      }
      EXPECT_EQ(program.call(), LZ_STATUS_NO_KERNEL_AVAILABLE);
      EXPECT_NE(program.error().find("`rms_norm` at `norm` (model.c:1:2): no kernel available"), std::string::npos)
          << program.error();
    }
  }
}

TEST_F(Modes, FallbackGoesOnBehindFailuresAndRunsNoKernelTwice) {
  auto orchestrator = make(inMode(LZ_MODE_STATIC, "fallback_chains: {rms_norm: [b, c]}"));
  fail('b');
  EXPECT_EQ(Program(*orchestrator).run(), "b!c");
}

TEST_F(Modes, PolicyGivesModesByOperationAndForAll) {
  auto orchestrator = make(inMode(LZ_MODE_DYNAMIC, "mode: config\nmodes: {\"norm.*\": static}"));
  Program program(*orchestrator);
  EXPECT_EQ(program.run(), "b") << "static: rms_norm is norm.rms too";
  auto other = make(inMode(LZ_MODE_STATIC, "mode: config"));
  Program configured(*other);
  EXPECT_EQ(configured.run(), "a");
  EXPECT_EQ(modeOf(*other), "config");
  EXPECT_EQ(other->telemetry().policy.mode, "config");
}

TEST_F(Modes, SiteWinsOverPolicyAndTheCallOverTheSite) {
  auto orchestrator = make(over("mode: dynamic"));
  Program program(*orchestrator);
  const lz_site_t *site = program.add("norm", LZ_MODE_STATIC);
  EXPECT_EQ(program.run(site), "b");
  program.context.mode_override = LZ_MODE_DYNAMIC;
  for (int i = 0; i < 3; ++i) // cached too
    EXPECT_EQ(program.run(site), "a");
  program.context.mode_override = LZ_MODE_UNSET;
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(program.run(site), "b");
}

TEST_F(Modes, OverrideOfOneContextLeavesOthersAlone) {
  auto orchestrator = make(over());
  Program plain(*orchestrator), overriding(*orchestrator);
  const lz_site_t *site = plain.site();
  overriding.context.mode_override = LZ_MODE_STATIC;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(plain.run(site), "a");
    EXPECT_EQ(overriding.run(site), "b");
  }
}

TEST_F(Modes, DefaultModeIsSetForAllOrByGlobWhileCallsAreCached) {
  auto orchestrator = make(over());
  Program program(*orchestrator);
  EXPECT_EQ(program.run(), "a");
  EXPECT_EQ(program.run(), "a");
  ASSERT_TRUE(orchestrator->setDefaultMode(LZ_MODE_STATIC).isOk());
  EXPECT_EQ(program.run(), "b");
  EXPECT_EQ(orchestrator->telemetry().policy.mode, "static");
  EXPECT_EQ(orchestrator->version(), 2u);

  Pattern norms, attention, none;
  ASSERT_EQ(Glob::parse("norm.*", &norms.glob), "");
  ASSERT_EQ(Glob::parse("attention.*", &attention.glob), "");
  ASSERT_EQ(Glob::parse("nothing.*", &none.glob), "");
  ASSERT_TRUE(orchestrator->setDefaultMode(&attention, LZ_MODE_DYNAMIC).isOk());
  EXPECT_EQ(program.run(), "b");
  EXPECT_EQ(orchestrator->telemetry().policy.mode, "static") << "of what nothing else gives one";
  ASSERT_TRUE(orchestrator->setDefaultMode(&norms, LZ_MODE_CONFIG).isOk());
  EXPECT_EQ(program.run(), "a");
  Status status = orchestrator->setDefaultMode(&none, LZ_MODE_CONFIG);
  EXPECT_EQ(status.code(), LZ_STATUS_NOT_FOUND);
  EXPECT_EQ(status.message(), "no operation matches `nothing.*`");
}

TEST_F(Modes, HotReloadNeedsAFile) {
  auto orchestrator = make(over());
  Status status = orchestrator->setDefaultMode(LZ_MODE_HOT_RELOAD);
  EXPECT_EQ(status.code(), LZ_STATUS_INVALID_ARGUMENT);
  EXPECT_NE(status.message().find("give the policy as a file"), std::string::npos) << status.message();
  EXPECT_NE(refusal(inMode(LZ_MODE_HOT_RELOAD)).find("has no file to watch"), std::string::npos);
}

TEST_F(Modes, DecompositionIsTheLastCandidate) {
  static int decomposed;
  decomposed = 0;
  auto orchestrator = make(over("fallback_chains: {rms_norm: [c]}"));
  Norm norm;
  norm.description.decomposition = [](const lz_call_t *) -> int32_t {
    ++decomposed;
    return LZ_STATUS_OK;
  };
  const lz_site_t *site = nullptr;
  ASSERT_TRUE(orchestrator->addSite(norm.description, &site).isOk());
  Program program(*orchestrator);
  fail('c');
  fail('b');
  EXPECT_EQ(program.call(site), LZ_STATUS_OK);
  EXPECT_EQ(program.ran(), "c!b!") << "AUTO -> STATIC";
  EXPECT_EQ(decomposed, 1);
  ASSERT_TRUE(orchestrator->removeSite(site).isOk());
}

} // namespace
