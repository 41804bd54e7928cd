//===- AttentionDecomposition.cpp - Attention in linalg -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Plain attention: the scores of all pairs are a tensor of their own, which is scaled, capped and masked in place, then
// turned into weights. Loops are numbered batch (where the layout has one), heads, queries, keys, head dimension.
//
//===----------------------------------------------------------------------===//
#include "Decomposition.h"
#include "KVCache.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::lz;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Where an attention finds its keys, and how many each sequence has. Values at the same place belong to them.
class KeySource {
public:
  virtual ~KeySource() = default;

  /// The extent of the loop over keys, which no sequence exceeds.
  virtual OpFoldResult count() const = 0;
  /// The extent that a mask has along its keys.
  virtual OpFoldResult maskExtent() const = 0;
  /// The number of keys of `sequence`.
  virtual Value length(ScalarBuilder &scalars, Value sequence) const = 0;
  /// Whether each sequence has as many keys as the loop.
  virtual bool isRagged() const = 0;
  /// Where key `key` of `sequence` stands: any place, if the sequence has no such key.
  virtual CacheRows::Place place(ScalarBuilder &scalars, Value sequence, Value key) const = 0;
};

/// The keys are an operand, all sequences alike.
class OperandKeys : public KeySource {
public:
  OperandKeys(Decomposer &decomposer, LayoutAxes axes, Value q, Value k, Value v) {
    auto equal = [&](Value operand, Value other, lz_axis_t axis) {
      decomposer.requireExtent(operand, axes.dim(axis), decomposer.extent(other, axes.dim(axis)));
    };
    if (axes.hasBatch()) {
      equal(k, q, LZ_AXIS_BATCH);
      equal(v, q, LZ_AXIS_BATCH);
    }
    equal(v, k, LZ_AXIS_SEQ);
    equal(v, k, LZ_AXIS_HEADS);
    extent = decomposer.extent(k, axes.dim(LZ_AXIS_SEQ));
    keys = decomposer.scalars.extent(k, axes.dim(LZ_AXIS_SEQ));
  }

  OpFoldResult count() const override { return extent; }
  OpFoldResult maskExtent() const override { return extent; }
  Value length(ScalarBuilder &, Value) const override { return keys; }
  bool isRagged() const override { return false; }
  CacheRows::Place place(ScalarBuilder &, Value sequence, Value key) const override { return {sequence, key}; }

private:
  OpFoldResult extent;
  Value keys;
};

/// The keys stand in a cache.
class CachedKeys : public KeySource {
public:
  explicit CachedKeys(CacheRows rows) : rows(rows) {}

  OpFoldResult count() const override { return rows.longest(); }
  OpFoldResult maskExtent() const override { return getAsOpFoldResult(rows.capacity()); }
  Value length(ScalarBuilder &scalars, Value sequence) const override { return rows.length(scalars, sequence); }
  bool isRagged() const override { return true; }
  CacheRows::Place place(ScalarBuilder &scalars, Value sequence, Value key) const override {
    return rows.place(scalars, sequence, key);
  }

private:
  CacheRows rows;
};

/// What the decomposition reads of an attention of any kind.
struct AttentionInputs {
  Value q, k, v, mask, out, lse;
  Layout layout;
  std::optional<double> scale, softcap;
  std::optional<Alignment> alignment; ///< Absent: every key is visible.
  std::optional<int64_t> window;
  Value slopes; ///< One a query head, of a bias linear in the distance; null: no such bias.
};

class AttentionDecomposition {
public:
  AttentionDecomposition(Decomposer &decomposer, AttentionInputs inputs, const KeySource &source);
  SmallVector<Value> build();

private:
  /// The number of this iteration's sequence; null where the layout has no batch.
  Value sequence(ScalarBuilder &scalars) const;
  Value loadOfKeyHead(ScalarBuilder &scalars, Value tensor, unsigned dimLoop) const;
  /// The mask's element for this iteration; an extent of 1 is broadcast.
  Value loadMask(ScalarBuilder &scalars) const;
  /// Whether this iteration's query sees its key; null where every one does.
  Value visible(ScalarBuilder &scalars) const;
  Value finish(ScalarBuilder &scalars, Value product) const;

  void requireExtents();
  /// Batch where there is one, heads, queries, keys.
  SmallVector<OpFoldResult> scoreExtents();
  Value buildScores();
  Value reduceRows(Value scores, double initial, bool maximum);
  Value buildWeights(Value scores, Value maxima);
  Value buildOutput(Value weights, Value sums);
  Value buildLse(Value maxima, Value sums);

