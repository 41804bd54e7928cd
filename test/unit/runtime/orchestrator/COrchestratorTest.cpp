//===- COrchestratorTest.cpp - The C API of the orchestrator ----*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Program.h"

using namespace lzrt;
using namespace lzrt::test;

namespace {

using COrchestrators = Orchestrators;

TEST_F(COrchestrators, WrongArgumentsAreStatusesWithAMessage) {
  const std::string path = manifest();
  const char *manifests[] = {path.c_str()};
  lzrt_orchestrator_options_t options{};
  options.struct_size = sizeof(options);
  options.manifests = manifests;
  options.num_manifests = 1;
  options.policy_text = "version: 1.0\n";
  lzrt_orchestrator_t *made = reinterpret_cast<lzrt_orchestrator_t *>(1);
  EXPECT_EQ(lzrt_orchestrator_create(&options, &made), LZ_STATUS_MALFORMED);
  EXPECT_EQ(made, nullptr) << "nulled first";
  EXPECT_NE(std::string(lzrt_last_message()).find("policy:1:10"), std::string::npos) << lzrt_last_message();

  options.policy_text = "version: \"1.0\"\n";
  ASSERT_EQ(lzrt_orchestrator_create(&options, &made), LZ_STATUS_OK) << lzrt_last_message();
  EXPECT_EQ(lzrt_orchestrator_version(made), 1u);
  EXPECT_EQ(lzrt_orchestrator_set_mode(made, nullptr, 99), LZ_STATUS_INVALID_ARGUMENT);
  EXPECT_STREQ(lzrt_last_message(), "99 is no mode of lz_mode_t");
  EXPECT_EQ(lzrt_orchestrator_set_mode(made, "norm.[", LZ_MODE_CONFIG), LZ_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(lzrt_orchestrator_set_mode(made, "norm.*", LZ_MODE_STATIC), LZ_STATUS_OK);
  EXPECT_EQ(lzrt_orchestrator_version(made), 2u);
  EXPECT_EQ(lzrt_orchestrator_force(made, "a", nullptr, 7), LZ_STATUS_INVALID_ARGUMENT);
  EXPECT_EQ(lzrt_orchestrator_force(made, nullptr, nullptr, LZRT_FORCE_OPEN), LZ_STATUS_NOT_FOUND);
  EXPECT_EQ(lzrt_orchestrator_publish(made, "version: \"1.0\"\nkernel_locks: 1\n"), LZ_STATUS_MALFORMED);
  EXPECT_EQ(lzrt_orchestrator_reload(made), LZ_STATUS_NOT_FOUND);
  char *text = nullptr;
  EXPECT_EQ(lzrt_orchestrator_explain(made, "nothing", nullptr, &text), LZ_STATUS_NOT_FOUND);
  EXPECT_EQ(text, nullptr);
  ASSERT_EQ(lzrt_orchestrator_control_path(made, &text), LZ_STATUS_OK);
  EXPECT_STREQ(text, "") << "it is off";
  lzrt_text_release(text);
  lzrt_install_process_wide(made);
  EXPECT_EQ(lzrt_process_wide(), made);
  EXPECT_NE(Orchestrator::processWide(), nullptr) << "C++ sees what C has installed";
  lzrt_orchestrator_release(made);
  EXPECT_EQ(lzrt_process_wide(), nullptr);
  EXPECT_EQ(Orchestrator::processWide(), nullptr);
  lzrt_orchestrator_release(nullptr);
}

TEST_F(COrchestrators, OptionsOfAnOlderProgramAreShorter) {
  const std::string path = manifest();
  const char *manifests[] = {path.c_str()};
  lzrt_orchestrator_options_t options{};
  options.struct_size = offsetof(lzrt_orchestrator_options_t, policy_path);
  options.manifests = manifests;
  options.num_manifests = 1;
  options.policy_text = "not read";
  lzrt_orchestrator_t *made = nullptr;
  ASSERT_EQ(lzrt_orchestrator_create(&options, &made), LZ_STATUS_OK) << lzrt_last_message();
  lzrt_orchestrator_release(made);
}

} // namespace
