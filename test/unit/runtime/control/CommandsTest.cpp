//===- CommandsTest.cpp - Every command and every way to ask wrongly -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "../../../../runtime/control/Protocol.h"
#include "FakeSurface.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <unistd.h>

using namespace lzrt;
using nlohmann::json;
using ::testing::HasSubstr;

namespace {

class CommandsTest : public ::testing::Test {
protected:
  /// The reply, which is one line of JSON with the protocol's members and no others.
  json reply(const std::string &line) {
    std::string text = answerRequest(surface, line);
    EXPECT_EQ(text.find('\n'), text.size() - 1) << text;
    json parsed = json::parse(text, nullptr, false);
    EXPECT_TRUE(parsed.is_object()) << text;
    EXPECT_EQ(parsed["protocol"], "lz-ctl/1");
    bool ok = parsed["ok"];
    EXPECT_EQ(parsed.contains("result"), ok);
    EXPECT_EQ(parsed.contains("status") && parsed.contains("error"), !ok);
    EXPECT_EQ(parsed.size(), ok ? 3u : 4u) << text;
    return parsed;
  }
  json ask(const std::string &command, std::vector<std::pair<Parameter, std::string>> parameters = {}) {
    Request request;
    request.command = command;
    for (auto &[parameter, value] : parameters)
      request.set(parameter, value);
    return reply(formatRequest(request));
  }
  json result(const std::string &command, std::vector<std::pair<Parameter, std::string>> parameters = {}) {
    json answer = ask(command, std::move(parameters));
    EXPECT_TRUE(answer["ok"]) << answer;
    return answer.value("result", json());
  }
  void refused(const json &answer, const std::string &status, const std::string &error) {
    EXPECT_EQ(answer["ok"], false) << answer;
    EXPECT_EQ(answer.value("status", ""), status) << answer;
    EXPECT_THAT(answer.value("error", ""), HasSubstr(error));
  }

