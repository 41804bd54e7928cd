//===- SitePlan.cpp - What a site leaves to each call ----------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "SitePlan.h"

namespace lzrt {

static std::vector<PlanCandidate> withoutConditions(const std::vector<Candidate> &candidates) {
  std::vector<PlanCandidate> bare;
  bare.reserve(candidates.size());
  for (const Candidate &candidate : candidates)
    bare.push_back({candidate.kernel, candidate.rule, candidate.reason, candidate.panic});
  return bare;
}

SitePlan::SitePlan(const Selector &selector, Selection residual, const PlanIndex::Limits &limits)
    : selector(selector), list(withoutConditions(residual.candidates)), tests(residual.candidates),
      index(PlanIndex::create(tests, limits)) {}

SitePlan::Choice SitePlan::choose(const Query &call) const {
  if (!index)
    return chooseFromList(call);
  Choice choice;
  std::optional<size_t> found = index->find(tests, selector.policy(), call, choice.region);
  if (!found)
    return chooseFromList(call);
  if (*found < list.size())
    choice.candidate = &list[*found];
  return choice;
}

SitePlan::Choice SitePlan::chooseFromList(const Query &call) const {
  Choice choice;
  for (size_t i = 0; i < list.size(); ++i) {
    std::span<const Test> own = tests.of(i);
    auto refusing = std::find_if_not(own.begin(), own.end(),
                                     [&](const Test &test) { return holds(test, selector.policy(), call); });
    if (refusing != own.end()) {
      // What refuses a candidate is one condition; the others need not keep their truth.
      narrow(*refusing, call, choice.region);
      continue;
    }
    for (const Test &test : own)
      narrow(test, call, choice.region);
    choice.candidate = &list[i];
    break;
  }
  return choice;
}

size_t SitePlan::bytes() const {
  return sizeof *this + list.capacity() * sizeof(PlanCandidate) + tests.bytes() + (index ? index->bytes() : 0);
}

} // namespace lzrt
