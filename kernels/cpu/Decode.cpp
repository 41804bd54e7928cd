//===- Decode.cpp - Attention of few queries over long caches -------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The time goes into reading the caches. So every row is read once for all the queries that share its head, and each
// sequence is cut into parts of a fixed number of keys, each with a softmax of its own: as many tasks as the caches are
// long, whatever the batch, and sums whose order does not depend on the number of threads.
//
//===----------------------------------------------------------------------===//

#include "../common/Scratch.h"
#include "CachedRows.h"
#include "Kernels.h"
#include "PairProducts.h"
#include "Parallel.h"
#include "Primitives.h"

#include <cstring>

namespace lz::kernels::cpu {

namespace {

constexpr int64_t keysPerPart = 256;
/// Rows that stay in the nearest cache while one query position after another uses them.
constexpr int64_t keysPerTile = 32;
/// How many rows before its turn a row is fetched.
constexpr int64_t rowsAhead = 64;
/// With more positions in a call, the products are worth more than the reading.
constexpr int64_t maxPositions = 16;

/// How a call is cut: the parts of sequence b are [firstPart[b], firstPart[b + 1]), each with every key head.
struct DecodePlan {
  const AttentionProblem &problem;
  int64_t *firstPart;
  int64_t columns, queryWidth, sumWidth; ///< A column is a query: (position, head of the group).
  PairDots pairs;                        ///< Where it is set, queries stay bfloat16.

  DecodePlan(const AttentionProblem &p, int64_t *firstPart)
      : problem(p), firstPart(firstPart), columns(p.queries * p.group), queryWidth(padded(p.headDim)),
        sumWidth(padded(p.headDimV)),
        pairs(p.q.element == Element::BF16 && p.k.element == Element::BF16 ? pairDots() : nullptr) {
    firstPart[0] = 0;
    for (int64_t b = 0; b < p.batch; ++b) {
      const Visibility sees = p.visibility(b);
      const int64_t keys = std::max<int64_t>(sees.endKey(p.queries - 1) - sees.firstKey(0), 0);
      firstPart[b + 1] = firstPart[b] + (keys + keysPerPart - 1) / keysPerPart;
    }
  }

  int64_t items() const { return firstPart[problem.batch] * problem.kvHeads; }
  /// Floats of a result: the sums of each column, then the maxima, then the weights.
  int64_t resultFloats() const { return padded(columns * (sumWidth + 2)); }
  /// Floats of a worker's scratch memory.
  int64_t workFloats() const {
    static_assert(sizeof(char *) == 2 * sizeof(float), "a row pointer");
    return padded(columns * (queryWidth + keysPerPart) + 2 * (2 * keysPerPart + rowsAhead));
  }
};

/// One part at work.
class Part {
public:
  Part(const DecodePlan &plan, float *work) : plan(plan), problem(plan.problem) {
    queries = std::exchange(work, work + plan.columns * plan.queryWidth);
    scores = std::exchange(work, work + plan.columns * keysPerPart);
    rows = reinterpret_cast<const char **>(work);
  }

  /// Part `item` of the call, into `result`. The keys of part `next` are fetched meanwhile.
  void run(int64_t item, int64_t next, float *result) {
    start(next);
    const int64_t numAhead = std::min(count, rowsAhead);
    const char *ahead[rowsAhead];
    locate(problem.k, problem.kStrides, numAhead, ahead);
    start(item);
    locate(problem.k, problem.kStrides, count, rows);
    locate(problem.v, problem.vStrides, count, rows + count);
    for (int64_t i = 0; i < rowsAhead; ++i)
      rows[2 * count + i] = ahead[std::min(i, numAhead - 1)];
    loadQueries();
    computeScores();
    float *maxima = result + plan.columns * plan.sumWidth, *weights = maxima + plan.columns;
    for (int64_t column = 0; column < plan.columns; ++column) {
      const Range seen = range(column / problem.group, 0, count);
      weights[column] = softmaxPart(scores + column * keysPerPart + seen.begin, seen.end - seen.begin, maxima[column]);
    }
    addValues(result);
  }

private:
  struct Range {
    int64_t begin, end;
  };

  void start(int64_t item) {
    kvHead = item % problem.kvHeads;
    const int64_t part = item / problem.kvHeads;
    batch = std::upper_bound(plan.firstPart, plan.firstPart + problem.batch, part) - plan.firstPart - 1;
    sees = problem.visibility(batch);
    first = sees.firstKey(0) + (part - plan.firstPart[batch]) * keysPerPart;
    count = std::min(keysPerPart, sees.endKey(problem.queries - 1) - first);
  }

