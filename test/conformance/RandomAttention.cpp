//===- RandomAttention.cpp - Attention and cache cases drawn at random ----===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RandomCase.h"

#include <cmath>
#include <numeric>

namespace lz::test {

CaseArgument CaseGenerator::mask(Element element, const int64_t (&extents)[4], bool withBatch) {
  std::vector<int64_t> shape;
  for (int i = withBatch ? 0 : 1; i < 4; ++i)
    shape.push_back(chance(0.4) ? 1 : extents[i]);
  CaseArgument mask = input(parameterType(element), shape);
  if (chance(0.5))
    for (double &value : mask.values)
      value = value > 0.3 ? -INFINITY : value;
  return mask;
}

/// What all attention calls share: mask, output, log-sum-exp, scale and softcap.
void CaseGenerator::attentionExtras(Case &result, const AttentionExtents &e, unsigned maskSlot) {
  const Element element = result.arguments[0].element;
  if (chance(0.35))
    result.arguments[maskSlot] = mask(element, {e.batch, e.heads, e.queries, e.keys}, e.withBatch());
  result.arguments[maskSlot + 1] =
      output(element, byLayout(e.layout, e.batch, e.queries, e.heads, e.dimV), e.keys + e.dim);
  if (chance(0.4)) {
    CaseArgument lse = output(Element::F32, {e.batch, e.heads, e.queries}, e.keys + e.dim);
    if (!e.withBatch())
      lse.shape.erase(lse.shape.begin());
    lse.floor = 1;
    result.arguments[maskSlot + 2] = std::move(lse);
  }
  if (chance(0.4))
    result.reals[LZ_ATTR_SCALE] =
        e.dim ? std::uniform_real_distribution<>(0.2, 2)(random) / std::sqrt(double(e.dim)) : 0.7;
  if (chance(0.3))
    result.reals[LZ_ATTR_SOFTCAP] = pick({0, 1, 5, 30});
}

void CaseGenerator::attention(Case &result) {
  Element element = drawType();
  AttentionExtents e = {between(0, LZ_LAYOUT_COUNT - 1), 1, 0, 0, 0, 0, 0};
  e.batch = e.withBatch() ? pick({0, 1, 1, 1, 2, 3}) : 1;
  int64_t kvHeads = pick({0, 1, 1, 2, 3});
  e.heads = kvHeads * pick({1, 1, 2, 4, 7});
  do {
    e.queries = pick({0, 1, 1, 2, 5, 17, 33, 64, 65, 130, 200});
    e.keys = chance(0.3) ? e.queries : pick({0, 1, 2, 7, 16, 31, 64, 65, 129, 300, 700, 1100});
    e.dim = pick({0, 1, 3, 8, 16, 24, 64, 80, 128, 129});
    e.dimV = chance(0.7) ? e.dim : pick({0, 1, 5, 16, 32, 96});
  } while (e.batch * e.heads * e.queries * e.keys * (e.dim + e.dimV) > budget);
  result.integers[LZ_ATTR_LAYOUT] = e.layout;
  result.arguments[0] = input(element, byLayout(e.layout, e.batch, e.queries, e.heads, e.dim));
  result.arguments[1] = input(element, byLayout(e.layout, e.batch, e.keys, kvHeads, e.dim));
  result.arguments[2] = input(element, byLayout(e.layout, e.batch, e.keys, kvHeads, e.dimV), e.dimV < shortRow);
  bool sloped = result.operation == LZ_OP_ALIBI;
  if (sloped)
    result.arguments[3] = input(parameterType(element), {e.heads}, true);
  attentionExtras(result, e, sloped ? 4 : 3);
  if (result.operation == LZ_OP_ATTENTION_CAUSAL || result.operation == LZ_OP_ATTENTION_SLIDING_WINDOW)
    result.integers[LZ_ATTR_CAUSAL_ALIGNMENT] = between(0, 1);
  if (result.operation == LZ_OP_ATTENTION_SLIDING_WINDOW)
    result.integers[LZ_ATTR_WINDOW_SIZE] = pick({1, 2, 8, 63, 64, 100, 1000, INT64_MAX});
}

/// The blocks of each sequence in some order, no block in two of them unless `mayShare`. Entries behind those that the
/// lengths need name no block.
void CaseGenerator::blockTable(Case &result, unsigned slot, const CacheExtents &extents, int64_t width, bool mayShare) {
  const int64_t batch = int64_t(extents.lengths.size());
  std::vector<int64_t> order(extents.batch);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), random);
  CaseArgument table = ids({batch, width}, 2);
  for (int64_t b = 0, next = 0; b < batch; ++b)
    for (int64_t i = 0; i < width; ++i) {
      bool needed = i * extents.positions < extents.lengths[b];
      int64_t block = mayShare && needed ? between(0, extents.batch - 1) : needed ? order[next++] : 0;
      table.values[b * width + i] = double(needed ? block : pick({-1, extents.batch, 1 << 30, 0}));
    }
  result.arguments[slot] = std::move(table);
}

