//===- LintRulesTest.cpp - Rules that never select -*- C++ -*-===//
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

constexpr const char *causal = "operation: attention.causal, kernel: plain";

std::string causalIf(const std::string &conditions, const std::string &kernel = "plain") {
  return "operation: attention.causal, kernel: " + kernel + ", conditions: {" + conditions + "}";
}

TEST(LintRules, S4_aRuleWhoseKernelIsDeniedOrNotAllowed) {
  EXPECT_THAT(lintsOf(rules({causal}) + "kernel_denies: [plain]\n"),
              ElementsAre("p.yaml:3:43: lint: `dispatch_rules[0]` never selects: `plain` is denied by `plain` (line 4) "
                          "[S4]"));
  EXPECT_THAT(lintsOf(rules({causal}) + "kernel_allows: [loose, norm]\n"),
              ElementsAre("p.yaml:3:43: lint: `dispatch_rules[0]` never selects: `plain` matches no `kernel_allows` "
                          "glob [S4]"));
}

TEST(LintRules, S4_aGlobOfWhichOneKernelPassesIsNoLint) {
  EXPECT_THAT(lintsOf(rules({"operation: attention.causal, kernel: \"*l*\""}) + "kernel_denies: [loose, half]\n"),
              IsEmpty());
  EXPECT_THAT(lintsOf(rules({"operation: attention.causal, kernel: \"[lh]*\""}) +
                      "kernel_denies: [loose]\nkernel_allows: [plain, norm]\n"),
              ElementsAre(HasSubstr("each kernel that `[lh]*` matches is denied or matches no `kernel_allows` glob")));
}

TEST(LintRules, S5_aRuleWhoseKernelIsNotRegistered) {
  EXPECT_THAT(lintsOf(rules({"operation: attention.causal, kernel: hlaf"})),
              ElementsAre("p.yaml:3:43: lint: `dispatch_rules[0]` never selects: no manifest registers a kernel `hlaf` "
                          "[S5]; did you mean `half`?"));
  EXPECT_THAT(lintsOf(rules({"operation: attention.causal, kernel: \"x*\""})),
              ElementsAre(HasSubstr("`x*` matches no registered kernel [S5]")));
}

TEST(LintRules, S5_aStrictRuleWhoseKernelCannotStandIsSaidToEndSelection) {
  EXPECT_THAT(
      lintsOf(rules({"operation: attention.causal, kernel: nowhere, strict: true, name: pin"})),
      ElementsAre(HasSubstr("`dispatch_rules[0]` `pin` ends selection with the error `strict` wherever it holds")));
}

TEST(LintRules, C5_aRuleWhoseKernelImplementsNoneOfItsOperations) {
  EXPECT_THAT(lintsOf(rules({"operation: \"attention.*\", kernel: norm"})), ElementsAre(HasSubstr("[C5]")));
  EXPECT_THAT(lintsOf(rules({"operation: \"attention.*\", kernel: half"})), IsEmpty());
}

TEST(LintRules, C7_contradictingBounds) {
  EXPECT_THAT(lintsOf(rules({causalIf("seq_len_gt: 10, seq_len_lt: 5")}), nullptr),
              ElementsAre("p.yaml:3:79: lint: `dispatch_rules[0]` never selects: `seq_len_gt: 10` and `seq_len_lt: 5` "
                          "exclude each other [C7]"));
}

TEST(LintRules, C7_contradictionsOfEachKindOfFact) {
  for (const char *conditions :
       {"seq_len_gt: 10, seq_len_lt: 11", "seq_len_gte: 11, seq_len_lte: 10", "seq_len: 4, seq_len_q: 5",
        "seq_len: [1, 2], seq_len_not_in: [2, 1, 3]", "seq_len_gt: 8, seq_len_lt: 16, seq_len_multiple_of: 8",
        "head_dim_multiple_of: 64, head_dim_gt: 0, head_dim_lt: 129, head_dim_not_in: [64, 128]",
        "seq_len_gt: 9223372036854775807", "seq_len_gt: 1.5, seq_len_lt: 1.9", "seq_len: 8, seq_len_multiple_of: 3",
        "dtype: float16, dtype_in: [float32]", "dtype: float16, dtype_ne: float16",
        "dtype_match: \"int*\", dtype_regex: \"float\"", "layout_not_in: [BSHD, BHSD, NHD, HND], layout_match: \"*\"",
        "has_mask: true, has_mask_ne: true", "dropout_p_gt: 0.5, dropout_p_lt: 0.25",
        "dropout_p_gt: 0.5, dropout_p_lte: 0.5", "dropout_p_gte: 0.5, dropout_p_lte: 0.5, dropout_p_ne: 0.5",
        "tenant: [a, b], tenant_match: \"c*\"", "library_version_gt: \"2.1\", library_version_lte: \"2.0.9\""})
    EXPECT_THAT(lintsOf(rules({causalIf(conditions)}), nullptr), ElementsAre(HasSubstr("[C7]"))) << conditions;
}