  /// The keys that query position `i` sees among [from, to), counted from the part's first.
  Range range(int64_t i, int64_t from, int64_t to) const {
    const int64_t begin = std::clamp(sees.firstKey(i) - first, from, to);
    return {begin, std::clamp(sees.endKey(i) - first, begin, to)};
  }

  /// Points `target` to the first `count` rows of the part.
  void locate(const Tensor &tensor, const AxisStrides &strides, int64_t count, const char **target) const {
    const int64_t size = sizeOf(tensor.element);
    for (int64_t j = 0; j < count;) {
      const char *row = tensor.data + problem.rowOf(strides, batch, kvHead, first + j) * size;
      for (int64_t end = std::min(count, j + problem.rowsTogether(first + j)); j < end;
           ++j, row += strides.position * size)
        target[j] = row;
    }
  }

  void loadQueries() const {
    const int64_t size = sizeOf(problem.q.element);
    for (int64_t column = 0; column < plan.columns; ++column) {
      const int64_t head = kvHead * problem.group + column % problem.group;
      const int64_t offset = batch * problem.qStrides.batch + head * problem.qStrides.head +
                             column / problem.group * problem.qStrides.position;
      float *query = queries + column * plan.queryWidth;
      if (plan.pairs) {
        std::memcpy(query, problem.q.as<BFloat>() + offset, size_t(problem.headDim * size));
        continue;
      }
      widen(problem.q.element, problem.q.data + offset * size, problem.headDim, float(problem.scale), query);
      arrangeCached(problem.k.element, query, problem.headDim);
    }
  }

  /// Calls body(column, number of columns, keys) for the columns of one position after another, as many as share a row,
  /// tile of keys by tile.
  template <typename Body> void forTiles(Body &&body) const {
    for (int64_t tile = 0; tile < count; tile += keysPerTile)
      for (int64_t i = 0; i < problem.queries; ++i)
        if (const Range seen = range(i, tile, std::min(tile + keysPerTile, count)); seen.begin < seen.end)
          for (int64_t g = 0; g < problem.group; g += maxSharing)
            body(i * problem.group + g, std::min(maxSharing, problem.group - g), seen);
  }

  void computeScores() const {
    if (problem.softcap > 0) // which bends the scores of keys that are not seen too
      std::fill_n(scores, plan.columns * keysPerPart, 0.0f);
    forTiles([&](int64_t column, int64_t columns, Range keys) {
      const CachedRows tile = {problem.k.element, rows + keys.begin, column ? nullptr : rows + keys.begin + rowsAhead,
                               keys.end - keys.begin, problem.headDim};
      const float *query = queries + column * plan.queryWidth;
      float *target = scores + column * keysPerPart + keys.begin;
      if (plan.pairs)
        plan.pairs(tile, reinterpret_cast<const BFloat *>(query), 2 * plan.queryWidth, columns, float(problem.scale),
                   target, keysPerPart);
      else
        dotCached(tile, query, plan.queryWidth, columns, target, keysPerPart);
    });
    if (problem.softcap > 0)
      softcap(scores, plan.columns * keysPerPart, float(problem.softcap));
    if (problem.mask.present)
      addMask();
  }

  void addMask() const {
    const int64_t *strides = problem.maskStrides;
    withFloatType(problem.mask.element, [&](auto type) {
      const auto *mask = problem.mask.as<decltype(type)>() + batch * strides[0] + first * strides[3];
      for (int64_t column = 0; column < plan.columns; ++column) {
        const int64_t i = column / problem.group, head = kvHead * problem.group + column % problem.group;
        const auto *row = mask + head * strides[1] + i * strides[2];
        const Range seen = range(i, 0, count);
        for (int64_t j = seen.begin; j < seen.end; ++j)
          scores[column * keysPerPart + j] += float(toDouble(row[j * strides[3]]));
      }
    });
  }

  void addValues(float *sums) const {
    std::fill_n(sums, plan.columns * plan.sumWidth, 0.0f);
    forTiles([&](int64_t column, int64_t columns, Range keys) {
      addCached({problem.v.element, rows + count + keys.begin, column ? nullptr : rows + count + keys.begin + rowsAhead,
                 keys.end - keys.begin, problem.headDimV},
                scores + column * keysPerPart + keys.begin, keysPerPart, columns, sums + column * plan.sumWidth,
                plan.sumWidth);
    });
  }

