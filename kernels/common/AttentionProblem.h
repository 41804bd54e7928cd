//===- AttentionProblem.h - An attention call, checked and layout-free ----===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What attention.{causal, full, cross, sliding_window, prefill, decode} and alibi ask for, in terms of batch, head and
// position. Changes with the slots in lzrt/abi/operations.h.
//
//   s[i,j] = cap(scale * q_i . k_j) + bias[i,j] + mask[i,j],  cap(x) = softcap * tanh(x / softcap) or x
//   bias[i,j] = slope of the head * (j - position of i) in alibi, else 0
//   out_i  = sum over visible j of softmax(s_i)[j] * v_j, zero where no key is visible
//   lse_i  = log(sum over visible j of exp(s[i,j])), -inf where no key is visible
//
//===----------------------------------------------------------------------===//
#ifndef LZ_KERNELS_COMMON_ATTENTIONPROBLEM_H
#define LZ_KERNELS_COMMON_ATTENTIONPROBLEM_H

#include "Cache.h"

namespace lz::kernels {

/// Which keys the queries of one sequence see.
struct Visibility {
  bool causal = false;
  int64_t keys = 0;           ///< How many there are.
  int64_t shift = 0;          ///< Query i stands at key position i + shift.
  int64_t window = INT64_MAX; ///< Keys that a query sees, its own position included.

  /// How far key `j` is ahead of query `i`.
  int64_t distance(int64_t i, int64_t j) const { return j - (i + shift); }
  /// The keys that query `i` sees are [firstKey(i), endKey(i)).
  int64_t endKey(int64_t i) const { return causal ? std::clamp<int64_t>(i + shift + 1, 0, keys) : keys; }
  int64_t firstKey(int64_t i) const {
    if (!causal || window > i + shift)
      return 0;
    return std::clamp<int64_t>(i + shift - window + 1, 0, endKey(i));
  }
};

struct AttentionProblem {
  using Strides = AxisStrides;

  int64_t batch = 1, queries = 0, heads = 0, kvHeads = 0, headDim = 0, headDimV = 0;
  int64_t keys = 0;  ///< With a cache: its capacity.
  int64_t group = 1; ///< Query heads that share one key head.
  Tensor q, k, v, slopes, mask, out, lse;
  Strides qStrides, kStrides, vStrides, outStrides;
  int64_t maskStrides[4] = {}; ///< Batch, head, query, key.
  int64_t lseStrides[3] = {};  ///< Batch, head, query.
  double scale = 1, softcap = 0;
  bool cached = false; ///< k and v are caches, whose rows `cache` locates.
  CacheMap cache;
  bool causal = false, bottomRight = false;
  int64_t window = INT64_MAX;

