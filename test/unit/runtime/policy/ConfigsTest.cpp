//===- ConfigsTest.cpp - Every shipped example loads ------------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ReaderTesting.h"

#include <filesystem>

using namespace lzrt;
using namespace lzrt::testing;

namespace {
bool isManifest(const std::string &text) { return text.find("\nkernels:") != std::string::npos; }
} // namespace

TEST(Configs, EveryExampleLoadsInEveryEnvironment) {
  size_t policies = 0;
  for (const auto &entry : std::filesystem::recursive_directory_iterator(LZ_CONFIGS_DIR)) {
    if (entry.path().extension() != ".yaml")
      continue;
    Diagnostics diagnostics;
    std::optional<std::string> text = readFile(entry.path().string(), diagnostics);
    ASSERT_TRUE(text) << diagnostics.render();
    if (isManifest(*text)) {
      EXPECT_TRUE(parseManifest(*text, entry.path().string(), diagnostics)) << diagnostics.render();
      continue;
    }
    auto policy = parsePolicy(*text, entry.path().string(), "", diagnostics);
    ASSERT_TRUE(policy) << diagnostics.render();
    for (const std::string &environment : policy->environments)
      EXPECT_TRUE(parsePolicy(*text, entry.path().string(), environment, diagnostics)) << diagnostics.render();
    ++policies;
  }
  EXPECT_GE(policies, 4u);
}

TEST(Configs, TheDispatchModesPageMeansWhatItSays) {
  Diagnostics diagnostics;
  auto text = readFile(std::string(LZ_CONFIGS_DIR) + "/dispatch-modes.yaml", diagnostics);
  ASSERT_TRUE(text);
  auto policy = read(*text);
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->fallbackPolicy.name, "torch_sdpa");
  ASSERT_EQ(policy->rules.size(), 2u);
  EXPECT_EQ(policy->rules[0].conditions[1].op, Operator::In);
  EXPECT_EQ(policy->rules[1].conditions[0].fact, LZ_FACT_SEQ_LEN);
  EXPECT_EQ(policy->locks.at(0).value.name, "flash_attention_v2");
  EXPECT_EQ(policy->chains.at(0).value.size(), 3u);
}
