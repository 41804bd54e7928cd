//===- LintCoverageTest.cpp - Kernels and operations that no call can reach -*- C++ -*-===//
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

TEST(LintCoverage, S7_anOperationOfAKernelThatNothingServes) {
  EXPECT_THAT(lintsOf("kernel_allows: [plain, half]\n"),
              ElementsAre("p.yaml:2:17: lint: operation `rms_norm` gets no kernel, whatever the facts: `norm` matches "
                          "no `kernel_allows` glob [S7]"));
  EXPECT_THAT(
      lintsOf("fallback_chains: {rms_norm: []}\n"),
      ElementsAre(
          "p.yaml:2:19: lint: operation `rms_norm` gets no kernel, whatever the facts: `norm` is in no lock, rule "
          "or chain that can hold [S7]"));
}

TEST(LintCoverage, S7_whatServesSomeCallIsCovered) {
  EXPECT_THAT(lintsOf(""), IsEmpty());
  EXPECT_THAT(lintsOf("fallback_chains: {rms_norm: []}\nkernel_locks: {rms_norm: norm}\n"), IsEmpty());
  EXPECT_THAT(lintsOf("fallback_chains: {rms_norm: []}\nstatic_kernel_map: {rms_norm: norm}\n"), IsEmpty());
  EXPECT_THAT(lintsOf("fallback_chains: {rms_norm: []}\n" +
                      rules({"operation: rms_norm, kernel: norm, conditions: {hidden_size: 4096}"})),
              IsEmpty());
}

TEST(LintCoverage, S7_aRuleThatIsOffServesNothing) {
  for (const char *off : {"enabled: false", "name: r, rollout_percent: 0"})
    EXPECT_THAT(lintsOf("fallback_chains: {rms_norm: []}\n" +
                        rules({std::string("operation: rms_norm, kernel: norm, ") + off})),
                ElementsAre(HasSubstr("[S7]")));
}

TEST(LintCoverage, S3_aDeniedFallbackPolicyLeavesItsOperationsWithoutKernel) {
  std::vector<std::string> lints = lintsOf("defaults: {fallback_policy: half}\nkernel_denies: [half]\n");
  EXPECT_THAT(lints, testing::Contains(AllOf(
                         StartsWith("p.yaml:2:29"), HasSubstr("operation `attention.causal` gets no kernel"),
                         HasSubstr("`half` is denied by `half`, `loose` is in no lock, rule or chain that can hold"))));
  EXPECT_THAT(lints, testing::Contains(HasSubstr("operation `attention.full` gets no kernel")));
}

TEST(LintCoverage, S3_aFallbackPolicyOfAnotherOperationChangesNothing) {
  EXPECT_THAT(lintsOf("defaults: {fallback_policy: plain}\n"), IsEmpty());
}

TEST(LintCoverage, C7_aKernelWhoseRequirementsExcludeEachOtherNeverFits) {
  const char *manifest = R"(version: "1.0"
kernels:
  - {name: never, operations: [rms_norm], symbol: a, requires: {hidden_size_gt: 64, hidden_size_lt: 32}}
)";
  EXPECT_THAT(
      lintsOf("", manifest),
      ElementsAre("kernels.yaml:3:5: lint: kernel `never` never fits: `hidden_size_gt: 64` and `hidden_size_lt: "
                  "32` of its `requires` exclude each other [C7]",
                  "p.yaml:1:1: lint: operation `rms_norm` gets no kernel, whatever the facts: `never` never fits "
                  "[S7]"));
}

} // namespace
} // namespace lzrt::test
