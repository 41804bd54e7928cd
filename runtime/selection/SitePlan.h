//===- SitePlan.h - What a site leaves to each call -------------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A site's descriptor settles most facts of its calls. The plan is the residual of a selection under these (C7), made
// once a site and snapshot; a call then tests what is left, a handful of conditions instead of a policy. That this
// comes to the same kernel is the law of the residual.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_SELECTION_SITEPLAN_H
#define LZRT_SELECTION_SITEPLAN_H

#include "Region.h"

namespace lzrt {

/// Immutable; choose() may be called from any thread. Borrows the selector that the residual came from.
class SitePlan {
public:
  /// `residual` is a selection under what the site knows.
  SitePlan(const Selector &selector, Selection residual);

  struct Choice {
    /// The candidate whose conditions hold; null: none stands (S7). One without a kernel is S5's error.
    const Candidate *candidate = nullptr;
    /// The calls for which the choice is the same.
    Region region;
  };
  /// Decides a call. Of `call`, the facts, the rollout and the library versions are read.
  Choice choose(const Query &call) const;

  const Selection &residual() const { return selection; }
  /// Nothing is left to the call.
  bool isDecided() const { return selection.candidates.empty() || selection.candidates.front().conditions.empty(); }

private:
  /// Whether a condition holds; `region` is narrowed to the calls for which that stays so.
  bool holds(const OpenCondition &condition, const Query &call, Region &region) const;
  bool holdsRollout(const OpenCondition &condition, const Query &call, Region &region) const;

  const Selector &selector;
  Selection selection;
};

} // namespace lzrt
#endif // LZRT_SELECTION_SITEPLAN_H
