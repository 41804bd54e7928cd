//===- ReloadTest.cpp - The policy of a running orchestrator changes -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Program.h"

#include <atomic>
#include <mutex>
#include <thread>

using namespace lzrt;
using namespace lzrt::test;

namespace {

using Reloading = Orchestrators;

std::string chain(const std::string &kernel) { return "fallback_chains: {rms_norm: [" + kernel + "]}\n"; }

TEST_F(Reloading, PublishedTextIsLiveForTheNextInvocation) {
  auto orchestrator = make(over(chain("a")));
  Program program(*orchestrator);
  EXPECT_EQ(program.run(), "a");
  EXPECT_EQ(program.run(), "a");
  ASSERT_TRUE(orchestrator->publish(policy(chain("c"))).isOk());
  EXPECT_EQ(orchestrator->version(), 2u);
  EXPECT_EQ(orchestrator->selector()->policy().chains.front().value.front().name, "c");
  EXPECT_EQ(program.run(), "c");
}

TEST_F(Reloading, AnInvocationThatHasBegunKeepsItsPolicy) {
  auto orchestrator = make(over(chain("a")));
  Program program(*orchestrator);
  const lz_site_t *first = program.site(), *second = program.add("second");
  ASSERT_TRUE(orchestrator->begin(program.context).isOk());
  ASSERT_TRUE(orchestrator->publish(policy(chain("c"))).isOk());
  EXPECT_EQ(program.call(first), LZ_STATUS_OK);
  EXPECT_EQ(program.call(second), LZ_STATUS_OK);
  EXPECT_EQ(program.ran(), "aa");
  lzrt_context_reset(&program.context);
  EXPECT_EQ(program.call(first), LZ_STATUS_OK);
  EXPECT_EQ(program.ran(), "c");
}

TEST_F(Reloading, BadTextChangesNothing) {
  auto orchestrator = make(over(chain("a")));
  Program program(*orchestrator);
  EXPECT_EQ(program.run(), "a");
  Status status = orchestrator->publish(policy("kernel_locks: {rms_norm: [c]}\n"), "sent.yaml");
  EXPECT_EQ(status.code(), LZ_STATUS_MALFORMED);
  EXPECT_EQ(status.message().find("sent.yaml:2:"), 0u) << status.message();
  status = orchestrator->publish(policy("kernel_denies: [\"*\"]\n"));
  EXPECT_EQ(status.code(), LZ_STATUS_NO_KERNEL_AVAILABLE);
  EXPECT_NE(status.message().find("`rms_norm` at `norm`"), std::string::npos) << status.message();
  EXPECT_EQ(orchestrator->version(), 1u);
  EXPECT_EQ(program.run(), "a");
}

TEST_F(Reloading, FileIsReadAgainOnRequestAndTakenBack) {
  Folder folder;
  auto orchestrator = make(Orchestrator::configMode({manifest()}, folder.write(chain("a"))));
  Program program(*orchestrator);
  EXPECT_EQ(program.run(), "a");
  folder.write(chain("b"));
  EXPECT_EQ(program.run(), "a") << "nobody asked";
  ASSERT_TRUE(orchestrator->reload().isOk());
  EXPECT_EQ(program.run(), "b");
  folder.write(chain("c"));
  ASSERT_TRUE(orchestrator->reload().isOk());
  EXPECT_EQ(program.run(), "c");
  EXPECT_EQ(orchestrator->version(), 3u);
  ASSERT_TRUE(orchestrator->reload().isOk());
  EXPECT_EQ(orchestrator->version(), 3u) << "the same digest";
  ASSERT_TRUE(orchestrator->rollback().isOk());
  EXPECT_EQ(program.run(), "b");
  ASSERT_TRUE(orchestrator->rollback().isOk());
  EXPECT_EQ(program.run(), "a");
  EXPECT_EQ(orchestrator->rollback().code(), LZ_STATUS_NOT_FOUND);
  ReloadTelemetry reloads = orchestrator->telemetry().policy.reloads;
  EXPECT_EQ(reloads.rollbacks, 2u);
  EXPECT_EQ(reloads.failed, 0u);
  Status status = orchestrator->publish(policy(chain("c")));
  EXPECT_EQ(status.code(), LZ_STATUS_INVALID_ARGUMENT);
  EXPECT_NE(status.message().find("write it there and reload"), std::string::npos);
}

TEST_F(Reloading, WithoutAFileThereIsNothingToReadOrToTakeBack) {
  auto orchestrator = make(over());
  EXPECT_EQ(orchestrator->reload().code(), LZ_STATUS_NOT_FOUND);
  EXPECT_EQ(orchestrator->rollback().code(), LZ_STATUS_NOT_FOUND);
}

TEST_F(Reloading, BadFileKeepsTheOldPolicyAndIsToldWithItsPlace) {
  Folder folder;
  std::vector<Status> errors;
  OrchestratorOptions options = Orchestrator::dynamicMode({manifest()}, folder.write(chain("a")));
  options.onError = [&](const Status &status) { errors.push_back(status); };
  auto orchestrator = make(std::move(options));
  Program program(*orchestrator);
  const std::string path = folder.write("fallback_chain: {rms_norm: [c]}\n");
  Status status = orchestrator->reload();
  EXPECT_EQ(status.code(), LZ_STATUS_MALFORMED);
  EXPECT_EQ(status.message().find(path + ":2:1: error:"), 0u) << status.message();
  EXPECT_NE(status.message().find("did you mean `fallback_chains`?"), std::string::npos);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].message(), status.message());
  EXPECT_EQ(program.run(), "a");
  EXPECT_EQ(orchestrator->telemetry().policy.reloads.failed, 1u);
}