  AttentionInputs in;
  LayoutAxes axes;
  Decomposer &decomposer;
  const KeySource &source;
  unsigned batch = 0, heads, queries, keys, dim;
  SmallVector<unsigned> rowLoops, scoreLoops;
  Value group, groupedHeads, scale, queryCount, windowSize;
};

} // namespace

AttentionDecomposition::AttentionDecomposition(Decomposer &decomposer, AttentionInputs inputs, const KeySource &source)
    : in(inputs), axes(in.layout), decomposer(decomposer), source(source) {
  heads = axes.hasBatch() ? 1 : 0;
  queries = heads + 1, keys = heads + 2, dim = heads + 3;
  rowLoops = firstLoops(keys), scoreLoops = firstLoops(dim);
  ScalarBuilder &scalars = decomposer.scalars;
  Value keyHeads = scalars.extent(in.k, axes.dim(LZ_AXIS_HEADS));
  // Without key heads there are no query heads and no iteration, but the division stands in front of the loops.
  group = scalars.divIndex(scalars.extent(in.q, axes.dim(LZ_AXIS_HEADS)), scalars.atLeastOne(keyHeads));
  groupedHeads = scalars.mulIndex(group, keyHeads);
  group = scalars.atLeastOne(group);
  if (in.scale) {
    scale = scalars.f32(*in.scale);
  } else if (int64_t extent = axes.extent(in.q, LZ_AXIS_HEAD_DIM); !ShapedType::isDynamic(extent)) {
    scale = scalars.f32(1 / std::sqrt(double(std::max<int64_t>(extent, 1))));
  } else {
    Value headDim = scalars.atLeastOne(scalars.extent(in.q, axes.dim(LZ_AXIS_HEAD_DIM)));
    scale = scalars.div(scalars.f32(1), scalars.sqrt(scalars.indexToF32(headDim)));
  }
  if (in.alignment == Alignment::BottomRight)
    queryCount = scalars.extent(in.q, axes.dim(LZ_AXIS_SEQ));
  if (in.window)
    windowSize = scalars.index(*in.window);
}

Value AttentionDecomposition::sequence(ScalarBuilder &scalars) const {
  return axes.hasBatch() ? scalars.iteration(batch) : Value();
}

Value AttentionDecomposition::loadOfKeyHead(ScalarBuilder &scalars, Value tensor, unsigned dimLoop) const {
  Value keyHead = scalars.divIndex(scalars.iteration(heads), group);
  CacheRows::Place place = source.place(scalars, sequence(scalars), scalars.iteration(keys));
  return scalars.load(tensor, axes.order<Value>(place.batch, place.position, keyHead, scalars.iteration(dimLoop)));
}

Value AttentionDecomposition::loadMask(ScalarBuilder &scalars) const {
  auto type = cast<RankedTensorType>(in.mask.getType());
  SmallVector<Value> indices;
  for (unsigned loop : scoreLoops) {
    if (type.getDimSize(loop) == 1) {
      indices.push_back(scalars.index(0));
      continue;
    }
    Value index = scalars.iteration(loop);
    if (type.isDynamicDim(loop)) {
      Value broadcast = scalars.equalIndex(scalars.extent(in.mask, loop), scalars.index(1));
      index = scalars.select(broadcast, scalars.index(0), index);
    }
    indices.push_back(index);
  }
  return scalars.load(in.mask, indices);
}

Value AttentionDecomposition::visible(ScalarBuilder &scalars) const {
  if (!in.alignment)
    return {};
  Value position = scalars.iteration(queries), key = scalars.iteration(keys);
  Value length = source.length(scalars, sequence(scalars));
  if (queryCount)
    position = scalars.addIndex(position, scalars.subIndex(length, queryCount));
  Value sees = scalars.lessIndex(key, scalars.addIndex(position, scalars.index(1)));
  if (source.isRagged())
    sees = scalars.both(sees, scalars.lessIndex(key, length));
  if (windowSize)
    sees = scalars.both(sees, scalars.lessIndex(scalars.subIndex(position, windowSize), key));
  return sees;
}

Value AttentionDecomposition::finish(ScalarBuilder &scalars, Value product) const {
  Value score = scalars.mul(product, scale);
  if (in.softcap) {
    Value cap = scalars.f32(*in.softcap);
    score = scalars.mul(scalars.tanh(scalars.div(score, cap)), cap);
  }
  if (in.slopes) {
    Value distance = scalars.subIndex(scalars.iteration(keys), scalars.iteration(queries));
    Value slope = scalars.load(in.slopes, {scalars.iteration(heads)});
    score = scalars.add(score, scalars.mul(slope, scalars.indexToF32(distance)));
  }
  if (in.mask)
    score = scalars.add(score, loadMask(scalars));
  if (Value sees = visible(scalars))
    score = scalars.select(sees, score, scalars.f32(-infinity));
  return score;
}

