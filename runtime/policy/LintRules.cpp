//===- LintRules.cpp - Rules that never select ---------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One lint a rule, the first that applies: its kernel (S4, S5, C5), its conditions (C7), then earlier rules and locks
// (S2). What the rule's operation matches is LintPatterns' matter.
//
//===----------------------------------------------------------------------===//
#include "LintShadow.h"

#include <algorithm>

namespace lzrt::lints {
namespace {

class RuleLinter {
public:
  RuleLinter(const Subject &subject, Shadow &shadow) : subject(subject), shadow(shadow) {}

  void lint(size_t index) {
    const Rule &rule = subject.policy.rules[index];
    OperationSet operations = operationsOf(rule.operation);
    if (operations.none())
      return;
    name = ruleName(subject.policy, index);
    if (lintKernel(rule, operations) || !rule.enabled)
      return;
    if (!lintContradiction(rule, operations) && !lintFit(rule, operations))
      lintShadow(index);
  }

private:
  /// A strict rule whose kernel never stands still acts (S5).
  std::string neverSelects(const Rule &rule) const {
    return rule.strict ? name + " ends selection with the error `strict` wherever it holds: "
                       : name + " never selects: ";
  }

  bool lintKernel(const Rule &rule, const OperationSet &operations) {
    auto found = subject.obstacle(rule.kernel.glob, operations, false, "C5");
    if (!found || (!rule.enabled && found->label != "S5"))
      return false;
    subject.diagnostics.lint(subject.at(rule.kernel.location), found->label, neverSelects(rule) + found->reason,
                             found->suggestion);
    return true;
  }

  /// The rule's conditions among themselves.
  bool lintContradiction(const Rule &rule, const OperationSet &operations) {
    Conjunction conditions = conditionsOf(rule.conditions), found;
    for (size_t i = 0; i < operations.size(); ++i) {
      if (!operations[i])
        continue;
      Conjunction here = conflict(static_cast<Operation>(i), conditions);
      if (here.empty())
        return false;
      if (here.size() > found.size())
        found = here;
    }
    const Condition &last = *found.back();
    std::string message = name + " never selects: ";
    for (size_t i = 0; i + 1 < found.size(); ++i)
      message += (i ? ", " : "") + spelled(*found[i]);
    message += found.size() == 1 ? "no value makes " + spelled(last) + " true"
                                 : " and " + spelled(last) + " exclude each other";
    subject.diagnostics.lint(subject.at(last.location), "C7", message);
    return true;
  }

  /// The rule's conditions with what its kernels require.
  bool lintFit(const Rule &rule, const OperationSet &operations) {
    if (!subject.kernels)
      return false;
    std::string reason;
    const Condition *culprit = nullptr;
    for (int index : subject.matching(rule.kernel.glob))
      for (Operation operation : subject.kernel(index).operations) {
        if (!operations[operation] || !subject.passesLists(index, false))
          continue;
        if (subject.mayStand(index, operation, conditionsOf(rule.conditions), false))
          return false;
        if (reason.empty())
          reason = misfit(rule, index, operation, &culprit);
      }
    subject.diagnostics.lint(subject.at(culprit ? culprit->location : rule.kernel.location), "C7",
                             neverSelects(rule) + reason);
    return true;
  }

  std::string misfit(const Rule &rule, int index, Operation operation, const Condition **culprit) const {
    const std::string kernel = "`" + subject.kernel(index).name + "`";
    Conjunction all = conditionsOf(rule.conditions);
    for (const Condition *condition : all)
      if (condition->fact == LZ_FACT_KERNEL && !subject.forCandidate({condition}, index)) {
        *culprit = condition;
        return spelled(*condition) + " is false for " + kernel;
      }
    size_t own = all.size();
    for (const Condition *need : subject.needs(index))
      all.push_back(need);
    Conjunction found = conflict(operation, subject.forCandidate(all, index).value_or(all));
    auto isOwn = [&](const Condition *c) { return std::find(all.begin(), all.begin() + own, c) != all.begin() + own; };
    std::string ours, theirs;
    for (const Condition *condition : found) {
      if (isOwn(condition))
        *culprit = condition;
      // S10's conditions stand in no file.
      std::string text = condition->location.line != 0 ? spelled(*condition) + ", which " + kernel + " requires"
                         : condition->fact == LZ_FACT_REQUIRES_DETERMINISTIC
                             ? kernel + ", which is not marked `deterministic`"
                             : kernel + ", which is not marked `graph_capture_safe`";
      if (isOwn(condition))
        text = spelled(*condition);
      std::string &side = isOwn(condition) ? ours : theirs;
      side += (side.empty() ? "" : ", ") + text;
    }
    if (ours.empty())
      return kernel + " never fits a call (" + place(subject.kernel(index).location, subject.at(rule.location)) + ")";
    if (theirs.empty())
      return ours + " cannot hold on `" + std::string(operationName(operation)) + "`, which is what " + kernel +
             " implements of the rule's operations";
    return ours + " excludes " + theirs;
  }

  void lintShadow(size_t index) {
    const Rule &rule = subject.policy.rules[index];
    std::vector<Shadow::Caster> casters = shadow.of(index);
    if (casters.empty())
      return;
    std::string message = name + " is shadowed: wherever it holds, ";
    bool failureReaches = false;
    for (size_t i = 0; i < casters.size(); ++i) {
      message +=
          (i ? " or " : "") + casters[i].name + " (" + place(casters[i].location, subject.at(rule.location)) + ")";
      failureReaches |= casters[i].failureReaches;
    }
    message += casters.front().strict ? " selects before it or ends selection" : " selects before it";
    if (failureReaches)
      message += "; only a failure or an open breaker reaches it";
    subject.diagnostics.lint(subject.at(rule.location), "S2", message);
  }

  const Subject &subject;
  Shadow &shadow;
  std::string name;
};

} // namespace

void lintRules(const Subject &subject) {
  Shadow shadow(subject);
  RuleLinter linter(subject, shadow);
  for (size_t i = 0; i < subject.policy.rules.size(); ++i)
    linter.lint(i);
}

} // namespace lzrt::lints