TEST_F(Reloading, HotReloadFollowsTheFileWithoutLosingACall) {
  Folder folder;
  std::atomic<uint64_t> versions{0};
  OrchestratorOptions options = Orchestrator::hotReloadMode({manifest()}, folder.write(chain("a")));
  options.onReload = [&](uint64_t version, const std::string &) { versions = version; };
  auto orchestrator = make(std::move(options));
  Program program(*orchestrator);
  EXPECT_EQ(program.run(), "a");
  for (const char *kernel : {"c", "b", "a", "c"}) {
    folder.write(chain(kernel));
    EXPECT_TRUE(eventually([&] { return program.run() == kernel; })) << kernel;
  }
  EXPECT_TRUE(eventually([&] { return versions == 5; }));
  EXPECT_EQ(orchestrator->telemetry().sites[0].mode, "hot_reload");
}

TEST_F(Reloading, ModesConfigAndDynamicDoNotFollowTheFileWhateverItEnables) {
  Folder folder;
  const std::string enabled = "hot_reload: {enabled: true, watch_interval_seconds: 0.01}\n";
  for (auto options : {Orchestrator::configMode({manifest()}, folder.write(enabled + chain("a"))),
                       Orchestrator::dynamicMode({manifest()}, folder.write(enabled + chain("a")))}) {
    auto orchestrator = make(options);
    Program program(*orchestrator);
    EXPECT_EQ(program.run(), "a");
    folder.write(enabled + chain("c"));
    std::this_thread::sleep_for(std::chrono::milliseconds(60));
    EXPECT_EQ(program.run(), "a");
    // Asked to, it does from here on.
    ASSERT_TRUE(orchestrator->setDefaultMode(LZ_MODE_AUTO).isOk());
    EXPECT_TRUE(eventually([&] { return program.run() == "c"; }));
    folder.write(enabled + chain("a"));
    EXPECT_TRUE(eventually([&] { return program.run() == "a"; }));
  }
}

TEST_F(Reloading, PolicyThatEnablesItIsFollowedFromItsReloadOn) {
  Folder folder;
  auto orchestrator = make(Orchestrator::autoMode({manifest()}, folder.write(chain("a"))));
  Program program(*orchestrator);
  EXPECT_EQ(program.run(), "a");
  EXPECT_EQ(orchestrator->telemetry().sites[0].mode, "dynamic");
  folder.write("hot_reload: {enabled: true}\n" + chain("b"));
  ASSERT_TRUE(orchestrator->reload().isOk());
  EXPECT_EQ(orchestrator->telemetry().sites[0].mode, "hot_reload");
  folder.write("hot_reload: {enabled: true}\n" + chain("c"));
  EXPECT_TRUE(eventually([&] { return program.run() == "c"; }));
}

TEST_F(Reloading, SiteInHotReloadMakesTheFileFollowed) {
  Folder folder;
  auto orchestrator = make(Orchestrator::dynamicMode({manifest()}, folder.write(chain("a"))));
  Program program(*orchestrator);
  const lz_site_t *site = program.add("followed", LZ_MODE_HOT_RELOAD);
  EXPECT_EQ(program.run(site), "a");
  folder.write(chain("c"));
  EXPECT_TRUE(eventually([&] { return program.run(site) == "c"; }));
}