/// Of what the nests load by index rather than by map.
void AttentionDecomposition::requireExtents() {
  auto equal = [&](Value operand, Value other, lz_axis_t axis) {
    decomposer.requireExtent(operand, axes.dim(axis), decomposer.extent(other, axes.dim(axis)));
  };
  equal(in.k, in.q, LZ_AXIS_HEAD_DIM);
  equal(in.out, in.v, LZ_AXIS_HEAD_DIM);
  if (ShapedType::isDynamic(axes.extent(in.q, LZ_AXIS_HEADS)) ||
      ShapedType::isDynamic(axes.extent(in.k, LZ_AXIS_HEADS)))
    decomposer.requireExtent(in.q, axes.dim(LZ_AXIS_HEADS), groupedHeads);
  if (!in.mask)
    return;
  SmallVector<OpFoldResult> maskExtents = scoreExtents();
  maskExtents.back() = source.maskExtent();
  for (auto [dim, expected] : llvm::enumerate(maskExtents))
    decomposer.requireExtent(in.mask, dim, expected, /*mayBroadcast=*/true);
}

SmallVector<OpFoldResult> AttentionDecomposition::scoreExtents() {
  SmallVector<OpFoldResult> extents;
  if (axes.hasBatch())
    extents.push_back(decomposer.extent(in.q, axes.dim(LZ_AXIS_BATCH)));
  extents.push_back(decomposer.extent(in.q, axes.dim(LZ_AXIS_HEADS)));
  extents.push_back(decomposer.extent(in.q, axes.dim(LZ_AXIS_SEQ)));
  extents.push_back(source.count());
  return extents;
}

Value AttentionDecomposition::buildScores() {
  Access scores{decomposer.filled(scoreExtents(), 0), scoreLoops};
  Access q{in.q, axes.order<unsigned>(batch, queries, heads, dim)};
  scores.tensor =
      decomposer.nest(dim + 1, {dim}, {q}, {scores}, [&](ScalarBuilder &s, ValueRange ins, ValueRange outs) {
        return SmallVector<Value>{s.add(outs[0], s.mul(ins[0], loadOfKeyHead(s, in.k, dim)))};
      })[0];
  return decomposer.nest(dim, {}, {}, {scores}, [&](ScalarBuilder &s, ValueRange, ValueRange outs) {
    return SmallVector<Value>{finish(s, outs[0])};
  })[0];
}

Value AttentionDecomposition::reduceRows(Value scores, double initial, bool maximum) {
  SmallVector<OpFoldResult> extents = decomposer.extents(scores);
  extents.pop_back();
  Access rows{decomposer.filled(extents, initial), rowLoops};
  return decomposer.nest(dim, {keys}, {{scores, scoreLoops}}, {rows},
                         [&](ScalarBuilder &s, ValueRange ins, ValueRange outs) {
                           return SmallVector<Value>{maximum ? s.max(outs[0], ins[0]) : s.add(outs[0], ins[0])};
                         })[0];
}

Value AttentionDecomposition::buildWeights(Value scores, Value maxima) {
  return decomposer.nest(dim, {}, {{maxima, rowLoops}}, {{scores, scoreLoops}},
                         [&](ScalarBuilder &s, ValueRange ins, ValueRange outs) {
                           Value none = s.equal(ins[0], s.f32(-infinity));
                           Value weight = s.exp(s.sub(outs[0], ins[0]));
                           return SmallVector<Value>{s.select(none, s.f32(0), weight)};
                         })[0];
}

Value AttentionDecomposition::buildOutput(Value weights, Value sums) {
  SmallVector<OpFoldResult> extents = decomposer.extents(sums);
  extents.push_back(decomposer.extent(in.v, axes.dim(LZ_AXIS_HEAD_DIM)));
  SmallVector<unsigned> valueLoops = rowLoops;
  valueLoops.push_back(dim);
  Access totals{decomposer.filled(extents, 0), valueLoops};
  totals.tensor = decomposer.nest(dim + 1, {keys}, {{weights, scoreLoops}}, {totals},
                                  [&](ScalarBuilder &s, ValueRange ins, ValueRange outs) {
                                    // A key without weight contributes nothing, not even a NaN of its value.
                                    Value none = s.equal(ins[0], s.f32(0));
                                    Value next = s.add(outs[0], s.mul(ins[0], loadOfKeyHead(s, in.v, dim)));
                                    return SmallVector<Value>{s.select(none, outs[0], next)};
                                  })[0];
  // The last nest has no loop over keys: the head dimension takes its number.
  totals.loops.back() = keys;
  Access out{in.out, axes.order<unsigned>(batch, queries, heads, keys)};
  return decomposer.nest(dim, {}, {totals, {sums, rowLoops}}, {out}, [&](ScalarBuilder &s, ValueRange ins, ValueRange) {
    Value none = s.equal(ins[1], s.f32(0));
    return SmallVector<Value>{s.select(none, s.f32(0), s.div(ins[0], ins[1]))};
  })[0];
}

