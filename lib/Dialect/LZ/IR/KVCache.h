//===- KVCache.h - A cache of keys and values, as the operations on one see it -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// LZCacheOps.td says what the operands mean.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_DIALECT_LZ_IR_KVCACHE_H
#define LZ_DIALECT_LZ_IR_KVCACHE_H

#include "Decomposition.h"
#include "ShapeChecks.h"

namespace mlir::lz {

/// The operands that make up a cache.
struct CacheOperands {
  NamedOperand keys, values, lengths, blockTable; ///< blockTable's value is null where the cache is dense.
  Layout layout;
  KVLayout kvLayout;

  template <typename Op> static CacheOperands of(Op op) {
    return {{"k_cache", op.getKCache()},
            {"v_cache", op.getVCache()},
            {"lengths", op.getLengths()},
            {"block_table", op.getBlockTable()},
            op.getLayout(),
            op.getKvLayout()};
  }
  bool isPaged() const { return kvLayout == KVLayout::Paged; }
  /// How many tokens a sequence can hold, where types say it.
  int64_t capacity() const;
  /// That the operands fit each other and `sequences`, which has the layout's rank and a batch item a sequence. What
  /// the caches hold of each token is the caller's to verify, but for the values, which are as many as the keys.
  LogicalResult verify(const ShapeChecks &checks, NamedOperand sequences) const;

private:
  LogicalResult verifyBlockTable(const ShapeChecks &checks, NamedOperand sequences) const;
};

/// Where the rows of a cache stand, in code. Building one requires what `CacheOperands::verify` does of open extents,
/// and then of every sequence that its length fits and that the blocks it needs are blocks of the cache.
class CacheRows {
public:
  /// Indices of one row of a cache: its batch item or block (null where the layout has no batch), and its position.
  struct Place {
    Value batch, position;
  };

  /// `sequences` and `limit` as in `CacheOperands::verify` and the attribute `max_context_len`.
  CacheRows(Decomposer &decomposer, const CacheOperands &cache, Value sequences, std::optional<int64_t> limit);

  /// How many tokens a sequence can hold.
  Value capacity() const { return maximum; }
  /// The length of the longest sequence.
  Value longest() const { return longestLength; }
  /// The length of sequence `sequence`, a number that is ignored where the layout has no batch.
  Value length(ScalarBuilder &scalars, Value sequence) const;
  /// Where row `position` of a sequence stands. From the sequence's length up to its capacity this is some row of the
  /// cache, if the cache has any.
  Place place(ScalarBuilder &scalars, Value sequence, Value position) const;

private:
  void requireExtents(Decomposer &decomposer, Value sequences) const;
  void requireLengths(Decomposer &decomposer, std::optional<int64_t> limit);
  void requireBlocks(ScalarBuilder &scalars, Value sequence, Value length) const;

  CacheOperands cache;
  LayoutAxes axes;
  StringRef operation;
  Value sequenceCount, maximum, longestLength, blockSize; ///< blockSize, at least 1, is null where dense.
};

} // namespace mlir::lz

#endif // LZ_DIALECT_LZ_IR_KVCACHE_H
