//===- Guards.cpp - The open conditions of a decision as tests -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Guards.h"

#include "lz/Policy/Facts.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/JSON.h"

#include <cmath>

using namespace mlir;
using namespace mlir::lz;

static constexpr int64_t maxExtent = std::numeric_limits<int64_t>::max();

//===----------------------------------------------------------------------===//
// ExtentSet
//===----------------------------------------------------------------------===//

ExtentSet ExtentSet::all() { return between(0, maxExtent); }

ExtentSet ExtentSet::between(int64_t low, int64_t high) {
  ExtentSet set;
  low = std::max<int64_t>(low, 0);
  if (low <= high)
    set.list.push_back({low, high});
  return set;
}

bool ExtentSet::isAll() const { return list.size() == 1 && list[0].low == 0 && list[0].high == maxExtent; }

bool ExtentSet::contains(int64_t value) const {
  return llvm::any_of(list, [&](Interval interval) { return interval.low <= value && value <= interval.high; });
}

ExtentSet ExtentSet::complement() const {
  ExtentSet result;
  int64_t next = 0;
  for (Interval interval : list) {
    if (interval.low > next)
      result.list.push_back({next, interval.low - 1});
    if (interval.high == maxExtent)
      return result;
    next = interval.high + 1;
  }
  result.list.push_back({next, maxExtent});
  return result;
}

void ExtentSet::unite(const ExtentSet &other) {
  llvm::append_range(list, other.list);
  llvm::sort(list, [](Interval left, Interval right) { return left.low < right.low; });
  SmallVector<Interval, 2> merged;
  for (Interval interval : list) {
    if (!merged.empty() && (merged.back().high == maxExtent || interval.low <= merged.back().high + 1))
      merged.back().high = std::max(merged.back().high, interval.high);
    else
      merged.push_back(interval);
  }
  list = std::move(merged);
}

//===----------------------------------------------------------------------===//
// Conditions
//===----------------------------------------------------------------------===//

/// The integers below, at and above a number; `at` is empty for one that is no integer of 64 bits.
namespace {
struct Split {
  ExtentSet below, at, above;
};
} // namespace

static Split splitAt(const llvm::json::Value &number) {
  if (std::optional<int64_t> value = number.getAsInteger())
    return {*value > 0 ? ExtentSet::between(0, *value - 1) : ExtentSet(),
            *value >= 0 ? ExtentSet::between(*value, *value) : ExtentSet(),
            *value < maxExtent ? ExtentSet::between(*value + 1, maxExtent) : ExtentSet()};
  double value = *number.getAsNumber();
  if (value >= 0x1p63)
    return {ExtentSet::all(), {}, {}};
  if (value < 0)
    return {{}, {}, ExtentSet::all()};
  int64_t floor = int64_t(std::floor(value));
  return {ExtentSet::between(0, floor), {}, ExtentSet::between(floor + 1, maxExtent)};
}

std::optional<ExtentSet> mlir::lz::extentsThatHold(StringRef op, StringRef text) {
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(text);
  if (!value) {
    llvm::consumeError(value.takeError());
    return std::nullopt;
  }
  if (op == "in" || op == "not_in") {
    const llvm::json::Array *list = value->getAsArray();
    if (!list)
      return std::nullopt;
    ExtentSet set;
    for (const llvm::json::Value &element : *list) {
      if (!element.getAsNumber())
        return std::nullopt;
      set.unite(splitAt(element).at);
    }
    return op == "in" ? set : set.complement();
  }
  if (!value->getAsNumber())
    return std::nullopt;
  auto [below, at, above] = splitAt(*value);
  if (op == "gt")
    return above;
  if (op == "lt")
    return below;
  if (op == "eq")
    return at;
  if (op == "ne")
    return at.complement();
  if (op == "gte")
    return below.complement();
  if (op == "lte")
    return above.complement();
  return std::nullopt;
}

