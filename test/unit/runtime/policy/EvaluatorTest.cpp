//===- EvaluatorTest.cpp - One condition on one fact ---------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lzrt/policy/Reader.h"
#include "lzrt/policy/Selector.h"

#include <gtest/gtest.h>

using namespace lzrt;

namespace {

Truth test(const char *field, const char *op, const char *valueJson, const Fact &fact) {
  Condition condition{};
  EXPECT_EQ(parseCondition(field, op, valueJson, &condition), "") << field << " " << op << " " << valueJson;
  return evaluate(condition, fact);
}

Fact integer(int64_t value) { return Fact::known(value); }
Fact text(const char *value) { return Fact::known(std::string(value)); }
bool holds(const char *field, const char *op, const char *valueJson, const Fact &fact) {
  Truth truth = test(field, op, valueJson, fact);
  EXPECT_NE(truth, Truth::Open);
  return truth == Truth::True;
}

TEST(Evaluator, C7AnOpenFactIsOpenUnderEveryOperator) {
  for (auto [op, value] : {std::pair("eq", "1"),
                           {"ne", "1"},
                           {"gt", "1"},
                           {"gte", "1"},
                           {"lt", "1"},
                           {"lte", "1"},
                           {"in", "[1]"},
                           {"in", "[]"},
                           {"not_in", "[1]"},
                           {"multiple_of", "2"}})
    EXPECT_EQ(test("batch_size", op, value, Fact::open()), Truth::Open) << op;
}

TEST(Evaluator, C2OnAbsentOnlyNeAndNotInHold) {
  for (auto [op, value] : {std::pair("eq", "1"),
                           {"gt", "1"},
                           {"gte", "1"},
                           {"lt", "1"},
                           {"lte", "1"},
                           {"in", "[1]"},
                           {"multiple_of", "2"}})
    EXPECT_EQ(test("batch_size", op, value, Fact::absent()), Truth::False) << op;
  EXPECT_EQ(test("tenant", "match", "\"*\"", Fact::absent()), Truth::False);
  EXPECT_EQ(test("tenant", "regex", "\"\"", Fact::absent()), Truth::False);
  EXPECT_EQ(test("batch_size", "ne", "1", Fact::absent()), Truth::True);
  EXPECT_EQ(test("batch_size", "not_in", "[1]", Fact::absent()), Truth::True);
}

TEST(Evaluator, OrderingHoldsAtItsBounds) {
  bool wanted[3][4] = {{false, false, true, true}, {false, true, false, true}, {true, true, false, false}};
  for (int64_t value : {7, 8, 9}) {
    EXPECT_EQ(holds("batch_size", "gt", "8", integer(value)), wanted[value - 7][0]) << value;
    EXPECT_EQ(holds("batch_size", "gte", "8", integer(value)), wanted[value - 7][1]) << value;
    EXPECT_EQ(holds("batch_size", "lt", "8", integer(value)), wanted[value - 7][2]) << value;
    EXPECT_EQ(holds("batch_size", "lte", "8", integer(value)), wanted[value - 7][3]) << value;
    EXPECT_EQ(holds("batch_size", "eq", "8", integer(value)), value == 8);
    EXPECT_EQ(holds("batch_size", "ne", "8", integer(value)), value != 8);
  }
}

TEST(Evaluator, P4NumbersCompareByValueWithoutRounding) {
  EXPECT_TRUE(holds("batch_size", "eq", "8.0", integer(8)));
  EXPECT_TRUE(holds("batch_size", "gt", "7.5", integer(8)));
  EXPECT_FALSE(holds("batch_size", "gte", "8.5", integer(8)));
  EXPECT_TRUE(holds("batch_size", "lt", "-7.5", integer(-8)));
  EXPECT_TRUE(holds("dropout_p", "eq", "0", Fact::known(0.0)));
  EXPECT_TRUE(holds("dropout_p", "lt", "1", Fact::known(0.5)));
  EXPECT_FALSE(holds("dropout_p", "gt", "1", Fact::known(0.5)));
  int64_t large = (int64_t(1) << 53) + 1;
  EXPECT_TRUE(holds("batch_size", "gt", "9007199254740992.0", integer(large)));
  EXPECT_TRUE(holds("batch_size", "lt", "1e300", integer(INT64_MAX)));
  EXPECT_TRUE(holds("batch_size", "gt", "-1e300", integer(INT64_MIN)));
}

TEST(Evaluator, P4StringsCompareByteByByte) {
  EXPECT_TRUE(holds("tenant", "eq", "\"acme\"", text("acme")));
  EXPECT_FALSE(holds("tenant", "eq", "\"acme\"", text("Acme")));
  EXPECT_TRUE(holds("tenant", "ne", "\"acme\"", text("acme ")));
}

TEST(Evaluator, C1Membership) {
  EXPECT_TRUE(holds("dtype", "in", "[\"float16\", \"bfloat16\"]", text("bfloat16")));
  EXPECT_FALSE(holds("dtype", "in", "[\"float16\"]", text("bfloat16")));
  EXPECT_FALSE(holds("dtype", "not_in", "[\"float16\", \"bfloat16\"]", text("bfloat16")));
  EXPECT_FALSE(holds("batch_size", "in", "[]", integer(1)));
  EXPECT_TRUE(holds("batch_size", "not_in", "[]", integer(1)));
  EXPECT_TRUE(holds("batch_size", "in", "[1, 8.0]", integer(8)));
}

TEST(Evaluator, C3PatternsAndMultiples) {
  EXPECT_TRUE(holds("site", "match", "\"model.*.attn\"", text("model.layers.0.attn")));
  EXPECT_FALSE(holds("site", "match", "\"layers\"", text("model.layers.0")));
  EXPECT_TRUE(holds("site", "regex", "\"layers\"", text("model.layers.0")));
  EXPECT_FALSE(holds("site", "regex", "\"^layers\"", text("model.layers.0")));
  EXPECT_TRUE(holds("batch_size", "multiple_of", "8", integer(16)));
  EXPECT_TRUE(holds("batch_size", "multiple_of", "8", integer(0)));
  EXPECT_TRUE(holds("batch_size", "multiple_of", "8", integer(-16)));
  EXPECT_FALSE(holds("batch_size", "multiple_of", "8", integer(12)));
}

TEST(Evaluator, C4VersionsCompareByComponent) {
  Fact version = Fact::known(*Version::parse("1.10"));
  EXPECT_TRUE(holds("library_version", "gt", "\"1.9\"", version));
  EXPECT_TRUE(holds("library_version", "eq", "\"1.10.0\"", version));
  EXPECT_FALSE(holds("library_version", "gte", "\"2\"", version));
  EXPECT_TRUE(holds("library_version", "in", "[\"1.1\", \"1.10\"]", version));
}

TEST(Evaluator, P4BooleansAreNotNumbers) {
  Condition condition{};
  ASSERT_EQ(parseCondition("is_causal", "eq", "true", &condition), "");
  EXPECT_EQ(evaluate(condition, Fact::known(true)), Truth::True);
  EXPECT_EQ(evaluate(condition, Fact::known(false)), Truth::False);
  EXPECT_EQ(evaluate(condition, Fact::known(int64_t(1))), Truth::False);
}

} // namespace
