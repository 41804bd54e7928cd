//===- QueryBlock.cpp - Attention of a block of queries over a range of keys ===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QueryBlock.h"

#include <cstring>

namespace lz::kernels::cpu {

namespace {
/// Keys whose rows are widened, and multiplied, together.
constexpr int64_t keyTile = 64;
/// Columns that one product with values takes: two tiles.
constexpr int64_t together = 2 * tileColumns;

/// Whether the first `width` columns of `count` rows hold neither infinity nor NaN.
bool isFinite(Matrix rows, int64_t count, int64_t width) {
  uint32_t found = 0;
  for (; count; --count, rows.data += rows.rowStride)
    for (int64_t i = 0; i < width; ++i)
      found |= (std::bit_cast<uint32_t>(rows.data[i]) & 0x7f800000u) == 0x7f800000u;
  return !found;
}
} // namespace

BlockPlan::BlockPlan(const AttentionProblem &p, int64_t maxColumns, int64_t chunk, int64_t tiledChunk) {
  span = std::clamp<int64_t>(maxColumns / p.group, 1, std::max<int64_t>(p.queries, 1));
  columns = padded(span * p.group);
  blocksPerGroup = (p.queries + span - 1) / span;
  count = p.batch * p.kvHeads * blocksPerGroup;
  fewQueries = span * p.group <= maxDotQueries;
  const bool paired = !fewQueries && p.q.element == Element::BF16 && p.k.element == Element::BF16;
  tiles = paired ? tileProducts() : nullptr;
  pairs = paired && !tiles ? pairProducts() : nullptr;
  this->chunk = tiles ? tilesFor(tiledChunk, tileDepth) * tileDepth : chunk;
  panel = tiles ? tileColumns : columns;
}

int64_t BlockPlan::floats(const AttentionProblem &p) const {
  int64_t width = padded(std::max(p.headDim, p.headDimV));
  int64_t accumulators = 2 * (padded(p.headDimV) + 2) * columns;
  return padded(p.headDim) * columns + chunk * columns + keyTile * width + columns + accumulators;
}

QueryBlock::QueryBlock(const AttentionProblem &problem, const BlockPlan &plan, float *memory)
    : problem(problem), plan(plan) {
  int64_t width = padded(std::max(problem.headDim, problem.headDimV));
  auto take = [&](int64_t count) { return std::exchange(memory, memory + count); };
  queries = take(padded(problem.headDim) * plan.columns);
  scores = take(plan.chunk * plan.columns);
  widened = take(keyTile * width);
  factors = take(plan.columns);
  for (Accumulator *accumulator : {&main, &partial})
    *accumulator = {take(padded(problem.headDimV) * plan.columns), take(plan.columns), take(plan.columns)};
}

void QueryBlock::start(int64_t index, const PackedHead &head) {
  this->head = head;
  // Backwards: under the causal rule the last blocks are the longest, and threads finish together where these come
  // first.
  int64_t block = plan.blocksPerGroup - 1 - index % plan.blocksPerGroup, group = index / plan.blocksPerGroup;
  kvHead = group % problem.kvHeads, batch = group / problem.kvHeads;
  sees = problem.visibility(batch);
  begin = block * plan.span;
  span = std::min(plan.span, problem.queries - begin);
  std::fill_n(queries, padded(problem.headDim) * plan.columns, 0.0f);
  plan.pairs || plan.tiles ? loadPairs() : loadScaled();
}

int64_t QueryBlock::rowAt(const AttentionProblem::Strides &strides, int64_t column) const {
  return batch * strides.batch + headOf(column) * strides.head + queryOf(column) * strides.position;
}

/// A pair of elements as one number of 32 bits: then a column of queries is a row of them.
void QueryBlock::loadPairs() {
  const BFloat *source = problem.q.as<BFloat>();
  const int64_t stride = problem.qStrides.position;
  if (problem.headDim % 2 == 0 && stride % 2 == 0) {
    for (int64_t column = 0; column < used(); column += span)
      transpose(reinterpret_cast<const float *>(source + rowAt(problem.qStrides, column)), stride / 2, span,
                problem.headDim / 2, queries + column, plan.columns);
    return;
  }
  for (int64_t column = 0; column < used(); ++column)
    packPairs(source + rowAt(problem.qStrides, column), problem.headDim, queries + column, plan.columns);
}

void QueryBlock::loadScaled() {
  const int64_t size = sizeOf(problem.q.element), width = padded(problem.headDim);
  for (int64_t column = 0, count; column < used(); column += count) {
    count = std::min(keyTile, used() - column);
    float *rows = plan.fewQueries ? queries + column * width : widened;
    for (int64_t i = 0; i < count; ++i)
      widen(problem.q.element, problem.q.data + rowAt(problem.qStrides, column + i) * size, problem.headDim,
            float(problem.scale), rows + i * width);
    if (!plan.fewQueries)
      transpose(rows, width, count, problem.headDim, queries + column, plan.columns);
  }
}

void QueryBlock::clear(const Accumulator &accumulator) const {
  std::fill_n(accumulator.sums, padded(problem.headDimV) * plan.columns, 0.0f);
  std::fill_n(accumulator.maxima, plan.columns, -INFINITY);
  std::fill_n(accumulator.weights, plan.columns, 0.0f);
}

void QueryBlock::attend(int64_t first, int64_t count, const Accumulator &accumulator) {
  computeScores(first, count);
  // 0 times infinity or NaN is not 0, and with tiles a weight is multiplied in two parts, of which one may be 0.
  if (plan.tiles && head.isFinite(first, count))
    return attendTiles(first, count, accumulator);
  if (scalesLate())
    scaleScores(count, float(problem.scale));
  for (int64_t column = 0; column < plan.columns; column += plan.panel)
    onlineSoftmax(scoreAt(0, column), plan.panel, count, plan.panel, accumulator.maxima + column,
                  accumulator.weights + column, factors + column);
  scale(accumulator);
  addValues(first, count, accumulator);
}

void QueryBlock::attendTiles(int64_t first, int64_t count, const Accumulator &accumulator) {
  const float scale = scalesLate() ? float(problem.scale) : 1.0f;
  for (int64_t column = 0; column < plan.columns; column += plan.panel) {
    const int64_t keys = tiledKeys(column, first, count);
    if (keys > count)
      std::fill(scoreAt(count, column), scoreAt(keys, column), -INFINITY);
    onlineSoftmaxPairs(scoreAt(0, column), keys, scale, accumulator.maxima + column, accumulator.weights + column,
                       factors + column);
  }
  this->scale(accumulator);
  addValueTiles(first, count, accumulator);
}

void QueryBlock::scale(const Accumulator &accumulator) {
  if (!plan.fewQueries)
    return scaleColumns(accumulator.sums, plan.columns, problem.headDimV, plan.columns, factors);
  for (int64_t column = 0; column < used(); ++column) {
    float *sums = accumulator.sums + sumAt(0, column);
    widen(Element::F32, sums, problem.headDimV, factors[column], sums);
  }
}

/// Rows [first, first + count) of this block's key head as float32: in place where they are that already and
/// lie together. With `whole`
/// they are padded with zeros, unless they end with a vector.
Matrix QueryBlock::rowsOf(const Tensor &tensor, const AttentionProblem::Strides &strides, int64_t first, int64_t count,
                          int64_t width, bool whole) {
  int64_t rowWidth = whole ? padded(width) : width;
  if (tensor.element == Element::F32 && rowWidth == width && problem.rowsTogether(first) >= count)
    return {tensor.as<float>() + problem.rowOf(strides, batch, kvHead, first), strides.position, 1};
  const int64_t size = sizeOf(tensor.element);
  for (int64_t j = 0, end; j < count; j = end) {
    end = std::min(count, j + problem.rowsTogether(first + j));
    const char *source = tensor.data + problem.rowOf(strides, batch, kvHead, first + j) * size;
    for (; j < end; ++j, source += strides.position * size) {
      float *target = widened + j * rowWidth;
      widen(tensor.element, source, width, 1.0f, target);
      std::fill(target + width, target + rowWidth, 0.0f);
    }
  }
  return {widened, rowWidth, 1};
}

int64_t QueryBlock::firstColumn(int64_t key) const {
  if (!sees.causal || problem.group > 1) // with more heads, every position comes again in later columns
    return 0;
  return std::clamp<int64_t>(key - sees.shift - begin, 0, span) / padding * padding;
}

int64_t QueryBlock::keysUpTo(int64_t end, int64_t first, int64_t count) const {
  if (!sees.causal || problem.group > 1)
    return count;
  return std::clamp<int64_t>(sees.endKey(begin + std::min(end, span) - 1) - first, 0, count);
}

/// Calls body(at, keys, column) for parts of the keys [first, first + count), each with the columns that may see it:
/// those from `column` on. What is left out `hideKeys` hides: on the diagonal nearly half.
template <typename Body> void QueryBlock::forSeen(int64_t first, int64_t count, Body &&body) const {
  const int64_t step = firstColumn(first + count - 1) ? padding : count;
  for (int64_t at = 0; at < count; at += step)
    if (const int64_t column = firstColumn(first + at); column < plan.columns)
      body(at, std::min(step, count - at), column);
}

void QueryBlock::multiplyKeys(int64_t first, int64_t count, float *target) {
  const Matrix rows = rowsOf(problem.k, problem.kStrides, first, count, problem.headDim, false);
  if (plan.fewQueries)
    return dotRows(rows, count, queries, padded(problem.headDim), used(), problem.headDim, target, plan.columns);
  forSeen(first, count, [&](int64_t at, int64_t keys, int64_t column) {
    const Matrix part = {rows.data + at * rows.rowStride, rows.rowStride, rows.columnStride};
    multiply(part, queries + column, plan.columns, target + at * plan.columns + column, plan.columns, keys,
             plan.columns - column, problem.headDim, false);
  });
}

void QueryBlock::multiplyKeyPairs(int64_t first, int64_t count, float *target) {
  forSeen(first, count, [&](int64_t at, int64_t keys, int64_t column) {
    for (int64_t end = at + keys, together; at < end; at += together) {
      together = std::min(end - at, problem.rowsTogether(first + at));
      const BFloat *rows = problem.k.as<BFloat>() + problem.rowOf(problem.kStrides, batch, kvHead, first + at);
      plan.pairs({rows, problem.kStrides.position, together, problem.headDim}, queries + column, plan.columns,
                 float(problem.scale), target + at * plan.columns + column, plan.columns, plan.columns - column);
    }
  });
}

void QueryBlock::multiplyKeyTiles(int64_t first, int64_t count) {
  const int64_t depth = tilesFor(problem.headDim, tileDepth);
  for (int64_t at = 0; at < count; at += tileDepth) {
    const int64_t column = firstColumn(first + at), rows = tilesFor(std::min(tileDepth, count - at), tileRows);
    if (column < plan.columns)
      plan.tiles->multiply({head.keysFrom(first + at), head.keyStep, tileElements, queries + column, plan.columns,
                            tileColumns, nullptr, scoreAt(at, column), plan.panel, plan.panel * plan.chunk, rows,
                            (plan.columns - column) / tileColumns, depth, false});
  }
}

bool QueryBlock::scalesLate() const {
  const bool bent = problem.softcap > 0 || problem.slopes.present || problem.mask.present;
  return plan.tiles && !bent && std::isnormal(float(problem.scale)) && problem.scale > 0;
}

void QueryBlock::scaleScores(int64_t count, float scale) {
  for (int64_t column = 0; column < plan.columns; column += plan.panel)
    widen(Element::F32, scoreAt(0, column), count * plan.panel, scale, scoreAt(0, column));
}

int64_t QueryBlock::tiledKeys(int64_t column, int64_t first, int64_t count) const {
  const int64_t end = (column / together + 1) * together;
  return tilesFor(keysUpTo(end, first, count), tileDepth) * tileDepth;
}

/// Adds the values of the keys, without those whose weight is 0 for all columns of a product.
void QueryBlock::addValueTiles(int64_t first, int64_t count, const Accumulator &accumulator) {
  const int64_t rows = tilesFor(problem.headDimV, tileRows);
  for (int64_t column = 0; column < plan.columns; column += together) {
    const int64_t columns = std::min(together, plan.columns - column);
    const float *weights = scoreAt(0, column);
    plan.tiles->multiply({head.valuesFrom(first), head.valueStep, tileElements, weights, 2 * plan.panel,
                          plan.panel * plan.chunk, weights + plan.panel, accumulator.sums + column, plan.columns,
                          tileColumns, rows, columns / tileColumns, tiledKeys(column, first, count) / tileDepth, true});
  }
}

/// Adds the values of the keys [first + at, first + at + count) of the chunk from `first` on, without those whose
/// weight is 0 for all columns of a vector.
void QueryBlock::multiplyValues(Matrix values, int64_t first, int64_t at, int64_t count, float *sums) {
  const int64_t step = keysUpTo(padding, first + at, count) < count ? padding : plan.panel;
  for (int64_t column = 0; column < plan.columns; column += step)
    if (const int64_t keys = keysUpTo(column + step, first + at, count))
      multiply(values, scoreAt(at, column), plan.panel, sums + column, plan.columns, problem.headDimV, step, keys,
               true);
}

void QueryBlock::computeScores(int64_t first, int64_t count) {
  if (plan.tiles)
    multiplyKeyTiles(first, count);
  for (int64_t at = 0; at < count && !plan.tiles; at += keyTile) {
    int64_t keys = std::min(keyTile, count - at);
    plan.pairs ? multiplyKeyPairs(first + at, keys, scores + at * plan.columns)
               : multiplyKeys(first + at, keys, scores + at * plan.columns);
  }
  if (plan.tiles && !scalesLate())
    scaleScores(count, float(problem.scale));
  for (int64_t column = 0; problem.softcap > 0 && column < plan.columns; column += plan.panel)
    softcap(scoreAt(0, column), count * plan.panel, float(problem.softcap));
  if (problem.slopes.present)
    addSlopes(first, count);
  if (problem.mask.present)
    addMask(first, count);
  if (sees.causal)
    hideKeys(first, count);
}

float QueryBlock::slopeOf(int64_t column) const {
  float slope;
  const int64_t offset = headOf(column) * sizeOf(problem.slopes.element);
  widen(problem.slopes.element, problem.slopes.data + offset, 1, 1.0f, &slope);
  return slope;
}

/// What softmax leaves out and `addSlopes` with it: the bias of the last key that the query sees. Where that is far
/// from the query, it would take the last bits of every score.
float QueryBlock::commonBias(int64_t column) const {
  const int64_t query = queryOf(column);
  return problem.slopes.present ? slopeOf(column) * float(sees.distance(query, sees.endKey(query) - 1)) : 0;
}

void QueryBlock::addSlopes(int64_t first, int64_t count) {
  for (int64_t column = 0; column < used(); ++column) {
    const float slope = slopeOf(column);
    const int64_t ahead = first - (sees.endKey(queryOf(column)) - 1);
    for (int64_t j = 0; j < count; ++j)
      *scoreAt(j, column) += slope * float(ahead + j);
  }
}

void QueryBlock::addMask(int64_t first, int64_t count) {
  const int64_t *strides = problem.maskStrides;
  withFloatType(problem.mask.element, [&](auto type) {
    const auto *mask = problem.mask.as<decltype(type)>();
    for (int64_t column = 0; column < used(); ++column) {
      int64_t offset = batch * strides[0] + headOf(column) * strides[1] + queryOf(column) * strides[2];
      for (int64_t j = 0; j < count; ++j)
        *scoreAt(j, column) += float(toDouble(mask[offset + (first + j) * strides[3]]));
    }
  });
}

bool QueryBlock::hidesSome(int64_t first, int64_t count) const {
  return sees.causal && (sees.firstKey(begin + span - 1) > first || sees.endKey(begin) < first + count);
}

void QueryBlock::hideKeys(int64_t first, int64_t count) {
  if (!hidesSome(first, count))
    return;
  const int64_t end = first + count;
  // Key j is seen by the queries from j - shift to j - shift + window - 1.
  const int64_t window = std::min(sees.window, sees.keys + problem.queries);
  for (int64_t j = first; j < end; ++j) {
    const int64_t from = std::clamp<int64_t>(j - sees.shift - begin, 0, span);
    const int64_t to = std::clamp<int64_t>(j - sees.shift + window - begin, from, span);
    if (from == 0 && to == span)
      continue;
    for (int64_t column = 0; column < used(); column += span) {
      hide(j - first, column, column + from);
      hide(j - first, column + to, column + span);
    }
  }
}

void QueryBlock::hide(int64_t j, int64_t from, int64_t to) {
  for (int64_t end; from < to; from = end) {
    end = std::min(to, (from / plan.panel + 1) * plan.panel);
    std::fill_n(scoreAt(j, from), end - from, -INFINITY);
  }
}

/// One by one: a hidden key weighs 0, but 0 times infinity or NaN is not 0.
void QueryBlock::addVisibleValues(Matrix values, int64_t first, int64_t at, int64_t count, float *sums) {
  for (int64_t column = 0; column < used(); ++column) {
    const int64_t query = queryOf(column), end = std::min(sees.endKey(query) - first, at + count);
    for (int64_t j = std::max(sees.firstKey(query) - first, at); j < end; ++j)
      for (int64_t d = 0; d < problem.headDimV; ++d)
        sums[sumAt(d, column)] += *scoreAt(j, column) * values.data[(j - at) * values.rowStride + d];
  }
}

void QueryBlock::addValues(int64_t first, int64_t count, const Accumulator &accumulator) {
  for (int64_t at = 0; at < count; at += keyTile) {
    int64_t keys = std::min(keyTile, count - at);
    Matrix tile = rowsOf(problem.v, problem.vStrides, first + at, keys, problem.headDimV, plan.fewQueries);
    if (hidesSome(first + at, keys) && !isFinite(tile, keys, problem.headDimV))
      addVisibleValues(tile, first, at, keys, accumulator.sums);
    else if (plan.fewQueries)
      multiply({scoreAt(at, 0), 1, plan.panel}, tile.data, tile.rowStride, accumulator.sums, padded(problem.headDimV),
               used(), padded(problem.headDimV), keys, true);
    else
      multiplyValues({tile.data, tile.columnStride, tile.rowStride}, first, at, keys, accumulator.sums);
  }
}

void QueryBlock::merge(const Accumulator &part, const Accumulator &total) {
  float *ours = factors, *theirs = part.maxima;
  for (int64_t column = 0; column < plan.columns; ++column) {
    float before = total.maxima[column], other = part.maxima[column], maximum = std::max(before, other);
    float base = maximum == -INFINITY ? 0.0f : maximum;
    ours[column] = std::exp(before - base);
    theirs[column] = std::exp(other - base);
    total.maxima[column] = maximum;
    total.weights[column] = total.weights[column] * ours[column] + part.weights[column] * theirs[column];
  }
  const int64_t numColumns = plan.fewQueries ? used() : plan.columns;
  for (int64_t d = 0; d < problem.headDimV; ++d)
    for (int64_t column = 0; column < numColumns; ++column) {
      int64_t i = sumAt(d, column);
      total.sums[i] = total.sums[i] * ours[column] + part.sums[i] * theirs[column];
    }
}

void QueryBlock::finish(const Accumulator &accumulator) {
  const int64_t width = padded(problem.headDimV);
  for (int64_t column = 0, count; column < used(); column += count) {
    count = std::min(keyTile, used() - column);
    const float *rows = plan.fewQueries ? accumulator.sums + sumAt(0, column) : widened;
    if (!plan.fewQueries)
      transpose(accumulator.sums + column, plan.columns, problem.headDimV, count, widened, width);
    for (int64_t i = 0; i < count; ++i)
      write(column + i, rows + i * width, accumulator);
  }
}

/// Writes the output whose sums are `row`.
void QueryBlock::write(int64_t column, const float *row, const Accumulator &accumulator) const {
  const float weight = accumulator.weights[column];
  const bool empty = weight == 0; // else the largest score has added 1, or NaN
  const int64_t size = sizeOf(problem.out.element);
  char *out = problem.out.data + rowAt(problem.outStrides, column) * size;
  if (empty) // where its sums may be NaN: keys that a mask hides weigh 0 too
    std::memset(out, 0, size_t(problem.headDimV * size));
  else
    narrow(problem.out.element, row, problem.headDimV, 1 / weight, out);
  const int64_t *strides = problem.lseStrides;
  if (problem.lse.present)
    problem.lse.as<float>()[batch * strides[0] + headOf(column) * strides[1] + queryOf(column) * strides[2]] =
        empty ? -INFINITY : accumulator.maxima[column] + std::log(weight) + commonBias(column);
}

} // namespace lz::kernels::cpu
