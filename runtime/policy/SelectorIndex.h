//===- SelectorIndex.h - A policy's candidates, by operation ----*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Private to policy/: what a Selector knows before it sees a fact. Filled by SelectorIndex.cpp, walked by
// Selection.cpp.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_POLICY_SELECTORINDEX_H
#define LZRT_POLICY_SELECTORINDEX_H

#include "lzrt/policy/Selector.h"

#include <deque>
#include <mutex>

namespace lzrt {

/// One place of S0..S3's order: a candidate, or behind the candidates of a strict rule the error that ends selection
/// there (S5).
struct Step {
  Reason reason;
  /// The first failure that no fact can change, in the order of "a candidate stands" behind conditions and rollout;
  /// Selected where there is none.
  Result verdict = Result::Selected;
  bool isLeaf = false;
  int kernel = -1;
  int rule = -1;
  /// The candidate's `kernel` fact: its canonical name, or the name as written where it is not registered. Null for a
  /// leaf.
  const Fact *name = nullptr;
};

/// What explaining in bulk would else work out for every call. Built when first asked for: plans need no texts.
struct Spelled {
  /// valueJson() of each condition of each rule, and of each kernel's `requires`.
  std::vector<std::vector<std::string>> ofRules, ofKernels;
  /// The kernel that each rule plainly names; -1 for a glob and for a name that is not registered.
  std::vector<int> kernelOfRule;
};

/// The value of the exact key of the operation, else of the first glob that matches it, else null (S1, S3, P6).
template <typename T> const T *lookUpOperation(const std::vector<Keyed<T>> &map, Operation operation) {
  const T *byGlob = nullptr;
  for (const Keyed<T> &entry : map) {
    if (!entry.key.matchesOperation(operation))
      continue;
    if (entry.key.glob.isPlain())
      return &entry.value;
    if (!byGlob)
      byGlob = &entry.value;
  }
  return byGlob;
}

struct Selector::Index {
  Index(std::shared_ptr<const Policy> policy, std::shared_ptr<const KernelSet> kernels);
  Index(const Index &) = delete;
  Index &operator=(const Index &) = delete;

  /// The candidates of an operation under S1..S3, or under S0. Built when first asked for.
  const std::vector<Step> &stepsOf(Operation operation, bool isStatic) const;
  const Kernel &kernel(int index) const { return kernels->kernels()[index]; }

  const std::shared_ptr<const Policy> policy;
  const std::shared_ptr<const KernelSet> kernels;
  /// S2: every rule of the policy by priority descending, ties in file order.
  std::vector<int> ruleOrder;
  const Spelled &spelled() const;
  /// Under std::call_once, as each policy is explained seldom but in bulk.
  mutable std::once_flag digestOnce;
  mutable std::string digest;

private:
  struct PerOperation {
    std::once_flag built;
    std::vector<Step> steps, staticSteps;
    std::deque<Fact> names; // of names that are not registered
  };
  void build(Operation operation, PerOperation &entry) const;
  void addStatic(Operation operation, PerOperation &entry) const;
  void addRule(Operation operation, int rule, PerOperation &entry) const;
  void addFallback(Operation operation, PerOperation &entry) const;
  Step stepFor(Operation operation, Reason reason, int kernel, const std::string &written, bool needsAllow,
               PerOperation &entry) const;
  Result verdictOf(Operation operation, int kernel, bool needsAllow) const;

  mutable std::once_flag spelledOnce;
  mutable Spelled texts;
  std::vector<Fact> kernelNames;
  std::vector<bool> denied, allowed;
  mutable std::array<PerOperation, LZ_OP_COUNT> operations;
};

} // namespace lzrt
#endif // LZRT_POLICY_SELECTORINDEX_H
