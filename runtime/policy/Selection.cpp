//===- Selection.cpp - Walking the candidates of a call --------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// C7 and S5, S8..S11: three-valued, so that a selection with open facts yields the residual from which the same walk,
// told the rest, would have come to the same answer. test/policy holds that law.
//
//===----------------------------------------------------------------------===//
#include "SelectorIndex.h"

#include <algorithm>
#include <cassert>

namespace lzrt {
namespace {

bool contains(const std::vector<int> &list, int value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

/// `texts`: the values of the list that the condition is in, or null where no text is asked for.
OpenCondition toOpenCondition(const Condition &condition, const std::vector<std::string> *texts, size_t place,
                              int kernel) {
  int subject = condition.fact == LZ_FACT_LIBRARY_VERSION ? kernel : -1;
  if (!texts)
    return {&condition, "", "", "", -1, subject};
  return {&condition, std::string(condition.field()), std::string(operatorName(condition.op)), (*texts)[place], -1,
          subject};
}

/// S10's condition on a kernel that is not marked: the fact must not be true, and Absent is not true.
OpenCondition toOpenCondition(FactId fact) { return {nullptr, std::string(factName(fact)), "eq", "false", -1, -1}; }

/// S8's condition: the percentage, from hundredths.
OpenCondition toOpenCondition(const Rule &rule, int index) {
  Value percent = rule.rollout % 100 == 0 ? Value(int64_t(rule.rollout / 100)) : Value(rule.rollout / 100.0);
  return {nullptr, "rollout", "lt", toJson(percent), index, -1};
}

bool isSame(const OpenCondition &left, const OpenCondition &right) {
  return left.condition == right.condition && left.field == right.field && left.rollout == right.rollout &&
         left.subject == right.subject;
}

bool readsLibrary(const OpenCondition &condition) { return condition.subject >= 0; }

/// How far a candidate stands.
struct Assessment {
  /// The first failure; Selected where nothing fails.
  Result failure = Result::Selected;
  /// Of the rule's part, conditions and rollout; of the whole but the breaker.
  bool ruleHolds = true, fits = true;
  /// What is open, the rule's part first.
  std::vector<OpenCondition> open;
  size_t openOfRule = 0;
  std::vector<FailedCondition> failed;

  void clear() {
    failure = Result::Selected;
    ruleHolds = fits = true;
    open.clear();
    openOfRule = 0;
    failed.clear();
  }
  void fail(Result result) {
    if (failure == Result::Selected)
      failure = result;
  }
};

/// Judges one candidate. `explain` judges on behind the first failure of a list of conditions, to name them all.
class Judge {
public:
  Judge(const Policy &policy, const KernelSet &kernels, const Spelled *spelled, const Query &query)
      : policy(policy), kernels(kernels), spelled(spelled), query(query) {}

  /// "A candidate stands" in its order: conditions, rollout, registered, not denied, allowed, `requires`, S10, breaker.
  /// Holds until the next call; the caller may take what it needs out of it.
  Assessment &assess(const Step &step, bool explain) {
    verdict.clear();
    if (step.rule >= 0)
      assessRule(step, policy.rules[step.rule], explain);
    verdict.ruleHolds = verdict.failure == Result::Selected;
    verdict.openOfRule = verdict.open.size();
    if (verdict.ruleHolds)
      assessKernel(step, explain);
    verdict.fits = verdict.failure == Result::Selected;
    if (verdict.fits && query.admits && !query.admits(step.kernel))
      verdict.fail(Result::CircuitOpen);
    return verdict;
  }

private:
  void assessRule(const Step &step, const Rule &rule, bool explain) {
    if (!assessConditions(step, rule.conditions, spelled ? &spelled->ofRules[step.rule] : nullptr, explain))
      return verdict.fail(Result::ConditionMismatch);
    switch (admits(rule)) {
    case Truth::False:
      return verdict.fail(Result::RolloutExcluded);
    case Truth::Open:
      verdict.open.push_back(toOpenCondition(rule, step.rule));
      return;
    case Truth::True:
      return;
    }
  }

  void assessKernel(const Step &step, bool explain) {
    if (step.verdict != Result::Selected)
      return verdict.fail(step.verdict);
    const Kernel &kernel = kernels.kernels()[step.kernel];
    if (!assessConditions(step, kernel.requires_, spelled ? &spelled->ofKernels[step.kernel] : nullptr, explain))
      return verdict.fail(Result::KernelUnsupported);
    if (!kernel.deterministic && !assessMark(LZ_FACT_REQUIRES_DETERMINISTIC))
      return verdict.fail(Result::Nondeterministic);
    if (!kernel.graphCaptureSafe && !assessMark(LZ_FACT_IS_CUDA_GRAPH_CAPTURING))
      return verdict.fail(Result::NotCaptureSafe);
  }

  /// False where one is False; collects the open ones.
  bool assessConditions(const Step &step, const std::vector<Condition> &conditions,
                        const std::vector<std::string> *texts, bool explain) {
    bool holds = true;
    for (size_t i = 0; i < conditions.size(); ++i) {
      const Condition &condition = conditions[i];
      const Fact &fact = factOf(step, condition.fact);
      Truth truth = evaluate(condition, fact);
      if (truth == Truth::True)
        continue;
      if (truth == Truth::Open) {
        verdict.open.push_back(toOpenCondition(condition, texts, i, step.kernel));
        continue;
      }
      holds = false;
      if (!explain)
        return false;
      verdict.failed.reserve(conditions.size());
      verdict.failed.push_back({std::string(condition.field()), std::string(operatorName(condition.op)), (*texts)[i],
                                fact.isKnown() ? toJson(fact.value()) : "null"});
    }
    return holds;
  }

  /// S10 for a kernel without the mark that `fact` asks for.
  bool assessMark(FactId fact) {
    const Fact &wanted = query.facts->get(fact);
    if (wanted.isOpen())
      verdict.open.push_back(toOpenCondition(fact));
    return !wanted.isKnown() || !std::get<bool>(wanted.value());
  }

  Truth admits(const Rule &rule) const {
    if (rule.rollout >= 10000)
      return Truth::True;
    if (rule.rollout <= 0)
      return Truth::False;
    if (query.rolloutKey)
      return rolloutAdmits(rule.name, rule.rollout, *query.rolloutKey) ? Truth::True : Truth::False;
    if (query.rolloutDraw)
      return int(*query.rolloutDraw) < rule.rollout ? Truth::True : Truth::False;
    return Truth::Open;
  }

  const Fact &factOf(const Step &step, FactId fact) {
    if (fact == LZ_FACT_KERNEL)
      return *step.name;
    if (fact == LZ_FACT_LIBRARY_VERSION && !query.facts->isGiven(fact))
      return version = versionOf(step.kernel);
    return query.facts->get(fact);
  }

  /// A name that no manifest registers has no library.
  Fact versionOf(int kernel) const {
    if (kernel < 0)
      return Fact::absent();
    std::optional<Version> known = query.libraryVersion ? query.libraryVersion(kernel) : std::nullopt;
    return known ? Fact::known(std::move(*known)) : Fact::open();
  }

  const Policy &policy;
  const KernelSet &kernels;
  /// Null where neither texts nor the path are asked for.
  const Spelled *spelled;
  const Query &query;
  Assessment verdict;
  Fact version;
};

/// What may become the error leaf behind the candidates of one strict rule (S5).
struct StrictGroup {
  /// A candidate stands whatever is still open, wherever the rule's own conditions hold: no leaf.
  bool covered = false;
  /// A leaf with the conditions that all candidates share; then no other is needed.
  std::optional<Candidate> shared;
  /// Leaves that also test the version of one candidate's library.
  std::vector<Candidate> perLibrary;

  void note(const Step &step, const Assessment &verdict, bool mayStand) {
    if (!verdict.ruleHolds)
      return;
    Candidate leaf;
    leaf.reason = Reason::Strict;
    leaf.rule = step.rule;
    leaf.conditions.assign(verdict.open.begin(), verdict.open.begin() + verdict.openOfRule);
    bool standsForOne = std::any_of(leaf.conditions.begin(), leaf.conditions.end(), readsLibrary);
    if (mayStand && verdict.failure == Result::Selected && verdict.open.size() == verdict.openOfRule)
      covered |= !standsForOne;
    else if (standsForOne)
      perLibrary.push_back(std::move(leaf));
    else if (!shared)
      shared = std::move(leaf);
  }
};

class Walk {
public:
  Walk(const Policy &policy, const KernelSet &kernels, const Spelled *spelled, const Query &query)
      : policy(policy), kernels(kernels), spelled(spelled), query(query), judge(policy, kernels, spelled, query) {}

  /// `ruleOrder`: every rule, so that `explain` also names those that `steps` leaves out; empty under S0.
  Selection run(const std::vector<Step> &steps, const std::vector<int> &ruleOrder) {
    if (query.explain)
      result.path.reserve(ruleOrder.size() + steps.size() + 1);
    size_t first = query.failed.empty() ? 0 : behindFailed(steps);
    for (size_t position = 0; position < steps.size() && !done; ++position) {
      if (query.explain && steps[position].reason != Reason::KernelLock)
        explainPassed(ruleOrder, steps[position].rule);
      visit(steps[position], position >= first);
    }
    if (query.explain && !done)
      explainPassed(ruleOrder, -1);
    for (size_t i = 0; i < refused.size() && !done; ++i)
      panic(refused[i], {});
    finish();
    return std::move(result);
  }

private:
  /// S9: where the order goes on. A failed kernel stood at its first candidate that is not False; its breaker may have
  /// opened since.
  size_t behindFailed(const std::vector<Step> &steps) {
    size_t first = 0;
    for (int kernel : query.failed)
      for (size_t position = 0; position < steps.size(); ++position)
        if (steps[position].kernel == kernel && !steps[position].isLeaf && judge.assess(steps[position], false).fits) {
          first = std::max(first, position + 1);
          break;
        }
    return first;
  }

  void visit(const Step &step, bool isBehindFailed) {
    if (step.isLeaf) {
      if (isBehindFailed)
        endStrict();
      group = StrictGroup();
      return;
    }
    bool isStrict = step.rule >= 0 && policy.rules[step.rule].strict;
    bool hasFailed = contains(query.failed, step.kernel) || contains(query.excluded, step.kernel);
    bool mayStand = isBehindFailed && !hasFailed, mayPanic = query.admits && !hasFailed;
    if (!mayStand && !mayPanic && !isStrict)
      return;
    Assessment &verdict = judge.assess(step, query.explain && mayStand);
    if (isStrict)
      group.note(step, verdict, mayStand);
    if (mayStand && query.explain)
      explain(step, verdict);
    if (mayStand && verdict.failure == Result::Selected)
      push(candidateOf(step, verdict));
    else if (mayPanic && verdict.failure == Result::CircuitOpen)
      refused.push_back(candidateOf(step, verdict));
  }

  static Candidate candidateOf(const Step &step, const Assessment &verdict) {
    Candidate candidate;
    candidate.kernel = step.kernel;
    candidate.reason = step.reason;
    candidate.rule = step.rule;
    candidate.conditions = verdict.open;
    return candidate;
  }

  void push(Candidate candidate) {
    done = candidate.conditions.empty();
    result.candidates.push_back(std::move(candidate));
  }

  /// S11: the candidate stands where its own conditions hold and `reached`, those of the error before which it is
  /// tried.
  void panic(Candidate candidate, const std::vector<OpenCondition> &reached) {
    candidate.panic = true;
    for (const OpenCondition &condition : reached)
      if (std::none_of(candidate.conditions.begin(), candidate.conditions.end(),
                       [&](const OpenCondition &own) { return isSame(own, condition); }))
        candidate.conditions.push_back(condition);
    push(std::move(candidate));
  }

  void endStrict() {
    if (group.covered)
      return;
    if (group.shared)
      return pushLeaf(std::move(*group.shared));
    for (Candidate &leaf : group.perLibrary)
      if (!done)
        pushLeaf(std::move(leaf));
  }

  void pushLeaf(Candidate leaf) {
    for (size_t i = 0; i < refused.size() && !done; ++i)
      panic(refused[i], leaf.conditions);
    if (!done)
      push(std::move(leaf));
  }

  void explain(const Step &step, Assessment &verdict) {
    PathEntry entry;
    entry.step = step.reason;
    entry.kernel = step.kernel;
    entry.kernelName = std::get<std::string>(step.name->value());
    entry.rule = step.rule;
    entry.result = verdict.failure == Result::Selected && !verdict.open.empty() ? Result::Open : verdict.failure;
    entry.failed = std::move(verdict.failed);
    bool isFailingLock = step.reason == Reason::KernelLock && verdict.failure != Result::Selected;
    result.path.push_back(std::move(entry));
    if (!isFailingLock)
      return;
    PathEntry unsatisfied = result.path.back();
    unsatisfied.result = Result::LockUnsatisfied;
    unsatisfied.failed.clear();
    result.path.push_back(std::move(unsatisfied));
  }

  /// The rules without a step that stand before `rule`, or before S3 where that is -1.
  void explainPassed(const std::vector<int> &ruleOrder, int rule) {
    for (; passed < ruleOrder.size() && ruleOrder[passed] != rule; ++passed)
      if (ruleOrder[passed] != lastWithSteps)
        explainPassed(ruleOrder[passed]);
    lastWithSteps = rule;
  }

  void explainPassed(int index) {
    const Rule &rule = policy.rules[index];
    PathEntry entry;
    entry.step = Reason::DispatchRule;
    entry.kernel = spelled->kernelOfRule[index];
    entry.kernelName = entry.kernel < 0 ? rule.kernel.glob.text() : kernels.kernels()[entry.kernel].name;
    entry.rule = index;
    entry.result = rule.enabled ? Result::OperationMismatch : Result::Disabled;
    result.path.push_back(std::move(entry));
  }

  void finish() {
    if (result.candidates.empty())
      return;
    const Candidate &front = result.candidates.front();
    bool isDecided = front.conditions.empty() || front.reason == Reason::StaticKernelMap;
    result.reason = isDecided ? front.reason : Reason::Open;
    result.rule = isDecided ? front.rule : -1;
    result.panic = isDecided && front.panic;
    if (result.panic && query.explain)
      explainPanic(front);
  }

  /// The path has named the refusal already.
  void explainPanic(const Candidate &admitted) {
    PathEntry entry;
    entry.step = admitted.reason;
    entry.kernel = admitted.kernel;
    entry.kernelName = kernels.kernels()[admitted.kernel].name;
    entry.rule = admitted.rule;
    entry.result = Result::Selected;
    result.path.push_back(std::move(entry));
  }

  const Policy &policy;
  const KernelSet &kernels;
  /// Null where neither texts nor the path are asked for.
  const Spelled *spelled;
  const Query &query;
  Judge judge;
  Selection result;
  /// Stands whatever is open: nothing behind it counts.
  bool done = false;
  /// Candidates that only their breakers refuse, in order.
  std::vector<Candidate> refused;
  StrictGroup group;
  /// How many of the rules in their order the path has passed, and the last one that has steps.
  size_t passed = 0;
  int lastWithSteps = -1;
};

} // namespace

Selection Selector::select(const Query &query) const {
  assert(query.facts && "a query needs facts");
  bool isStatic = query.mode == LZ_MODE_STATIC;
  static const std::vector<int> noRules;
  const Spelled *spelled = query.explain || query.texts ? &index->spelled() : nullptr;
  return Walk(policy(), kernels(), spelled, query)
      .run(index->stepsOf(query.facts->operation(), isStatic), isStatic ? noRules : index->ruleOrder);
}

} // namespace lzrt