TEST(LintRules, C7_conditionsThatCanHoldAreNoLints) {
  for (const char *conditions :
       {"seq_len_gt: 10, seq_len_lt: 12", "seq_len_gt: 8, seq_len_lte: 16, seq_len_multiple_of: 8",
        "seq_len_gt: -9, seq_len_lt: -7", "seq_len_ne: 4, seq_len_not_in: [1, 2]", "seq_len_gt: 1.5, seq_len_lt: 2.5",
        "seq_len: 4, seq_len_k: 5", "dtype_match: \"float8_*\", dtype_ne: float8_e5m2",
        "dropout_p_gt: 0.25, dropout_p_lt: 0.5", "dropout_p_gte: 0.5, dropout_p_lte: 0.5",
        "tenant_match: \"a*\", tenant_regex: \"^b\"", "tenant_ne: a",
        "library_version_gte: \"2.0\", library_version_lt: \"2.0.1\"", "seq_len_gte: -9223372036854775808"})
    EXPECT_THAT(lintsOf(rules({causalIf(conditions)}), nullptr), IsEmpty()) << conditions;
}

TEST(LintRules, C2_onAnOperationWithoutTheFieldOnlyNegationsHold) {
  const std::string rule = "operation: \"*\", kernel: norm, conditions: {window_size_ne: 4, rank: 0}";
  EXPECT_THAT(lintsOf(rules({rule})), IsEmpty());
  EXPECT_THAT(lintsOf(rules({"operation: \"*\", kernel: norm, conditions: {window_size: 4}"})),
              ElementsAre(HasSubstr("[C7]")));
}

TEST(LintRules, C7_conditionsThatTheKernelsRequirementsExclude) {
  EXPECT_THAT(lintsOf(rules({causalIf("dtype: float32", "half")})),
              ElementsAre("p.yaml:3:62: lint: `dispatch_rules[0]` never selects: `dtype: \"float32\"` excludes `dtype: "
                          "[\"float16\", \"bfloat16\"]`, which `half` requires [C7]"));
  EXPECT_THAT(lintsOf(rules({causalIf("dtype: float16", "half")})), IsEmpty());
}

TEST(LintRules, S10_aDeterministicRuleExcludesAKernelThatIsNot) {
  EXPECT_THAT(lintsOf(rules({causalIf("requires_deterministic: true", "loose")})),
              ElementsAre(HasSubstr("excludes `loose`, which is not marked `deterministic` [C7]")));
  EXPECT_THAT(lintsOf(rules({causalIf("requires_deterministic: true", "half")})), IsEmpty());
}

TEST(LintRules, C4_conditionsOnTheCandidateAreDecidedByItsName) {
  EXPECT_THAT(lintsOf(rules({causalIf("kernel_match: \"ha*\"", "plain")})),
              ElementsAre(HasSubstr("is false for `plain` [C7]")));
  EXPECT_THAT(lintsOf(rules({causalIf("kernel_match: \"ha*\"", "\"*\"")})), IsEmpty());
}

TEST(LintRules, S2_aRuleIsShadowedByAWiderOneBefore) {
  EXPECT_THAT(lintsOf(rules({"operation: \"attention.*\", kernel: plain, conditions: {seq_len_gt: 10}",
                             causalIf("seq_len_gte: 20, dtype: float16", "half")})),
              ElementsAre("p.yaml:4:5: lint: `dispatch_rules[1]` is shadowed: wherever it holds, `dispatch_rules[0]` "
                          "(line 3) selects before it; only a failure or an open breaker reaches it [S2]"));
}

