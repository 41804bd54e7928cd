//===- ControlTest.cpp - lz-ctl asks a process that runs -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Program.h"

#include <sys/wait.h>

using namespace lzrt;
using namespace lzrt::test;

namespace {

/// An orchestrator that follows no file but has one, and answers at a socket.
class Control : public Orchestrators {
protected:
  Control() {
    OrchestratorOptions options = Orchestrator::autoMode({manifest()}, folder.write(chain("a, b")));
    options.controlPath = (folder.path / "a.sock").string();
    orchestrator = make(std::move(options));
    program = std::make_unique<Program>(*orchestrator);
    program->add("layers.0");
  }
  static std::string chain(const std::string &kernels) { return "fallback_chains: {rms_norm: [" + kernels + "]}\n"; }

  /// What lz-ctl prints, both streams.
  std::string ask(const std::string &arguments, int code = 0) {
    const std::string command =
        std::string(LZ_CTL) + " --socket " + orchestrator->controlPath() + " " + arguments + " 2>&1";
    FILE *pipe = ::popen(command.c_str(), "r");
    std::string text;
    char buffer[4096];
    for (size_t size; (size = ::fread(buffer, 1, sizeof(buffer), pipe)) > 0;)
      text.append(buffer, size);
    EXPECT_EQ(WEXITSTATUS(::pclose(pipe)), code) << arguments << ": " << text;
    return text;
  }
  static void expectLine(const std::string &text, const std::string &line) {
    EXPECT_NE(("\n" + text).find("\n" + line + "\n"), std::string::npos) << "`" << line << "` is not in:\n" << text;
  }

  Folder folder;
  std::unique_ptr<Orchestrator> orchestrator;
  std::unique_ptr<Program> program;
};

TEST_F(Control, StatusTellsWhatTheProcessDoes) {
  for (int i = 0; i < 5; ++i)
    program->run();
  fail('a');
  program->run();
  const std::string text = ask("status");
  expectLine(text, "mode              dynamic");
  expectLine(text, "policy file       " + (folder.path / "policy.yaml").string());
  expectLine(text, "config version    1");
  expectLine(text, "policy digest     " + orchestrator->selector()->policyDigest());
  expectLine(text, "sites             1");
  expectLine(text, "kernels           5");
  expectLine(text, "calls             7, 1 failed");
}

TEST_F(Control, SitesAndKernelsAreThoseOfTheProcess) {
  expectLine(ask("sites"), "layers.0  rms_norm   dynamic  -       -       -         0         0     0       0  -");
  for (int i = 0; i < 5; ++i)
    program->run();
  expectLine(ask("sites"),
             "layers.0  rms_norm   dynamic  a       fallback_chain  -         5         0     4       1  yes");
  const std::string kernels = ask("--json kernels");
  EXPECT_EQ(kernels.find("[{\"kernel\":\"a\",\"aliases\":[\"alpha\"],"), 0u) << kernels;
  EXPECT_NE(kernels.find("\"version\":\"1.2.3\",\"priority\":90,\"loaded\":true,\"denied\":false}"), std::string::npos);
  expectLine(ask("breakers"), "a       cpu     closed           0         0         0  -");
}

TEST_F(Control, SitesNameTheRuleOfTheirLatestEntry) {
  folder.write("dispatch_rules:\n  - {operation: softmax, kernel: b}\n"
               "  - {name: big, operation: rms_norm, kernel: c, conditions: {num_tokens_gt: 100}}\n" +
               chain("a"));
  ASSERT_TRUE(orchestrator->reload().isOk());
  program->run(program->site(), 5);
  program->run(program->site(), 500);
  const std::string json = ask("--json sites");
  EXPECT_NE(json.find("\"kernels\":[\"c\",\"a\"]"), std::string::npos) << json;
  EXPECT_NE(json.find("\"rule\":1"), std::string::npos) << json;
  EXPECT_NE(json.find("\"reason\":\"dispatch_rule\""), std::string::npos) << json;
}

TEST_F(Control, ExplainAnswersForASiteAndAnOperation) {
  EXPECT_NE(ask("explain layers.0").find("fallback_chain"), std::string::npos);
  EXPECT_NE(ask("explain norm.rms --context hidden_size=64 --mode static --json").find("\"selected_kernel\":\"b\""),
            std::string::npos)
      << ask("explain norm.rms --context hidden_size=64 --mode static --json");
  EXPECT_NE(ask("explain layer.0", 1).find("neither an operation nor a site"), std::string::npos);
}

TEST_F(Control, ReloadAndRollback) {
  EXPECT_EQ(ask("reload").find("unchanged: version 1, policy digest "), 0u);
  folder.write(chain("c"));
  EXPECT_EQ(ask("reload").find("reloaded: version 2, policy digest "), 0u);
  EXPECT_EQ(program->run(), "c");
  EXPECT_EQ(ask("rollback").find("rolled back: version 3, policy digest "), 0u);
  EXPECT_EQ(program->run(), "a");
  EXPECT_NE(ask("rollback", 1).find("no policy was live before this one"), std::string::npos);
  folder.write("kernel_lock: {rms_norm: c}\n");
  const std::string text = ask("reload", 1);
  EXPECT_NE(text.find("policy.yaml:2:1: error: unknown key `kernel_lock`"), std::string::npos) << text;
  EXPECT_NE(ask("status").find("kernel_lock"), std::string::npos) << "the last error";
  EXPECT_EQ(program->run(), "a");
}

TEST_F(Control, BreakersAreForcedAndReset) {
  expectLine(ask("force-open alpha"), "a       cpu     forced_open           1         0         0  -");
  EXPECT_EQ(program->run(), "b");
  expectLine(ask("force-close a --device cpu"), "a       cpu     forced_closed           2         0         0  -");
  EXPECT_EQ(program->run(), "a");
  expectLine(ask("reset a"), "a       cpu     closed           3         0         0  -");
  EXPECT_NE(ask("force-open zeta", 1).find("there is no kernel `zeta`"), std::string::npos);
  EXPECT_NE(ask("reset a --device cuda:3", 1).find("device `cuda:3` has not been used"), std::string::npos);
}

TEST_F(Control, ModeIsSetForAllOrSome) {
  EXPECT_EQ(ask("mode static"), "default mode of every operation: static\n");
  EXPECT_EQ(program->run(), "b");
  expectLine(ask("status"), "mode              static");
  EXPECT_EQ(ask("mode config --operation 'norm.r*'"), "default mode of rms_norm: config\n");
  EXPECT_EQ(program->run(), "a");
  expectLine(ask("status"), "mode              static");
  folder.write(chain("c"));
  EXPECT_EQ(ask("mode hot_reload"), "default mode of every operation: hot_reload\n");
  EXPECT_TRUE(eventually([&] { return program->run() == "c"; })) << "the file is followed from here on";
}

} // namespace
