//===- Decisions.cpp - What sites have decided, and how that went ----------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Decisions.h"

namespace lzrt {

DecisionTable::~DecisionTable() {
  for (auto &[key, decision] : decisions)
    if (decision->cell != cells::none)
      cells::release(decision->cell);
}

Decision &DecisionTable::of(uint32_t site, int kernel, Reason reason, const std::string &rule) {
  std::lock_guard<std::mutex> lock(mutex);
  bool isKnown = rule.empty() || rules.count(rule) != 0;
  if (!isKnown && rules.size() < maxRules)
    isKnown = rules.insert(rule).second;
  Key key{site, kernel, reason, isKnown ? rule : "(other)"};
  auto found = decisions.find(key);
  if (found == decisions.end() && !rule.empty() && decisions.size() >= maxNamed) {
    std::get<3>(key) = "(other)";
    found = decisions.find(key);
  }
  if (found != decisions.end())
    return *found->second;
  auto made = std::make_unique<Decision>();
  made->site = site;
  made->kernel = kernel;
  made->reason = reason;
  made->rule = std::get<3>(key);
  made->cell = cells::acquire();
  if (made->cell != cells::none && made->cell >= AtomicTable<Decision>::capacity) {
    cells::release(made->cell);
    made->cell = cells::none;
  }
  if (made->cell != cells::none)
    byCell.set(made->cell, made.get());
  return *decisions.emplace(std::move(key), std::move(made)).first->second;
}

void DecisionTable::forEach(const std::function<void(const Decision &)> &body) const {
  std::lock_guard<std::mutex> lock(mutex);
  for (auto &[key, decision] : decisions)
    body(*decision);
}

void DecisionTable::forget(uint32_t site) {
  std::lock_guard<std::mutex> lock(mutex);
  auto at = decisions.lower_bound(Key{site, std::numeric_limits<int>::min(), Reason(0), ""});
  while (at != decisions.end() && at->second->site == site) {
    if (at->second->cell != cells::none) {
      byCell.set(at->second->cell, nullptr);
      cells::release(at->second->cell);
    }
    at = decisions.erase(at);
  }
}

} // namespace lzrt