  const DecodePlan &plan;
  const AttentionProblem &problem;
  float *queries, *scores;
  const char **rows; ///< Of the keys, of the values, and the first ones of the next part.
  int64_t batch = 0, kvHead = 0, first = 0, count = 0;
  Visibility sees;
};

/// Merges the parts of one key head of one sequence into the first of them, and writes the outputs of its queries.
class Merge {
public:
  Merge(const DecodePlan &plan, int64_t index, float *results)
      : plan(plan), problem(plan.problem), batch(index / problem.kvHeads), kvHead(index % problem.kvHeads),
        parts(plan.firstPart[batch + 1] - plan.firstPart[batch]), step(problem.kvHeads * plan.resultFloats()),
        result(results + (plan.firstPart[batch] * problem.kvHeads + kvHead) * plan.resultFloats()) {}

  void run() const {
    for (int64_t column = 0; column < plan.columns; ++column) {
      const float maximum = maximumOf(column), weight = sum(column, maximum);
      write(column, weight, maximum);
    }
  }

private:
  float *maxima(int64_t part) const { return result + part * step + plan.columns * plan.sumWidth; }
  float *weights(int64_t part) const { return maxima(part) + plan.columns; }
  float *sums(int64_t part, int64_t column) const { return result + part * step + column * plan.sumWidth; }

  float maximumOf(int64_t column) const {
    float maximum = -INFINITY;
    for (int64_t part = 0; part < parts; ++part)
      maximum = std::max(maximum, maxima(part)[column]);
    return maximum;
  }

  /// Returns the weight of all parts; their values are summed up in the first.
  float sum(int64_t column, float maximum) const {
    float weight = 0, *total = sums(0, column);
    for (int64_t part = 0; part < parts; ++part) {
      const float own = maxima(part)[column], factor = maximum == -INFINITY ? 1.0f : std::exp(own - maximum);
      const float *values = sums(part, column);
      weight += factor * weights(part)[column];
      for (int64_t d = 0; d < problem.headDimV; ++d)
        total[d] = (part ? total[d] : 0.0f) + factor * values[d];
    }
    return weight;
  }

  void write(int64_t column, float weight, float maximum) const {
    const bool empty = weight == 0; // else the largest score has added 1, or NaN
    const int64_t head = kvHead * problem.group + column % problem.group, query = column / problem.group;
    const AxisStrides &to = problem.outStrides;
    const int64_t size = sizeOf(problem.out.element);
    char *row = problem.out.data + (batch * to.batch + head * to.head + query * to.position) * size;
    if (empty) {
      std::memset(row, 0, size_t(problem.headDimV * size));
    } else {
      restoreCached(problem.v.element, sums(0, column), problem.headDimV);
      narrow(problem.out.element, sums(0, column), problem.headDimV, 1 / weight, row);
    }
    const int64_t *lse = problem.lseStrides;
    if (problem.lse.present)
      problem.lse.as<float>()[batch * lse[0] + head * lse[1] + query * lse[2]] =
          empty ? -INFINITY : maximum + std::log(weight);
  }

  const DecodePlan &plan;
  const AttentionProblem &problem;
  int64_t batch, kvHead, parts, step;
  float *result;
};

} // namespace

int32_t flashDecode(const lz_call_t *call) {
  AttentionProblem problem;
  if (int32_t status = readContiguousAttention(call, problem))
    return status;
  if (problem.queries > maxPositions)
    return flashAttention(call);
  if (problem.batch == 0 || problem.heads == 0 || problem.queries == 0)
    return LZ_STATUS_OK;
  Scratch parts(call->context, (problem.batch + 1) * int64_t(sizeof(int64_t)));
  if (!parts)
    return LZ_STATUS_OUT_OF_MEMORY;
  const DecodePlan plan(problem, parts.as<int64_t>());
  const int64_t work = numWorkers(call) * plan.workFloats(), results = plan.items() * plan.resultFloats();
  Scratch memory(call->context, (work + results) * int64_t(sizeof(float)));
  if (!memory)
    return LZ_STATUS_OUT_OF_MEMORY;
  float *result = memory.as<float>() + work;
  const int64_t grain = grainFor(keysPerPart * (problem.headDim + problem.headDimV));
  parallelFor(call, plan.items(), grain, [&](int64_t begin, int64_t end, uint32_t worker) {
    Part part(plan, memory.as<float>() + worker * plan.workFloats());
    for (int64_t item = begin; item < end; ++item)
      part.run(item, std::min(item + 1, plan.items() - 1), result + item * plan.resultFloats());
  });
  parallelFor(call, problem.batch * problem.kvHeads, grainFor(plan.columns * problem.headDimV),
              [&](int64_t begin, int64_t end, uint32_t) {
                for (int64_t index = begin; index < end; ++index)
                  Merge(plan, index, result).run();
              });
  return LZ_STATUS_OK;
}

} // namespace lz::kernels::cpu
