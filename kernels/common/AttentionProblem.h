//===- AttentionProblem.h - An attention call, checked and layout-free ----===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What attention.{causal, full, cross, sliding_window} and alibi ask for, in terms of batch, head and position. Changes
// with the slots in lzrt/abi/operations.h.
//
//   s[i,j] = cap(scale * q_i . k_j) + bias[i,j] + mask[i,j],  cap(x) = softcap * tanh(x / softcap) or x
//   bias[i,j] = slope of the head * (j - position of i) in alibi, else 0
//   out_i  = sum over visible j of softmax(s_i)[j] * v_j, zero where no key is visible
//   lse_i  = log(sum over visible j of exp(s[i,j])), -inf where no key is visible
//
//===----------------------------------------------------------------------===//
#ifndef LZ_KERNELS_COMMON_ATTENTIONPROBLEM_H
#define LZ_KERNELS_COMMON_ATTENTIONPROBLEM_H

#include "Arguments.h"

#include <algorithm>

namespace lz::kernels {

struct AttentionProblem {
  /// Element strides of a tensor by axis; 0 where it is broadcast or the layout lacks the axis.
  struct Strides {
    int64_t batch = 0, position = 0, head = 0, dim = 0;
  };

  int64_t batch = 1, queries = 0, keys = 0, heads = 0, kvHeads = 0, headDim = 0, headDimV = 0;
  int64_t group = 1; ///< Query heads that share one key head.
  Tensor q, k, v, slopes, mask, out, lse;
  Strides qStrides, kStrides, vStrides, outStrides;
  int64_t maskStrides[4] = {}; ///< Batch, head, query, key.
  int64_t lseStrides[3] = {};  ///< Batch, head, query.
  double scale = 1, softcap = 0;
  bool causal = false;
  int64_t shift = 0;          ///< Query i stands at key position i + shift.
  int64_t window = INT64_MAX; ///< Keys that a query sees, its own position included.

  /// How far key `j` is ahead of query `i`.
  int64_t distance(int64_t i, int64_t j) const { return j - (i + shift); }
  /// The keys that query `i` sees, as far as the causal rule goes, are [firstKey(i), endKey(i)).
  int64_t endKey(int64_t i) const { return causal ? std::clamp<int64_t>(i + shift + 1, 0, keys) : keys; }
  int64_t firstKey(int64_t i) const {
    if (!causal || window > i + shift)
      return 0;
    return std::clamp<int64_t>(i + shift - window + 1, 0, endKey(i));
  }
};

namespace detail {

/// Where a layout has its axes, in the order of lz_axis_t; -1 where it lacks one.
struct LayoutAxes {
  int axes[4];
};
inline const LayoutAxes *axesOf(int64_t layout) {
  static constexpr LayoutAxes table[] = {
#define LZ_X(id, name, ...) {__VA_ARGS__},
      LZ_LAYOUTS(LZ_X)
#undef LZ_X
  };
  return layout >= 0 && layout < LZ_LAYOUT_COUNT ? &table[layout] : nullptr;
}

struct Extents {
  int64_t batch, position, head, dim;
};

/// Extents and strides of a q-, k-, v- or x-like tensor under `layout`.
inline Extents byAxis(ArgumentReader &reader, const Tensor &tensor, const LayoutAxes *layout,
                      AttentionProblem::Strides &strides) {
  reader.valid(layout && tensor.rank == (layout->axes[0] < 0 ? 3 : 4));
  if (!reader.ok())
    return {};
  int64_t extents[4], steps[4];
  for (int axis = 0; axis < 4; ++axis) {
    int at = layout->axes[axis];
    extents[axis] = at < 0 ? 1 : tensor.shape[at];
    steps[axis] = at < 0 ? 0 : tensor.strides[at];
  }
  strides = {steps[LZ_AXIS_BATCH], steps[LZ_AXIS_SEQ], steps[LZ_AXIS_HEADS], steps[LZ_AXIS_HEAD_DIM]};
  return {extents[LZ_AXIS_BATCH], extents[LZ_AXIS_SEQ], extents[LZ_AXIS_HEADS], extents[LZ_AXIS_HEAD_DIM]};
}

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
  bool aligned = operation == LZ_OP_ATTENTION_CAUSAL || operation == LZ_OP_ATTENTION_SLIDING_WINDOW;
  problem.causal = aligned || operation == LZ_OP_ALIBI;
  if (!aligned)
    return; // alibi is aligned top left
  int64_t alignment = reader.mandatory(LZ_ATTR_CAUSAL_ALIGNMENT);
  reader.valid(alignment == LZ_ALIGNMENT_TOP_LEFT || alignment == LZ_ALIGNMENT_BOTTOM_RIGHT);
  problem.shift = alignment == LZ_ALIGNMENT_BOTTOM_RIGHT ? problem.keys - problem.queries : 0;
  if (operation != LZ_OP_ATTENTION_SLIDING_WINDOW)
    return;
  problem.window = reader.mandatory(LZ_ATTR_WINDOW_SIZE);
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

inline void readExtents(ArgumentReader &reader, AttentionProblem &problem, const LayoutAxes *layout) {
  Extents q = byAxis(reader, problem.q, layout, problem.qStrides);
  Extents k = byAxis(reader, problem.k, layout, problem.kStrides);
  Extents v = byAxis(reader, problem.v, layout, problem.vStrides);
  Extents out = byAxis(reader, problem.out, layout, problem.outStrides);
  reader.valid(k.batch == q.batch && v.batch == q.batch && out.batch == q.batch);
  reader.valid(v.position == k.position && out.position == q.position);
  reader.valid(v.head == k.head && out.head == q.head && k.dim == q.dim && out.dim == v.dim);
  reader.valid(k.head == 0 ? q.head == 0 : q.head % k.head == 0);
  problem.batch = q.batch, problem.queries = q.position, problem.keys = k.position;
  problem.heads = q.head, problem.kvHeads = k.head, problem.headDim = q.dim, problem.headDimV = v.dim;
  problem.group = k.head ? q.head / k.head : 1;
}

} // namespace detail

/// Fills `problem` from a call of one of the five operations. UNSUPPORTED where the types are not ours,
/// INVALID_ARGUMENT where the arguments contradict each other.
inline int32_t readAttention(const lz_call_t *call, AttentionProblem &problem) {
  ArgumentReader reader(call);
  if (!reader.ok())
    return reader.status();
  int operation = call->site->operation;
  bool sloped = operation == LZ_OP_ALIBI;
  reader.supported(sloped || operation <= LZ_OP_ATTENTION_SLIDING_WINDOW);
  problem.q = reader.argument(0), problem.k = reader.argument(1), problem.v = reader.argument(2);
  if (sloped)
    problem.slopes = reader.argument(3);
  unsigned next = sloped ? 4 : 3;
  problem.mask = reader.optional(next), problem.out = reader.argument(next + 1),
  problem.lse = reader.optional(next + 2);
  const detail::LayoutAxes *layout = detail::axesOf(reader.mandatory(LZ_ATTR_LAYOUT));
  detail::readExtents(reader, problem, layout);
  Element element = problem.q.element;
  reader.supported(isFloat(element) && problem.k.element == element && problem.v.element == element &&
                   problem.out.element == element);
  detail::readSlopes(reader, problem);
  detail::readMask(reader, problem, problem.q.rank);
  detail::readLse(reader, problem, problem.q.rank);
  detail::readVisibility(reader, problem, operation);
  detail::readScores(reader, problem);
  return reader.status();
}

} // namespace lz::kernels

#endif // LZ_KERNELS_COMMON_ATTENTIONPROBLEM_H
