//===- Lint.cpp - The lints of a policy ----------------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// lint() of Selector.h. A lint is certain: what it says can never happen, cannot. What is not said may still be so.
//
//===----------------------------------------------------------------------===//
#include "LintSubject.h"

namespace lzrt {

void lint(const Policy &policy, const KernelSet *kernels, Diagnostics &diagnostics) {
  lints::Subject subject(policy, kernels, diagnostics);
  lints::lintPatterns(subject);
  lints::lintEntries(subject);
  lints::lintRules(subject);
  lints::lintCoverage(subject);
  diagnostics.sort();
}

} // namespace lzrt
