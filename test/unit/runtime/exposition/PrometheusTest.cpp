//===- PrometheusTest.cpp - The metrics of a snapshot, line by line -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lzrt/telemetry/Prometheus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <set>
#include <sstream>

using namespace lzrt;

namespace {

CallTelemetry call(std::string site, std::string kernel, std::string rule) {
  CallTelemetry call;
  call.site = std::move(site), call.operation = "rms_norm", call.kernel = std::move(kernel),
  call.rule = std::move(rule);
  call.reason = "dispatch_rule";
  return call;
}

std::vector<std::string> linesOf(const TelemetrySnapshot &snapshot) {
  std::istringstream text(prometheusText(snapshot));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);)
    lines.push_back(line);
  return lines;
}

auto hasLines(const std::vector<std::string> &lines) { return ::testing::IsSupersetOf(lines); }

TEST(Prometheus, CallsAreLabelledBySiteKernelRuleAndReason) {
  TelemetrySnapshot snapshot;
  snapshot.calls = {call("layers.0", "fast", "canary"), call("layers.1", "", "")};
  snapshot.calls[0].calls = 12, snapshot.calls[0].failures = 3, snapshot.calls[0].continuations = 1;
  const std::string canary =
      R"({site="layers.0",operation="rms_norm",kernel="fast",rule="canary",reason="dispatch_rule"} )";
  EXPECT_THAT(linesOf(snapshot),
              hasLines({"# TYPE lz_calls_total counter", "lz_calls_total" + canary + "12",
                        "lz_failures_total" + canary + "3", "lz_continuations_total" + canary + "1",
                        std::string(R"(lz_calls_total{site="layers.1",operation="rms_norm",kernel="",rule="",)"
                                    R"(reason="dispatch_rule"} 0)")}));
}

