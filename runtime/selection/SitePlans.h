//===- SitePlans.h - Sites that know the same share a plan ------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A model has a layer's sites once a layer. They differ in name, which rules seldom read; what no rule reads is no part
// of a plan.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_SELECTION_SITEPLANS_H
#define LZRT_SELECTION_SITEPLANS_H

#include "SitePlan.h"

#include <bitset>
#include <unordered_map>

namespace lzrt {

/// The plans under one selector, which it borrows and its plans too. Used by one thread at a time; the plans by any.
class SitePlans {
public:
  explicit SitePlans(const Selector &selector, const PlanIndex::Limits &limits = {})
      : selector(selector), limits(limits) {}

  /// The plan of a site that knows `site.facts`; kept while someone holds it. What else `site` holds is the same in
  /// every call of this object.
  std::shared_ptr<const SitePlan> planFor(const Query &site);
  /// How many different plans are held.
  size_t size() const;

private:
  using Facts = std::bitset<LZ_FACT_COUNT>;
  /// The facts that a candidate of the operation can read.
  const Facts &readBy(Operation operation);
  std::string keyOf(const Query &site);

  const Selector &selector;
  const PlanIndex::Limits limits;
  std::unordered_map<int, Facts> read;
  std::unordered_map<std::string, std::weak_ptr<const SitePlan>> plans;
  size_t sweepAt = 64;
};

} // namespace lzrt
#endif // LZRT_SELECTION_SITEPLANS_H