TEST_F(Reloading, CallbacksMayCallTheOrchestrator) {
  Folder folder;
  std::unique_ptr<Orchestrator> orchestrator;
  std::mutex mutex;
  std::vector<std::string> told;
  auto tell = [&](std::string what) {
    // Each of these takes the locks that a callback must not be called under.
    (void)orchestrator->telemetry();
    (void)orchestrator->coverage();
    (void)orchestrator->breakerState("a");
    std::string json;
    EXPECT_TRUE(orchestrator->explain("rms_norm", "", &json).isOk());
    std::lock_guard<std::mutex> lock(mutex);
    told.push_back(std::move(what));
  };
  OrchestratorOptions options = Orchestrator::dynamicMode(
      {manifest()}, folder.write("circuit_breaker: {failure_threshold: 1}\n" + chain("a, b, c")));
  options.onReload = [&](uint64_t version, const std::string &digest) {
    EXPECT_EQ(digest, orchestrator->selector()->policyDigest());
    tell("version " + std::to_string(version));
    if (version == 2)
      EXPECT_TRUE(orchestrator->rollback().isOk());
  };
  options.onError = [&](const Status &) {
    tell("error");
    folder.write(chain("c"));
    EXPECT_TRUE(orchestrator->reload().isOk());
  };
  options.onBreaker = [&](const BreakerNotice &notice) {
    tell(std::string(notice.kernel) + " " + std::string(notice.device) + " " + std::string(notice.from) + " -> " +
         std::string(notice.to));
    if (notice.to == "open")
      EXPECT_TRUE(orchestrator->force("b", Orchestrator::Force::Open).isOk());
  };
  orchestrator = make(std::move(options));
  Program program(*orchestrator);
  fail('a');
  EXPECT_EQ(program.run(), "a!c") << "b was forced open while a's failure was told";
  heal('a');
  folder.write("nonsense: 1\n");
  EXPECT_FALSE(orchestrator->reload().isOk());
  EXPECT_EQ(told, (std::vector<std::string>{"a cpu closed -> open", "b cpu closed -> forced_open", "error", "version 2",
                                            "version 3"}));
  EXPECT_EQ(orchestrator->telemetry().policy.reloads.rollbacks, 1u);
}

TEST_F(Reloading, DefaultModesSurviveReloadsThatRunBesideThem) {
  Folder folder;
  auto orchestrator = make(Orchestrator::dynamicMode({manifest()}, folder.write(chain("a"))));
  Program program(*orchestrator);
  for (int i = 0; i < 100; ++i) {
    const std::string kernel = i % 2 ? "a" : "c";
    folder.write(chain(kernel));
    std::thread reloading([&] { EXPECT_TRUE(orchestrator->reload().isOk()); });
    const bool isStatic = i % 3 == 0;
    EXPECT_TRUE(orchestrator->setDefaultMode(isStatic ? LZ_MODE_STATIC : LZ_MODE_DYNAMIC).isOk());
    reloading.join();
    ASSERT_EQ(program.run(), isStatic ? "b" : kernel) << "round " << i;
  }
}

TEST_F(Reloading, ProbationTakesAPolicyBackWhenItsKernelFails) {
  Folder folder;
  const std::string settings = "hot_reload: {probation_seconds: 30}\ncircuit_breaker: {enabled: false}\n";
  OrchestratorOptions options = Orchestrator::hotReloadMode({manifest()}, folder.write(settings + chain("a")));
  std::mutex mutex;
  std::string error;
  options.onError = [&](const Status &status) {
    std::lock_guard<std::mutex> lock(mutex);
    error = status.message();
  };
  auto orchestrator = make(std::move(options));
  Program program(*orchestrator);
  EXPECT_EQ(program.run(), "a");
  fail('c');
  folder.write(settings + chain("c, a"));
  EXPECT_TRUE(eventually([&] { return program.run() == "c!a"; }));
  EXPECT_TRUE(eventually([&] { return program.run() == "a"; })) << "it came back";
  EXPECT_TRUE(eventually([&] {
    std::lock_guard<std::mutex> lock(mutex);
    return error.find("failed its probation") != std::string::npos;
  }));
  EXPECT_EQ(orchestrator->telemetry().policy.reloads.rollbacks, 1u);
}

} // namespace
