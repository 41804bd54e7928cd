//===- PlanIndex.cpp - A residual as bit vectors over cells ----------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "PlanIndex.h"

#include "PlanBuilder.h"

#include <bit>
#include <cstring>
#include <utility>

namespace lzrt {
namespace {

constexpr uint64_t hasOthers = uint64_t(1) << 63;
/// How far a region reaches over cells that decide alike, to either side. It bounds a decision's time, no more.
constexpr unsigned widest = 16;

} // namespace

/// Where a call is.
struct PlanIndex::Cells {
  const uint64_t *rows[64];
  uint32_t cells[64];
  /// Axes whose row says only that a candidate may stand.
  uint64_t late = 0;
};

/// What a region has to keep: the candidates before the chosen one refused, each by one axis.
struct PlanIndex::Cover {
  size_t winner, words;
  bool isWhole = false;
  uint64_t *uncovered;
  /// Those that the current axis keeps refused, and where among the words they are.
  uint64_t responsible[maxCandidates / 64];
  size_t first, last;
};

std::unique_ptr<const PlanIndex> PlanIndex::create(CandidateTests &tests, const Limits &limits) {
  if (tests.size() < limits.fewestCandidates || tests.size() > maxCandidates)
    return nullptr;
  std::unique_ptr<PlanIndex> index(new PlanIndex());
  index->candidates = tests.size();
  index->words = (tests.size() + blockBits - 1) / blockBits * blockWords;
  PlanBuilder builder(tests);
  size_t rowSize = index->words * sizeof(uint64_t);
  if (!builder.fit(limits.bytes / rowSize))
    return nullptr;
  index->memory.assign(builder.rows() * index->words + blockWords, ~uint64_t(0));
  void *first = index->memory.data();
  size_t space = index->memory.size() * sizeof(uint64_t);
  std::align(blockWords * sizeof(uint64_t), builder.rows() * rowSize, first, space);
  index->axes = builder.finish(static_cast<uint64_t *>(first), index->words);
  index->axesOf.resize(tests.size());
  for (size_t candidate = 0; candidate < tests.size(); ++candidate)
    for (const Test &test : std::as_const(tests).of(candidate))
      index->axesOf[candidate] |= test.axis == Test::noAxis ? hasOthers : uint64_t(1) << test.axis;
  return index;
}

size_t PlanIndex::bytes() const {
  size_t total = sizeof *this + memory.capacity() * sizeof(uint64_t) + axes.capacity() * sizeof(PlanAxis) +
                 axesOf.capacity() * sizeof(uint64_t);
  for (const PlanAxis &axis : axes)
    total += axis.bytes();
  return total;
}

bool PlanIndex::locate(const Query &call, Cells &cells) const {
  for (size_t i = 0; i < axes.size(); ++i) {
    bool isSettled;
    uint32_t cell = axes[i].cellOf(call.facts->get(axes[i].fact), isSettled);
    if (cell == PlanAxis::noCell)
      return false;
    cells.cells[i] = cell;
    cells.rows[i] = axes[i].rows + cell * words;
    cells.late |= uint64_t(!isSettled) << i;
  }
  return true;
}

/// Tests what the rows leave open of a candidate, and narrows the region to that answer.
bool PlanIndex::passes(const CandidateTests &tests, size_t candidate, const Policy &policy, const Query &call,
                       uint64_t late, Region &region) const {
  auto isLate = [&](const Test &test) { return test.axis == Test::noAxis || (late >> test.axis & 1) != 0; };
  std::span<const Test> own = tests.of(candidate);
  for (const Test &test : own)
    if (isLate(test) && !holds(test, policy, call)) {
      narrow(test, call, region);
      return false;
    }
  for (const Test &test : own)
    if (isLate(test))
      narrow(test, call, region);
  return true;
}

size_t PlanIndex::findFirst(const CandidateTests &tests, const Policy &policy, const Query &call, const Cells &cells,
                            uint64_t *alive, Region &region) const {
  uint64_t late = cells.late | hasOthers;
  for (size_t block = 0; block < words; block += blockWords) {
    uint64_t *these = alive + block;
    std::memset(these, 0xff, blockWords * sizeof(uint64_t));
    for (size_t axis = 0; axis < axes.size(); ++axis)
      for (size_t word = 0; word < blockWords; ++word)
        these[word] &= cells.rows[axis][block + word];
    for (size_t word = 0; word < blockWords; ++word)
      for (uint64_t rest = these[word]; rest; rest &= rest - 1) {
        size_t candidate = (block + word) * 64 + size_t(std::countr_zero(rest));
        if (candidate >= candidates)
          return candidates;
        if (!(axesOf[candidate] & late) || passes(tests, candidate, policy, call, cells.late, region))
          return candidate;
      }
  }
  return candidates;
}

/// Extends a cell over its neighbours while the chosen candidate stands and none that the axis must refuse does.
Interval PlanIndex::widen(const PlanAxis &axis, uint32_t cell, const Cover &cover, bool isWinners) const {
  auto agrees = [&](uint32_t other) {
    const uint64_t *row = axis.rows + other * words;
    if (isWinners && !(row[cover.winner / 64] >> cover.winner % 64 & 1))
      return false;
    uint64_t wrong = 0;
    for (size_t word = cover.first; word < cover.last; ++word)
      wrong |= row[word] & cover.responsible[word];
    return wrong == 0;
  };
  uint32_t low = cell, high = cell;
  for (unsigned step = 0; step < widest && low > 1 && agrees(low - 1); ++step)
    --low;
  for (unsigned step = 0; step < widest && high + 1 < axis.cells && agrees(high + 1); ++step)
    ++high;
  return {axis.intervalOf(low).low, axis.intervalOf(high).high};
}

/// Lets one axis refuse what no axis before it did, and narrows the region to that.
void PlanIndex::cover(size_t axisIndex, const Query &call, const Cells &cells, Cover &cover, Region &region) const {
  const PlanAxis &axis = axes[axisIndex];
  const uint64_t *row = cells.rows[axisIndex];
  uint64_t any = 0, left = 0;
  cover.first = cover.words, cover.last = 0;
  for (size_t word = 0; word < cover.words; ++word) {
    uint64_t refused = cover.uncovered[word] & ~row[word];
    cover.responsible[word] = refused;
    left |= cover.uncovered[word] &= row[word];
    any |= refused;
    if (refused)
      cover.first = std::min(cover.first, word), cover.last = word + 1;
  }
  cover.isWhole = left == 0;
  bool isWinners = cover.winner < candidates && (axesOf[cover.winner] & ~cells.late) >> axisIndex & 1;
  if (!any && !isWinners)
    return;
  const Fact &fact = call.facts->get(axis.fact);
  const int64_t *integer = fact.isKnown() ? std::get_if<int64_t>(&fact.value()) : nullptr;
  if (!integer)
    region.addExact(axis.fact);
  else if (axis.kind == PlanAxis::Kind::Integer)
    region.addInteger(axis.fact, widen(axis, cells.cells[axisIndex], cover, isWinners));
  else
    region.addInteger(axis.fact, intervalOfMultiples(axis.divisor, *integer));
}

std::optional<size_t> PlanIndex::find(const CandidateTests &tests, const Policy &policy, const Query &call,
                                      Region &region) const {
  Cells cells;
  if (!locate(call, cells))
    return std::nullopt;
  uint64_t alive[maxCandidates / 64];
  size_t winner = findFirst(tests, policy, call, cells, alive, region);
  Cover state;
  state.winner = winner;
  state.words = (winner + 63) / 64;
  state.uncovered = alive;
  for (size_t word = 0; word < state.words; ++word)
    alive[word] = ~alive[word];
  if (winner % 64)
    alive[winner / 64] &= (uint64_t(1) << winner % 64) - 1;
  uint64_t own = winner < candidates ? axesOf[winner] & ~cells.late & ~hasOthers : 0;
  for (uint64_t rest = own; rest; rest &= rest - 1)
    cover(size_t(std::countr_zero(rest)), call, cells, state, region);
  if (!own)
    state.isWhole = winner == 0;
  for (size_t axis = 0; axis < axes.size() && !state.isWhole; ++axis)
    if (!(own >> axis & 1))
      cover(axis, call, cells, state, region);
  return winner;
}

} // namespace lzrt