  Visibility visibility(int64_t b) const {
    int64_t count = cached ? cache.length(b) : keys;
    return {causal, count, bottomRight ? count - queries : 0, window};
  }
  /// The keys of the longest sequence.
  int64_t mostKeys() const { return cached ? cache.longest() : keys; }
  /// The element offset of key `j`, below the sequence's count, in k or v.
  int64_t rowOf(const Strides &strides, int64_t b, int64_t kvHead, int64_t j) const {
    CacheMap::Place place = cached ? cache.place(b, j) : CacheMap::Place{b, j};
    return place.batch * strides.batch + kvHead * strides.head + place.position * strides.position;
  }
  /// How many rows from key `j` on lie a position's stride apart.
  int64_t rowsTogether(int64_t j) const { return cached ? cache.together(j) : keys - j; }
};

namespace detail {

inline void readSlopes(ArgumentReader &reader, AttentionProblem &problem) {
  if (!problem.slopes.present)
    return;
  reader.valid(problem.slopes.rank == 1 && problem.slopes.shape[0] == problem.heads);
  reader.supported(isParameterOf(problem.slopes, problem.q));
}

inline void readMask(ArgumentReader &reader, AttentionProblem &problem, int rank) {
  if (!problem.mask.present)
    return;
  int skip = 4 - rank;
  reader.valid(problem.mask.rank == rank);
  reader.supported(isParameterOf(problem.mask, problem.q));
  const int64_t extents[4] = {problem.batch, problem.heads, problem.queries, problem.keys};
  for (int i = skip; i < 4 && reader.ok(); ++i) {
    int64_t extent = problem.mask.shape[i - skip];
    reader.valid(extent == extents[i] || extent == 1);
    problem.maskStrides[i] = extent == 1 ? 0 : problem.mask.strides[i - skip];
  }
}

inline void readLse(ArgumentReader &reader, AttentionProblem &problem, int rank) {
  if (!problem.lse.present)
    return;
  int skip = 4 - rank;
  reader.valid(problem.lse.rank == rank - 1 && problem.lse.element == Element::F32);
  const int64_t extents[3] = {problem.batch, problem.heads, problem.queries};
  for (int i = skip; i < 3 && reader.ok(); ++i) {
    reader.valid(problem.lse.shape[i - skip] == extents[i]);
    problem.lseStrides[i] = problem.lse.strides[i - skip];
  }
}

inline void readVisibility(ArgumentReader &reader, AttentionProblem &problem, int operation) {
  bool sliding = operation == LZ_OP_ATTENTION_SLIDING_WINDOW;
  bool aligned = operation == LZ_OP_ATTENTION_CAUSAL || sliding || problem.cached;
  problem.causal = aligned || operation == LZ_OP_ALIBI;
  if (!aligned)
    return; // alibi is aligned top left
  int64_t alignment = reader.mandatory(LZ_ATTR_CAUSAL_ALIGNMENT);
  reader.valid(alignment == LZ_ALIGNMENT_TOP_LEFT || alignment == LZ_ALIGNMENT_BOTTOM_RIGHT);
  problem.bottomRight = alignment == LZ_ALIGNMENT_BOTTOM_RIGHT;
  const lz_attribute_t *window = sliding || problem.cached ? reader.attribute(LZ_ATTR_WINDOW_SIZE) : nullptr;
  reader.valid(window || !sliding);
  if (!window)
    return;
  problem.window = window->value.i64;
  reader.valid(problem.window >= 1);
}

inline void readScores(ArgumentReader &reader, AttentionProblem &problem) {
  const lz_attribute_t *scale = reader.attribute(LZ_ATTR_SCALE);
  // Without a head dimension every score is an empty sum, which no scale changes.
  problem.scale = scale ? scale->value.f64 : problem.headDim == 0 ? 1.0 : 1.0 / std::sqrt(double(problem.headDim));
  if (const lz_attribute_t *softcap = reader.attribute(LZ_ATTR_SOFTCAP))
    problem.softcap = softcap->value.f64;
  reader.valid(problem.softcap >= 0 && std::isfinite(problem.softcap));
  const lz_attribute_t *dropout = reader.attribute(LZ_ATTR_DROPOUT_P);
  reader.supported(!dropout || dropout->value.f64 == 0);
}

inline void readExtents(ArgumentReader &reader, AttentionProblem &problem) {
  const LayoutAxes *layout = axesOf(reader.mandatory(LZ_ATTR_LAYOUT));
  Extents q = byAxis(reader, problem.q, layout, problem.qStrides);
  Extents k = byAxis(reader, problem.k, layout, problem.kStrides);
  Extents v = byAxis(reader, problem.v, layout, problem.vStrides);
  Extents out = byAxis(reader, problem.out, layout, problem.outStrides);
  reader.valid(v.batch == k.batch && out.batch == q.batch);
  reader.valid(v.position == k.position && out.position == q.position);
  reader.valid(v.head == k.head && out.head == q.head && k.dim == q.dim && out.dim == v.dim);
  reader.valid(k.head == 0 ? q.head == 0 : q.head % k.head == 0);
  problem.batch = q.batch, problem.queries = q.position, problem.keys = k.position;
  problem.heads = q.head, problem.kvHeads = k.head, problem.headDim = q.dim, problem.headDimV = v.dim;
  problem.group = k.head ? q.head / k.head : 1;
  if (!problem.cached)
    return reader.valid(k.batch == q.batch);
  readCache(reader, layout, 3, q.batch, k, problem.cache);
  problem.keys = problem.cache.capacity;
}

/// k and v are of the queries' type; a cache has a type of its own.
inline void readTypes(ArgumentReader &reader, const AttentionProblem &problem) {
  reader.supported(isFloat(problem.q.element) && problem.out.element == problem.q.element);
  reader.supported(isFloat(problem.k.element) && problem.v.element == problem.k.element);
  reader.supported(problem.cached || problem.k.element == problem.q.element);
}

/// What an operation has in its slots: slot 3 may hold slopes, or a cache's lengths with the block table behind them.
struct AttentionSlots {
  bool known, sloped, cached;
  unsigned mask;
};
inline AttentionSlots slotsOf(int operation) {
  bool sloped = operation == LZ_OP_ALIBI;
  bool cached = operation == LZ_OP_ATTENTION_PREFILL || operation == LZ_OP_ATTENTION_DECODE;
  bool known = sloped || cached || operation <= LZ_OP_ATTENTION_SLIDING_WINDOW;
  return {known, sloped, cached, sloped ? 4u : cached ? 5u : 3u};
}

} // namespace detail

/// Fills `problem` from a call of one of the seven operations. UNSUPPORTED where the types are not ours,
/// INVALID_ARGUMENT where the arguments contradict each other or the cache lacks a row.
inline int32_t readAttention(const lz_call_t *call, AttentionProblem &problem) {
  ArgumentReader reader(call);
  if (!reader.ok())
    return reader.status();
  int operation = call->site->operation;
  detail::AttentionSlots slots = detail::slotsOf(operation);
  reader.supported(slots.known);
  problem.cached = slots.cached;
  problem.q = reader.argument(0), problem.k = reader.argument(1), problem.v = reader.argument(2);
  if (slots.sloped)
    problem.slopes = reader.argument(3);
  problem.mask = reader.optional(slots.mask), problem.out = reader.argument(slots.mask + 1),
  problem.lse = reader.optional(slots.mask + 2);
  detail::readExtents(reader, problem);
  detail::readTypes(reader, problem);
  detail::readSlopes(reader, problem);
  detail::readMask(reader, problem, problem.q.rank);
  detail::readLse(reader, problem, problem.q.rank);
  detail::readVisibility(reader, problem, operation);
  detail::readScores(reader, problem);
  if (reader.ok() && problem.cached)
    detail::checkCache(reader, problem.cache, [](int64_t) { return int64_t(0); });
  return reader.status();
}

} // namespace lz::kernels

#endif // LZ_KERNELS_COMMON_ATTENTIONPROBLEM_H
