//===- HealthTest.cpp - Breakers of an orchestrator: forced, told of, explained -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Program.h"

#include <thread>

using namespace lzrt;
using namespace lzrt::test;

namespace {

using Health = Orchestrators;
using Force = Orchestrator::Force;

std::string explained(const Orchestrator &orchestrator, const std::string &what, const std::string &facts = "") {
  std::string json;
  Status status = orchestrator.explain(what, facts, &json);
  EXPECT_TRUE(status.isOk()) << status.message();
  return json;
}
bool has(const std::string &text, const std::string &part) { return text.find(part) != std::string::npos; }

TEST_F(Health, BreakersAreForcedByNameAliasAndDevice) {
  auto orchestrator = make(over());
  Program program(*orchestrator);
  ASSERT_TRUE(orchestrator->force("alpha", Force::Open).isOk()) << "before any call";
  EXPECT_EQ(orchestrator->breakerState("a"), "forced_open");
  EXPECT_EQ(program.run(), "b");
  EXPECT_EQ(program.run(), "b");
  ASSERT_TRUE(orchestrator->force("a", Force::Reset, "cpu").isOk());
  EXPECT_EQ(orchestrator->breakerState("alpha"), "closed");
  EXPECT_EQ(program.run(), "a");
  EXPECT_EQ(program.run(), "a") << "cached";
  ASSERT_TRUE(orchestrator->force("a", Force::Open, "cpu").isOk());
  EXPECT_EQ(program.run(), "b") << "the entry is gone";
  Status status = orchestrator->force("a", Force::Open, "cuda:7");
  EXPECT_EQ(status.code(), LZ_STATUS_NOT_FOUND);
  EXPECT_EQ(status.message(), "device `cuda:7` has not been used");
  EXPECT_EQ(orchestrator->force("zeta", Force::Open).message(), "there is no kernel `zeta`");
  EXPECT_EQ(orchestrator->breakerState("zeta"), "");
}

TEST_F(Health, DevicesHaveBreakersOfTheirOwn) {
  auto orchestrator = make(over());
  Program program(*orchestrator);
  program.context.device = {2, 1};
  EXPECT_EQ(program.run(), "a");
  ASSERT_TRUE(orchestrator->force("a", Force::Open, "cuda:1").isOk());
  EXPECT_EQ(program.run(), "b");
  Program onCpu(*orchestrator);
  EXPECT_EQ(onCpu.run(program.site()), "a");
  EXPECT_EQ(orchestrator->breakerState("a", "cuda:1"), "forced_open");
  EXPECT_EQ(orchestrator->breakerState("a", "cpu"), "closed");
  ASSERT_TRUE(orchestrator->force("a", Force::Open).isOk());
  EXPECT_EQ(onCpu.run(program.site()), "b") << "no device: on all";
  EXPECT_TRUE(has(explained(*orchestrator, "rms_norm", "hidden_size=64"), "circuit_open"));
}

TEST_F(Health, ForcedClosedKernelIsAdmittedWhateverItsCallsComeTo) {
  auto orchestrator = make(over("circuit_breaker: {failure_threshold: 1}"));
  Program program(*orchestrator);
  ASSERT_TRUE(orchestrator->force("a", Force::Close).isOk());
  fail('a');
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(program.run(), "a!b");
  EXPECT_EQ(orchestrator->breakerState("a"), "forced_closed");
  ASSERT_TRUE(orchestrator->force("a", Force::Reset).isOk());
  EXPECT_EQ(program.run(), "a!b");
  EXPECT_EQ(program.run(), "b") << "its own again: one failure opens it";
}

TEST_F(Health, BreakerOpensProbesAndCloses) {
  std::vector<std::string> told;
  OrchestratorOptions options = over("circuit_breaker: {failure_threshold: 3, recovery_timeout_seconds: 0.03, "
                                     "success_threshold: 2}\nfallback_chains: {rms_norm: [a, c]}");
  options.onBreaker = [&](const BreakerNotice &notice) {
    told.push_back(std::string(notice.kernel) + ": " + std::string(notice.from) + " -> " + std::string(notice.to));
  };
  auto orchestrator = make(std::move(options));
  Program program(*orchestrator);
  EXPECT_EQ(program.run(), "a");
  fail('a');
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(program.run(), "a!c");
  EXPECT_EQ(program.run(), "c");
  EXPECT_EQ(orchestrator->breakerState("a"), "open");
  heal('a');
  EXPECT_TRUE(eventually([&] { return program.run() == "a"; })) << "a probe";
  EXPECT_EQ(program.run(), "a");
  EXPECT_EQ(orchestrator->breakerState("a"), "closed");
  EXPECT_EQ(told, (std::vector<std::string>{"a: closed -> open", "a: open -> half_open", "a: half_open -> closed"}));
}

TEST_F(Health, DisabledBreakerNeverOpens) {
  auto orchestrator = make(over("circuit_breaker: {enabled: false, failure_threshold: 1}"));
  Program program(*orchestrator);
  fail('a');
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(program.run(), "a!b");
  EXPECT_EQ(orchestrator->breakerState("a"), "closed");
}

TEST_F(Health, WhereBreakersRefuseAllTheFirstIsAdmittedAndCounted) {
  auto orchestrator = make(over("fallback_chains: {rms_norm: [c]}\nmode: dynamic"));
  Program program(*orchestrator);
  ASSERT_TRUE(orchestrator->force("c", Force::Open).isOk());
  EXPECT_EQ(program.run(), "c");
  EXPECT_EQ(orchestrator->telemetry().panics, 1u);
}

TEST_F(Health, ExplainAnswersForOperationsAndSitesUnderTheLiveBreakers) {
  auto orchestrator = make(over("dispatch_rules: [{operation: rms_norm, kernel: c, conditions: {num_tokens_gt: 100}}]\n"
                                "fallback_chains: {rms_norm: [a, b]}"));
  Program program(*orchestrator);
  program.add("layers.0");
  program.add("layers.1", LZ_MODE_STATIC);
  EXPECT_TRUE(has(explained(*orchestrator, "norm.rms", "num_tokens=200"), "\"selected_kernel\": \"c\""))
      << explained(*orchestrator, "norm.rms", "num_tokens=200");
  EXPECT_TRUE(has(explained(*orchestrator, "rms_norm"), "\"reason\": \"open\""));
  EXPECT_TRUE(has(explained(*orchestrator, "layers.0", "num_tokens=5"), "\"selected_kernel\": \"a\""));
  EXPECT_TRUE(has(explained(*orchestrator, "layers.1"), "\"selected_kernel\": \"b\"")) << "its mode is static";
  ASSERT_TRUE(orchestrator->force("a", Force::Open).isOk());
  const std::string json = explained(*orchestrator, "layers.0", "num_tokens=5");
  EXPECT_TRUE(has(json, "circuit_open")) << json;
  EXPECT_TRUE(has(json, "\"selected_kernel\": \"b\"")) << json;
  program.run(program.site(), 5); // explain and dispatch are the same code (S12)
  std::string none;
  EXPECT_EQ(orchestrator->explain("layers.7", "", &none).message(), "`layers.7` is neither an operation nor a site");
  EXPECT_EQ(orchestrator->explain("rms_norm", "num_tokens=many", &none).code(), LZ_STATUS_INVALID_ARGUMENT);
}

} // namespace
