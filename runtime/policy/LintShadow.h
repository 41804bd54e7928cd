//===- LintShadow.h - Which rules always come too late -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// S2 with S1: a rule is shadowed where, for every operation and every kernel with which it may stand, one earlier lock
// or rule certainly stands with breakers closed. A shadow cast by several rules together is not seen.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_POLICY_LINTSHADOW_H
#define LZRT_POLICY_LINTSHADOW_H

#include "LintSubject.h"

namespace lzrt::lints {

/// "`dispatch_rules[2]`", with the rule's name where it has one; counted from 0 as `explain` counts.
std::string ruleName(const Policy &policy, size_t index);

/// Compares each rule with those before it. The comparisons of one object are bounded; past the bound it finds no more
/// shadows.
class Shadow {
public:
  /// What comes first.
  struct Caster {
    std::string name;
    Location location;
    bool strict = false;
    /// It selects another kernel, so that the shadowed rule serves S9 and an open breaker.
    bool failureReaches = true;
  };

  explicit Shadow(const Subject &subject);
  /// The locks and rules that keep the rule from ever coming first; empty where it may. The rule is enabled and may
  /// stand.
  std::vector<Caster> of(size_t index);

private:
  /// A rule, prepared for many comparisons.
  struct Prepared {
    OperationSet operations;
    Conjunction conditions;
    std::vector<int> kernels;
    /// The facts that a call must have for the conditions to hold.
    uint64_t needed = 0;
  };
  /// What is known where the shadowed rule stands: on `operation`, with kernel `kernel` (-1: whatever its kernel, as it
  /// is strict or no manifest is given).
  struct Standing {
    Operation operation;
    int kernel;
    Conjunction given;
    uint64_t facts;
  };

  std::vector<Standing> standings(size_t index) const;
  bool allFollow(const Standing &standing, const Conjunction &wanted, int kernel) const;
  bool lockCovers(const Standing &standing, Caster *caster) const;
  bool ruleCovers(const Standing &standing, size_t earlier, size_t later, Caster *caster) const;
  bool kernelCovers(const Standing &standing, size_t earlier, int kernel) const;
  bool sameNameCovers(const Standing &standing, size_t earlier, size_t later) const;

  const Subject &subject;
  std::vector<Prepared> prepared;
  std::vector<size_t> order; // of evaluation
  size_t budget;
};

} // namespace lzrt::lints
#endif // LZRT_POLICY_LINTSHADOW_H
