//===- KVCache.cpp - Caches of keys and values: verifiers and decomposition -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "KVCache.h"

using namespace mlir;
using namespace mlir::lz;

int64_t CacheOperands::capacity() const {
  int64_t positions = LayoutAxes(layout).extent(keys.value, LZ_AXIS_SEQ);
  if (!isPaged())
    return positions;
  int64_t blocks = blockTable.extent(1), product = 0;
  if (ShapedType::isDynamic(positions) || ShapedType::isDynamic(blocks) ||
      llvm::MulOverflow(positions, blocks, product))
    return ShapedType::kDynamic;
  return product;
}

LogicalResult CacheOperands::verifyBlockTable(const ShapeChecks &checks, NamedOperand sequences) const {
  LayoutAxes axes(layout);
  if (!isPaged())
    return blockTable.value ? checks.fail("a dense cache takes no `block_table`; say kv_layout = #lz.kv_layout<paged> "
                                          "if the cache has blocks")
                            : success();
  if (!axes.hasBatch())
    return checks.fail("a paged cache needs an axis for its blocks, which layout " + stringifyLayout(layout) +
                       " lacks; use BSHD or BHSD");
  if (!blockTable.value)
    return checks.fail("a paged cache needs a `block_table`");
  return checks.extent(blockTable, 0, axes.extent(sequences.value, LZ_AXIS_BATCH),
                       "the batch of `" + sequences.name + "`");
}

LogicalResult CacheOperands::verify(const ShapeChecks &checks, NamedOperand sequences) const {
  LayoutAxes axes(layout);
  if (failed(checks.ranksOfLayout({keys, values}, layout)) || failed(verifyBlockTable(checks, sequences)))
    return failure();
  if (!axes.hasBatch() &&
      failed(checks.extent(lengths, 0, 1, "as layout " + stringifyLayout(layout) + " has one sequence")))
    return failure();
  if (axes.hasBatch() && failed(checks.extent(lengths, 0, axes.extent(sequences.value, LZ_AXIS_BATCH),
                                              "the batch of `" + sequences.name + "`")))
    return failure();
  if (axes.hasBatch() && !isPaged() && failed(checks.axis(axes, keys, sequences, LZ_AXIS_BATCH)))
    return failure();
  if (axes.hasBatch() && failed(checks.axis(axes, values, keys, LZ_AXIS_BATCH)))
    return failure();
  return success(succeeded(checks.axis(axes, values, keys, LZ_AXIS_SEQ)) &&
                 succeeded(checks.axis(axes, values, keys, LZ_AXIS_HEADS)));
}

LogicalResult KVCacheUpdateOp::verify() {
  ShapeChecks checks(*this);
  LayoutAxes axes(getLayout());
  NamedOperand k{"k", getK()}, v{"v", getV()};
  CacheOperands cache = CacheOperands::of(*this);
  if (failed(checks.ranksOfLayout({k, v}, getLayout())) || failed(cache.verify(checks, k)))
    return failure();
  if (axes.hasBatch() && failed(checks.axis(axes, v, k, LZ_AXIS_BATCH)))
    return failure();
  return success(succeeded(checks.axis(axes, v, k, LZ_AXIS_SEQ)) && succeeded(checks.axis(axes, v, k, LZ_AXIS_HEADS)) &&
                 succeeded(checks.axis(axes, cache.keys, k, LZ_AXIS_HEADS)) &&
                 succeeded(checks.axis(axes, cache.keys, k, LZ_AXIS_HEAD_DIM)) &&
                 succeeded(checks.axis(axes, cache.values, v, LZ_AXIS_HEAD_DIM)));
}

CacheRows::CacheRows(Decomposer &decomposer, const CacheOperands &cache, Value sequences, std::optional<int64_t> limit)
    : cache(cache), axes(cache.layout), operation(decomposer.operationName()) {
  ScalarBuilder &scalars = decomposer.scalars;
  sequenceCount = axes.hasBatch() ? scalars.extent(sequences, axes.dim(LZ_AXIS_BATCH)) : scalars.index(1);
  maximum = scalars.extent(cache.keys.value, axes.dim(LZ_AXIS_SEQ));
  if (cache.isPaged()) {
    blockSize = scalars.atLeastOne(maximum);
    maximum = scalars.mulIndex(maximum, scalars.extent(cache.blockTable.value, 1));
  }
  requireExtents(decomposer, sequences);
  requireLengths(decomposer, limit);
}

void CacheRows::requireExtents(Decomposer &decomposer, Value sequences) const {
  auto equal = [&](NamedOperand operand, NamedOperand other, lz_axis_t axis) {
    decomposer.requireExtent(operand.value, axes.dim(axis), decomposer.extent(other.value, axes.dim(axis)));
  };
  decomposer.requireExtent(cache.lengths.value, 0, OpFoldResult(sequenceCount));
  if (cache.isPaged())
    decomposer.requireExtent(cache.blockTable.value, 0, OpFoldResult(sequenceCount));
  else if (axes.hasBatch())
    equal(cache.keys, {"", sequences}, LZ_AXIS_BATCH);
  if (axes.hasBatch())
    equal(cache.values, cache.keys, LZ_AXIS_BATCH);
  equal(cache.values, cache.keys, LZ_AXIS_SEQ);
  equal(cache.values, cache.keys, LZ_AXIS_HEADS);
}

