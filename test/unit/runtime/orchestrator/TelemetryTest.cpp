//===- TelemetryTest.cpp - What an orchestrator has counted is what was called -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Program.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace lzrt;
using namespace lzrt::test;

namespace {

using Telemetry = Orchestrators;

const CallTelemetry *callsOf(const TelemetrySnapshot &now, const std::string &kernel, const std::string &rule) {
  for (const CallTelemetry &calls : now.calls)
    if (calls.kernel == kernel && calls.rule == rule)
      return &calls;
  return nullptr;
}

std::string get(const std::string &address, const std::string &path) {
  const size_t colon = address.rfind(':');
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(uint16_t(std::stoi(address.substr(colon + 1))));
  inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
  std::string response;
  char buffer[4096];
  if (::connect(socket, reinterpret_cast<sockaddr *>(&to), sizeof(to)) == 0 &&
      ::send(socket, request.data(), request.size(), MSG_NOSIGNAL) == ssize_t(request.size()))
    for (ssize_t size; (size = ::recv(socket, buffer, sizeof(buffer), 0)) > 0;)
      response.append(buffer, size_t(size));
  ::close(socket);
  return response;
}

/// Two arms by rollout, over sites in one invocation each.
constexpr char arms[] = "dispatch_rules:\n"
                        "  - {name: candidate, operation: rms_norm, kernel: c, rollout_percent: 25, priority: 60}\n"
                        "  - {name: control, operation: rms_norm, kernel: a}\n"
                        "circuit_breaker: {enabled: false}\n";

TEST_F(Telemetry, RulesOfARolloutAreCountedApart) {
  auto orchestrator = make(over(arms));
  Program program(*orchestrator);
  program.site();
  std::string ran;
  uint64_t candidates = 0, controls = 0;
  for (int key = 0; key < 2000; ++key) {
    const std::string text = "user-" + std::to_string(key);
    program.context.rollout_key = text.data();
    program.context.rollout_key_size = text.size();
    const std::string one = program.run();
    ASSERT_TRUE(one == "a" || one == "c");
    const bool isCandidate = rolloutAdmits("candidate", 2500, text);
    ASSERT_EQ(one == "c", isCandidate) << text;
    candidates += isCandidate;
    controls += !isCandidate;
  }
  fail('c');
  program.context.rollout_key = "user-0";
  program.context.rollout_key_size = 6;
  uint64_t failures = 0;
  for (int i = 0; i < 50; ++i)
    failures += program.run() == "c!a";
  ASSERT_EQ(failures, rolloutAdmits("candidate", 2500, "user-0") ? 50u : 0u);
  // A key that is admitted, so that the failures are there whatever user-0 is.
  std::string admitted = "user-0";
  for (int key = 0; !rolloutAdmits("candidate", 2500, admitted); ++key)
    admitted = "user-" + std::to_string(key);
  program.context.rollout_key = admitted.data();
  program.context.rollout_key_size = admitted.size();
  for (int i = 0; i < 30; ++i)
    ASSERT_EQ(program.run(), "c!a");
  failures += 30;

  const TelemetrySnapshot now = orchestrator->telemetry();
  const CallTelemetry *candidate = callsOf(now, "c", "candidate"), *control = callsOf(now, "a", "control");
  ASSERT_TRUE(candidate && control);
  const uint64_t plain = 50 - (failures - 30); // of user-0, where it is not admitted
  EXPECT_EQ(candidate->calls, candidates + failures);
  EXPECT_EQ(candidate->failures, failures);
  EXPECT_EQ(control->calls, controls + plain + failures);
  EXPECT_EQ(control->continuations, failures);
  EXPECT_EQ(control->failures, 0u);
  EXPECT_EQ(candidate->reason, "dispatch_rule");
  EXPECT_GT(candidate->duration.count(), 0u);
  EXPECT_GT(control->duration.count(), 0u);
  ASSERT_EQ(now.sites.size(), 1u);
  EXPECT_EQ(now.sites[0].hits + now.sites[0].misses, 2000u + 50u + 30u) << "a continuation is no other call";
}

TEST_F(Telemetry, LatencyOfAnArmIsThatOfItsKernel) {
  auto orchestrator = make(over(arms));
  Program program(*orchestrator);
  lz_fault_t slow{};
  slow.sleep_ns = 3'000'000;
  faults().set('c', &slow);
  for (int i = 0; i < 60; ++i)
    (void)program.run();
  const TelemetrySnapshot now = orchestrator->telemetry();
  const CallTelemetry *candidate = callsOf(now, "c", "candidate"), *control = callsOf(now, "a", "control");
  ASSERT_TRUE(candidate && control) << "60 draws and not one of a quarter";
  EXPECT_GT(candidate->duration.quantile(0.5), 2'500'000);
  EXPECT_LT(control->duration.quantile(0.5), 1'000'000);
}

TEST_F(Telemetry, HitsAndMissesAddUpToTheCalls) {
  auto orchestrator =
      make(over("dispatch_rules: [{operation: rms_norm, kernel: c, conditions: {num_tokens_gt: 100}}]"));
  Program program(*orchestrator);
  for (int i = 0; i < 1000; ++i)
    ASSERT_EQ(program.call(i % 200 + 1), LZ_STATUS_OK);
  const TelemetrySnapshot now = orchestrator->telemetry();
  EXPECT_EQ(now.sites[0].misses, 2u);
  EXPECT_EQ(now.sites[0].hits, 998u);
  EXPECT_EQ(callsOf(now, "c", "#0")->calls, 500u);
  EXPECT_EQ(callsOf(now, "a", "")->calls, 500u);
  EXPECT_EQ(callsOf(now, "a", "")->reason, "default");
}

TEST_F(Telemetry, CountsOutliveAReload) {
  auto orchestrator = make(over("fallback_chains: {rms_norm: [a]}"));
  Program program(*orchestrator);
  for (int i = 0; i < 10; ++i)
    program.run();
  ASSERT_TRUE(orchestrator->publish(policy("fallback_chains: {rms_norm: [c]}")).isOk());
  for (int i = 0; i < 5; ++i)
    program.run();
  const TelemetrySnapshot now = orchestrator->telemetry();
  EXPECT_EQ(callsOf(now, "a", "")->calls, 10u);
  EXPECT_EQ(callsOf(now, "c", "")->calls, 5u);
  EXPECT_EQ(now.policy.version, 2u);
  EXPECT_EQ(now.policy.policyDigest, orchestrator->selector()->policyDigest());
}

TEST_F(Telemetry, TurnedOffHitsAreNotCounted) {
  auto orchestrator = make(over("telemetry: {enabled: false}"));
  Program program(*orchestrator);
  for (int i = 0; i < 100; ++i)
    ASSERT_EQ(program.run(), "a");
  EXPECT_EQ(orchestrator->telemetry().sites[0].hits, 0u);

  ASSERT_TRUE(orchestrator->publish(policy("telemetry: {enabled: true}")).isOk());
  for (int i = 0; i < 100; ++i)
    ASSERT_EQ(program.run(), "a");
  EXPECT_EQ(orchestrator->telemetry().sites[0].hits, 100u) << "the entry was swapped, not dropped";
}

TEST_F(Telemetry, LocksThatDoNotStandAreCountedPerSelection) {
  auto orchestrator = make(over("kernel_locks: {rms_norm: narrow}\nmode: dynamic"));
  Program program(*orchestrator);
  const lz_site_t *wide = program.add("wide"), *small = program.add("small", LZ_MODE_UNSET, 32);
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(program.run(small), "d");
  EXPECT_EQ(orchestrator->telemetry().locksUnsatisfied, 0u);
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(program.run(wide), "a");
  EXPECT_EQ(orchestrator->telemetry().locksUnsatisfied, 1u) << "hits are no selections";
  ASSERT_TRUE(orchestrator->force("narrow", Orchestrator::Force::Open).isOk());
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(program.run(small), "a");
  EXPECT_EQ(orchestrator->telemetry().locksUnsatisfied, 5u) << "an open breaker is asked at each call";
  ASSERT_TRUE(orchestrator->force("narrow", Orchestrator::Force::Reset).isOk());
  fail('d');
  EXPECT_EQ(program.run(small), "d!a");
  EXPECT_EQ(orchestrator->telemetry().locksUnsatisfied, 5u) << "it stood, and failed";
  ASSERT_TRUE(orchestrator
                  ->publish(policy("kernel_locks: {rms_norm: nobody}\nmode: dynamic\nkernel_denies: [\"*\"]\n"
                                   "hot_reload: {validate_on_reload: false}"))
                  .code() == LZ_STATUS_NO_KERNEL_AVAILABLE);
}

TEST_F(Telemetry, UnsatisfiedLockIsCountedOnceWhereNothingStands) {
  auto orchestrator = make(over("kernel_locks: {rms_norm: c}\nkernel_denies: [\"*\"]"));
  Program program(*orchestrator);
  EXPECT_EQ(program.call(), LZ_STATUS_NO_KERNEL_AVAILABLE);
  EXPECT_EQ(orchestrator->telemetry().locksUnsatisfied, 1u);
}

TEST_F(Telemetry, CoverageNamesWhatDidNotRunItsFirstChoice) {
  auto orchestrator = make(over("fallback_chains: {rms_norm: [a, c]}"));
  EXPECT_EQ(orchestrator->coverage(), "");
  Program program(*orchestrator);
  const lz_site_t *first = program.add("layers.0"), *second = program.add("layers.1");
  program.add("layers.2");
  program.run(first);
  ASSERT_TRUE(orchestrator->force("a", Orchestrator::Force::Open).isOk());
  program.run(second);
  EXPECT_EQ(orchestrator->coverage(), "1 of 3 sites ran their first choice\n"
                                      "  circuit_open: 1 site: layers.1 (a -> c)\n"
                                      "  not called: 1 site: layers.2\n");
  ASSERT_TRUE(orchestrator->force("a", Orchestrator::Force::Reset).isOk());
  fail('a');
  program.run(first);
  EXPECT_NE(orchestrator->coverage().find("failed: 1 site: layers.0 (a -> c)"), std::string::npos)
      << orchestrator->coverage();
}

TEST_F(Telemetry, HttpServesTheLiveCounts) {
  OrchestratorOptions options = over(arms);
  options.metricsAddress = "0";
  auto orchestrator = make(std::move(options));
  ASSERT_EQ(orchestrator->metricsAddress().find("127.0.0.1:"), 0u) << "the loopback device by default";
  Program program(*orchestrator);
  program.context.rollout_draw = 9999;
  for (int i = 0; i < 7; ++i)
    ASSERT_EQ(program.call(), LZ_STATUS_OK);
  const std::string text = get(orchestrator->metricsAddress(), "/metrics");
  EXPECT_EQ(text.find("HTTP/1.1 200 OK\r\n"), 0u);
  for (const char *line : {"\nlz_calls_total{site=\"norm\",operation=\"rms_norm\",kernel=\"a\",rule=\"control\",reason="
                           "\"dispatch_rule\"} 7\n",
                           "\nlz_site_hits_total{site=\"norm\",operation=\"rms_norm\",mode=\"dynamic\"} 6\n",
                           "\nlz_site_misses_total{site=\"norm\",operation=\"rms_norm\",mode=\"dynamic\"} 1\n",
                           "\nlz_breaker_state{kernel=\"a\",device=\"cpu\",state=\"closed\"} 1\n",
                           "\nlz_policy_version 1\n", "\nlz_locks_unsatisfied_total 0\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  EXPECT_EQ(get(orchestrator->metricsAddress(), "/etc/passwd").find("HTTP/1.1 404"), 0u);
}

} // namespace
