//===- SelectorIndex.cpp - The order of candidates -------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// S0..S6 as far as they need no fact of a call: which candidates an operation has, in which order, and which of them
// can never stand.
//
//===----------------------------------------------------------------------===//
#include "SelectorIndex.h"

#include <algorithm>
#include <numeric>

namespace lzrt {

static bool matchesAny(const Kernel &kernel, const std::vector<Pattern> &patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const Pattern &pattern) { return kernel.matches(pattern.glob); });
}

static std::vector<std::string> spell(const std::vector<Condition> &conditions) {
  std::vector<std::string> texts;
  for (const Condition &condition : conditions)
    texts.push_back(condition.valueJson());
  return texts;
}

Selector::Index::Index(std::shared_ptr<const Policy> policyArgument, std::shared_ptr<const KernelSet> kernelsArgument)
    : policy(std::move(policyArgument)), kernels(std::move(kernelsArgument)), ruleOrder(policy->rules.size()) {
  std::iota(ruleOrder.begin(), ruleOrder.end(), 0);
  std::sort(ruleOrder.begin(), ruleOrder.end(), [&](int left, int right) {
    int first = policy->rules[left].priority, second = policy->rules[right].priority;
    return first != second ? first > second : left < right;
  });
  for (const Kernel &kernel : kernels->kernels()) {
    kernelNames.push_back(Fact::known(kernel.name));
    denied.push_back(matchesAny(kernel, policy->denies));
    allowed.push_back(policy->allows.empty() || matchesAny(kernel, policy->allows));
  }
}

const Spelled &Selector::Index::spelled() const {
  std::call_once(spelledOnce, [&] {
    for (const Kernel &kernel : kernels->kernels())
      texts.ofKernels.push_back(spell(kernel.requires_));
    for (const Rule &rule : policy->rules) {
      texts.ofRules.push_back(spell(rule.conditions));
      texts.kernelOfRule.push_back(rule.kernel.glob.isPlain() ? kernels->find(rule.kernel.glob.text()) : -1);
    }
  });
  return texts;
}

Result Selector::Index::verdictOf(Operation operation, int index, bool needsAllow) const {
  if (index < 0 || !kernel(index).implements(operation))
    return Result::KernelNotFound;
  if (denied[index])
    return Result::KernelDenied;
  return needsAllow && !allowed[index] ? Result::KernelNotAllowed : Result::Selected;
}

Step Selector::Index::stepFor(Operation operation, Reason reason, int kernel, const std::string &written,
                              bool needsAllow, PerOperation &entry) const {
  Step step;
  step.reason = reason;
  step.kernel = kernel;
  step.verdict = verdictOf(operation, kernel, needsAllow);
  step.name = kernel >= 0 ? &kernelNames[kernel] : &entry.names.emplace_back(Fact::known(written));
  return step;
}

void Selector::Index::addStatic(Operation operation, PerOperation &entry) const {
  if (const KernelName *mapped = lookUpOperation(policy->staticKernelMap, operation)) {
    int kernel = kernels->find(mapped->name);
    entry.staticSteps.push_back(stepFor(operation, Reason::StaticKernelMap, kernel, mapped->name, false, entry));
    return;
  }
  std::vector<int> defaults;
  for (int candidate : kernels->of(operation))
    if (kernel(candidate).isDefault)
      defaults.push_back(candidate);
  if (defaults.size() == 1)
    entry.staticSteps.push_back(stepFor(operation, Reason::StaticKernelMap, defaults.front(), "", true, entry));
}

void Selector::Index::addRule(Operation operation, int index, PerOperation &entry) const {
  const Rule &rule = policy->rules[index];
  if (!rule.enabled || !rule.operation.matchesOperation(operation))
    return;
  std::vector<int> expansion;
  if (!rule.kernel.glob.isPlain())
    std::copy_if(kernels->of(operation).begin(), kernels->of(operation).end(), std::back_inserter(expansion),
                 [&](int candidate) { return kernel(candidate).matches(rule.kernel.glob); });
  else
    expansion.push_back(kernels->find(rule.kernel.glob.text()));
  if (expansion.empty())
    expansion.push_back(-1);
  for (int candidate : expansion) {
    Step step = stepFor(operation, Reason::DispatchRule, candidate, rule.kernel.glob.text(), true, entry);
    step.rule = index;
    entry.steps.push_back(step);
  }
  if (!rule.strict)
    return;
  Step leaf;
  leaf.reason = Reason::Strict;
  leaf.isLeaf = true;
  leaf.rule = index;
  entry.steps.push_back(leaf);
}

void Selector::Index::addFallback(Operation operation, PerOperation &entry) const {
  auto add = [&](Reason reason, int kernel, const std::string &written) {
    entry.steps.push_back(stepFor(operation, reason, kernel, written, true, entry));
  };
  if (const std::vector<KernelName> *chain = lookUpOperation(policy->chains, operation)) {
    for (const KernelName &link : *chain)
      add(Reason::FallbackChain, kernels->find(link.name), link.name);
    return;
  }
  int fallback = policy->fallbackPolicy.name.empty() ? -1 : kernels->find(policy->fallbackPolicy.name);
  if (fallback >= 0 && kernel(fallback).implements(operation))
    return add(Reason::FallbackChain, fallback, "");
  for (int candidate : kernels->of(operation))
    add(Reason::Default, candidate, "");
}

void Selector::Index::build(Operation operation, PerOperation &entry) const {
  addStatic(operation, entry);
  if (const KernelName *lock = lookUpOperation(policy->locks, operation))
    entry.steps.push_back(stepFor(operation, Reason::KernelLock, kernels->find(lock->name), lock->name, false, entry));
  for (int rule : ruleOrder)
    addRule(operation, rule, entry);
  addFallback(operation, entry);
  entry.steps.shrink_to_fit();
}

const std::vector<Step> &Selector::Index::stepsOf(Operation operation, bool isStatic) const {
  PerOperation &entry = operations[operation];
  std::call_once(entry.built, [&] { build(operation, entry); });
  return isStatic ? entry.staticSteps : entry.steps;
}

} // namespace lzrt
