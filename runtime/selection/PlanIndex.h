//===- PlanIndex.h - A residual as bit vectors over cells -------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each fact that the candidates test is an axis, cut into cells within which every condition keeps its truth: runs of
// integers between thresholds, tested texts, the booleans, and for each divisor its multiples and the rest. A cell has
// a row of bits, one a candidate: whether the candidate's conditions on this fact hold there. The AND of a call's rows
// has the chosen candidate as its first bit, and the cells are the region.
//
// What has no cells (rollouts, library versions, lists too long), and what a cell does not settle (patterns on a text
// that no condition spells out, cells joined to fit the limit), leaves its bit set and is tested on the candidates that
// remain: a row never refuses a candidate that stands.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_SELECTION_PLANINDEX_H
#define LZRT_SELECTION_PLANINDEX_H

#include "CandidateTests.h"
#include "PlanAxis.h"

#include <memory>

namespace lzrt {

/// Immutable; find() may be called from any thread. Borrows the conditions.
class PlanIndex {
public:
  struct Limits {
    /// Rows that would take more are joined; where that is not enough, there is no index.
    size_t bytes = 192 << 10;
    /// A shorter list is walked as fast.
    size_t fewestCandidates = 6;
  };
  /// Null where the list is to be walked. Notes each test's axis in `tests`.
  static std::unique_ptr<const PlanIndex> create(CandidateTests &tests, const Limits &limits);

  /// The position of the candidate that stands, or the number of candidates where none does; adds to `region`. Nullopt,
  /// with `region` as it was, where a fact's value is of a kind for which no cells were made.
  std::optional<size_t> find(const CandidateTests &tests, const Policy &policy, const Query &call,
                             Region &region) const;
  size_t bytes() const;

  /// Rows are padded to blocks, a cache line each.
  static constexpr size_t blockWords = 8, blockBits = blockWords * 64;
  static constexpr size_t maxCandidates = 32 * blockBits;

private:
  struct Cells;
  struct Cover;
  PlanIndex() = default;
  bool locate(const Query &call, Cells &cells) const;
  size_t findFirst(const CandidateTests &tests, const Policy &policy, const Query &call, const Cells &cells,
                   uint64_t *alive, Region &region) const;
  bool passes(const CandidateTests &tests, size_t candidate, const Policy &policy, const Query &call, uint64_t late,
              Region &region) const;
  void cover(size_t axis, const Query &call, const Cells &cells, Cover &cover, Region &region) const;
  Interval widen(const PlanAxis &axis, uint32_t cell, const Cover &cover, bool isWinners) const;

  size_t candidates = 0, words = 0;
  std::vector<PlanAxis> axes;
  /// Which axes each candidate is tested on, and whether it has tests on none.
  std::vector<uint64_t> axesOf;
  /// The rows, from the first cache line on.
  std::vector<uint64_t> memory;
};

} // namespace lzrt
#endif // LZRT_SELECTION_PLANINDEX_H
