//===- ConditionReaderTest.cpp - C1..C4 and P4 ------------------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ReaderTesting.h"

#include <re2/re2.h>

using namespace lzrt;
using namespace lzrt::testing;

TEST(Conditions, EverySuffixIsReadLongestFirst) {
  const std::tuple<const char *, Operator, const char *> rows[] = {
      {"{head_dim: 64}", Operator::Eq, "64"},
      {"{head_dim_eq: 64}", Operator::Eq, "64"},
      {"{head_dim_ne: 64}", Operator::Ne, "64"},
      {"{head_dim_gt: 64}", Operator::Gt, "64"},
      {"{head_dim_gte: 64}", Operator::Gte, "64"},
      {"{head_dim_lt: 64}", Operator::Lt, "64"},
      {"{head_dim_lte: 64}", Operator::Lte, "64"},
      {"{head_dim_in: [64, 128]}", Operator::In, "[64, 128]"},
      {"{head_dim_not_in: [64]}", Operator::NotIn, "[64]"},
      {"{head_dim_multiple_of: 8}", Operator::MultipleOf, "8"},
      {"{device_match: \"cuda:*\"}", Operator::Match, "\"cuda:*\""},
      {"{device_regex: \"^cuda:[0-9]$\"}", Operator::Regex, "\"^cuda:[0-9]$\""},
  };
  for (const auto &[text, op, json] : rows) {
    Condition condition = conditionOf(text);
    EXPECT_EQ(condition.op, op) << text;
    EXPECT_EQ(condition.valueJson(), json) << text;
    EXPECT_EQ(condition.field(), std::string(text).substr(1, 8) == "head_dim" ? "head_dim" : "device");
    EXPECT_EQ(condition.location.line, 3u);
  }
}

TEST(Defect, NotInIsNotReadAsIn) {
  Condition condition = conditionOf("{dtype_not_in: [float16]}");
  EXPECT_EQ(condition.op, Operator::NotIn);
  EXPECT_EQ(condition.fact, LZ_FACT_DTYPE);
}

TEST(Defect, AListUnderBareEqualityIsIn) {
  Condition condition = conditionOf("{dtype: [float16, bfloat16]}");
  EXPECT_EQ(condition.op, Operator::In);
  EXPECT_EQ(condition.valueJson(), "[\"float16\", \"bfloat16\"]");
  EXPECT_EQ(conditionOf("{batch_size_eq: [1, 2]}").op, Operator::In);
}

TEST(Defect, SeqLenIsAFieldOfItsOwn) {
  EXPECT_EQ(conditionOf("{seq_len_gt: 8192}").fact, LZ_FACT_SEQ_LEN);
  EXPECT_EQ(conditionOf("{seq_len_q_gt: 8192}").fact, LZ_FACT_SEQ_LEN_Q);
  EXPECT_EQ(conditionOf("{seq_len_k_gt: 8192}").fact, LZ_FACT_SEQ_LEN_K);
}

TEST(Defect, DeviceIsAStringWithGlobs) {
  Condition match = conditionOf("{device_match: \"cuda:*\"}");
  EXPECT_TRUE(match.values.glob().matches("cuda:0"));
  EXPECT_FALSE(match.values.glob().matches("cpu"));
  EXPECT_EQ(std::get<std::string>(conditionOf("{device: cuda:0}").values[0]), "cuda:0");
}

TEST(Defect, KernelRegexIsACondition) {
  Condition condition = conditionOf("{kernel_regex: flash}");
  EXPECT_EQ(condition.fact, LZ_FACT_KERNEL);
  EXPECT_TRUE(RE2::PartialMatch("my_flash_kernel", condition.values.regex())) << "C3: unanchored";
}

TEST(Defect, AMisspeltKeyIsAnErrorNotAnUnconditionalRule) {
  EXPECT_TRUE(contains(refuse(document("dispatch_rules: [{operation: rope, kernel: k, condtions: {seq_len_gt: 1}}]")),
                       "unknown key `condtions` in a dispatch rule [P1]; did you mean `conditions`?"));
}

TEST(Defect, DuplicateKeysAreErrorsNotLastWins) {
  EXPECT_TRUE(
      contains(refuse(document("kernel_locks: {rope: a, rope: b}")), "p.yaml:2:25: error: duplicate key `rope` [P1]"));
  EXPECT_TRUE(contains(refuse(document("kernel_locks: {rope: a, \"rope\": b}")), "duplicate key"));
  EXPECT_TRUE(contains(refuse(document("mode: auto\nmode: auto")), "p.yaml:3:1: error: duplicate key `mode`"));
  std::string many = "kernel_locks:\n";
  for (int i = 0; i < 100; ++i)
    many += "  op" + std::to_string(i) + ": k\n";
  EXPECT_TRUE(contains(refuse(document(many + "  op7: k\n")), "p.yaml:103:3: error: duplicate key `op7`"));
}