CaseGenerator::CacheExtents CaseGenerator::cache(Case &result, int64_t layout, unsigned lengthsSlot, int64_t batch,
                                                 bool mayShare) {
  const bool paged = (layout == LZ_LAYOUT_BSHD || layout == LZ_LAYOUT_BHSD) && chance(0.5);
  CacheExtents extents = {layout, batch, pick({0, 1, 2, 7, 16, 33, 64, 65, 129, 300, 700}), 0, {}};
  const int64_t width = pick({0, 1, 2, 3, 5, 9});
  if (paged)
    extents.positions = chance(0.04) ? 0 : pick({1, 2, 5, 16, 16, 32, 65});
  extents.capacity = paged ? width * extents.positions : extents.positions;
  for (int64_t b = 0; b < batch; ++b) {
    const int64_t kind = between(0, 5);
    extents.lengths.push_back(kind == 0 ? 0 : kind < 3 ? extents.capacity : between(0, extents.capacity));
  }
  result.integers[LZ_ATTR_KV_LAYOUT] = paged ? LZ_KV_LAYOUT_PAGED : LZ_KV_LAYOUT_DENSE;
  CaseArgument lengths = ids({batch}, 2);
  lengths.values.assign(extents.lengths.begin(), extents.lengths.end());
  const int64_t longest = batch ? *std::max_element(extents.lengths.begin(), extents.lengths.end()) : 0;
  result.arguments[lengthsSlot] = std::move(lengths);
  if (chance(0.3))
    result.integers[LZ_ATTR_MAX_CONTEXT_LEN] = std::max<int64_t>(longest, 1) + pick({0, 0, 7});
  if (!paged)
    return extents;
  const bool shares = mayShare && chance(0.3);
  extents.batch = shares ? pick({1, 2, 5}) : batch * width + pick({0, 0, 1, 5});
  blockTable(result, lengthsSlot + 1, extents, width, shares);
  return extents;
}

/// NaN into the rows of a cache that hold no token: nothing may read them.
void CaseGenerator::poison(Case &result, unsigned slot, const CacheExtents &extents) {
  CaseArgument &cache = result.arguments[slot];
  const auto table = result.arguments.find(4);
  const int64_t width = table == result.arguments.end() ? 0 : table->second.shape[1];
  std::vector<bool> holds(extents.batch * extents.positions);
  for (size_t b = 0; b < extents.lengths.size(); ++b)
    for (int64_t p = 0; p < extents.lengths[b]; ++p) {
      const int64_t i = p / extents.positions;
      const int64_t block = width ? int64_t(table->second.values[int64_t(b) * width + i]) : int64_t(b);
      holds[block * extents.positions + p % extents.positions] = true;
    }
  const bool headsFirst = extents.layout == LZ_LAYOUT_BHSD || extents.layout == LZ_LAYOUT_HND;
  const int64_t dim = cache.shape.back(), rank = int64_t(cache.shape.size());
  const int64_t heads = cache.shape[rank - (headsFirst ? 3 : 2)];
  for (int64_t i = 0; i < int64_t(cache.values.size()); ++i) {
    const int64_t row = i / dim,
                  place = headsFirst ? row / extents.positions / heads * extents.positions + row % extents.positions
                                     : row / heads;
    if (!holds[place])
      cache.values[i] = NAN;
  }
}