Value AttentionDecomposition::buildLse(Value maxima, Value sums) {
  // Without a visible key the maximum is -inf, and so is the logarithm.
  return decomposer.nest(keys, {}, {{maxima, rowLoops}, {sums, rowLoops}}, {{in.lse, rowLoops}},
                         [&](ScalarBuilder &s, ValueRange ins, ValueRange) {
                           return SmallVector<Value>{s.add(ins[0], s.log(ins[1]))};
                         })[0];
}

SmallVector<Value> AttentionDecomposition::build() {
  requireExtents();
  Value scores = buildScores();
  Value maxima = reduceRows(scores, -infinity, /*maximum=*/true);
  Value weights = buildWeights(scores, maxima);
  Value sums = reduceRows(weights, 0, /*maximum=*/false);
  SmallVector<Value> results{buildOutput(weights, sums)};
  if (in.lse)
    results.push_back(buildLse(maxima, sums));
  return results;
}

static std::optional<double> toDouble(std::optional<APFloat> value) {
  return value ? std::optional(value->convertToDouble()) : std::nullopt;
}

/// `op`'s operands and attributes but for alignment, window and slopes, with the keys and values given.
template <typename Op> static AttentionInputs inputsOf(Op op, Value k, Value v) {
  return {op.getQ(),
          k,
          v,
          op.getMask(),
          op.getOut(),
          op.getLse(),
          op.getLayout(),
          toDouble(op.getScale()),
          toDouble(op.getSoftcap()),
          std::nullopt,
          std::nullopt,
          Value()};
}

template <typename Op>
static FailureOr<SmallVector<Value>>
decomposeAttention(Op op, OpBuilder &builder, std::optional<Alignment> alignment = std::nullopt,
                   std::optional<int64_t> window = std::nullopt, Value slopes = {}) {
  if (failed(requireTensors(op)))
    return failure();
  AttentionInputs inputs = inputsOf(op, op.getK(), op.getV());
  inputs.alignment = alignment, inputs.window = window, inputs.slopes = slopes;
  Decomposer decomposer(builder, op);
  OperandKeys keys(decomposer, LayoutAxes(inputs.layout), inputs.q, inputs.k, inputs.v);
  return AttentionDecomposition(decomposer, inputs, keys).build();
}

template <typename Op> static FailureOr<SmallVector<Value>> decomposeCachedAttention(Op op, OpBuilder &builder) {
  if (failed(requireTensors(op)))
    return failure();
  AttentionInputs inputs = inputsOf(op, op.getKCache(), op.getVCache());
  inputs.alignment = op.getCausalAlignment(), inputs.window = op.getWindowSize();
  Decomposer decomposer(builder, op);
  CachedKeys keys(CacheRows(decomposer, CacheOperands::of(op), inputs.q, op.getMaxContextLen()));
  return AttentionDecomposition(decomposer, inputs, keys).build();
}

FailureOr<SmallVector<Value>> AttentionCausalOp::decompose(OpBuilder &builder) {
  return decomposeAttention(*this, builder, getCausalAlignment());
}
FailureOr<SmallVector<Value>> AttentionFullOp::decompose(OpBuilder &builder) {
  return decomposeAttention(*this, builder);
}
FailureOr<SmallVector<Value>> AttentionCrossOp::decompose(OpBuilder &builder) {
  return decomposeAttention(*this, builder);
}
FailureOr<SmallVector<Value>> AttentionSlidingWindowOp::decompose(OpBuilder &builder) {
  return decomposeAttention(*this, builder, getCausalAlignment(), getWindowSize());
}
FailureOr<SmallVector<Value>> AttentionPrefillOp::decompose(OpBuilder &builder) {
  return decomposeCachedAttention(*this, builder);
}
FailureOr<SmallVector<Value>> AttentionDecodeOp::decompose(OpBuilder &builder) {
  return decomposeCachedAttention(*this, builder);
}
FailureOr<SmallVector<Value>> AlibiOp::decompose(OpBuilder &builder) {
  return decomposeAttention(*this, builder, Alignment::TopLeft, std::nullopt, getSlopes());
}