TEST(Defect, ABooleanIsNotAnInteger) {
  EXPECT_TRUE(
      contains(refuse(ruleWith("{batch_size: true}")), "`batch_size` takes a number, got the boolean `true` [P4]"));
  EXPECT_TRUE(contains(refuse(ruleWith("{is_causal: 1}")), "[P4]"));
}

TEST(Defect, ABadRegexIsADiagnosticNotAnException) {
  EXPECT_TRUE(contains(refuse(ruleWith("{tenant_regex: \"(a\"}")),
                       "p.yaml:3:75: error: `tenant_regex`: not a regular expression: missing ): (a [C3]"));
}

TEST(Defect, RegexesDoNotBacktrack) {
  Condition condition = conditionOf("{tenant_regex: \"^(a+)+$\"}");
  EXPECT_FALSE(RE2::PartialMatch(std::string(5000, 'a') + "b", condition.values.regex()));
}

TEST(Conditions, C1ListsAndSingleValues) {
  EXPECT_TRUE(
      contains(refuse(ruleWith("{dtype_ne: [float16]}")), "`_not_in` takes one [C1]; did you mean `dtype_not_in`?"));
  EXPECT_TRUE(
      contains(refuse(ruleWith("{dtype_in: float16}")), "`dtype_in` takes a list, got the string `float16` [C1]"));
  EXPECT_TRUE(contains(refuse(ruleWith("{dtype_not_in: float16}")), "[C1]"));
  EXPECT_TRUE(contains(refuse(ruleWith("{seq_len_gt: [1]}")), "takes a single value here, got a list [C1]"));
  EXPECT_TRUE(contains(refuse(ruleWith("{dtype: [[float16]]}")), "[C1]"));
  EXPECT_TRUE(contains(refuse(ruleWith("{seq_len: {a: 1}}")), "got a map [P4]"));
  EXPECT_TRUE(contains(refuse(ruleWith("[a]")), "`conditions` must be a map"));
  EXPECT_EQ(lines(refuse(ruleWith("{dtype: [float61, bfloat61]}"))), 2u) << "each element is reported";
}

TEST(Conditions, C2AFieldOfNoMatchedOperationIsAnError) {
  EXPECT_TRUE(contains(refuse(ruleWith("{vocab_size_gt: 5}")),
                       "`vocab_size` is no fact of any operation that `attention.causal` matches [C2]"));
  EXPECT_TRUE(contains(refuse(ruleWith("{m: 5}", "attention.*")), "[C2]"));
  EXPECT_TRUE(contains(refuse(ruleWith("{seq_len_q_gt: 5}", "rope")), "[C2]; did you mean `seq_len_gt`?"));
  EXPECT_EQ(conditionOf("{window_size: 5}", "attention.*").fact, LZ_FACT_WINDOW_SIZE)
      << "one matched operation suffices";
  EXPECT_EQ(conditionOf("{m: 5}", "*").fact, LZ_FACT_M);
  EXPECT_EQ(conditionOf("{hidden_size: 5}", "norm.*").fact, LZ_FACT_HIDDEN_SIZE) << "globs match aliases (S6)";
  EXPECT_TRUE(contains(refuse(ruleWith("{nonsense: 5}", "nothing.*")), "[C4]")) << "C4 holds where nothing matches";
}

TEST(Conditions, C3GlobErrorsArePlaced) {
  for (const char *bad : {"\"[a\"", "\"[]\"", "\"[!]\"", "\"[z-a]\""}) {
    EXPECT_TRUE(contains(refuse(ruleWith("{tenant_match: " + std::string(bad) + "}")), "p.yaml:3:75: error:"));
    EXPECT_TRUE(contains(refuse(document("kernel_denies: [" + std::string(bad) + "]")), "[C3]"));
  }
}

TEST(Conditions, C3MultipleOfTakesAPositiveIntegerOnIntegerFacts) {
  for (const char *bad : {"{head_dim_multiple_of: 0}", "{head_dim_multiple_of: -8}", "{head_dim_multiple_of: 2.5}",
                          "{head_dim_multiple_of: true}", "{head_dim_multiple_of: [8]}", "{dropout_p_multiple_of: 1}",
                          "{dtype_multiple_of: 1}", "{library_version_multiple_of: 1}"})
    EXPECT_TRUE(contains(refuse(ruleWith(bad)), "[C3]")) << bad;
}