TEST(LintRules, S2_theSameKernelAgainIsNeverReached) {
  EXPECT_THAT(lintsOf(rules({causal, causalIf("seq_len_gt: 4")})),
              ElementsAre("p.yaml:4:5: lint: `dispatch_rules[1]` is shadowed: wherever it holds, `dispatch_rules[0]` "
                          "(line 3) selects before it [S2]"));
  EXPECT_THAT(lintsOf(rules({causal, causalIf("seq_len_gt: 4")}), nullptr), ElementsAre(HasSubstr("[S2]")));
}

TEST(LintRules, S2_priorityOrdersBeforeTheFileDoes) {
  EXPECT_THAT(lintsOf(rules({causalIf("seq_len_gt: 4"), std::string(causal) + ", priority: 60"})),
              ElementsAre(AllOf(StartsWith("p.yaml:3:5"), HasSubstr("`dispatch_rules[0]` is shadowed"),
                                HasSubstr("`dispatch_rules[1]` (line 4)"))));
  EXPECT_THAT(lintsOf(rules({causalIf("seq_len_gt: 4"), causal})), IsEmpty());
}

TEST(LintRules, S2_whatMayNotStandCastsNoShadow) {
  const std::string later = causalIf("seq_len_gt: 4");
  for (const char *first : {"operation: attention.causal, kernel: half",                  // requires a dtype
                            "operation: attention.causal, kernel: loose",                 // S10
                            "operation: attention.causal, kernel: plain, enabled: false", // disabled
                            "operation: attention.causal, kernel: plain, name: r, rollout_percent: 50", // S8
                            "operation: attention.full, kernel: plain", // another operation
                            "operation: attention.causal, kernel: plain, conditions: {seq_len_gt: 5}",   // narrower
                            "operation: attention.causal, kernel: plain, conditions: {seq_len_k_gt: 4}", // another fact
                            "operation: attention.causal, kernel: half, conditions: {library_version: \"1\"}"})
    EXPECT_THAT(lintsOf(rules({first, later})), IsEmpty()) << first;
}

TEST(LintRules, S2_aGlobIsShadowedOnlyWhereEveryOperationIs) {
  EXPECT_THAT(lintsOf(rules({causal, "operation: \"attention.*\", kernel: plain"})), IsEmpty());
  EXPECT_THAT(lintsOf(rules({causal, "operation: attention.full, kernel: plain",
                             "operation: \"attention.[cf]*\", kernel: half"})),
              ElementsAre(AllOf(HasSubstr("`dispatch_rules[2]` is shadowed"),
                                HasSubstr("`dispatch_rules[0]` (line 3) or `dispatch_rules[1]` (line 4)"))));
}

TEST(LintRules, S2_theKernelsOwnRequirementsCount) {
  EXPECT_THAT(lintsOf(rules({causalIf("dtype: [float16, bfloat16]"), "operation: attention.causal, kernel: half"})),
              ElementsAre(HasSubstr("`dispatch_rules[1]` is shadowed")));
}

TEST(LintRules, S1_aLockThatAlwaysStandsShadowsRules) {
  EXPECT_THAT(lintsOf(rules({causalIf("seq_len_gt: 4", "half")}) + "kernel_locks: {\"attention.c*\": plain}\n"),
              ElementsAre(HasSubstr("wherever it holds, the lock of `attention.c*` (line 4) selects before it")));
  EXPECT_THAT(lintsOf(rules({causalIf("seq_len_gt: 4")}) + "kernel_locks: {\"attention.c*\": half}\n"), IsEmpty());
}

TEST(LintRules, S5_aStrictRuleShadowsWhateverItsKernel) {
  EXPECT_THAT(lintsOf(rules({"operation: attention.causal, kernel: half, strict: true", causalIf("seq_len_gt: 4")})),
              ElementsAre(HasSubstr("`dispatch_rules[0]` (line 3) selects before it or ends selection")));
}

TEST(LintRules, S5_aStrictRuleIsNotShadowedByItsOwnKernelsRequirements) {
  EXPECT_THAT(lintsOf(rules({"operation: attention.causal, kernel: plain, conditions: {dtype: [float16, bfloat16]}",
                             "operation: attention.causal, kernel: half, strict: true"})),
              IsEmpty());
}

