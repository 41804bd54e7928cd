//===- LintShadow.cpp - Which rules always come too late -----------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See LintShadow.h.
//
//===----------------------------------------------------------------------===//
#include "LintShadow.h"

#include <algorithm>
#include <numeric>

namespace lzrt::lints {
namespace {

static_assert(LZ_FACT_COUNT <= 64, "facts no longer fit the masks");
constexpr size_t comparisons = 2'000'000;

/// seq_len and seq_len_q share a bit: on attention they are one fact (C4).
uint64_t bitOf(FactId fact) { return uint64_t(1) << (fact == LZ_FACT_SEQ_LEN ? LZ_FACT_SEQ_LEN_Q : fact); }

bool holdsOnAbsent(const Condition &condition) {
  return condition.op == Operator::Ne || condition.op == Operator::NotIn;
}

uint64_t factsOf(const Conjunction &conditions, bool neededOnly) {
  uint64_t facts = 0;
  for (const Condition *condition : conditions)
    if (!neededOnly || (!holdsOnAbsent(*condition) && condition->fact != LZ_FACT_KERNEL))
      facts |= bitOf(condition->fact);
  return facts;
}

bool isCandidateFact(FactId fact) { return fact == LZ_FACT_KERNEL || fact == LZ_FACT_LIBRARY_VERSION; }

} // namespace

std::string ruleName(const Policy &policy, size_t index) {
  std::string text = "`dispatch_rules[" + std::to_string(index) + "]`";
  const std::string &name = policy.rules[index].name;
  return name.empty() ? text : text + " `" + name + "`";
}

Shadow::Shadow(const Subject &subject) : subject(subject), order(subject.policy.rules.size()), budget(comparisons) {
  const std::vector<Rule> &rules = subject.policy.rules;
  for (const Rule &rule : rules) {
    Prepared entry{operationsOf(rule.operation), conditionsOf(rule.conditions), {}, 0};
    if (subject.kernels)
      entry.kernels = subject.matching(rule.kernel.glob);
    entry.needed = factsOf(entry.conditions, true);
    prepared.push_back(std::move(entry));
  }
  std::iota(order.begin(), order.end(), size_t(0));
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return rules[a].priority != rules[b].priority ? rules[a].priority > rules[b].priority : a < b;
  });
}

std::vector<Shadow::Standing> Shadow::standings(size_t index) const {
  const Prepared &rule = prepared[index];
  const bool anyKernel = !subject.kernels || subject.policy.rules[index].strict;
  std::vector<Standing> result;
  for (size_t i = 0; i < rule.operations.size(); ++i) {
    Operation operation = static_cast<Operation>(i);
    if (!rule.operations[i])
      continue;
    if (anyKernel) {
      if (canHold(operation, rule.conditions))
        result.push_back({operation, -1, rule.conditions, factsOf(rule.conditions, false)});
      continue;
    }
    for (int kernel : rule.kernels) {
      if (!subject.mayStand(kernel, operation, rule.conditions, false))
        continue;
      Conjunction given = rule.conditions;
      for (const Condition *need : subject.needs(kernel))
        given.push_back(need);
      result.push_back({operation, kernel, given, factsOf(given, false)});
    }
  }
  return result;
}

/// `wanted` are conditions on a candidate `kernel`, which is -1 where only its name as written is known.
bool Shadow::allFollow(const Standing &standing, const Conjunction &wanted, int kernel) const {
  return std::all_of(wanted.begin(), wanted.end(), [&](const Condition *condition) {
    if (!isCandidateFact(condition->fact) || kernel == standing.kernel)
      return follows(standing.operation, standing.given, *condition);
    return condition->fact == LZ_FACT_KERNEL && kernel >= 0 && subject.forCandidate({condition}, kernel).has_value();
  });
}

bool Shadow::lockCovers(const Standing &standing, Caster *caster) const {
  const Keyed<KernelName> *lock = entryFor(subject.policy.locks, standing.operation);
  int kernel = lock && subject.kernels ? subject.kernels->find(lock->value.name) : -1;
  if (kernel < 0 || !subject.passesLists(kernel, true) || !subject.kernel(kernel).implements(standing.operation) ||
      !allFollow(standing, subject.needs(kernel), kernel))
    return false;
  *caster = {"the lock of `" + lock->key.glob.text() + "`", subject.at(lock->key.location), false,
             kernel != standing.kernel};
  return true;
}

bool Shadow::kernelCovers(const Standing &standing, size_t earlier, int kernel) const {
  if (!subject.passesLists(kernel, false) || !subject.kernel(kernel).implements(standing.operation) ||
      !allFollow(standing, prepared[earlier].conditions, kernel))
    return false;
  return kernel == standing.kernel || allFollow(standing, subject.needs(kernel), kernel);
}

/// Without manifests: the same kernel under conditions that hold anyway adds nothing, whatever the kernel is.
bool Shadow::sameNameCovers(const Standing &standing, size_t earlier, size_t later) const {
  const std::vector<Rule> &rules = subject.policy.rules;
  return !subject.kernels && !rules[later].strict &&
         rules[earlier].kernel.glob.text() == rules[later].kernel.glob.text() &&
         allFollow(standing, prepared[earlier].conditions, -1);
}

bool Shadow::ruleCovers(const Standing &standing, size_t earlier, size_t later, Caster *caster) const {
  const Rule &rule = subject.policy.rules[earlier];
  const Prepared &entry = prepared[earlier];
  if (!rule.enabled || rule.rollout != 10000 || !entry.operations[standing.operation] ||
      (entry.needed & ~standing.facts) != 0)
    return false;
  *caster = {ruleName(subject.policy, earlier), subject.at(rule.location), false, true};
  for (int kernel : entry.kernels)
    if (kernelCovers(standing, earlier, kernel)) {
      caster->failureReaches = kernel != standing.kernel;
      return true;
    }
  if (sameNameCovers(standing, earlier, later)) {
    caster->failureReaches = false;
    return true;
  }
  bool asksCandidate = std::any_of(entry.conditions.begin(), entry.conditions.end(),
                                   [](const Condition *condition) { return isCandidateFact(condition->fact); });
  caster->strict = true;
  return rule.strict && !asksCandidate && allFollow(standing, entry.conditions, standing.kernel);
}

std::vector<Shadow::Caster> Shadow::of(size_t index) {
  std::vector<Caster> casters;
  for (const Standing &standing : standings(index)) {
    Caster caster;
    bool covered = lockCovers(standing, &caster);
    for (size_t i = 0; i < order.size() && order[i] != index && !covered; ++i) {
      if (budget == 0)
        return {};
      --budget;
      covered = ruleCovers(standing, order[i], index, &caster);
    }
    if (!covered)
      return {};
    if (std::none_of(casters.begin(), casters.end(), [&](const Caster &c) { return c.name == caster.name; }))
      casters.push_back(caster);
  }
  return casters;
}

} // namespace lzrt::lints
