//===- LintPatternsTest.cpp - Patterns that match nothing, keys that overlap -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "LintTestSupport.h"

namespace lzrt::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(LintPatterns, C2_anUnknownOperationIsALintWithASuggestionAndThatAlone) {
  EXPECT_THAT(lintsOf(rules({"operation: attention.casual, kernel: plain"})),
              ElementsAre("p.yaml:3:17: lint: unknown operation `attention.casual` in `dispatch_rules` [C2]; did you "
                          "mean `attention.causal`?"));
}

TEST(LintPatterns, C2_anUnknownOperationHidesTheLintsOfItsRule) {
  EXPECT_THAT(
      lintsOf(rules({"operation: attention.casual, kernel: nowhere, conditions: {seq_len_gt: 9, seq_len_lt: 5}"})),
      ElementsAre(HasSubstr("[C2]")));
}

TEST(LintPatterns, C2_aGlobThatMatchesNoOperationIsALint) {
  EXPECT_THAT(lintsOf("kernel_locks: {\"atention.*\": plain}\n"),
              ElementsAre(AllOf(StartsWith("p.yaml:2:16: lint: `atention.*` in `kernel_locks` matches no operation"),
                                HasSubstr("[C2]"))));
}

TEST(LintPatterns, S6_anOperationPatternMatchesByAlias) {
  EXPECT_THAT(lintsOf(rules({"operation: norm.rms, kernel: norm"})), IsEmpty());
  EXPECT_THAT(lintsOf(rules({"operation: \"norm.*\", kernel: norm"})), IsEmpty());
}

TEST(LintPatterns, S6_denyAndAllowGlobsThatMatchNoKernelAreLints) {
  EXPECT_THAT(lintsOf("kernel_denies: [\"*_experimental\"]\nkernel_allows: [\"*\", \"flash_attn.*\"]\n"),
              ElementsAre("p.yaml:2:17: lint: `*_experimental` matches no registered kernel in `kernel_denies` [S6]",
                          "p.yaml:3:22: lint: `flash_attn.*` matches no registered kernel in `kernel_allows` [S6]"));
}

TEST(LintPatterns, S5_aDeniedNameThatIsNotRegisteredIsALintWithASuggestion) {
  EXPECT_THAT(lintsOf("kernel_denies: [lose]\n"),
              ElementsAre("p.yaml:2:17: lint: no manifest registers a kernel `lose` in `kernel_denies` [S5]; did you "
                          "mean `loose`?"));
}

TEST(LintPatterns, S6_aDenyMatchesByAlias) { EXPECT_THAT(lintsOf("kernel_denies: [plain_alias]\n"), IsEmpty()); }

TEST(LintPatterns, S5_withoutKernelsNoKernelNameIsJudged) {
  EXPECT_THAT(lintsOf("kernel_denies: [\"*_experimental\"]\nkernel_locks: {attention.causal: nowhere}\n", nullptr),
              IsEmpty());
}

TEST(LintPatterns, P6_overlappingGlobKeysAreALint) {
  EXPECT_THAT(
      lintsOf("modes:\n  \"attention.c*\": static\n  \"*.causal\": config\n  \"rms*\": auto\n"),
      ElementsAre("p.yaml:4:3: lint: `*.causal` and `attention.c*` (line 3) of `modes` both match "
                  "`attention.causal`, for which the first in the file wins; `*.causal` is never consulted [P6]"));
  EXPECT_THAT(lintsOf("modes:\n  \"attention.causal*\": static\n  \"attention.*\": config\n"),
              ElementsAre(AllOf(HasSubstr("both match `attention.causal`"), testing::Not(HasSubstr("never")))));
}

TEST(LintPatterns, P6_aPlainKeyBesideAGlobIsNoLint) {
  EXPECT_THAT(lintsOf("modes:\n  \"attention.*\": static\n  attention.causal: config\n"), IsEmpty());
  EXPECT_THAT(lintsOf("modes:\n  attention.causal: config\n  \"attention.*\": static\n"), IsEmpty());
}

TEST(LintPatterns, P6_aGlobThatPlainKeysCoverIsALint) {
  EXPECT_THAT(lintsOf("modes:\n  \"rms_n*\": static\n  rms_norm: config\n"),
              ElementsAre("p.yaml:3:3: lint: `rms_n*` of `modes` is never consulted: `rms_norm` has a key of its own "
                          "name [P6]"));
}

} // namespace
} // namespace lzrt::test
