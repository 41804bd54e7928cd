//===- SitePlan.h - What a site leaves to each call -------------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A site's descriptor settles most facts of its calls. The plan is the residual of a selection under these (C7), made
// once a site and snapshot; a call then tests what is left, a handful of conditions instead of a policy. That this
// comes to the same kernel is the law of the residual. A long residual is looked up in an index (PlanIndex.h), whose
// answer and region are those of the list behind it, or a region within.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_SELECTION_SITEPLAN_H
#define LZRT_SELECTION_SITEPLAN_H

#include "PlanIndex.h"

namespace lzrt {

/// A candidate of a plan: Candidate without its conditions.
struct PlanCandidate {
  int kernel = -1;
  int rule = -1;
  Reason reason = Reason::Default;
  bool panic = false;
};

/// Immutable; choose() may be called from any thread. Borrows the selector that the residual came from.
class SitePlan {
public:
  /// `residual` is a selection under what the site knows; `limits` bound its index.
  SitePlan(const Selector &selector, Selection residual, const PlanIndex::Limits &limits = {});

  struct Choice {
    /// The candidate whose conditions hold; null: none stands (S7). One without a kernel is S5's error.
    const PlanCandidate *candidate = nullptr;
    /// The calls for which the choice is the same.
    Region region;
  };
  /// Decides a call. Of `call`, the facts, the rollout and the library versions are read.
  Choice choose(const Query &call) const;
  /// The same from the list alone.
  Choice chooseFromList(const Query &call) const;

  /// The residual's candidates in order.
  const std::vector<PlanCandidate> &candidates() const { return list; }
  /// Nothing is left to the call.
  bool isDecided() const { return list.empty() || tests.of(0).empty(); }
  /// Whether an index stands before the list; else the list is short, or its index would be too large.
  bool isIndexed() const { return index != nullptr; }
  /// What the plan holds.
  size_t bytes() const;

private:
  const Selector &selector;
  std::vector<PlanCandidate> list;
  CandidateTests tests;
  std::unique_ptr<const PlanIndex> index;
};

} // namespace lzrt
#endif // LZRT_SELECTION_SITEPLAN_H
