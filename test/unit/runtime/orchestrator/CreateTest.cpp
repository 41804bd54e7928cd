//===- CreateTest.cpp - What an orchestrator is made of, and what it refuses -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Program.h"

#include <arpa/inet.h>
#include <fstream>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace lzrt;
using namespace lzrt::test;

namespace {

using Creating = Orchestrators;

size_t numOpenFiles() {
  auto list = std::filesystem::directory_iterator("/proc/self/fd");
  return size_t(std::distance(begin(list), end(list)));
}
size_t numThreads() {
  auto list = std::filesystem::directory_iterator("/proc/self/task");
  return size_t(std::distance(begin(list), end(list)));
}

TEST_F(Creating, EveryErrorSaysWhatToDoAndLeavesNothing) {
  Folder folder;
  auto writeFile = [&](const char *name, const std::string &text) {
    std::ofstream(folder.path / name) << text;
    return (folder.path / name).string();
  };
  OrchestratorOptions good = over();
  good.watch = false;
  good.metricsAddress = "127.0.0.1:0";
  auto taken = make([&] {
    OrchestratorOptions options = good;
    options.controlPath = (folder.path / "taken.sock").string();
    return options;
  }());
  const std::string badPolicy = folder.write("dispatch_rules:\n  - {operation: rms_norm, kernl: a}\n");
  auto with = [&](auto change) {
    OrchestratorOptions options = good;
    change(options);
    return options;
  };
  const std::string absent = (folder.path / "absent.yaml").string();
  struct {
    OrchestratorOptions options;
    std::vector<std::string> says;
  } rows[] = {
      {with([&](auto &o) { o.manifests = {absent}; }), {"absent.yaml"}},
      {with([&](auto &o) { o.manifests = {writeFile("m.yaml", "version: \"1.0\"\nkernel: []\n")}; }),
       {"m.yaml:2:1", "did you mean `kernels`?"}},
      {with([&](auto &o) { o.manifests = {manifest(), manifest()}; }), {"`a`"}},
      {with([&](auto &o) { o.policyText = "version: \"1.0\"\nmodes: {rms_norm: statik}\n"; }),
       {"policy:2:", "did you mean `static`?"}},
      {with([&](auto &o) { o.policyText.clear(), o.policyPath = badPolicy; }),
       {badPolicy + ":3:", "did you mean `kernel`?"}},
      {with([&](auto &o) { o.policyText.clear(), o.policyPath = absent; }), {"absent.yaml"}},
      {with([&](auto &o) { o.policyPath = badPolicy; }), {"give one of them"}},
      {with([&](auto &o) { o.environment = "prod"; }), {"`prod`"}},
      {with([&](auto &o) { o.policyText.clear(), o.environment = "prod"; }), {"`prod` needs a policy"}},
      {with([&](auto &o) { o.watch = true; }), {"give the policy as a file"}},
      {with([&](auto &o) { o.metricsAddress = "elsewhere:1"; }), {"elsewhere:1"}},
      {with([&](auto &o) { o.metricsAddress = taken->metricsAddress(); }), {"Address already in use"}},
      {with([&](auto &o) { o.controlPath = taken->controlPath(); }), {"a process listens on"}},
      {with([&](auto &o) { o.controlPath = (folder.path / "none" / "a.sock").string(); }), {"none"}},
  };
  const size_t files = numOpenFiles(), threads = numThreads();
  for (auto &row : rows) {
    const std::string message = refusal(row.options);
    for (const std::string &part : row.says)
      EXPECT_NE(message.find(part), std::string::npos) << "`" << part << "` is not in: " << message;
    EXPECT_EQ(numOpenFiles(), files) << message;
    EXPECT_TRUE(eventually([&] { return numThreads() == threads; })) << message;
  }
  EXPECT_TRUE(std::filesystem::exists(taken->controlPath())) << "a refused one took it away";
}

TEST_F(Creating, WhatItOpenedIsClosedAtItsEnd) {
  Folder folder;
  const size_t files = numOpenFiles(), threads = numThreads();
  for (int i = 0; i < 3; ++i) {
    OrchestratorOptions options =
        Orchestrator::hotReloadMode({manifest()}, folder.write("fallback_chains: {rms_norm: [c]}"));
    options.metricsAddress = "0";
    options.controlPath = (folder.path / "a.sock").string();
    auto orchestrator = make(std::move(options));
    EXPECT_EQ(Program(*orchestrator).run(), "c");
    EXPECT_GT(numThreads(), threads);
    EXPECT_TRUE(std::filesystem::exists(folder.path / "a.sock"));
  }
  EXPECT_EQ(numOpenFiles(), files);
  EXPECT_TRUE(eventually([&] { return numThreads() == threads; }));
  EXPECT_FALSE(std::filesystem::exists(folder.path / "a.sock"));
}

TEST_F(Creating, RegistryIsFrozenAfterwards) {
  auto orchestrator = make(over());
  EXPECT_TRUE(orchestrator->registry().isFrozen());
  KernelRegistry registry;
  ASSERT_TRUE(registry.load(manifest()).isOk());
  OrchestratorOptions options;
  options.registry = &registry;
  EXPECT_NE(refusal(options).find("must be frozen"), std::string::npos);
  ASSERT_TRUE(registry.freeze().isOk());
  auto shared = make(options);
  EXPECT_EQ(Program(*shared).run(), "a");
  Status late = registry.load(manifest());
  EXPECT_FALSE(late.isOk()) << "registering after the build";
  EXPECT_NE(late.message().find("frozen"), std::string::npos) << late.message();
  options.manifests = {manifest()};
  EXPECT_NE(refusal(options).find("not both"), std::string::npos);
}

TEST_F(Creating, OrchestratorsOfOneProcessDoNotShareHealthOrPolicy) {
  auto left = make(over("fallback_chains: {rms_norm: [a, c]}")),
       right = make(over("fallback_chains: {rms_norm: [b, c]}"));
  Program inLeft(*left), inRight(*right);
  ASSERT_TRUE(left->force("a", Orchestrator::Force::Open).isOk());
  EXPECT_EQ(inLeft.run(), "c");
  EXPECT_EQ(inRight.run(), "b");
  EXPECT_EQ(right->breakerState("a"), "closed");
  // A context that is pinned to one decides at the other's sites with that one's policy.
  EXPECT_EQ(inLeft.call(inRight.site()), LZ_STATUS_OK);
  EXPECT_EQ(inLeft.ran(), "b");
}

TEST_F(Creating, ProcessWideInstanceIsWhatWasInstalledLast) {
  EXPECT_EQ(Orchestrator::processWide(), nullptr);
  auto first = make(over()), second = make(over());
  Orchestrator::installProcessWide(first.get());
  EXPECT_EQ(Orchestrator::processWide(), first.get());
  Orchestrator::installProcessWide(second.get());
  first.reset();
  EXPECT_EQ(Orchestrator::processWide(), second.get()) << "the end of another changes nothing";
  second.reset();
  EXPECT_EQ(Orchestrator::processWide(), nullptr) << "nobody finds one that is no more";
}

TEST_F(Creating, FaultySiteIsRefusedWithItsArgument) {
  auto orchestrator = make(over());
  auto says = [&](auto spoil) {
    Norm norm;
    spoil(norm);
    const lz_site_t *site = nullptr;
    Status status = orchestrator->addSite(norm.description, &site);
    EXPECT_EQ(status.code(), LZ_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(site, nullptr);
    return status.message();
  };
  EXPECT_EQ(says([](Norm &n) { n.description.operation = LZ_OP_COUNT; }).find("site `norm`: operation"), 0u);
  EXPECT_EQ(says([](Norm &n) { n.description.mode = 77; }),
            "site `norm`: mode 77 is none of lz_mode_t; LZ_MODE_UNSET leaves it to the policy");
  EXPECT_EQ(says([](Norm &n) { n.description.num_arguments = 2; }),
            "site `norm`: `rms_norm` has 3 argument slots, got 2; a slot that the call lacks is there without "
            "LZ_ARGUMENT_PRESENT");
  EXPECT_EQ(says([](Norm &n) { n.arguments[1].flags = 0; }),
            "site `norm`: argument 1 (`weight`) of `rms_norm` must be there (LZ_ARGUMENT_PRESENT)");
  EXPECT_EQ(says([](Norm &n) { n.arguments[0].rank = 9; }),
            "site `norm`: argument 0 (`x`) of `rms_norm` has rank 9, the most is 8");
  EXPECT_EQ(says([](Norm &n) { n.arguments[0].shape = nullptr; }),
            "site `norm`: argument 0 (`x`) of `rms_norm` has no `shape`");
  EXPECT_EQ(says([](Norm &n) { n.description.num_data = 2; }),
            "site `norm`: argument 2 (`out`) of `rms_norm` has data_index 2, but num_data is 2");
  EXPECT_EQ(says([](Norm &n) { n.description.num_dims = 1; }),
            "site `norm`: argument 2 (`out`) of `rms_norm` has 1 open extents and strides from dims_index 1 on, but "
            "num_dims is 1");
  EXPECT_EQ(says([](Norm &n) { n.arguments[2].flags &= uint8_t(~LZ_ARGUMENT_WRITTEN); }),
            "site `norm`: argument 2 (`out`) of `rms_norm` is an output (LZ_ARGUMENT_WRITTEN)");
  Norm norm;
  EXPECT_EQ(orchestrator->removeSite(&norm.description).code(), LZ_STATUS_NOT_FOUND);
}

TEST_F(Creating, SitesComeAndGoWhileOthersAreCalled) {
  auto orchestrator = make(over("dispatch_rules: [{operation: rms_norm, kernel: c, conditions: {site: other}}]"));
  Program program(*orchestrator);
  std::atomic<bool> isOver{false};
  std::thread coming([&] {
    for (int i = 0; i < 200; ++i) {
      Norm norm("other");
      const lz_site_t *site = nullptr;
      ASSERT_TRUE(orchestrator->addSite(norm.description, &site).isOk());
      Program visitor(*orchestrator);
      ASSERT_EQ(visitor.call(site), LZ_STATUS_OK);
      ASSERT_EQ(visitor.ran(), "c");
      ASSERT_TRUE(orchestrator->removeSite(site).isOk());
    }
    isOver = true;
  });
  while (!isOver)
    ASSERT_EQ(program.run(), "a");
  coming.join();
  EXPECT_EQ(orchestrator->telemetry().sites.size(), 1u);
}

TEST_F(Creating, ContextOfAnotherVersionIsRefused) {
  auto orchestrator = make(over());
  lz_context_t context{};
  EXPECT_EQ(orchestrator->begin(context).code(), LZ_STATUS_ABI_MISMATCH);
}

} // namespace