TEST(Conditions, P4OrderingTakesNumbersAndMatchingStrings) {
  for (const char *bad :
       {"{dtype_gt: float16}", "{is_causal_lt: true}", "{device_gte: \"cuda:0\"}", "{seq_len_match: \"1*\"}",
        "{is_causal_regex: t}", "{library_version_match: \"1.*\"}", "{dropout_p_regex: x}"})
    EXPECT_TRUE(contains(refuse(ruleWith(bad)), "[P4]")) << bad;
  EXPECT_EQ(conditionOf("{dropout_p_lt: 0.5}").op, Operator::Lt);
  EXPECT_EQ(conditionOf("{dtype_regex: \"^b?float\"}").op, Operator::Regex);
}

TEST(Conditions, P4ListedValuesAndTheirSuggestions) {
  const std::pair<const char *, const char *> rows[] = {
      {"{dtype: fp16}", "did you mean `float16`?"},
      {"{dtype: bf16}", "did you mean `bfloat16`?"},
      {"{dtype: flaot32}", "did you mean `float32`?"},
      {"{layout: bshd}", "did you mean `BSHD`?"},
      {"{causal_alignment: topleft}", "did you mean `top_left`?"},
      {"{platform: CUDA}", "did you mean `cuda`?"},
      {"{dtype_match: \"flaot*\"}", "no value of `dtype` matches `flaot*` [P4]; did you mean `float*`?"},
      {"{platform_match: \"gpu\"}", "no value of `platform` matches `gpu` [P4]"},
      {"{dtype: 16}", "got the number `16`"},
  };
  for (const auto &[text, expected] : rows)
    EXPECT_TRUE(contains(refuse(ruleWith(text)), expected));
  EXPECT_TRUE(conditionOf("{dtype_match: \"float*\"}").values.glob().matches("float32"));
  EXPECT_EQ(conditionOf("{kv_layout: paged}", "attention.decode").fact, LZ_FACT_KV_LAYOUT);
}

TEST(Conditions, P4VersionsAreDottedIntegers) {
  EXPECT_EQ(conditionOf("{library_version_gte: \"1.10\"}").valueJson(), "\"1.10\"");
  EXPECT_EQ(conditionOf("{library_version: 3}").valueJson(), "\"3\"");
  EXPECT_EQ(conditionOf("{library_version: 1.2.3}").valueJson(), "\"1.2.3\"");
  EXPECT_TRUE(contains(refuse(ruleWith("{library_version: 1.10}")), "quote it [P4]; did you mean `\"1.10\"`?"));
  EXPECT_TRUE(contains(refuse(ruleWith("{library_version: -1}")), "[P4]"));
  EXPECT_TRUE(contains(refuse(ruleWith("{library_version: v2}")), "[P4]"));
  EXPECT_TRUE(contains(refuse(ruleWith("{library_version: \"1..2\"}")), "[P4]"));
  EXPECT_TRUE(contains(refuse(ruleWith("{library_version: true}")), "[P4]"));
}

TEST(Conditions, EqualityUnderTwoSpellingsIsTwoConditions) {
  auto both = read(ruleWith("{dtype: [float16, float32], dtype_in: [float32, bfloat16], dtype_eq: float32}"));
  ASSERT_TRUE(both);
  ASSERT_EQ(both->rules[0].conditions.size(), 3u) << "all must hold";
  EXPECT_EQ(both->rules[0].conditions[1].valueJson(), "[\"float32\", \"bfloat16\"]");
  EXPECT_TRUE(read(ruleWith("{seq_len_gt: 1, seq_len_lt: 9, seq_len_q_gt: 1}")));
}

TEST(Conditions, AResidualsConditionsAreReadBack) {
  for (const char *text :
       {"{head_dim: 64}", "{head_dim_not_in: [64]}", "{device_match: \"cuda:*\"}", "{tenant_regex: \"a\\\\.b\"}",
        "{head_dim_multiple_of: 8}", "{library_version_gte: \"1.10\"}", "{is_causal: false}", "{tenant: \"q\\\"\"}"}) {
    Condition condition = conditionOf(text), back;
    ASSERT_EQ(parseCondition(condition.field(), operatorName(condition.op), condition.valueJson(), &back), "") << text;
    EXPECT_EQ(back.fact, condition.fact);
    EXPECT_EQ(back.op, condition.op);
    EXPECT_EQ(back.valueJson(), condition.valueJson());
  }
  Condition unused;
  EXPECT_TRUE(contains(parseCondition("nonsense", "eq", "1", &unused), "unknown field"));
  EXPECT_TRUE(contains(parseCondition("m", "is", "1", &unused), "unknown operator"));
  EXPECT_TRUE(contains(parseCondition("m", "eq", "\"a\"", &unused), "takes a number"));
  EXPECT_TRUE(contains(parseCondition("m", "eq", "[", &unused), "not YAML"));
  EXPECT_TRUE(contains(parseCondition("m", "eq", "null", &unused), "null"));
  EXPECT_TRUE(contains(parseCondition("dtype", "gt", "5", &unused), "ordering operators"));
}
