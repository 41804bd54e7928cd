//===- CApiTest.cpp - The C API -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "TestModule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace lzrt::test;
using testing::HasSubstr;

namespace {

TEST(CApi, BindsRunsAndReleases) {
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {"ok"});
  lzrt_registry_t *registry = lzrt_registry_create();
  ASSERT_EQ(lzrt_registry_load(registry, LZ_TEST_KERNELS_DIR "/test_kernels.yaml"), LZ_STATUS_OK);
  ASSERT_EQ(lzrt_registry_freeze(registry), LZ_STATUS_OK);
  lzrt_bind_options_t options{};
  options.struct_size = sizeof(options);
  options.registry = registry;
  lzrt_module_t *bound = nullptr;
  ASSERT_EQ(lzrt_module_bind(&module.record, &options, &bound), LZ_STATUS_OK) << lzrt_last_message();
  EXPECT_EQ(lzrt_module_admit(bound, &module.context), LZ_STATUS_OK);
  EXPECT_EQ(module.runBaked(0, 8), LZ_STATUS_OK);
  lzrt_module_release(bound);
  lzrt_registry_release(registry);
}

TEST(CApi, FailureLeavesItsMessage) {
  lzrt_registry_t *registry = lzrt_registry_create();
  EXPECT_EQ(lzrt_registry_load(registry, "/none.yaml"), LZ_STATUS_NOT_FOUND);
  EXPECT_THAT(lzrt_last_message(), HasSubstr("/none.yaml"));
  lzrt_registry_release(registry);
}

TEST(CApi, MissingParameterIsNamed) {
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {});
  const int64_t shape[] = {1};
  const void *slot = nullptr;
  lz_parameter_t parameter = {"w", shape, 1, {LZ_CODE_FLOAT, 32, 1}, &slot};
  module.record.parameters = &parameter;
  module.record.num_parameters = 1;
  module.record.kernels = "";
  module.record.selection_digest = "";
  lzrt_bind_options_t options{};
  options.struct_size = sizeof(options);
  lzrt_module_t *bound = nullptr;
  EXPECT_EQ(lzrt_module_bind(&module.record, &options, &bound), LZ_STATUS_NOT_FOUND);
  EXPECT_STREQ(lzrt_last_message(), "parameter `w` is missing");
  const float data[] = {1};
  lzrt_parameter_data_t given = {"w", data, shape, 1, {LZ_CODE_FLOAT, 32, 1}};
  options.parameters = &given;
  options.num_parameters = 1;
  ASSERT_EQ(lzrt_module_bind(&module.record, &options, &bound), LZ_STATUS_OK) << lzrt_last_message();
  EXPECT_EQ(slot, data);
  lzrt_module_release(bound);
}

TEST(CApi, StatusTexts) {
  EXPECT_STREQ(lzrt_status_text(LZ_STATUS_OUT_OF_MEMORY), "out of memory");
  EXPECT_STREQ(lzrt_status_text(12345), "unknown status");
  EXPECT_EQ(lzrt_abi_version(), LZ_ABI_VERSION);
}

TEST(CApi, RefusesNumbersThatAreNoMode) {
  lzrt_orchestrator_options_t options{};
  options.struct_size = sizeof(options);
  options.flags = LZRT_DEFAULT_MODE;
  lzrt_orchestrator_t *orchestrator = nullptr;
  for (int32_t mode : {77, -2, INT32_MAX, INT32_MIN}) {
    options.default_mode = mode;
    EXPECT_EQ(lzrt_orchestrator_create(&options, &orchestrator), LZ_STATUS_INVALID_ARGUMENT);
    EXPECT_EQ(orchestrator, nullptr);
    EXPECT_EQ(lzrt_last_message(), std::to_string(mode) + " is no mode of lz_mode_t");
  }
  options.default_mode = LZ_MODE_DYNAMIC;
  ASSERT_EQ(lzrt_orchestrator_create(&options, &orchestrator), LZ_STATUS_OK) << lzrt_last_message();
  for (int32_t mode : {77, -2, INT32_MAX, INT32_MIN})
    EXPECT_EQ(lzrt_orchestrator_set_mode(orchestrator, nullptr, mode), LZ_STATUS_INVALID_ARGUMENT);
  lzrt_orchestrator_release(orchestrator);
}

/// A program that forks for its workers destroys its objects in each of them.
TEST(CApi, OrchestratorIsReleasedInAChildProcess) {
  const std::string policy = testing::TempDir() + "lz-fork-" + std::to_string(::getpid()) + ".yaml";
  std::ofstream(policy) << "version: \"1.0\"\n";
  ::chmod(policy.c_str(), 0600);
  lzrt_orchestrator_options_t options{};
  options.struct_size = sizeof(options);
  options.flags = LZRT_WATCH | LZRT_METRICS;
  options.policy_path = policy.c_str();
  lzrt_orchestrator_t *orchestrator = nullptr;
  ASSERT_EQ(lzrt_orchestrator_create(&options, &orchestrator), LZ_STATUS_OK) << lzrt_last_message();
  std::this_thread::sleep_for(std::chrono::milliseconds(50)); // its threads wait by now
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(20);
    lzrt_orchestrator_release(orchestrator);
    ::_exit(0);
  }
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << "the child hung, or crashed: " << status;
  EXPECT_EQ(lzrt_orchestrator_version(orchestrator), 1u);
  lzrt_orchestrator_release(orchestrator);
  ::unlink(policy.c_str());
}

} // namespace