/// The guard of an integer fact that is an extent or a product of them; nullopt where it is none.
static std::optional<Guard> inlineGuard(const lzrt::CallView &view, ConditionAttr condition) {
  std::optional<lzrt::FactId> fact = lzrt::findFact(condition.getField());
  if (!fact || lzrt::factType(*fact) != LZ_TYPE_INT)
    return std::nullopt;
  Guard guard{condition};
  for (auto [slot, dim] : lzrt::extentsOf(view, *fact))
    guard.extents.emplace_back(slot, dim);
  if (guard.extents.empty())
    return std::nullopt;
  guard.holds = extentsThatHold(condition.getOp(), condition.getValue());
  if (guard.holds)
    return guard;
  if (condition.getOp() != "multiple_of" || condition.getValue().getAsInteger(10, guard.divisor) || guard.divisor <= 0)
    return std::nullopt;
  return guard;
}

SmallVector<GuardedLeaf> mlir::lz::guardsOf(KernelOpInterface op) {
  lzrt::CallView view = viewOf(op);
  SmallVector<GuardedLeaf> leaves;
  for (CandidateAttr candidate : op.getDecision().getCandidates()) {
    GuardedLeaf &leaf = leaves.emplace_back(GuardedLeaf{candidate, {}});
    for (ConditionAttr condition : candidate.getConditions())
      leaf.guards.push_back(inlineGuard(view, condition).value_or(Guard{condition}));
    llvm::stable_sort(leaf.guards,
                      [](const Guard &left, const Guard &right) { return left.isInline() > right.isInline(); });
  }
  return leaves;
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

static Value buildExtent(OpBuilder &builder, Location loc, const Guard &guard, ArrayRef<Value> slots) {
  Value product;
  for (auto [slot, dim] : guard.extents) {
    Value extent = memref::DimOp::create(builder, loc, slots[slot], dim).getResult();
    product = product ? MultiplyExtentsOp::create(builder, loc, product, extent).getResult() : extent;
  }
  return product;
}

static Value compare(OpBuilder &builder, Location loc, arith::CmpIPredicate predicate, Value value, int64_t constant) {
  Value operand = arith::ConstantIndexOp::create(builder, loc, constant);
  return arith::CmpIOp::create(builder, loc, predicate, value, operand);
}

static Value buildInterval(OpBuilder &builder, Location loc, Value extent, ExtentSet::Interval interval) {
  if (interval.low == interval.high)
    return compare(builder, loc, arith::CmpIPredicate::eq, extent, interval.low);
  if (interval.high == maxExtent)
    return compare(builder, loc, arith::CmpIPredicate::sge, extent, interval.low);
  if (interval.low == 0)
    return compare(builder, loc, arith::CmpIPredicate::sle, extent, interval.high);
  Value low = arith::ConstantIndexOp::create(builder, loc, interval.low);
  Value above = arith::SubIOp::create(builder, loc, extent, low);
  return compare(builder, loc, arith::CmpIPredicate::ule, above, interval.high - interval.low);
}

static Value buildMembership(OpBuilder &builder, Location loc, Value extent, const ExtentSet &set) {
  if (set.empty() || set.isAll())
    return arith::ConstantIntOp::create(builder, loc, set.isAll(), 1);
  ExtentSet rest = set.complement();
  if (rest.intervals().size() == 1 && rest.intervals()[0].low == rest.intervals()[0].high)
    return compare(builder, loc, arith::CmpIPredicate::ne, extent, rest.intervals()[0].low);
  Value result;
  for (ExtentSet::Interval interval : set.intervals()) {
    Value test = buildInterval(builder, loc, extent, interval);
    result = result ? arith::OrIOp::create(builder, loc, result, test).getResult() : test;
  }
  return result;
}

Value mlir::lz::buildGuard(OpBuilder &builder, Location loc, const Guard &guard, ArrayRef<Value> slots) {
  Value extent = buildExtent(builder, loc, guard, slots);
  if (guard.holds)
    return buildMembership(builder, loc, extent, *guard.holds);
  Value divisor = arith::ConstantIndexOp::create(builder, loc, guard.divisor);
  Value rest = arith::RemUIOp::create(builder, loc, extent, divisor);
  return compare(builder, loc, arith::CmpIPredicate::eq, rest, 0);
}