TEST(LintRules, S2_impliedConditionsOfEachOperator) {
  struct Case {
    const char *earlier, *later;
    bool implied;
  };
  for (const Case &c : {Case{"seq_len_gt: 4", "seq_len_gte: 5", true},
                        Case{"seq_len_gt: 4", "seq_len_gte: 4", false},
                        Case{"seq_len_ne: 4", "seq_len_gt: 4", true},
                        Case{"seq_len_ne: 4", "seq_len_gt: 3", false},
                        Case{"seq_len_in: [1, 2, 3]", "seq_len: [3, 1]", true},
                        Case{"seq_len_in: [1, 2]", "seq_len: [3, 1]", false},
                        Case{"seq_len_not_in: [1, 2]", "seq_len_gt: 2", true},
                        Case{"seq_len_not_in: [1, 2, 7]", "seq_len_gt: 2", false},
                        Case{"seq_len_in: [5, 6]", "seq_len_gt: 4, seq_len_lt: 7", true},
                        Case{"head_dim_multiple_of: 8", "head_dim_multiple_of: 64", true},
                        Case{"head_dim_multiple_of: 64", "head_dim_multiple_of: 8", false},
                        Case{"head_dim_multiple_of: 8", "head_dim: 16", true},
                        Case{"dtype_match: \"float*\"", "dtype: [float16, float32]", true},
                        Case{"dtype_match: \"float*\"", "dtype: [float16, int8]", false},
                        Case{"dtype_ne: int8", "dtype_regex: \"^float\"", true},
                        Case{"tenant_match: \"a*\"", "tenant_match: \"a*\"", true},
                        Case{"tenant_match: \"a*\"", "tenant_match: \"ab*\"", false},
                        Case{"has_mask: false", "has_mask_ne: true", false},
                        Case{"has_mask_ne: true", "has_mask: false", true},
                        Case{"dropout_p_lt: 0.5", "dropout_p_lte: 0.25", true},
                        Case{"dropout_p_lt: 0.5", "dropout_p_lte: 0.5", false},
                        Case{"library_version_gt: \"2\"", "library_version_gte: \"2.0.1\"", true},
                        Case{"seq_len_q_gt: 4", "seq_len_gt: 4", true},
                        Case{"seq_len_gt: 4", "sm_ne: 90", false}})
    EXPECT_EQ(lintsOf(rules({causalIf(c.earlier), causalIf(c.later)})).size(), c.implied ? 1u : 0u)
        << c.earlier << " | " << c.later;
}

TEST(LintRules, C4_theVersionOfOneLibrarySaysNothingOfAnother) {
  EXPECT_THAT(lintsOf(rules({causalIf("library_version_gt: \"2\""), causalIf("library_version_gt: \"2\"", "half")})),
              IsEmpty());
  EXPECT_THAT(lintsOf(rules({causalIf("library_version_gt: \"2\""), causalIf("library_version_gt: \"3\"")})),
              ElementsAre(HasSubstr("`dispatch_rules[1]` is shadowed")));
}

TEST(LintRules, S2_aDisabledRuleIsNotJudgedButForItsNames) {
  EXPECT_THAT(
      lintsOf(rules({"operation: attention.causal, kernel: loose, enabled: false"}) + "kernel_denies: [loose]\n"),
      IsEmpty());
  EXPECT_THAT(lintsOf(rules({causal, causalIf("seq_len_gt: 9, seq_len_lt: 5") + ", enabled: false"})), IsEmpty());
  EXPECT_THAT(lintsOf(rules({"operation: attention.causal, kernel: nowhere, enabled: false"})),
              ElementsAre(HasSubstr("[S5]")));
}

TEST(LintRules, P2_tenThousandRulesAreLintedInBoundedTime) {
  std::vector<std::string> many;
  for (int i = 0; i < 9999; ++i)
    many.push_back(causalIf("seq_len: " + std::to_string(i)));
  many.push_back("operation: attention.causal, kernel: nowhere");
  EXPECT_THAT(lintsOf(rules(many)), ElementsAre(HasSubstr("`dispatch_rules[9999]`")));
}

} // namespace
} // namespace lzrt::test
