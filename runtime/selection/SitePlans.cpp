//===- SitePlans.cpp - Sites that know the same share a plan ---------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "SitePlans.h"

namespace lzrt {

const SitePlans::Facts &SitePlans::readBy(Operation operation) {
  auto [entry, isNew] = read.try_emplace(operation);
  Facts &facts = entry->second;
  if (!isNew)
    return facts;
  facts.set(LZ_FACT_REQUIRES_DETERMINISTIC).set(LZ_FACT_IS_CUDA_GRAPH_CAPTURING); // S10
  auto add = [&](const std::vector<Condition> &conditions) {
    for (const Condition &condition : conditions)
      facts.set(condition.fact);
  };
  for (const Rule &rule : selector.policy().rules)
    if (rule.enabled && rule.operation.matchesOperation(operation))
      add(rule.conditions);
  for (int kernel : selector.kernels().of(operation))
    add(selector.kernels().kernels()[kernel].requires_);
  return facts;
}

std::string SitePlans::keyOf(const Query &site) {
  const FactSet &facts = *site.facts;
  std::string key = std::to_string(facts.operation()) + (site.mode == LZ_MODE_STATIC ? "s" : "");
  const Facts &wanted = readBy(facts.operation());
  for (int index = 0; index < LZ_FACT_COUNT; ++index) {
    const Fact &fact = facts.get(FactId(index));
    if (!wanted.test(size_t(index)) || fact.isOpen())
      continue;
    // The kind of a value counts: 1, 1.0 and "1" are told apart.
    key += "," + std::to_string(index) + (fact.isAbsent() ? "-" : "=");
    if (fact.isKnown())
      key += std::to_string(fact.value().index()) + toJson(fact.value());
  }
  return key;
}

size_t SitePlans::size() const {
  return size_t(std::count_if(plans.begin(), plans.end(), [](const auto &entry) { return !entry.second.expired(); }));
}

std::shared_ptr<const SitePlan> SitePlans::planFor(const Query &site) {
  assert(site.failed.empty() && "a plan is made before any call");
  std::string key = keyOf(site);
  auto known = plans.find(key);
  if (known != plans.end())
    if (std::shared_ptr<const SitePlan> plan = known->second.lock())
      return plan;
  if (plans.size() >= sweepAt) {
    std::erase_if(plans, [](const auto &entry) { return entry.second.expired(); });
    sweepAt = std::max(sweepAt, 2 * plans.size());
  }
  Query query = site;
  query.explain = query.texts = false;
  auto plan = std::make_shared<const SitePlan>(selector, selector.select(query), limits);
  plans[std::move(key)] = plan;
  return plan;
}

} // namespace lzrt
