//===- LayerZeroDefectsTest.cpp - What the Python original got wrong, each a case here -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Program.h"

using namespace lzrt;
using namespace lzrt::test;

namespace {

class LayerZeroDefects : public Orchestrators {};

std::string chain(const std::string &kernels) { return "fallback_chains: {rms_norm: [" + kernels + "]}\n"; }

// Its CONFIG mode raised wherever a config path was given.
TEST_F(LayerZeroDefects, ConfigModeWithAPathWorks) {
  Folder folder;
  auto orchestrator = make(Orchestrator::configMode({manifest()}, folder.write(chain("c"))));
  EXPECT_EQ(Program(*orchestrator).run(), "c");
}

// Its AUTO never came to HOT_RELOAD.
TEST_F(LayerZeroDefects, AutoReachesHotReload) {
  Folder folder;
  const std::string enabled = "hot_reload: {enabled: true}\n";
  auto orchestrator = make(Orchestrator::autoMode({manifest()}, folder.write(enabled + chain("a"))));
  Program program(*orchestrator);
  EXPECT_EQ(program.run(), "a");
  EXPECT_EQ(orchestrator->telemetry().sites[0].mode, "hot_reload");
  EXPECT_EQ(orchestrator->telemetry().policy.mode, "hot_reload");
  folder.write(enabled + chain("c"));
  EXPECT_TRUE(eventually([&] { return program.run() == "c"; }));
}

// Its CONFIG mode had no circuit breaker.
TEST_F(LayerZeroDefects, ConfigModeHasABreaker) {
  OrchestratorOptions options = over("circuit_breaker: {failure_threshold: 2}\n" + chain("a, b"));
  options.defaultMode = LZ_MODE_CONFIG;
  auto orchestrator = make(std::move(options));
  Program program(*orchestrator);
  fail('a');
  EXPECT_EQ(program.run(), "a!b");
  EXPECT_EQ(program.run(), "a!b");
  EXPECT_EQ(program.run(), "b");
  EXPECT_EQ(orchestrator->breakerState("a"), "open");
}

// Its CONFIG mode did not check what kernels require, and its cache forgot that determinism was asked for.
TEST_F(LayerZeroDefects, ConfigModeChecksWhatKernelsRequire) {
  OrchestratorOptions options = over(chain("narrow, loose, a"));
  options.defaultMode = LZ_MODE_CONFIG;
  auto orchestrator = make(std::move(options));
  Program program(*orchestrator);
  const lz_site_t *wide = program.add("wide"), *small = program.add("small", LZ_MODE_UNSET, 32);
  EXPECT_EQ(program.run(small), "d");
  EXPECT_EQ(program.run(wide), "e");
  program.context.requires_deterministic = 1;
  program.context.known |= LZ_KNOWS_REQUIRES_DETERMINISTIC;
  EXPECT_EQ(program.run(wide), "a");
  EXPECT_EQ(program.run(wide), "a");
  program.context.requires_deterministic = 0;
  EXPECT_EQ(program.run(wide), "e");
}

// Flags such as circuit_breaker_enabled were never read.
TEST_F(LayerZeroDefects, EverySwitchOfThePolicyIsObeyed) {
  {
    auto orchestrator = make(over("circuit_breaker: {enabled: false, failure_threshold: 1}\n" + chain("a, b")));
    Program program(*orchestrator);
    fail('a');
    EXPECT_EQ(program.run(), "a!b");
    EXPECT_EQ(program.run(), "a!b");
    heal('a');
  }
  {
    auto orchestrator = make(over("cache: {enabled: false}\n" + chain("a")));
    Program program(*orchestrator);
    for (int i = 0; i < 5; ++i)
      program.run();
    EXPECT_EQ(orchestrator->telemetry().sites[0].misses, 5u);
  }
  {
    auto orchestrator = make(over("telemetry: {enabled: false}\n" + chain("a")));
    Program program(*orchestrator);
    for (int i = 0; i < 5; ++i)
      program.run();
    EXPECT_EQ(orchestrator->telemetry().sites[0].hits, 0u);
  }
  {
    const std::string lost = "hot_reload: {validate_on_reload: false}\nmode: dynamic\n" + chain("a");
    auto orchestrator = make(over("mode: dynamic\n" + chain("a")));
    Program program(*orchestrator);
    program.run();
    ASSERT_TRUE(orchestrator->publish(policy(lost)).isOk());
    EXPECT_TRUE(orchestrator->publish(policy(lost + "kernel_denies: [a]\n")).isOk()) << "not validated, as it says";
    EXPECT_EQ(program.call(), LZ_STATUS_NO_KERNEL_AVAILABLE);
  }
  {
    auto orchestrator = make(over("dispatch_rules: [{operation: rms_norm, kernel: c, enabled: false}]\n" + chain("a")));
    EXPECT_EQ(Program(*orchestrator).run(), "a");
  }
}

// Its hot reload read another schema than its CONFIG mode.
TEST_F(LayerZeroDefects, HotReloadReadsTheSchemaOfConfig) {
  const std::string text =
      "defaults: {fallback_policy: b, default_priority: 40}\n"
      "dispatch_rules:\n"
      "  - {name: big, operation: \"norm.*\", kernel: c, conditions: {num_tokens_gt: 100}, priority: 90}\n"
      "static_kernel_map: {softmax: a}\n"
      "kernel_locks: {layer_norm: a}\n"
      "kernel_denies: [\"*_experimental\"]\n"
      "circuit_breaker: {failure_threshold: 3}\n";
  Folder folder;
  for (auto factory : {Orchestrator::configMode, Orchestrator::hotReloadMode}) {
    auto orchestrator = make(factory({manifest()}, folder.write(text)));
    Program program(*orchestrator);
    EXPECT_EQ(program.run(program.site(), 101), "c");
    EXPECT_EQ(program.run(program.site(), 100), "b");
  }
  const std::string misspelt = folder.write("dispatch_rule: []\n");
  for (auto factory : {Orchestrator::configMode, Orchestrator::hotReloadMode})
    EXPECT_NE(refusal(factory({manifest()}, misspelt)).find("did you mean `dispatch_rules`?"), std::string::npos);
}

} // namespace
