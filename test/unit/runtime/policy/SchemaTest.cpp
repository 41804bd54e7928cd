//===- SchemaTest.cpp - The operation schema as data ---------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lzrt/policy/Facts.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace lzrt;

namespace {

bool has(Operation operation, const char *fact) { return schemaRow(operation, *findFact(fact)) != nullptr; }

TEST(Schema, EveryOperationIsFoundByNameAndAlias) {
  for (int op = 0; op < LZ_OP_COUNT; ++op) {
    EXPECT_EQ(findOperation(operationName(Operation(op))), Operation(op));
    for (std::string_view alias : operationAliases(Operation(op)))
      EXPECT_EQ(findOperation(alias), Operation(op));
  }
  EXPECT_EQ(findOperation("norm.rms"), LZ_OP_RMS_NORM);
  EXPECT_EQ(findOperation("loss.cross_entropy"), LZ_OP_CROSS_ENTROPY);
  EXPECT_EQ(findOperation("attention"), std::nullopt);
  EXPECT_EQ(operationAliases(LZ_OP_MATMUL).size(), 0u);
}

TEST(Schema, EveryFactIsFoundByName) {
  for (int fact = 0; fact < LZ_FACT_COUNT; ++fact)
    EXPECT_EQ(findFact(factName(FactId(fact))), FactId(fact));
  EXPECT_EQ(findFact("seqlen"), std::nullopt);
  EXPECT_EQ(factType(LZ_FACT_DROPOUT_P), LZ_TYPE_FLOAT);
}

TEST(Schema, C6EveryOperationHasTheCommonFacts) {
  for (int op = 0; op < LZ_OP_COUNT; ++op)
    for (const char *fact :
         {"dtype", "is_contiguous", "stride_last_dim", "requires_deterministic", "is_cuda_graph_capturing", "platform",
          "device", "sm", "arch", "tp_size", "pp_size", "rank", "tenant", "site", "kernel", "library_version"})
      EXPECT_TRUE(has(Operation(op), fact)) << operationName(Operation(op)) << " " << fact;
}

TEST(Schema, C6OperationsHaveTheirOwnFacts) {
  EXPECT_TRUE(has(LZ_OP_ATTENTION_SLIDING_WINDOW, "window_size"));
  EXPECT_FALSE(has(LZ_OP_ATTENTION_CAUSAL, "window_size"));
  EXPECT_TRUE(has(LZ_OP_ATTENTION_DECODE, "kv_layout"));
  EXPECT_FALSE(has(LZ_OP_ATTENTION_FULL, "causal_alignment"));
  EXPECT_FALSE(has(LZ_OP_ALIBI, "causal_alignment"));
  EXPECT_TRUE(has(LZ_OP_MATMUL, "weight_dtype"));
  EXPECT_FALSE(has(LZ_OP_RMS_NORM, "seq_len_q"));
  EXPECT_TRUE(has(LZ_OP_SAMPLE_TOP_P, "vocab_size"));
}

TEST(Schema, SlotsCarryNamesAndRoles) {
  const std::vector<ArgumentSlot> &slots = argumentsOf(LZ_OP_KV_CACHE_UPDATE);
  ASSERT_EQ(slots.size(), 6u);
  EXPECT_EQ(slots[4].name, "k_cache");
  EXPECT_EQ(slots[4].role, LZ_ROLE_INOUT);
  EXPECT_EQ(argumentsOf(LZ_OP_ATTENTION_CAUSAL)[3].role, LZ_ROLE_OPTIONAL);
}

TEST(Schema, P4ListedValues) {
  EXPECT_EQ(listedValues(LZ_TYPE_DTYPE).size(), 18u);
  EXPECT_EQ(listedValues(LZ_TYPE_LAYOUT), (std::vector<std::string_view>{"BSHD", "BHSD", "NHD", "HND"}));
  EXPECT_EQ(listedValues(LZ_TYPE_PLATFORM).front(), "cuda");
  EXPECT_TRUE(listedValues(LZ_TYPE_STRING).empty());
}

TEST(Schema, DtypeNamesFollowTheCodes) {
  EXPECT_EQ(dtypeName({LZ_CODE_BFLOAT, 16, 1}), "bfloat16");
  EXPECT_EQ(dtypeName({LZ_CODE_FLOAT4_E2M1FN, 4, 1}), "float4_e2m1fn");
  EXPECT_EQ(dtypeName({LZ_CODE_COMPLEX, 64, 1}), "");
  EXPECT_EQ(dtypeName({LZ_CODE_FLOAT, 32, 2}), "");
}

TEST(Schema, ModesHaveNames) {
  EXPECT_EQ(findMode("hot_reload"), LZ_MODE_HOT_RELOAD);
  EXPECT_EQ(modeName(LZ_MODE_AUTO), "auto");
  EXPECT_EQ(modeName(LZ_MODE_UNSET), "unset");
  EXPECT_EQ(findMode("unset"), std::nullopt);
}

TEST(Version, C4OrdersByComponent) {
  auto compare = [](const char *left, const char *right) {
    return Version::parse(left)->compare(*Version::parse(right));
  };
  EXPECT_LT(compare("1.9", "1.10"), 0);
  EXPECT_GT(compare("2", "1.99.99"), 0);
  EXPECT_EQ(compare("2", "2.0.0"), 0);
  EXPECT_LT(compare("2", "2.0.1"), 0);
}

TEST(Version, RefusesWhatIsNotDottedIntegers) {
  for (const char *text : {"", ".", "1.", ".1", "1..2", "1.x", "v1", "-1", "1.2 ", "99999999999999999999"})
    EXPECT_EQ(Version::parse(text), std::nullopt) << text;
  EXPECT_EQ(Version::parse("10.02.3")->str(), "10.2.3");
}

TEST(Value, IsSpelledAsJson) {
  EXPECT_EQ(toJson(true), "true");
  EXPECT_EQ(toJson(int64_t(-7)), "-7");
  EXPECT_EQ(toJson(0.1), "0.1");
  EXPECT_EQ(toJson(std::string("a\"b\\c\n\x01")), "\"a\\\"b\\\\c\\n\\u0001\"");
  EXPECT_EQ(toJson(*Version::parse("1.2")), "\"1.2\"");
}

} // namespace
