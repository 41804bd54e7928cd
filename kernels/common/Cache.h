//===- Cache.h - Where a key-value cache holds its tokens -----------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The two cache tensors of kv_cache.update and attention.{prefill, decode}, as a map from sequence and position to
// rows. Changes with the slots in lzrt/abi/operations.h.
//
// lengths[b] counts the tokens of sequence b that are in the cache once the call's own tokens are. Of the S tokens of a
// call, token i of sequence b stands at position lengths[b] - S + i; where that is negative, it is padding. A dense
// cache has row p of sequence b at (b, p) on the batch and the sequence axis, a paged one at (table[b, p / size], p %
// size) with blocks of `size` rows.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_KERNELS_COMMON_CACHE_H
#define LZ_KERNELS_COMMON_CACHE_H

#include "Index.h"
#include "Layout.h"

#include <algorithm>

namespace lz::kernels {

struct CacheMap {
  /// A row's index on the batch axis and on the sequence axis.
  struct Place {
    int64_t batch, position;
  };

  Tensor lengths, table; ///< Without a table the cache is dense.
  int64_t batch = 1;
  int64_t blocks = 0, blockSize = 0; ///< Of a paged cache.
  int64_t capacity = 0;              ///< Positions that a sequence has room for.

  int64_t length(int64_t b) const { return idAt(lengths, b); }
  int64_t longest() const {
    int64_t result = 0;
    for (int64_t b = 0; b < batch; ++b)
      result = std::max(result, length(b));
    return result;
  }
  /// Block `index` of sequence `b`, as the table has it.
  int64_t block(int64_t b, int64_t index) const { return idAt(table, b * table.shape[1] + index); }
  /// `position` must be below the sequence's length.
  Place place(int64_t b, int64_t position) const {
    if (!table.present)
      return {b, position};
    return {block(b, position / blockSize), position % blockSize};
  }
  /// How many rows from `position` on lie a position's stride apart.
  int64_t together(int64_t position) const {
    return table.present ? blockSize - position % blockSize : capacity - position;
  }
};

namespace detail {

/// Reads lengths and table of a cache whose key rows have `extents`; the capacity follows.
inline void readCache(ArgumentReader &reader, const LayoutAxes *layout, unsigned lengthsSlot, int64_t batch,
                      const Extents &extents, CacheMap &cache) {
  int64_t kvLayout = reader.mandatory(LZ_ATTR_KV_LAYOUT);
  reader.valid(kvLayout == LZ_KV_LAYOUT_DENSE || kvLayout == LZ_KV_LAYOUT_PAGED);
  cache.lengths = reader.argument(lengthsSlot), cache.table = reader.optional(lengthsSlot + 1);
  reader.valid(cache.lengths.rank == 1 && cache.lengths.shape[0] == batch);
  reader.valid(cache.table.present == (kvLayout == LZ_KV_LAYOUT_PAGED));
  reader.supported(isInteger(cache.lengths.element));
  cache.batch = batch;
  if (!cache.table.present) {
    reader.valid(extents.batch == batch);
    cache.capacity = extents.position;
    return;
  }
  reader.valid(layout && layout->axes[LZ_AXIS_BATCH] >= 0); // where the blocks stand
  reader.valid(cache.table.rank == 2 && cache.table.shape[0] == batch);
  reader.supported(isInteger(cache.table.element));
  cache.blocks = extents.batch, cache.blockSize = extents.position;
  reader.valid(!__builtin_mul_overflow(cache.table.shape[1], cache.blockSize, &cache.capacity));
}

/// Checks the data: the lengths, and the table's entries for the rows from `firstRow(length)` to the end of each
/// sequence. The other entries mean nothing.
template <typename FirstRow> void checkCache(ArgumentReader &reader, const CacheMap &cache, FirstRow &&firstRow) {
  int64_t most = cache.capacity;
  if (const lz_attribute_t *limit = reader.attribute(LZ_ATTR_MAX_CONTEXT_LEN)) {
    reader.valid(limit->value.i64 >= 1);
    most = std::min(most, limit->value.i64);
  }
  for (int64_t b = 0; b < cache.batch && reader.ok(); ++b) {
    int64_t length = cache.length(b);
    reader.valid(length >= 0 && length <= most);
    if (!reader.ok() || !cache.table.present || length == 0)
      continue;
    int64_t end = (length - 1) / cache.blockSize + 1;
    for (int64_t i = firstRow(length) / cache.blockSize; i < end; ++i)
      reader.valid(cache.block(b, i) >= 0 && cache.block(b, i) < cache.blocks);
  }
}

} // namespace detail

/// kv_cache.update: the row of token i's position becomes k[b, i] in the one cache and v[b, i] in the other, rounded to
/// the caches' type; padding is left out, and every other row stays.
struct CacheUpdateProblem {
  CacheMap cache;
  Tensor k, v, kCache, vCache;
  AxisStrides kStrides, vStrides, kCacheStrides, vCacheStrides;
  int64_t batch = 1, tokens = 0, heads = 0, headDim = 0, headDimV = 0;

  /// Where token `i` of sequence `b` stands; negative for padding.
  int64_t position(int64_t b, int64_t i) const { return cache.length(b) - tokens + i; }
};

inline int32_t readCacheUpdate(const lz_call_t *call, CacheUpdateProblem &problem) {
  ArgumentReader reader(call);
  if (!reader.ok())
    return reader.status();
  reader.supported(call->site->operation == LZ_OP_KV_CACHE_UPDATE);
  problem.k = reader.argument(0), problem.v = reader.argument(1);
  problem.kCache = reader.argument(4), problem.vCache = reader.argument(5);
  const detail::LayoutAxes *layout = detail::axesOf(reader.mandatory(LZ_ATTR_LAYOUT));
  detail::Extents k = detail::byAxis(reader, problem.k, layout, problem.kStrides);
  detail::Extents v = detail::byAxis(reader, problem.v, layout, problem.vStrides);
  detail::Extents keys = detail::byAxis(reader, problem.kCache, layout, problem.kCacheStrides);
  detail::Extents values = detail::byAxis(reader, problem.vCache, layout, problem.vCacheStrides);
  reader.valid(v.batch == k.batch && v.position == k.position && v.head == k.head);
  reader.valid(values.batch == keys.batch && values.position == keys.position);
  reader.valid(keys.head == k.head && values.head == k.head && keys.dim == k.dim && values.dim == v.dim);
  reader.supported(isFloat(problem.k.element) && problem.v.element == problem.k.element &&
                   isFloat(problem.kCache.element) && problem.vCache.element == problem.kCache.element);
  detail::readCache(reader, layout, 2, k.batch, keys, problem.cache);
  problem.batch = k.batch, problem.tokens = k.position;
  problem.heads = k.head, problem.headDim = k.dim, problem.headDimV = v.dim;
  if (reader.ok())
    detail::checkCache(reader, problem.cache,
                       [&](int64_t length) { return std::max<int64_t>(length - problem.tokens, 0); });
  return reader.status();
}

} // namespace lz::kernels

#endif // LZ_KERNELS_COMMON_CACHE_H
