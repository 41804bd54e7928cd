//===- SimplifyGuards.cpp - Which leaves and guards a decision needs -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The constants of the guards cut each fact's range into cells within which no guard changes its value. Every
// combination of cells is a kind of call; walking them all says which leaves are reached and which guards ever differ
// where they are tested.
//
//===----------------------------------------------------------------------===//
#include "Guards.h"

#include "lz/Policy/Facts.h"

#include "mlir/IR/BuiltinTypes.h"

#include <map>
#include <set>

using namespace mlir;
using namespace mlir::lz;

namespace {

using Extent = std::pair<unsigned, unsigned>;
using Extents = SmallVector<Extent, 2>;
constexpr int64_t maxExtent = std::numeric_limits<int64_t>::max();
/// Past this many combinations, everything stays: the guards are right as they are.
constexpr uint64_t maxCombinations = 1 << 14;

/// A fact with its cells; or, without extents, the truth of a condition that no cell settles.
struct Variable {
  Extents extents;
  SmallVector<ExtentSet::Interval> cells;
  unsigned numChoices() const { return extents.empty() ? 2 : cells.size(); }
};

/// Where the value of a guard comes from: one of these, or for `multiple_of` the cell if it is a single number, else
/// the truth.
struct Source {
  std::optional<unsigned> cell, truth;
};

class Combinations {
public:
  Combinations(KernelOpInterface op, ArrayRef<GuardedLeaf> leaves);
  bool tooMany() const { return count > maxCombinations; }
  /// Calls `visit` with each combination that may happen.
  void forEach(function_ref<void()> visit);
  /// The value of a guard in the combination visited.
  bool holds(const Guard &guard, unsigned leaf, unsigned index) const;

private:
  std::optional<unsigned> cellVariable(const Guard &guard);
  std::optional<unsigned> truthVariable(const Guard &guard, CandidateAttr candidate);
  bool isPossible() const;
  ExtentSet::Interval boundsOf(Extent extent) const;

  lzrt::CallView view;
  std::vector<Variable> variables;
  std::vector<std::set<int64_t>> starts; // by variable: where its cells begin
  std::map<Extents, unsigned> byExtents;
  std::map<std::string, unsigned> byText;
  SmallVector<SmallVector<Source>> sources; // by leaf and guard
  std::vector<unsigned> choice;             // by variable
  uint64_t count = 1;
};

} // namespace

std::optional<unsigned> Combinations::cellVariable(const Guard &guard) {
  if (!guard.isInline())
    return std::nullopt;
  auto [place, isNew] = byExtents.try_emplace(guard.extents, variables.size());
  if (isNew) {
    variables.push_back({guard.extents, {}});
    starts.push_back({0});
  }
  if (guard.holds)
    for (ExtentSet::Interval interval : guard.holds->intervals()) {
      starts[place->second].insert(interval.low);
      if (interval.high != maxExtent)
        starts[place->second].insert(interval.high + 1);
    }
  return place->second;
}

/// One text is one truth, but that a rollout is drawn by its rule, and that two facts belong to the kernel.
std::optional<unsigned> Combinations::truthVariable(const Guard &guard, CandidateAttr candidate) {
  if (guard.holds)
    return std::nullopt;
  StringRef field = guard.condition.getField();
  std::string key = (field + "|" + guard.condition.getOp() + "|" + guard.condition.getValue()).str();
  if (field == "rollout")
    key += "|" + std::to_string(candidate.getRule());
  FlatSymbolRefAttr subject = guard.condition.getSubject();
  if (!subject)
    subject = candidate.getKernel();
  if (subject && (field == "kernel" || field == "library_version"))
    key += "|" + subject.getValue().str();
  auto [place, isNew] = byText.try_emplace(key, variables.size());
  if (isNew) {
    variables.push_back({});
    starts.push_back({});
  }
  return place->second;
}