  FakeSurface surface;
};

TEST_F(CommandsTest, StatusTellsOfTheProcess) {
  json status = result("status");
  EXPECT_EQ(status["pid"], ::getpid());
  EXPECT_EQ(status["mode"], "dynamic");
  EXPECT_EQ(status["config_version"], 1);
  EXPECT_EQ(status["policy_digest"], "sha256:1111");
  EXPECT_EQ(status["selection_digest"], "sha256:2222");
  EXPECT_EQ(status["policy_file"], "/etc/lz/policy.yaml");
  EXPECT_EQ(status["reload"], json({{"state", "idle"},
                                    {"total", 0},
                                    {"failed", 0},
                                    {"rollbacks", 0},
                                    {"last_ms", 0.5},
                                    {"last_error", nullptr}}));
  EXPECT_EQ(status["uptime_seconds"], 3725.25);
  EXPECT_EQ(status["calls"], 1000);
  EXPECT_EQ(status["failures"], 3);
}

TEST_F(CommandsTest, SitesListWhatEachRuns) {
  json sites = result("sites");
  ASSERT_EQ(sites.size(), 2u);
  EXPECT_EQ(sites[0], json({{"site", "@main#0"},
                            {"operation", "rms_norm"},
                            {"mode", "dynamic"},
                            {"kernels", {"fast_norm"}},
                            {"reason", "dispatch_rule"},
                            {"rule", 1},
                            {"hits", 990},
                            {"misses", 7},
                            {"calls", 1000},
                            {"failures", 3},
                            {"ran_first_choice", true}}));
  EXPECT_EQ(sites[1]["kernels"], json::array());
  for (const char *absent : {"reason", "rule", "ran_first_choice"})
    EXPECT_TRUE(sites[1][absent].is_null()) << absent;
}

TEST_F(CommandsTest, KernelsListWhatIsRegistered) {
  json kernels = result("kernels");
  ASSERT_EQ(kernels.size(), 2u);
  EXPECT_EQ(kernels[0], json({{"kernel", "fast_norm"},
                              {"aliases", {"norm_v2"}},
                              {"operations", {"rms_norm", "layer_norm"}},
                              {"library", "liblz_kernels_cpu.so"},
                              {"version", "1.2"},
                              {"priority", 80},
                              {"loaded", true},
                              {"denied", false}}));
  EXPECT_TRUE(kernels[1]["denied"]);
  EXPECT_TRUE(kernels[1]["library"].is_null());
}

TEST_F(CommandsTest, BreakersListStateAndTimeToRetry) {
  json breakers = result("breakers");
  ASSERT_EQ(breakers.size(), 2u);
  EXPECT_EQ(breakers[0], json({{"kernel", "fast_norm"},
                               {"device", "cpu"},
                               {"state", "open"},
                               {"generation", 4},
                               {"failures_in_a_row", 5},
                               {"charged_failures", 12},
                               {"retry_seconds", 21.5}}));
  EXPECT_TRUE(breakers[1]["retry_seconds"].is_null());
}

TEST_F(CommandsTest, ExplainTakesAnOperationByNameOrAlias) {
  for (const char *name : {"rms_norm", "norm.rms"}) {
    json answer = result("explain", {{Parameter::Subject, name}});
    EXPECT_EQ(answer, json({{"operation", "rms_norm"}, {"selected_kernel", "fast_norm"}}));
    EXPECT_EQ(surface.lastQuestion()->facts.operation(), LZ_OP_RMS_NORM);
    EXPECT_FALSE(surface.lastQuestion()->site.has_value());
    EXPECT_EQ(surface.lastQuestion()->mode, LZ_MODE_UNSET);
  }
}

TEST_F(CommandsTest, ExplainReadsFactsModeAndRolloutKeyOfASite) {
  result("explain", {{Parameter::Subject, "@main#0"},
                     {Parameter::Context, "dtype=bfloat16,hidden_size=4096,rollout_key=user-7"},
                     {Parameter::Mode, "static"}});
  std::optional<ExplainQuestion> question = surface.lastQuestion();
  ASSERT_TRUE(question.has_value());
  EXPECT_EQ(question->site, "@main#0");
  EXPECT_EQ(question->facts.operation(), LZ_OP_RMS_NORM);
  EXPECT_EQ(std::get<int64_t>(question->facts.get(*findFact("hidden_size")).value()), 4096);
  EXPECT_TRUE(question->facts.get(*findFact("num_tokens")).isOpen());
  EXPECT_EQ(question->rolloutKey, "user-7");
  EXPECT_EQ(question->mode, LZ_MODE_STATIC);
}

TEST_F(CommandsTest, ExplainAnswersInTextWhereAsked) {
  json answer = result("explain", {{Parameter::Subject, "rms_norm"}, {Parameter::Format, "text"}});
  EXPECT_EQ(answer, "rms_norm: fast_norm, rule 1\npath:\n  rule 1: selected\n");
}

TEST_F(CommandsTest, ExplainRefusesWhatItCannotRead) {
  refused(ask("explain"), "invalid argument", "`explain` needs `subject`");
  refused(ask("explain", {{Parameter::Subject, ""}}), "invalid argument", "`explain` needs `subject`");
  refused(ask("explain", {{Parameter::Subject, "rms_nrom"}}), "not found", "did you mean `rms_norm`?");
  refused(ask("explain", {{Parameter::Subject, "rms_norm"}, {Parameter::Context, "hidden_size=big"}}),
          "invalid argument", "context: ");
  refused(ask("explain", {{Parameter::Subject, "rms_norm"}, {Parameter::Context, "hiden_size=1"}}), "invalid argument",
          "hidden_size");
  refused(ask("explain", {{Parameter::Subject, "rms_norm"}, {Parameter::Mode, "statik"}}), "invalid argument",
          "did you mean `static`?");
  refused(ask("explain", {{Parameter::Subject, "rms_norm"}, {Parameter::Format, "xml"}}), "invalid argument",
          "expected json or text");
}

TEST_F(CommandsTest, AnExplanationThatIsNoJsonIsAnInternalError) {
  surface.explanation = "{\"operation\": ";
  refused(ask("explain", {{Parameter::Subject, "rms_norm"}}), "internal error", "the explanation is no JSON");
}

TEST_F(CommandsTest, ReloadAndRollbackPublishOrSayWhyNot) {
  refused(ask("rollback"), "not found", "there is no earlier policy");
  EXPECT_EQ(result("reload"), json({{"message", "published version 2"}}));
  EXPECT_EQ(result("rollback"), json({{"message", "published version 3, the policy of version 1"}}));
  EXPECT_EQ(result("status")["config_version"], 3);
  surface.policyFile = "missing.yaml";
  refused(ask("reload"), "malformed input", "missing.yaml:3:1: error: unknown key `moed` [P1]");
}

TEST_F(CommandsTest, ForceSetsTheBreakersOfAKernelByNameOrAlias) {
  EXPECT_EQ(result("force-open", {{Parameter::Kernel, "fast_norm"}})[0]["state"], "forced_open");
  EXPECT_EQ(result("force-close", {{Parameter::Kernel, "norm_v2"}, {Parameter::Device, "cpu"}})[0]["state"],
            "forced_closed");
  EXPECT_EQ(result("reset", {{Parameter::Kernel, "fast_norm"}})[0]["state"], "closed");
  EXPECT_EQ(result("breakers")[0]["generation"], 7);
  refused(ask("force-open"), "invalid argument", "`force-open` needs `kernel`");
  refused(ask("reset", {{Parameter::Kernel, "fast_nrom"}}), "not found", "no kernel is called `fast_nrom`");
  refused(ask("reset", {{Parameter::Kernel, "fast_norm"}, {Parameter::Device, "cuda:7"}}), "not found",
          "has no breaker on `cuda:7`");
}

TEST_F(CommandsTest, ModeSetsTheProcessOrTheOperationsOfAGlob) {
  EXPECT_EQ(result("mode", {{Parameter::Mode, "static"}}), json({{"message", "the process runs in mode static"}}));
  EXPECT_EQ(result("mode", {{Parameter::Mode, "config"}, {Parameter::Operation, "norm.*"}}),
            json({{"message", "`norm.*` runs in mode config"}}));
  EXPECT_EQ(result("status")["mode"], "static");
  refused(ask("mode"), "invalid argument", "`mode` needs `mode`");
  refused(ask("mode", {{Parameter::Mode, "live"}}), "invalid argument", "unknown mode `live`");
  refused(ask("mode", {{Parameter::Mode, "config"}, {Parameter::Operation, "norms.*"}}), "not found",
          "`norms.*` matches no operation");
  refused(ask("mode", {{Parameter::Mode, "config"}, {Parameter::Operation, "[rms"}}), "invalid argument", "`[rms`: ");
  refused(ask("mode", {{Parameter::Mode, "config"}, {Parameter::Operation, std::string(1025, '*')}}),
          "invalid argument", "at most 1024 bytes");
}

TEST_F(CommandsTest, WhatTheSurfaceThrowsIsAReply) {
  refused(ask("force-open", {{Parameter::Kernel, "broken"}}), "internal error", "the surface threw");
}

TEST_F(CommandsTest, ACommandTakesItsOwnParametersAlone) {
  refused(ask("reload", {{Parameter::Subject, "/etc/passwd"}}), "invalid argument", "`reload` takes no `subject`");
  refused(ask("status", {{Parameter::Kernel, ""}}), "invalid argument", "`status` takes no `kernel`");
  refused(ask("relaod"), "not found", "unknown command `relaod`; did you mean `reload`?");
  refused(ask("rm -rf"), "not found", "unknown command `rm -rf`");
}

TEST_F(CommandsTest, ARequestIsAnObjectOfStringsOfThisProtocol) {
  const std::string head = R"({"protocol": "lz-ctl/1", "command": "status")";
  const std::pair<std::string, std::string> faults[] = {
      {"", "not valid JSON"},
      {"status", "not valid JSON"},
      {head, "not valid JSON"},
      {head + "}}", "not valid JSON"},
      {head + R"(, "kernel": "\xff"})", "not valid JSON"},
      {head + ", \"kernel\": \"\xff\"}", "not valid JSON"},
      {head + std::string(", \"kernel\": \"\0\"}", 16), "not valid JSON"},
      {"[]", "a request must be an object"},
      {"null", "a request must be an object"},
      {"1.5", "a request must be an object"},
      {"1e999", "not valid JSON"},
      {R"("status")", "a request must be an object"},
      {head + R"(, "kernel": 1})", "`kernel` must be a string"},
      {head + R"(, "kernel": -1.5e9})", "`kernel` must be a string"},
      {head + R"(, "kernel": null})", "`kernel` must be a string"},
      {head + R"(, "kernel": true})", "`kernel` must be a string"},
      {head + R"(, "kernel": ["x"]})", "`kernel` must be a string"},
      {head + R"(, "kernel": {"x": "y"}})", "`kernel` must be a string"},
      {head + R"(, "command": "reload"})", "`command` is given twice"},
      {head + R"(, "path": "/tmp/policy.yaml"})", "unknown member `path`"},
      {head + R"(, "kernal": "x"})", "did you mean `kernel`?"},
      {R"({"command": "status"})", "`protocol` is missing"},
      {R"({"protocol": "lz-ctl/2", "command": "status", "new": "x"})", "speaks `lz-ctl/1`, got `lz-ctl/2`"},
      {R"({"protocol": "lz-ctl/1"})", "`command` is missing"},
      {R"({"protocol": "lz-ctl/1", "command": ""})", "`command` is missing"},
  };
  for (const auto &[line, error] : faults)
    refused(reply(line), "malformed input", error);
  std::string many = "{";
  for (int i = 0; i < 17; ++i)
    many += (i ? ", \"k" : "\"k") + std::to_string(i) + "\": \"\"";
  refused(reply(many + "}"), "malformed input", "at most 16 members");
  refused(reply(std::string(60'000, '[')), "malformed input", "must be an object");
}

TEST_F(CommandsTest, AnAnswerWithBytesThatAreNoTextIsStillJson) {
  surface.policyFile = "/etc/\xff\n\x01.yaml";
  EXPECT_EQ(result("status")["policy_file"], "/etc/\uFFFD\n\x01.yaml");
}

TEST_F(CommandsTest, AFormattedRequestIsReadBack) {
  Request request;
  request.command = "explain";
  for (size_t i = 0; i < parameterCount; ++i)
    request.set(Parameter(i), "value \"" + std::to_string(i) + "\"\n\\");
  Request again;
  EXPECT_EQ(parseRequest(formatRequest(request), &again), "");
  EXPECT_EQ(again, request);
}

} // namespace
