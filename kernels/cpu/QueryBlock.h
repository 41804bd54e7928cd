//===- QueryBlock.h - Attention of a block of queries over a range of keys ===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The steps that the attention kernels share. Scores stand transposed, a row a key and a column a query: then K and V
// are read as they lie in memory, one broadcast at a time, vectors run across queries, and softmax needs no reduction
// within a vector.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_KERNELS_CPU_QUERYBLOCK_H
#define LZ_KERNELS_CPU_QUERYBLOCK_H

#include "../common/AttentionProblem.h"
#include "PairProducts.h"
#include "Primitives.h"
#include "TilePacking.h"

namespace lz::kernels::cpu {

/// How a call is cut into blocks: `span` query positions of every head of one group, in `columns` (padded) columns.
struct BlockPlan {
  /// `maxColumns` bounds the columns where the group allows it; scores of `chunk` keys are held at once, or of
  /// `tiledChunk` with tile products.
  BlockPlan(const AttentionProblem &problem, int64_t maxColumns, int64_t chunk, int64_t tiledChunk);

  int64_t span, columns, blocksPerGroup, count;
  bool fewQueries;
  /// Where one of them is set, scores of bfloat16 keys come from it, and queries are packed in pairs and not scaled.
  /// With tiles, weights are multiplied with values in tiles too, and ranges of keys start at a tile.
  PairProducts pairs = nullptr;
  const TileProducts *tiles = nullptr;
  int64_t chunk;
  /// Scores lie in panels of so many columns each, one after another: all columns, or with tiles those of a tile, which
  /// then has no gaps.
  int64_t panel;
  /// Floats of scratch that one `QueryBlock` needs.
  int64_t floats(const AttentionProblem &problem) const;
};

/// Running softmax of a block: weighted sums (headDimV x columns, or transposed with few queries) with the maximum and
/// the sum of each column.
struct Accumulator {
  float *sums, *maxima, *weights;
};

/// One block at work, in scratch memory of its own. Not shared between threads.
class QueryBlock {
public:
  QueryBlock(const AttentionProblem &problem, const BlockPlan &plan, float *memory);

  /// Starts block `index`: loads its queries, scaled. `head` holds its keys and values where the plan has tiles.
  void start(int64_t index, const PackedHead &head);
  /// The keys that some query of the block sees are in [firstKey, endKey).
  int64_t firstKey() const {
    const int64_t first = sees.firstKey(begin);
    return plan.tiles ? first / tileDepth * tileDepth : first;
  }
  int64_t endKey() const { return sees.endKey(begin + span - 1); }

  void clear(const Accumulator &accumulator) const;
  /// Adds the keys [first, first + count), count <= chunk, to `accumulator`.
  void attend(int64_t first, int64_t count, const Accumulator &accumulator);
  /// Adds `part` to `total`, which may have seen other keys.
  void merge(const Accumulator &part, const Accumulator &total);
  /// Writes the outputs of the block from `accumulator`.
  void finish(const Accumulator &accumulator);

  Accumulator main, partial;

private:
  void loadPairs();
  void loadScaled();
  void computeScores(int64_t first, int64_t count);
  /// Columns before this one, a multiple of `padding`, do not see key `key`, nor any later one.
  int64_t firstColumn(int64_t key) const;
  /// How many of the keys [first, first + count) columns up to `end` see at most, counted from the first.
  int64_t keysUpTo(int64_t end, int64_t first, int64_t count) const;
  template <typename Body> void forSeen(int64_t first, int64_t count, Body &&body) const;
  void multiplyKeys(int64_t first, int64_t count, float *target);
  void multiplyKeyPairs(int64_t first, int64_t count, float *target);
  void multiplyKeyTiles(int64_t first, int64_t count);
  /// The keys that softmax and values of the pair of panels at `column` take: whole tiles.
  int64_t tiledKeys(int64_t column, int64_t first, int64_t count) const;
  void attendTiles(int64_t first, int64_t count, const Accumulator &accumulator);
  void addValueTiles(int64_t first, int64_t count, const Accumulator &accumulator);
  void multiplyValues(Matrix values, int64_t first, int64_t at, int64_t count, float *sums);
  void addSlopes(int64_t first, int64_t count);
  float slopeOf(int64_t column) const;
  float commonBias(int64_t column) const;
  void addMask(int64_t first, int64_t count);
  void hideKeys(int64_t first, int64_t count);
  /// Hides key `j` of the chunk from the columns [from, to).
  void hide(int64_t j, int64_t from, int64_t to);
  void scaleScores(int64_t count, float scale);
  /// Whether softmax may multiply scores with the scale: nothing before it wants that done.
  bool scalesLate() const;
  /// The score of key `j` of the chunk in `column`; the next key's stands `plan.panel` floats on.
  float *scoreAt(int64_t j, int64_t column) const {
    return scores + column / plan.panel * plan.panel * plan.chunk + j * plan.panel + column % plan.panel;
  }
  /// Whether the causal rule hides one of the keys [first, first + count) from some query of the block.
  bool hidesSome(int64_t first, int64_t count) const;
  void addValues(int64_t first, int64_t count, const Accumulator &accumulator);
  void addVisibleValues(Matrix values, int64_t first, int64_t at, int64_t count, float *sums);
  Matrix rowsOf(const Tensor &tensor, const AttentionProblem::Strides &strides, int64_t first, int64_t count,
                int64_t width, bool whole);
  void scale(const Accumulator &accumulator);
  void write(int64_t column, const float *row, const Accumulator &accumulator) const;
  /// The element offset of the row of the query in `column`.
  int64_t rowAt(const AttentionProblem::Strides &strides, int64_t column) const;
  /// Where the sum for dimension `d` of the query in `column` stands.
  int64_t sumAt(int64_t d, int64_t column) const {
    return plan.fewQueries ? column * padded(problem.headDimV) + d : d * plan.columns + column;
  }
  int64_t used() const { return problem.group * span; }
  int64_t headOf(int64_t column) const { return kvHead * problem.group + column / span; }
  int64_t queryOf(int64_t column) const { return begin + column % span; }

  const AttentionProblem &problem;
  const BlockPlan &plan;
  float *queries, *scores, *widened, *factors;
  int64_t batch = 0, kvHead = 0, begin = 0, span = 0;
  Visibility sees; ///< Of the block's sequence.
  PackedHead head = {};
};

} // namespace lz::kernels::cpu

#endif // LZ_KERNELS_CPU_QUERYBLOCK_H
