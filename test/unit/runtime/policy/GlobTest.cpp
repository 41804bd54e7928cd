//===- GlobTest.cpp - C3 and S6: anchored, byte-wise, linear ----*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lzrt/policy/Policy.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

using namespace lzrt;

namespace {
Glob glob(const std::string &text) {
  Glob parsed;
  EXPECT_EQ(Glob::parse(text, &parsed), "") << text;
  return parsed;
}
bool matches(const std::string &pattern, const std::string &text) { return glob(pattern).matches(text); }
std::string flaw(const std::string &text) {
  Glob parsed;
  return Glob::parse(text, &parsed);
}

/// The definition, by plain recursion over short inputs: the oracle of the property test.
bool oracle(std::string_view pattern, std::string_view text) {
  if (pattern.empty())
    return text.empty();
  if (pattern[0] == '*')
    return oracle(pattern.substr(1), text) || (!text.empty() && oracle(pattern, text.substr(1)));
  if (text.empty())
    return false;
  if (pattern[0] == '[') {
    size_t close = pattern.find(']');
    std::string_view members = pattern.substr(1, close - 1);
    bool negated = members[0] == '!';
    bool found = members.substr(negated).find(text[0]) != std::string_view::npos;
    return found != negated && oracle(pattern.substr(close + 1), text.substr(1));
  }
  return (pattern[0] == '?' || pattern[0] == text[0]) && oracle(pattern.substr(1), text.substr(1));
}
} // namespace

TEST(Glob, S6IsAnchoredAtBothEnds) {
  EXPECT_FALSE(matches("attention", "attention.causal"));
  EXPECT_FALSE(matches("causal", "attention.causal"));
  EXPECT_TRUE(matches("attention.*", "attention.causal"));
  EXPECT_FALSE(matches("attention.*", "attention"));
}

TEST(Glob, S6DotIsLiteralAndCaseCounts) {
  EXPECT_FALSE(matches("flash_attn.*", "flash_attention_v2"));
  EXPECT_FALSE(matches("a.c", "abc"));
  EXPECT_FALSE(matches("BSHD", "bshd"));
}

TEST(Glob, C3QuestionMarkIsOneByteAndStarAnyNumber) {
  EXPECT_TRUE(matches("cuda:?", "cuda:0"));
  EXPECT_FALSE(matches("cuda:?", "cuda:10"));
  EXPECT_FALSE(matches("cuda:?", "cuda:"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("a**b", "ab"));
  EXPECT_FALSE(matches("?", "\xc3\xa4")) << "byte-wise: two bytes are not one";
}

TEST(Glob, C3ClassesListRangesAndNegation) {
  EXPECT_TRUE(matches("[abc]x", "bx"));
  EXPECT_FALSE(matches("[abc]x", "dx"));
  EXPECT_TRUE(matches("v[0-9]", "v7"));
  EXPECT_FALSE(matches("v[!0-9]", "v7"));
  EXPECT_TRUE(matches("v[!0-9]", "vx"));
  EXPECT_TRUE(matches("[a-]", "-")) << "a trailing dash is itself";
  EXPECT_TRUE(matches("[-a]", "-"));
  EXPECT_TRUE(matches("[a*?]", "*")) << "metacharacters in a class are themselves";
  EXPECT_FALSE(matches("[a*?]", "b"));
}

TEST(Glob, C3FirstBracketClosesAClass) {
  EXPECT_TRUE(matches("[a]]", "a]"));
  EXPECT_FALSE(matches("[a]]", "a"));
  EXPECT_TRUE(glob("a]b").isPlain());
}

TEST(Glob, C3UnclosedEmptyAndReversedAreErrors) {
  EXPECT_NE(flaw("[abc").find("unclosed"), std::string::npos);
  EXPECT_NE(flaw("[]").find("empty class"), std::string::npos);
  EXPECT_NE(flaw("[]a]").find("empty class"), std::string::npos);
  EXPECT_NE(flaw("[!]").find("empty class"), std::string::npos);
  EXPECT_NE(flaw("x[z-a]").find("reversed range `z-a`"), std::string::npos);
}

TEST(Glob, PlainPatternsNameOneThing) {
  EXPECT_TRUE(glob("rms_norm").isPlain());
  for (const char *pattern : {"rms*", "rms?", "rm[s]"})
    EXPECT_FALSE(glob(pattern).isPlain()) << pattern;
}

TEST(Glob, AgreesWithItsDefinitionOnRandomInputs) {
  std::mt19937 random(20);
  const std::string parts[] = {"a", "b", "*", "?", "[ab]", "[!a]", "c"};
  size_t matched = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string pattern, text;
    for (unsigned i = random() % 7; i > 0; --i)
      pattern += parts[random() % std::size(parts)];
    for (unsigned i = random() % 8; i > 0; --i)
      text += char('a' + random() % 3);
    bool expected = oracle(pattern, text);
    matched += expected;
    ASSERT_EQ(matches(pattern, text), expected) << pattern << " on " << text;
  }
  EXPECT_GT(matched, 2000u);
}

TEST(Defect, StarredGlobsDoNotBacktrackExponentially) {
  std::string pattern, text(5000, 'a');
  for (int i = 0; i < 200; ++i)
    pattern += "*a";
  Glob parsed = glob(pattern + "*b");
  auto start = std::chrono::steady_clock::now();
  EXPECT_FALSE(parsed.matches(text));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}