void CacheRows::requireBlocks(ScalarBuilder &scalars, Value sequence, Value length) const {
  Value blocks = scalars.extent(cache.keys.value, axes.dim(LZ_AXIS_BATCH));
  Value last = scalars.addIndex(length, scalars.subIndex(blockSize, scalars.index(1)));
  scalars.loop(scalars.index(0), scalars.divIndex(last, blockSize), {}, [&](ScalarBuilder &s, Value entry, ValueRange) {
    Value block = s.toIndex(s.load(cache.blockTable.value, {sequence, entry}));
    s.require(s.isWithin(block, blocks),
              "`" + operation + "`: `block_table` names a block that the cache does not have");
    return SmallVector<Value>();
  });
}

void CacheRows::requireLengths(Decomposer &decomposer, std::optional<int64_t> limit) {
  auto check = [&](ScalarBuilder &s, Value sequence, ValueRange longest) {
    Value length = this->length(s, sequence);
    s.require(s.isWithin(length, s.addIndex(maximum, s.index(1))),
              "`" + operation + "`: a length in `lengths` is below 0 or above the capacity of the cache");
    if (limit)
      s.require(s.isWithin(length, s.addIndex(s.index(*limit), s.index(1))),
                "`" + operation + "`: a length in `lengths` is above `max_context_len`");
    if (cache.isPaged())
      requireBlocks(s, sequence, length);
    return SmallVector<Value>{s.maxIndex(longest[0], length)};
  };
  ScalarBuilder &scalars = decomposer.scalars;
  longestLength = scalars.loop(scalars.index(0), sequenceCount, {scalars.index(0)}, check)[0];
}

Value CacheRows::length(ScalarBuilder &scalars, Value sequence) const {
  return scalars.toIndex(scalars.load(cache.lengths.value, {axes.hasBatch() ? sequence : scalars.index(0)}));
}

CacheRows::Place CacheRows::place(ScalarBuilder &scalars, Value sequence, Value position) const {
  if (!cache.isPaged())
    return {sequence, position};
  Value entry = scalars.divIndex(position, blockSize);
  Value block = scalars.toIndex(scalars.load(cache.blockTable.value, {sequence, entry}));
  Value isNeeded = scalars.lessIndex(position, length(scalars, sequence));
  return {scalars.select(isNeeded, block, scalars.index(0)),
          scalars.subIndex(position, scalars.mulIndex(entry, blockSize))};
}

/// `cache` with its new rows, those of `tokens` that stand at no position below 0.
static Value writeRows(Decomposer &decomposer, const CacheRows &rows, LayoutAxes axes, Value tokens, Value cache) {
  ScalarBuilder &scalars = decomposer.scalars;
  auto extentOf = [&](lz_axis_t axis) { return scalars.extent(tokens, axes.dim(axis)); };
  Value count = extentOf(LZ_AXIS_SEQ), heads = extentOf(LZ_AXIS_HEADS), dims = extentOf(LZ_AXIS_HEAD_DIM);
  Value zero = scalars.index(0), one = scalars.index(1);
  auto writeToken = [&](ScalarBuilder &s, Value sequence, Value token, Value position, ValueRange state) {
    CacheRows::Place place = rows.place(s, sequence, position);
    return s.loop(zero, heads, state, [&](ScalarBuilder &s, Value head, ValueRange state) {
      return s.loop(zero, dims, state, [&](ScalarBuilder &s, Value dim, ValueRange state) {
        Value value = s.load(tokens, axes.order<Value>(sequence, token, head, dim));
        return SmallVector<Value>{s.store(value, state[0], axes.order<Value>(place.batch, place.position, head, dim))};
      });
    });
  };
  Value sequences = axes.hasBatch() ? extentOf(LZ_AXIS_BATCH) : one;
  return scalars.loop(zero, sequences, {cache}, [&](ScalarBuilder &s, Value sequence, ValueRange state) {
    Value start = s.subIndex(rows.length(s, sequence), count);
    Value padding = s.maxIndex(zero, s.subIndex(zero, start));
    return s.loop(padding, count, state, [&](ScalarBuilder &s, Value token, ValueRange state) {
      return writeToken(s, sequence, token, s.addIndex(start, token), state);
    });
  })[0];
}

FailureOr<SmallVector<Value>> KVCacheUpdateOp::decompose(OpBuilder &builder) {
  if (failed(requireTensors(*this)))
    return failure();
  Decomposer decomposer(builder, *this);
  LayoutAxes axes(getLayout());
  CacheOperands cache = CacheOperands::of(*this);
  auto equal = [&](Value operand, Value other, lz_axis_t axis) {
    decomposer.requireExtent(operand, axes.dim(axis), decomposer.extent(other, axes.dim(axis)));
  };
  if (axes.hasBatch())
    equal(getV(), getK(), LZ_AXIS_BATCH);
  for (lz_axis_t axis : {LZ_AXIS_SEQ, LZ_AXIS_HEADS})
    equal(getV(), getK(), axis);
  for (lz_axis_t axis : {LZ_AXIS_HEADS, LZ_AXIS_HEAD_DIM})
    equal(getKCache(), getK(), axis);
  equal(getVCache(), getV(), LZ_AXIS_HEAD_DIM);
  CacheRows rows(decomposer, cache, getK(), getMaxContextLen());
  Value keys = writeRows(decomposer, rows, axes, getK(), getKCache());
  return SmallVector<Value>{keys, writeRows(decomposer, rows, axes, getV(), getVCache())};
}