Combinations::Combinations(KernelOpInterface op, ArrayRef<GuardedLeaf> leaves) : view(viewOf(op)) {
  for (const GuardedLeaf &leaf : leaves) {
    auto &ofLeaf = sources.emplace_back();
    for (const Guard &guard : leaf.guards) {
      std::optional<unsigned> cell = cellVariable(guard);
      ofLeaf.push_back({cell, truthVariable(guard, leaf.candidate)});
    }
  }
  for (auto [variable, begins] : llvm::zip_equal(variables, starts)) {
    for (auto begin = begins.begin(); begin != begins.end(); ++begin)
      variable.cells.push_back({*begin, std::next(begin) == begins.end() ? maxExtent : *std::next(begin) - 1});
    count = std::min(count * variable.numChoices(), maxCombinations + 1);
  }
}

ExtentSet::Interval Combinations::boundsOf(Extent extent) const {
  const std::optional<int64_t> &fixed = view.arguments[extent.first].shape[extent.second];
  if (fixed)
    return {*fixed, *fixed};
  auto place = byExtents.find(Extents{extent});
  return place == byExtents.end() ? ExtentSet::Interval{0, maxExtent}
                                  : variables[place->second].cells[choice[place->second]];
}

static int64_t saturatingProduct(int64_t left, int64_t right) {
  int64_t product;
  return __builtin_mul_overflow(left, right, &product) ? maxExtent : product;
}

/// Whether the products lie between the products of their factors' bounds.
bool Combinations::isPossible() const {
  for (auto [index, variable] : llvm::enumerate(variables)) {
    if (variable.extents.size() < 2)
      continue;
    ExtentSet::Interval bounds{1, 1};
    for (Extent extent : variable.extents) {
      ExtentSet::Interval factor = boundsOf(extent);
      bounds.low = saturatingProduct(bounds.low, factor.low);
      bounds.high = saturatingProduct(bounds.high, factor.high);
    }
    ExtentSet::Interval cell = variable.cells[choice[index]];
    if (cell.high < bounds.low || cell.low > bounds.high)
      return false;
  }
  return true;
}

void Combinations::forEach(function_ref<void()> visit) {
  choice.assign(variables.size(), 0);
  while (true) {
    if (isPossible())
      visit();
    unsigned index = 0;
    while (index < variables.size() && ++choice[index] == variables[index].numChoices())
      choice[index++] = 0;
    if (index == variables.size())
      return;
  }
}

bool Combinations::holds(const Guard &guard, unsigned leaf, unsigned index) const {
  Source source = sources[leaf][index];
  if (source.cell) {
    ExtentSet::Interval cell = variables[*source.cell].cells[choice[*source.cell]];
    if (guard.holds)
      return guard.holds->contains(cell.low);
    if (cell.low == cell.high)
      return cell.low % guard.divisor == 0;
  }
  return choice[*source.truth] == 1;
}

unsigned mlir::lz::simplifyGuards(KernelOpInterface op, SmallVectorImpl<GuardedLeaf> &leaves) {
  Combinations combinations(op, leaves);
  if (combinations.tooMany())
    return 0;
  SmallVector<bool> reached(leaves.size());
  SmallVector<SmallVector<bool>> fails;
  for (const GuardedLeaf &leaf : leaves)
    fails.emplace_back(leaf.guards.size(), false);
  combinations.forEach([&] {
    for (auto [index, leaf] : llvm::enumerate(leaves)) {
      bool stands = true;
      for (unsigned guard = 0; stands && guard < leaf.guards.size(); ++guard) {
        stands = combinations.holds(leaf.guards[guard], index, guard);
        fails[index][guard] = fails[index][guard] || !stands;
      }
      if (stands) {
        reached[index] = true;
        return;
      }
    }
  });
  SmallVector<GuardedLeaf> kept;
  for (auto [index, leaf] : llvm::enumerate(leaves)) {
    if (!reached[index])
      continue;
    GuardedLeaf &simplified = kept.emplace_back(GuardedLeaf{leaf.candidate, {}});
    for (auto [guard, mayFail] : llvm::zip_equal(leaf.guards, fails[index]))
      if (mayFail)
        simplified.guards.push_back(guard);
  }
  unsigned dropped = leaves.size() - kept.size();
  leaves = std::move(kept);
  return dropped;
}
