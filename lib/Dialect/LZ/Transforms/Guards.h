//===- Guards.h - The open conditions of a decision as tests -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a guard means is what runtime/policy/Evaluator.cpp says of its condition; this file knows the special case of an
// integer that is an extent.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_DIALECT_LZ_TRANSFORMS_GUARDS_H
#define LZ_DIALECT_LZ_TRANSFORMS_GUARDS_H

#include "lz/Dialect/LZ/IR/LZDialect.h"

#include <optional>
#include <string>
#include <utility>

namespace mlir::lz {

/// Integers from 0 to 2^63 - 1, which is where extents lie: closed intervals, ascending, with gaps between them.
class ExtentSet {
public:
  struct Interval {
    int64_t low, high;
  };
  static ExtentSet all();
  /// Empty where low > high.
  static ExtentSet between(int64_t low, int64_t high);
  ArrayRef<Interval> intervals() const { return list; }
  bool empty() const { return list.empty(); }
  bool isAll() const;
  bool contains(int64_t value) const;
  ExtentSet complement() const;
  void unite(const ExtentSet &other);

private:
  SmallVector<Interval, 2> list;
};

/// The integers for which `op` with the JSON operand `value` holds; nullopt where that is no set of intervals. Exact
/// for operands that are no integers, and for those beyond 64 bits.
std::optional<ExtentSet> extentsThatHold(StringRef op, StringRef value);

/// One open condition of a candidate.
struct Guard {
  ConditionAttr condition;
  /// The fact is the product of these extents, (slot, dimension); empty: the runtime tests the condition.
  SmallVector<std::pair<unsigned, unsigned>, 2> extents;
  /// Of an extent guard: where it holds; or, of `multiple_of`, nullopt and the divisor.
  std::optional<ExtentSet> holds;
  int64_t divisor = 0;
  bool isInline() const { return !extents.empty(); }
};

/// A candidate of a decision with its guards; inline ones first, for they are cheap.
struct GuardedLeaf {
  CandidateAttr candidate;
  SmallVector<Guard> guards;
};

/// Reads the open conditions of an op's decision.
SmallVector<GuardedLeaf> guardsOf(KernelOpInterface op);

/// Drops guards that are settled by those tested before them, and leaves that no call reaches. Returns the number of
/// leaves dropped. An answer "reached" may be wrong where facts hang together (a product and its factors); an answer
/// "not reached" is always right.
unsigned simplifyGuards(KernelOpInterface op, SmallVectorImpl<GuardedLeaf> &leaves);

/// The i1 of an inline guard at the builder's insertion point; `slots` are the op's operands by slot.
Value buildGuard(OpBuilder &builder, Location loc, const Guard &guard, ArrayRef<Value> slots);

} // namespace mlir::lz

#endif // LZ_DIALECT_LZ_TRANSFORMS_GUARDS_H
