//===- LintSubject.h - What every lint asks of a policy and its kernels -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The lints are in Lint*.cpp, one kind a file; each is one function declared at the end. Change together with
// docs/policy-reference.md.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_POLICY_LINTSUBJECT_H
#define LZRT_POLICY_LINTSUBJECT_H

#include "LintConditions.h"

#include "lzrt/policy/Selector.h"

#include <bitset>
#include <optional>
#include <string>
#include <vector>

namespace lzrt::lints {

using OperationSet = std::bitset<LZ_OP_COUNT>;

OperationSet operationsOf(const Pattern &pattern);
/// "`a`, `b` and 3 more".
std::string listed(const std::vector<std::string> &names);
std::string listed(const OperationSet &operations);
/// "line 12", or "line 12, column 3" where `from` is on the same line.
std::string place(const Location &where, const Location &from);

/// The entry of a map that rules `operation`: its plain key, else the first glob that matches (S1, S3). Null: none.
template <typename T> const Keyed<T> *entryFor(const std::vector<Keyed<T>> &map, Operation operation) {
  const Keyed<T> *found = nullptr;
  for (const Keyed<T> &entry : map) {
    if (!entry.key.matchesOperation(operation))
      continue;
    if (entry.key.glob.isPlain())
      return &entry;
    if (!found)
      found = &entry;
  }
  return found;
}

/// The operations for which entryFor gives this very entry.
template <typename T> OperationSet ruledBy(const std::vector<Keyed<T>> &map, const Keyed<T> &entry) {
  OperationSet operations = operationsOf(entry.key);
  for (size_t i = 0; i < operations.size(); ++i)
    if (operations[i] && entryFor(map, static_cast<Operation>(i)) != &entry)
      operations.reset(i);
  return operations;
}

/// What certainly keeps a kernel name from ever standing, as a lint tells it.
struct Obstacle {
  std::string label, reason, suggestion;
};

/// A policy, its kernels, and what allow and deny lists make of each kernel. Borrows all it is made from.
class Subject {
public:
  Subject(const Policy &policy, const KernelSet *kernels, Diagnostics &diagnostics);

  const Policy &policy;
  /// Null: no manifest was given, and nothing that needs one is linted.
  const KernelSet *const kernels;
  Diagnostics &diagnostics;

  /// A place of the policy.
  Location at(const Place &place) const { return {policy.file, place.line, place.column}; }
  const Kernel &kernel(int index) const { return kernels->kernels()[index]; }
  /// The registered kernels that a name or glob stands for.
  std::vector<int> matching(const Glob &glob) const;
  /// The first deny that matches the kernel, or null (S4).
  const Pattern *denyOf(int index) const { return denies[index]; }
  bool isAllowed(int index) const { return allowed[index]; }
  /// Neither denied nor, unless exempt, outside the allow list (S4).
  bool passesLists(int index, bool exempt) const { return !denies[index] && (exempt || allowed[index]); }
  /// The kernel's `requires`, and S10 as conditions; what they name beside the call is resolved.
  Conjunction needs(int index) const;
  /// `conditions` as they apply to a candidate: those on `kernel` are decided by its name. Nullopt: one of them is
  /// false.
  std::optional<Conjunction> forCandidate(const Conjunction &conditions, int index) const;
  /// Whether the kernel, with conditions that must hold too, may stand on some call of the operation.
  bool mayStand(int index, Operation operation, const Conjunction &conditions, bool exempt) const;

  /// Why no kernel that `name` stands for can be a candidate of any of `operations`. `exempt`: locks and the static
  /// map, which the allow list does not bind (S4). `unable` is the label for a kernel that implements none of the
  /// operations.
  std::optional<Obstacle> obstacle(const Glob &name, const OperationSet &operations, bool exempt,
                                   const std::string &unable) const;
  /// An unregistered name (S5), with a suggestion.
  Obstacle unregistered(const Glob &name) const;

private:
  std::optional<Obstacle> listObstacle(const Glob &name, const std::vector<int> &able, bool exempt) const;

  std::vector<const Pattern *> denies;
  std::vector<bool> allowed;
};

/// A rule's conditions, borrowed.
Conjunction conditionsOf(const std::vector<Condition> &conditions);

// The kinds of lint. Each only appends to subject.diagnostics.
void lintPatterns(
    const Subject &subject); // operation patterns and kernel globs that match nothing, overlapping keys (C2, S6, P6)
void lintEntries(const Subject &subject);  // locks, chains, static map, fallback_policy (S0, S1, S3, S4, S5)
void lintRules(const Subject &subject);    // dead rules (S2, S4, S5, C5, C7)
void lintCoverage(const Subject &subject); // kernels and operations that no call can reach (S7, C7)

} // namespace lzrt::lints
#endif // LZRT_POLICY_LINTSUBJECT_H
