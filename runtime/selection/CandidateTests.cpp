//===- CandidateTests.cpp - What a residual leaves to a call ---------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "CandidateTests.h"

namespace lzrt {
namespace {

Test testOf(const OpenCondition &open) {
  Test test;
  test.condition = open.condition;
  if (open.rollout >= 0) {
    test.kind = Test::Kind::Rollout;
    test.subject = open.rollout;
  } else if (!open.condition) {
    test.kind = Test::Kind::Mark;
    test.factIndex = *findFact(open.field);
  } else {
    test.kind = open.subject >= 0 ? Test::Kind::Version : Test::Kind::Condition;
    test.factIndex = open.condition->fact;
    test.subject = open.subject;
  }
  return test;
}

bool holdsRollout(const Rule &rule, const Query &call) {
  if (call.rolloutKey)
    return rolloutAdmits(rule.name, rule.rollout, *call.rolloutKey);
  assert(call.rolloutDraw && "a call brings a rollout key or a draw");
  return int(*call.rolloutDraw) < rule.rollout;
}

/// The version is the candidate's own, unless the call gives one for all.
bool readsLibrary(const Test &test, const Query &call) {
  return test.kind == Test::Kind::Version && !call.facts->isGiven(LZ_FACT_LIBRARY_VERSION);
}

} // namespace

CandidateTests::CandidateTests(const std::vector<Candidate> &candidates) {
  size_t total = 0;
  for (const Candidate &candidate : candidates)
    total += candidate.conditions.size();
  list.reserve(total);
  starts.reserve(candidates.size() + 1);
  starts.push_back(0);
  for (const Candidate &candidate : candidates) {
    for (const OpenCondition &open : candidate.conditions)
      list.push_back(testOf(open));
    starts.push_back(uint32_t(list.size()));
  }
}

bool holds(const Test &test, const Policy &policy, const Query &call) {
  if (test.kind == Test::Kind::Rollout)
    return holdsRollout(policy.rules[test.subject], call);
  if (readsLibrary(test, call)) {
    std::optional<Version> version = call.libraryVersion ? call.libraryVersion(test.subject) : std::nullopt;
    return evaluate(*test.condition, version ? Fact::known(*version) : Fact::absent()) == Truth::True;
  }
  const Fact &fact = call.facts->get(test.fact());
  assert(!fact.isOpen() && "a call settles its facts");
  if (test.kind == Test::Kind::Mark)
    return !fact.isKnown() || !std::get<bool>(fact.value());
  return evaluate(*test.condition, fact) == Truth::True;
}

void narrow(const Test &test, const Query &call, Region &region) {
  if (test.kind == Test::Kind::Rollout)
    return region.addRollout(test.subject);
  if (readsLibrary(test, call))
    return region.addVersion(test.subject);
  const Fact &fact = call.facts->get(test.fact());
  const int64_t *integer = fact.isKnown() ? std::get_if<int64_t>(&fact.value()) : nullptr;
  if (integer && test.condition)
    region.addInteger(test.fact(), intervalOfTruth(*test.condition, *integer));
  else
    region.addExact(test.fact());
}

} // namespace lzrt
