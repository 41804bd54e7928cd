//===- FactsTest.cpp - Deriving, completing and giving facts -------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lzrt/policy/Facts.h"

#include <gtest/gtest.h>

using namespace lzrt;

namespace {

FactSet parsed(Operation operation, const char *text) {
  FactSet facts(operation);
  EXPECT_EQ(parseFacts(text, facts, nullptr), "") << text;
  return facts;
}

std::string errorOf(const char *text, Operation operation = LZ_OP_ATTENTION_CAUSAL) {
  FactSet facts(operation);
  std::string error = parseFacts(text, facts, nullptr);
  for (const SchemaRow &row : schemaOf(operation))
    EXPECT_FALSE(facts.isGiven(row.fact)) << "a refused text sets nothing";
  return error;
}

std::string spell(const Fact &fact) {
  return fact.isOpen() ? "open" : fact.isAbsent() ? "absent" : toJson(fact.value());
}

std::string spell(const FactSet &facts, FactId fact) { return spell(facts.get(fact)); }

TEST(Facts, C8AFactThatTheOperationLacksIsAbsentAndIgnored) {
  FactSet facts = parsed(LZ_OP_RMS_NORM, "head_dim=64,seq_len_q=3");
  EXPECT_TRUE(facts.get(LZ_FACT_HEAD_DIM).isAbsent());
  EXPECT_FALSE(facts.isGiven(LZ_FACT_HEAD_DIM));
  EXPECT_TRUE(facts.get(LZ_FACT_SEQ_LEN).isOpen());
}

TEST(Facts, C4SeqLenAndSeqLenQAreOneFactOfAttention) {
  EXPECT_EQ(spell(parsed(LZ_OP_ATTENTION_FULL, "seq_len_q=7"), LZ_FACT_SEQ_LEN), "7");
  EXPECT_EQ(spell(parsed(LZ_OP_ATTENTION_FULL, "seq_len=7"), LZ_FACT_SEQ_LEN_Q), "7");
}

TEST(Facts, C8DerivesFromKnownAbsentAndOpen) {
  FactSet facts = parsed(LZ_OP_ATTENTION_CAUSAL, "head_dim=64,num_heads=8,device=cuda:1");
  facts.derive();
  EXPECT_EQ(spell(facts, LZ_FACT_HEAD_DIM_V), "64");
  EXPECT_EQ(spell(facts, LZ_FACT_PLATFORM), "\"cuda\"");
  EXPECT_EQ(spell(facts, LZ_FACT_ENABLE_GQA), "open");
  EXPECT_EQ(spell(facts, LZ_FACT_IS_CAUSAL), "true");
  EXPECT_EQ(spell(facts, LZ_FACT_HAS_MASK), "open");
  facts.set(LZ_FACT_NUM_KV_HEADS, Fact::known(int64_t(8)));
  facts.derive();
  EXPECT_EQ(spell(facts, LZ_FACT_ENABLE_GQA), "false");
  facts.set(LZ_FACT_NUM_KV_HEADS, Fact::absent());
  facts.set(LZ_FACT_HEAD_DIM, Fact::absent());
  facts.derive();
  EXPECT_EQ(spell(facts, LZ_FACT_ENABLE_GQA), "absent");
  EXPECT_EQ(spell(facts, LZ_FACT_HEAD_DIM_V), "absent");
}

TEST(Facts, C8AGivenFactWinsOverTheDerivedOne) {
  FactSet facts = parsed(LZ_OP_ATTENTION_CAUSAL, "head_dim=64,head_dim_v=128,device=cpu,platform=hpu,is_causal=false");
  facts.complete();
  EXPECT_EQ(spell(facts, LZ_FACT_HEAD_DIM_V), "128");
  EXPECT_EQ(spell(facts, LZ_FACT_PLATFORM), "\"hpu\"");
  EXPECT_EQ(spell(facts, LZ_FACT_IS_CAUSAL), "false");
}

TEST(Facts, C6CompletesWithTheBracketValues) {
  FactSet facts(LZ_OP_ATTENTION_DECODE);
  facts.set(LZ_FACT_DTYPE, Fact::known(std::string("float16")));
  facts.complete();
  std::pair<FactId, const char *> wanted[] = {{LZ_FACT_IS_CONTIGUOUS, "true"},
                                              {LZ_FACT_STRIDE_LAST_DIM, "1"},
                                              {LZ_FACT_REQUIRES_DETERMINISTIC, "false"},
                                              {LZ_FACT_IS_CUDA_GRAPH_CAPTURING, "false"},
                                              {LZ_FACT_TP_SIZE, "1"},
                                              {LZ_FACT_PP_SIZE, "1"},
                                              {LZ_FACT_RANK, "0"},
                                              {LZ_FACT_TENANT, "\"\""},
                                              {LZ_FACT_HAS_MASK, "false"},
                                              {LZ_FACT_DROPOUT_P, "0"},
                                              {LZ_FACT_KV_DTYPE, "\"float16\""},
                                              {LZ_FACT_IS_CAUSAL, "true"},
                                              {LZ_FACT_SEQ_LEN, "open"},
                                              {LZ_FACT_DEVICE, "open"},
                                              {LZ_FACT_PLATFORM, "open"},
                                              {LZ_FACT_WINDOW_SIZE, "absent"}};
  for (auto [fact, value] : wanted)
    EXPECT_EQ(spell(facts, fact), value) << factName(fact);
}

TEST(Facts, C6FullAttentionIsNotCausal) {
  for (Operation operation : {LZ_OP_ATTENTION_FULL, LZ_OP_ATTENTION_CROSS}) {
    FactSet facts(operation);
    facts.complete();
    EXPECT_EQ(spell(facts, LZ_FACT_IS_CAUSAL), "false");
  }
}

TEST(Facts, AGivenOpenFactIsNeitherDerivedNorCompleted) {
  FactSet facts(LZ_OP_ATTENTION_FULL);
  facts.set(LZ_FACT_HEAD_DIM, Fact::known(int64_t(64)));
  facts.set(LZ_FACT_HEAD_DIM_V, Fact::open());
  facts.set(LZ_FACT_TENANT, Fact::open());
  facts.complete();
  EXPECT_EQ(spell(facts, LZ_FACT_HEAD_DIM_V), "open");
  EXPECT_EQ(spell(facts, LZ_FACT_TENANT), "open");
}

TEST(Facts, C6AssumesProcessFactsAloneAndSaysWhich) {
  FactSet facts = parsed(LZ_OP_RMS_NORM, "rank=3");
  std::vector<FactId> filled = facts.assume();
  EXPECT_EQ(filled, (std::vector<FactId>{LZ_FACT_REQUIRES_DETERMINISTIC, LZ_FACT_IS_CUDA_GRAPH_CAPTURING,
                                         LZ_FACT_TP_SIZE, LZ_FACT_PP_SIZE, LZ_FACT_TENANT}));
  EXPECT_EQ(spell(facts, LZ_FACT_RANK), "3");
  EXPECT_EQ(spell(facts, LZ_FACT_TP_SIZE), "1");
  EXPECT_EQ(spell(facts, LZ_FACT_IS_CONTIGUOUS), "open");
  EXPECT_TRUE(facts.assume().empty());
}

TEST(ParseFacts, ReadsEachTypeAndQuotes) {
  FactSet facts = parsed(LZ_OP_ATTENTION_CAUSAL, " batch_size=8, dropout_p = 0.5,is_causal=true,tenant=\"a, b=c\","
                                                 "library_version=2.10 , site=,dtype=bfloat16");
  EXPECT_EQ(spell(facts, LZ_FACT_BATCH_SIZE), "8");
  EXPECT_EQ(spell(facts, LZ_FACT_DROPOUT_P), "0.5");
  EXPECT_EQ(spell(facts, LZ_FACT_IS_CAUSAL), "true");
  EXPECT_EQ(spell(facts, LZ_FACT_TENANT), "\"a, b=c\"");
  EXPECT_EQ(spell(facts, LZ_FACT_LIBRARY_VERSION), "\"2.10\"");
  EXPECT_EQ(spell(facts, LZ_FACT_SITE), "\"\"");
  EXPECT_EQ(spell(facts, LZ_FACT_DTYPE), "\"bfloat16\"");
}

TEST(ParseFacts, RefusesWrongNamesTypesAndValues) {
  EXPECT_NE(errorOf("seqlen=3").find("did you mean `seq_len`"), std::string::npos);
  EXPECT_NE(errorOf("dtype=bfloat61").find("did you mean `bfloat16`"), std::string::npos);
  EXPECT_NE(errorOf("dtype=fp16").find("did you mean `float16`"), std::string::npos);
  for (const char *text : {"batch_size=true", "batch_size=1.5", "batch_size=", "batch_size=\"8\"", "is_causal=1",
                           "is_causal=yes", "dropout_p=half", "dropout_p=nan", "layout=bshd", "library_version=v2",
                           "platform=gpu", "batch_size=99999999999999999999"})
    EXPECT_NE(errorOf(text), "") << text;
}

TEST(ParseFacts, ChecksTheTypeOfAFactThatTheOperationLacks) { EXPECT_NE(errorOf("head_dim=wide", LZ_OP_RMS_NORM), ""); }

TEST(ParseFacts, RefusesMalformedText) {
  for (const char *text : {"batch_size", "=3", "batch_size=3,", "batch_size=3,,rank=1", "tenant=\"a", "tenant=\"a\"b",
                           "batch_size,rank=1", "batch_size=3,batch_size=3", "kernel=plain", "rollout_key=x"})
    EXPECT_NE(errorOf(text), "") << text;
}

TEST(ParseFacts, C8OneFactUnderTwoNamesMustNotDiffer) {
  EXPECT_NE(errorOf("seq_len=3,seq_len_q=4"), "");
  EXPECT_EQ(spell(parsed(LZ_OP_ATTENTION_CAUSAL, "seq_len=3,seq_len_q=3"), LZ_FACT_SEQ_LEN), "3");
  FactSet facts(LZ_OP_ATTENTION_CAUSAL);
  EXPECT_NE(giveFacts({{"seq_len", int64_t(3)}, {"seq_len_q", std::nullopt}}, facts), "");
}

TEST(ParseFacts, HandsOutTheRolloutKeyWhereAskedFor) {
  FactSet facts(LZ_OP_RMS_NORM);
  std::optional<std::string> key;
  EXPECT_EQ(parseFacts("rank=1,rollout_key=user-1", facts, &key), "");
  EXPECT_EQ(key, "user-1");
  EXPECT_NE(parseFacts("rollout_key=a,rollout_key=b", facts, &key), "");
}

TEST(GiveFacts, C8NullIsAbsentAndIntegralNumbersAreIntegers) {
  FactSet facts(LZ_OP_RMS_NORM);
  EXPECT_EQ(giveFacts({{"batch_size", std::nullopt}, {"rank", 3.0}}, facts), "");
  EXPECT_EQ(spell(facts, LZ_FACT_BATCH_SIZE), "absent");
  EXPECT_EQ(spell(facts, LZ_FACT_RANK), "3");
  EXPECT_NE(giveFacts({{"rank", true}}, facts), "");
  EXPECT_NE(giveFacts({{"tenant", int64_t(1)}}, facts), "");
}

} // namespace
