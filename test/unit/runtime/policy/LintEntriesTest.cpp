//===- LintEntriesTest.cpp - Locks, chains and maps that cannot select -*- C++ -*-===//
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

TEST(LintEntries, S1_aLockIsExemptFromTheAllowListButNotFromADeny) {
  EXPECT_THAT(lintsOf("kernel_allows: [plain]\nkernel_locks: {attention.causal: loose}\nstatic_kernel_map: "
                      "{attention.full: half}\nfallback_chains: {rms_norm: []}\n"),
              ElementsAre(HasSubstr("`rms_norm` gets no kernel")));
  EXPECT_THAT(lintsOf("kernel_denies: [\"l*\"]\nkernel_locks: {attention.causal: loose}\n"),
              ElementsAre("p.yaml:3:34: lint: `kernel_locks` entry of `attention.causal` never selects: `loose` is "
                          "denied by `l*` (line 2) [S4]"));
}

TEST(LintEntries, S4_aDeniedNameIsSeenWithoutKernels) {
  EXPECT_THAT(lintsOf("kernel_denies: [\"l*\"]\nkernel_locks: {attention.causal: loose}\n", nullptr),
              ElementsAre(HasSubstr("`loose` is denied by `l*` (line 2) [S4]")));
}

TEST(LintEntries, S5_anUnregisteredNameIsALint) {
  EXPECT_THAT(lintsOf("static_kernel_map: {attention.causal: plian}\n"),
              ElementsAre("p.yaml:2:39: lint: `static_kernel_map` entry of `attention.causal` never selects: no "
                          "manifest registers a kernel `plian` [S5]; did you mean `plain`?"));
}

TEST(LintEntries, S1_S3_S0_aKernelThatDoesNotImplementTheOperationIsALint) {
  EXPECT_THAT(lintsOf("kernel_locks: {attention.causal: norm}\n"),
              ElementsAre(HasSubstr("`norm` does not implement `attention.causal`, but `rms_norm` [S1]")));
  EXPECT_THAT(lintsOf("static_kernel_map: {attention.causal: norm}\n"), ElementsAre(HasSubstr("[S0]")));
  EXPECT_THAT(lintsOf("fallback_chains: {attention.causal: [norm, plain]}\n"),
              ElementsAre(AllOf(StartsWith("p.yaml:2:38: lint: `fallback_chains` entry `norm` of `attention.causal` "
                                           "never selects: "),
                                HasSubstr("[S3]"))));
}

TEST(LintEntries, S4_aChainEntryOutsideTheAllowListIsALint) {
  EXPECT_THAT(lintsOf("kernel_allows: [plain, norm]\nfallback_chains: {attention.causal: [loose, plain]}\n"),
              ElementsAre("p.yaml:3:38: lint: `fallback_chains` entry `loose` of `attention.causal` never selects: "
                          "`loose` matches no `kernel_allows` glob [S4]"));
}

TEST(LintEntries, S9_aKernelTwiceInAChainIsALintByAliasToo) {
  EXPECT_THAT(
      lintsOf("fallback_chains: {attention.causal: [plain, half, plain_alias]}\n"),
      ElementsAre("p.yaml:2:51: lint: `fallback_chains` entry `plain_alias` of `attention.causal` never selects: the "
                  "same kernel stands earlier in the chain (line 2, column 38) [S9]"));
}

TEST(LintEntries, S3_aFallbackPolicyThatCannotSelectIsALint) {
  EXPECT_THAT(lintsOf("defaults: {fallback_policy: torch_sdpa}\n"),
              ElementsAre(StartsWith("p.yaml:2:29: lint: `fallback_policy` never selects: no manifest registers")));
  EXPECT_THAT(lintsOf("defaults: {fallback_policy: loose}\nkernel_denies: [loose]\n"),
              testing::Contains(HasSubstr("`fallback_policy` never selects: `loose` is denied by `loose` (line 3)")));
}

TEST(LintEntries, S3_entriesThatCanSelectAreNoLints) {
  EXPECT_THAT(lintsOf("defaults: {fallback_policy: plain}\nkernel_locks: {\"attention.*\": half}\n"
                      "static_kernel_map: {norm.rms: norm}\nfallback_chains: {attention.full: [half, plain, loose]}\n"),
              IsEmpty());
}

} // namespace
} // namespace lzrt::test