void CaseGenerator::cachedAttention(Case &result) {
  Element element = drawType(), stored = chance(0.6) ? element : drawType();
  AttentionExtents e = {between(0, LZ_LAYOUT_COUNT - 1), 1, 0, 0, 0, 0, 0};
  e.batch = e.withBatch() ? pick({0, 1, 1, 2, 2, 3}) : 1;
  const int64_t kvHeads = pick({0, 1, 1, 2, 3});
  const bool prompt = result.operation == LZ_OP_ATTENTION_PREFILL;
  e.heads = kvHeads * pick({1, 1, 2, 4, 7, 9});
  const CacheExtents held = cache(result, e.layout, 3, e.batch, true);
  e.keys = held.capacity;
  do {
    e.queries = prompt ? pick({0, 1, 2, 17, 33, 64, 65, 130}) : pick({0, 1, 1, 1, 1, 2, 3, 5, 17, 40});
    e.dim = pick({0, 1, 3, 8, 16, 24, 64, 80, 128, 129});
    e.dimV = chance(0.7) ? e.dim : pick({0, 1, 5, 16, 32, 96});
  } while (e.batch * e.heads * e.queries * e.keys * (e.dim + e.dimV) > budget);
  result.integers[LZ_ATTR_LAYOUT] = e.layout;
  result.arguments[0] = input(element, byLayout(e.layout, e.batch, e.queries, e.heads, e.dim));
  result.arguments[1] = input(stored, byLayout(e.layout, held.batch, held.positions, kvHeads, e.dim));
  result.arguments[2] =
      input(stored, byLayout(e.layout, held.batch, held.positions, kvHeads, e.dimV), e.dimV < shortRow);
  if (chance(0.5))
    for (unsigned slot : {1, 2})
      poison(result, slot, held);
  attentionExtras(result, e, 5);
  result.integers[LZ_ATTR_CAUSAL_ALIGNMENT] = chance(0.8) ? LZ_ALIGNMENT_BOTTOM_RIGHT : LZ_ALIGNMENT_TOP_LEFT;
  if (chance(0.3))
    result.integers[LZ_ATTR_WINDOW_SIZE] = pick({1, 2, 8, 63, 64, 100, 1000, INT64_MAX});
}

void CaseGenerator::cacheUpdate(Case &result) {
  Element element = drawType(), stored = chance(0.5) ? element : drawType();
  const int64_t layout = between(0, LZ_LAYOUT_COUNT - 1);
  const bool withBatch = layout == LZ_LAYOUT_BSHD || layout == LZ_LAYOUT_BHSD;
  const int64_t batch = withBatch ? pick({0, 1, 1, 2, 3}) : 1, heads = pick({0, 1, 1, 2, 3, 8});
  const CacheExtents held = cache(result, layout, 2, batch, false);
  int64_t tokens, dim, dimV;
  do {
    tokens = pick({0, 1, 1, 1, 2, 5, 17, 100});
    dim = pick({0, 1, 3, 8, 16, 64, 128, 129, 300}), dimV = chance(0.7) ? dim : pick({0, 1, 5, 32, 96});
  } while ((held.batch * held.positions + batch * tokens) * heads * (dim + dimV) > budget / 20);
  result.integers[LZ_ATTR_LAYOUT] = layout;
  result.arguments[0] = input(element, byLayout(layout, batch, tokens, heads, dim));
  result.arguments[1] = input(element, byLayout(layout, batch, tokens, heads, dimV));
  for (unsigned slot : {4, 5}) {
    CaseArgument cache = input(stored, byLayout(layout, held.batch, held.positions, heads, slot == 4 ? dim : dimV));
    cache.output = cache.exact = true;
    result.arguments[slot] = std::move(cache);
  }
}

} // namespace lz::test