TEST(Prometheus, LatenciesOfARuleAreSummedOverSites) {
  TelemetrySnapshot snapshot;
  snapshot.calls = {call("layers.0", "fast", "canary"), call("layers.1", "fast", "canary"),
                    call("layers.0", "slow", "rest")};
  Histogram first, second;
  first.add(1'500), first.add(200'000'000'000);
  second.add(1'000);
  snapshot.calls[0].duration = first.snapshot(), snapshot.calls[1].duration = second.snapshot();
  const std::string labels = R"({operation="rms_norm",kernel="fast",rule="canary")";
  std::vector<std::string> lines = linesOf(snapshot);
  EXPECT_THAT(lines,
              hasLines({"# TYPE lz_call_duration_seconds histogram", "lz_call_duration_seconds_count" + labels + "} 3",
                        "lz_call_duration_seconds_sum" + labels + "} 200.0000025",
                        "lz_call_duration_seconds_bucket" + labels + ",le=\"1e-07\"} 0",
                        "lz_call_duration_seconds_bucket" + labels + ",le=\"1e-06\"} 1",
                        "lz_call_duration_seconds_bucket" + labels + ",le=\"2e-06\"} 2",
                        "lz_call_duration_seconds_bucket" + labels + ",le=\"100\"} 2",
                        "lz_call_duration_seconds_bucket" + labels + ",le=\"+Inf\"} 3"}));
  for (const std::string &line : lines) // nothing was measured of the other rule
    EXPECT_FALSE(line.starts_with("lz_call_duration") && line.find("slow") != std::string::npos) << line;
}

TEST(Prometheus, SitesTellHitsMissesAndTheirChoice) {
  TelemetrySnapshot snapshot;
  SiteTelemetry site;
  site.site = "layers.0", site.operation = "gelu", site.mode = "dynamic", site.hits = 7, site.misses = 2;
  snapshot.sites = {site, site, site};
  snapshot.sites[1].site = "layers.1", snapshot.sites[1].choice = SiteChoice::First;
  snapshot.sites[2].site = "layers.2", snapshot.sites[2].choice = SiteChoice::Other;
  std::vector<std::string> lines = linesOf(snapshot);
  EXPECT_THAT(lines, hasLines({R"(lz_site_hits_total{site="layers.0",operation="gelu",mode="dynamic"} 7)",
                               R"(lz_site_misses_total{site="layers.0",operation="gelu",mode="dynamic"} 2)",
                               R"(lz_site_first_choice{site="layers.1",operation="gelu",mode="dynamic"} 1)",
                               R"(lz_site_first_choice{site="layers.2",operation="gelu",mode="dynamic"} 0)"}));
  for (const std::string &line : lines)
    EXPECT_FALSE(line.starts_with("lz_site_first_choice{site=\"layers.0\"")) << line;
}

TEST(Prometheus, ABreakerIsInOneState) {
  TelemetrySnapshot snapshot;
  snapshot.breakers = {{"fast", "cuda:0", "half_open", {{"open", 2}, {"half_open", 1}}, 9, 4}};
  EXPECT_THAT(linesOf(snapshot),
              hasLines({R"(lz_breaker_state{kernel="fast",device="cuda:0",state="closed"} 0)",
                        R"(lz_breaker_state{kernel="fast",device="cuda:0",state="open"} 0)",
                        R"(lz_breaker_state{kernel="fast",device="cuda:0",state="half_open"} 1)",
                        R"(lz_breaker_state{kernel="fast",device="cuda:0",state="forced_open"} 0)",
                        R"(lz_breaker_state{kernel="fast",device="cuda:0",state="forced_closed"} 0)",
                        R"(lz_breaker_transitions_total{kernel="fast",device="cuda:0",state="open"} 2)",
                        R"(lz_breaker_transitions_total{kernel="fast",device="cuda:0",state="half_open"} 1)",
                        R"(lz_breaker_failures_total{kernel="fast",device="cuda:0"} 9)",
                        R"(lz_breaker_panics_total{kernel="fast",device="cuda:0"} 4)"}));
}

TEST(Prometheus, ThePolicyAndItsReloads) {
  TelemetrySnapshot snapshot;
  snapshot.policy = {6, "abc", "def", "hot_reload", {5, 2, 1, 12.5}};
  snapshot.locksUnsatisfied = 3, snapshot.panics = 4;
  EXPECT_THAT(linesOf(snapshot),
              hasLines({"lz_policy_version 6",
                        R"(lz_policy_info{policy_digest="abc",selection_digest="def",mode="hot_reload"} 1)",
                        R"(lz_reloads_total{result="success"} 3)", R"(lz_reloads_total{result="failure"} 2)",
                        "lz_rollbacks_total 1", "lz_last_reload_duration_seconds 0.0125",
                        "lz_locks_unsatisfied_total 3", "lz_panics_total 4"}));
}

TEST(Prometheus, NamesOfAnyBytesStayWithinTheirLabel) {
  TelemetrySnapshot snapshot;
  snapshot.calls = {call("a\"b\\c\nd", "fast", "")};
  EXPECT_THAT(linesOf(snapshot),
              hasLines({std::string(R"(lz_calls_total{site="a\"b\\c\nd",operation="rms_norm",kernel="fast",)"
                                    R"(rule="",reason="dispatch_rule"} 0)")}));
}

TEST(Prometheus, FamiliesAreNamedOnceAndNoneIsEmpty) {
  TelemetrySnapshot snapshot;
  snapshot.calls = {call("a", "fast", "")};
  std::set<std::string> names;
  auto collectable = makePrometheusCollectable([&] { return snapshot; });
  std::vector<prometheus::MetricFamily> families = collectable->Collect();
  for (const prometheus::MetricFamily &family : families) {
    EXPECT_TRUE(names.insert(family.name).second) << family.name;
    EXPECT_FALSE(family.metric.empty()) << family.name;
    EXPECT_FALSE(family.help.empty()) << family.name;
    EXPECT_EQ(family.name.ends_with("_total"), family.type == prometheus::MetricType::Counter) << family.name;
  }
  EXPECT_EQ(prometheus::TextSerializer().Serialize(families), prometheusText(snapshot));
}

} // namespace
