//===- SitePlan.cpp - What a site leaves to each call ----------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "SitePlan.h"

#include <cassert>

namespace lzrt {

SitePlan::SitePlan(const Selector &selector, Selection residual) : selector(selector), selection(std::move(residual)) {}

bool SitePlan::holdsRollout(const OpenCondition &condition, const Query &call, Region &region) const {
  region.addRollout(condition.rollout);
  const Rule &rule = selector.policy().rules[condition.rollout];
  if (call.rolloutKey)
    return rolloutAdmits(rule.name, rule.rollout, *call.rolloutKey);
  assert(call.rolloutDraw && "a call brings a rollout key or a draw");
  return int(*call.rolloutDraw) < rule.rollout;
}

bool SitePlan::holds(const OpenCondition &open, const Query &call, Region &region) const {
  if (open.rollout >= 0)
    return holdsRollout(open, call, region);
  if (!open.condition) { // S10: the kernel lacks the mark, so the fact must not be true
    FactId fact = *findFact(open.field);
    region.addExact(fact);
    const Fact &wanted = call.facts->get(fact);
    return !wanted.isKnown() || !std::get<bool>(wanted.value());
  }
  const Condition &condition = *open.condition;
  if (open.subject >= 0 && !call.facts->isGiven(LZ_FACT_LIBRARY_VERSION)) {
    region.addVersion(open.subject);
    std::optional<Version> version = call.libraryVersion ? call.libraryVersion(open.subject) : std::nullopt;
    return evaluate(condition, version ? Fact::known(*version) : Fact::absent()) == Truth::True;
  }
  const Fact &fact = call.facts->get(condition.fact);
  assert(!fact.isOpen() && "a call settles its facts");
  const int64_t *integer = fact.isKnown() ? std::get_if<int64_t>(&fact.value()) : nullptr;
  if (integer)
    region.addInteger(condition.fact, intervalOfTruth(condition, *integer));
  else
    region.addExact(condition.fact);
  return evaluate(condition, fact) == Truth::True;
}

SitePlan::Choice SitePlan::choose(const Query &call) const {
  Choice choice;
  for (const Candidate &candidate : selection.candidates) {
    // What refuses a candidate is one condition; the others need not keep their truth.
    bool stands = true;
    Region read;
    for (size_t i = 0; i < candidate.conditions.size() && stands; ++i) {
      Region one;
      stands = holds(candidate.conditions[i], call, one);
      stands ? read.merge(one) : void(read = one);
    }
    choice.region.merge(read);
    if (stands) {
      choice.candidate = &candidate;
      break;
    }
  }
  return choice;
}

} // namespace lzrt
