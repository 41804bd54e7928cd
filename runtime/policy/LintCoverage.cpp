//===- LintCoverage.cpp - Kernels and operations that no call can reach --===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// C7 for a kernel whose `requires` cannot hold, S7 for an operation that some kernel implements and no candidate can
// serve.
//
//===----------------------------------------------------------------------===//
#include "LintSubject.h"

#include <algorithm>

namespace lzrt::lints {
namespace {

/// Whether a kernel fits some call of some operation it implements.
bool canFit(const Subject &subject, int index) {
  const Kernel &kernel = subject.kernel(index);
  Conjunction conditions = conditionsOf(kernel.requires_);
  std::optional<Conjunction> resolved = subject.forCandidate(conditions, index);
  return resolved && std::any_of(kernel.operations.begin(), kernel.operations.end(),
                                 [&](Operation operation) { return canHold(operation, *resolved); });
}

void lintFits(const Subject &subject) {
  for (size_t i = 0; i < subject.kernels->kernels().size(); ++i) {
    const Kernel &kernel = subject.kernel(static_cast<int>(i));
    if (kernel.operations.empty() || canFit(subject, static_cast<int>(i)))
      continue;
    std::vector<std::string> names;
    for (const Condition *condition : conflict(kernel.operations.front(), conditionsOf(kernel.requires_)))
      names.push_back(spelled(*condition));
    std::string what = names.size() == 2 ? names[0] + " and " + names[1] + " of its `requires` exclude each other"
                                         : "no call makes its `requires` true";
    subject.diagnostics.lint(kernel.location, "C7", "kernel `" + kernel.name + "` never fits: " + what);
  }
}

/// Walks the candidates of one operation in the order of S0..S3.
class Coverage {
public:
  Coverage(const Subject &subject, Operation operation) : subject(subject), operation(operation) {}

  bool somethingMayStand() const { return mapServes() || lockServes() || rulesServe() || chainServes(); }

  /// Where the last word on the operation is said.
  Location where() const {
    const Policy &policy = subject.policy;
    if (const auto *chain = entryFor(policy.chains, operation))
      return subject.at(chain->key.location);
    if (fallback() >= 0)
      return policy.fallbackPolicy.location;
    if (!policy.allows.empty())
      return subject.at(policy.allows.front().location);
    return subject.at(policy.denies.empty() ? Place{1, 1} : policy.denies.front().location);
  }

  /// Why one kernel of the operation does not serve it.
  std::string reason(int index) const {
    std::string name = "`" + subject.kernel(index).name + "`";
    if (const Pattern *deny = subject.denyOf(index))
      return name + " is denied by `" + deny->glob.text() + "`";
    if (!subject.isAllowed(index))
      return name + " matches no `kernel_allows` glob";
    return subject.mayStand(index, operation, {}, false) ? name + " is in no lock, rule or chain that can hold"
                                                         : name + " never fits";
  }

private:
  bool serves(int index, bool exempt) const { return index >= 0 && subject.mayStand(index, operation, {}, exempt); }

  /// The kernel of `fallback_policy` where S3 makes it the chain, else -1.
  int fallback() const {
    int index =
        subject.policy.fallbackPolicy.name.empty() ? -1 : subject.kernels->find(subject.policy.fallbackPolicy.name);
    return index >= 0 && subject.kernel(index).implements(operation) ? index : -1;
  }

  bool mapServes() const {
    if (const auto *entry = entryFor(subject.policy.staticKernelMap, operation))
      return serves(subject.kernels->find(entry->value.name), true);
    const std::vector<int> &all = subject.kernels->of(operation);
    return std::any_of(all.begin(), all.end(),
                       [&](int index) { return subject.kernel(index).isDefault && serves(index, false); });
  }

  bool lockServes() const {
    const auto *lock = entryFor(subject.policy.locks, operation);
    return lock && serves(subject.kernels->find(lock->value.name), true);
  }

  bool rulesServe() const {
    for (const Rule &rule : subject.policy.rules) {
      if (!rule.enabled || rule.rollout == 0 || !rule.operation.matchesOperation(operation))
        continue;
      for (int index : subject.matching(rule.kernel.glob))
        if (subject.mayStand(index, operation, conditionsOf(rule.conditions), false))
          return true;
    }
    return false;
  }

  bool chainServes() const {
    if (const auto *chain = entryFor(subject.policy.chains, operation))
      return std::any_of(chain->value.begin(), chain->value.end(),
                         [&](const KernelName &name) { return serves(subject.kernels->find(name.name), false); });
    if (int index = fallback(); index >= 0)
      return serves(index, false);
    const std::vector<int> &all = subject.kernels->of(operation);
    return std::any_of(all.begin(), all.end(), [&](int index) { return serves(index, false); });
  }

  const Subject &subject;
  Operation operation;
};

void lintOperation(const Subject &subject, Operation operation) {
  const std::vector<int> &all = subject.kernels->of(operation);
  Coverage coverage(subject, operation);
  if (all.empty() || coverage.somethingMayStand())
    return;
  constexpr size_t shown = 3;
  std::string message = "operation `" + std::string(operationName(operation)) + "` gets no kernel, whatever the facts";
  for (size_t i = 0; i < std::min(shown, all.size()); ++i)
    message += (i ? ", " : ": ") + coverage.reason(all[i]);
  if (all.size() > shown)
    message += ", and " + std::to_string(all.size() - shown) + " more";
  subject.diagnostics.lint(coverage.where(), "S7", message);
}

} // namespace

void lintCoverage(const Subject &subject) {
  if (!subject.kernels)
    return;
  lintFits(subject);
  for (int i = 0; i < LZ_OP_COUNT; ++i)
    lintOperation(subject, static_cast<Operation>(i));
}

} // namespace lzrt::lints
