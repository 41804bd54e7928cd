//===- CacheTest.cpp - Key-value caches against their definition ----------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernels share the code that locates a row with the reference; here it is located anew.
//
//===----------------------------------------------------------------------===//

#include "Catalogue.h"
#include "RandomCase.h"
#include "TestContext.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <set>

using namespace lz::test;

namespace {

constexpr lz_operation_t cachedAttentions[] = {LZ_OP_ATTENTION_PREFILL, LZ_OP_ATTENTION_DECODE};

struct Extents {
  int64_t batch, position, head, dim;
};

/// The place of (b, s, h, d) in the values of a q-, k- or v-like argument.
int64_t indexOf(int64_t layout, const std::vector<int64_t> &shape, const Extents &at) {
  const std::vector<int64_t> place = byLayout(layout, at.batch, at.position, at.head, at.dim);
  int64_t index = 0;
  for (size_t i = 0; i < shape.size(); ++i)
    index = index * shape[i] + place[i];
  return index;
}

Extents extentsOf(int64_t layout, const std::vector<int64_t> &s) {
  switch (layout) {
  case LZ_LAYOUT_BSHD:
    return {s[0], s[1], s[2], s[3]};
  case LZ_LAYOUT_BHSD:
    return {s[0], s[2], s[1], s[3]};
  case LZ_LAYOUT_NHD:
    return {1, s[0], s[1], s[2]};
  default:
    return {1, s[1], s[0], s[2]};
  }
}

/// A case of one of the cache operations.
struct CacheView {
  const Case &given;
  unsigned lengthsSlot;
  int64_t layout;

  CacheView(const Case &given, unsigned lengthsSlot)
      : given(given), lengthsSlot(lengthsSlot), layout(given.integers.at(LZ_ATTR_LAYOUT)) {}

  int64_t length(int64_t b) const { return int64_t(given.arguments.at(lengthsSlot).values[b]); }
  /// The batch and position index of the cache's row for position `p` of sequence `b`.
  std::pair<int64_t, int64_t> row(int64_t b, int64_t p, const CaseArgument &cache) const {
    if (given.integers.at(LZ_ATTR_KV_LAYOUT) == LZ_KV_LAYOUT_DENSE)
      return {b, p};
    const CaseArgument &table = given.arguments.at(lengthsSlot + 1);
    const int64_t size = extentsOf(layout, cache.shape).position;
    return {int64_t(table.values[b * table.shape[1] + p / size]), p % size};
  }
};

TEST(CacheUpdate, writesTheRowsOfItsTokensAndNoOther) {
  CaseGenerator generator(20);
  for (int i = 0; i < 60; ++i) {
    const Case given = generator.draw(LZ_OP_KV_CACHE_UPDATE);
    const CacheView view(given, 2);
    for (const CatalogueKernel *kernel : kernelsOf(LZ_OP_KV_CACHE_UPDATE)) {
      Instance instance(given);
      if (instance.run(kernel->entry->execute, nullptr) != LZ_STATUS_OK)
        continue; // whether it may refuse is the business of another test
      for (unsigned side : {0, 1}) {
        const CaseArgument &source = given.arguments.at(side), &cache = given.arguments.at(side + 4);
        const Extents e = extentsOf(view.layout, source.shape);
        const std::vector<double> after = instance.buffer(side + 4).values();
        std::set<int64_t> named;
        for (int64_t b = 0; b < e.batch; ++b)
          for (int64_t s = 0; s < e.position; ++s)
            for (int64_t at = 0, p = view.length(b) - e.position + s; p >= 0 && at < e.head * e.dim; ++at) {
              const auto [block, position] = view.row(b, p, cache);
              const Extents to = {block, position, at / e.dim, at % e.dim}, from = {b, s, at / e.dim, at % e.dim};
              const int64_t target = indexOf(view.layout, cache.shape, to);
              named.insert(target);
              ASSERT_EQ(after[target], rounded(cache.element, source.values[indexOf(view.layout, source.shape, from)]))
                  << kernel->name << ": " << given.describe();
            }
        for (int64_t index : instance.buffer(side + 4).changed())
          ASSERT_TRUE(named.count(index)) << kernel->name << " changed a row of no token: " << given.describe();
      }
    }
  }
}

/// Sequence `b` of a cached call as a call of attention.causal or attention.sliding_window over its own keys.
Case sequenceOf(const Case &given, int64_t b) {
  const CacheView view(given, 3);
  const bool windowed = given.integers.count(LZ_ATTR_WINDOW_SIZE);
  Case result = {windowed ? LZ_OP_ATTENTION_SLIDING_WINDOW : LZ_OP_ATTENTION_CAUSAL, {}, given.integers, given.reals};
  result.integers.erase(LZ_ATTR_KV_LAYOUT);
  result.integers.erase(LZ_ATTR_MAX_CONTEXT_LEN);
  auto slice = [&](const CaseArgument &from, int64_t count, auto place) {
    const Extents e = extentsOf(view.layout, from.shape);
    CaseArgument to = from;
    to.shape = byLayout(view.layout, 1, count, e.head, e.dim);
    to.values.assign(to.count(), 0);
    for (int64_t s = 0; s < count; ++s)
      for (int64_t at = 0; at < e.head * e.dim; ++at) {
        const auto [batch, position] = place(s);
        to.values[indexOf(view.layout, to.shape, {0, s, at / e.dim, at % e.dim})] =
            from.values[indexOf(view.layout, from.shape, {batch, position, at / e.dim, at % e.dim})];
      }
    return to;
  };
  const CaseArgument &q = given.arguments.at(0), &out = given.arguments.at(6);
  const int64_t queries = extentsOf(view.layout, q.shape).position, keys = view.length(b);
  result.arguments[0] = slice(q, queries, [&](int64_t s) { return std::pair(b, s); });
  for (unsigned slot : {1, 2})
    result.arguments[slot] =
        slice(given.arguments.at(slot), keys, [&](int64_t s) { return view.row(b, s, given.arguments.at(slot)); });
  result.arguments[4] = out;
  result.arguments[4].shape =
      byLayout(view.layout, 1, queries, extentsOf(view.layout, out.shape).head, extentsOf(view.layout, out.shape).dim);
  return result;
}

/// The part of an output that belongs to sequence `b`, in the order of a batch of one.
std::vector<double> partOf(const std::vector<double> &values, int64_t b, int64_t batch) {
  const size_t size = values.size() / size_t(batch);
  return {values.begin() + b * size, values.begin() + (b + 1) * size};
}

TEST(CachedAttention, isForEachSequenceCausalAttentionOverItsOwnTokens) {
  for (lz_operation_t operation : cachedAttentions) {
    CaseGenerator generator(21);
    int compared = 0;
    for (int i = 0; i < 60; ++i) {
      Case given = generator.draw(operation).inDoubles();
      given.arguments.erase(5); // a mask, whose width is the capacity
      given.arguments.erase(7);
      Instance instance(given);
      ASSERT_EQ(instance.run(referenceOf(operation).entry->execute, nullptr), LZ_STATUS_OK) << given.describe();
      const int64_t batch = given.arguments.at(3).count();
      for (int64_t b = 0; b < batch; ++b, ++compared) {
        Case alone = sequenceOf(given, b);
        Instance direct(alone);
        ASSERT_EQ(direct.run(referenceOf(alone.operation).entry->execute, nullptr), LZ_STATUS_OK) << alone.describe();
        ASSERT_EQ(direct.buffer(4).values(), partOf(instance.buffer(6).values(), b, batch))
            << given.describe() << " sequence " << b;
      }
    }
    EXPECT_GT(compared, 60);
  }
}

/// Draws until `fits`.
Case drawn(lz_operation_t operation, const std::function<bool(const Case &)> &fits) {
  CaseGenerator generator(operation);
  for (;;)
    if (Case given = generator.draw(operation); given.contiguous() && fits(given))
      return given;
}

class CacheRefusal : public testing::TestWithParam<lz_operation_t> {
protected:
  unsigned lengths = GetParam() == LZ_OP_KV_CACHE_UPDATE ? 2 : 3, table = lengths + 1;

  /// A call with several sequences and a token in the last block of the last one.
  Case sound(bool paged) {
    return drawn(GetParam(), [&](const Case &given) {
      const CaseArgument &held = given.arguments.at(lengths);
      bool fits = given.arguments.count(table) == paged && held.count() > 1 && held.values.back() > 1;
      for (const auto &[slot, argument] : given.arguments)
        fits &= argument.count() > 1 && argument.element != Element::F64 && argument.element != Element::I32;
      return fits;
    });
  }
  int64_t capacityOf(const Case &given) {
    const CaseArgument &cache = given.arguments.at(GetParam() == LZ_OP_KV_CACHE_UPDATE ? 4 : 1);
    const int64_t positions = extentsOf(given.integers.at(LZ_ATTR_LAYOUT), cache.shape).position;
    return given.arguments.count(table) ? positions * given.arguments.at(table).shape[1] : positions;
  }
  void refuses(const Case &given) {
    for (const CatalogueKernel *kernel : kernelsOf(GetParam())) {
      Instance instance(given);
      TestContext context(nullptr);
      EXPECT_EQ(instance.run(kernel->entry->execute, context.get()), LZ_STATUS_INVALID_ARGUMENT)
          << kernel->name << ": " << given.describe();
      EXPECT_TRUE(instance.intact(true)) << kernel->name;
      EXPECT_EQ(context.liveBlocks(), 0) << kernel->name;
    }
  }
};

TEST_P(CacheRefusal, lengthOutOfRangeIsInvalidAndWritesNothing) {
  for (bool paged : {false, true}) {
    Case given = sound(paged);
    given.integers.erase(LZ_ATTR_MAX_CONTEXT_LEN);
    for (double length : {-1.0, double(capacityOf(given) + 1), 0x1p62}) {
      given.arguments.at(lengths).values.back() = length;
      refuses(given);
    }
  }
}

TEST_P(CacheRefusal, lengthPastTheLongestContextIsInvalid) {
  for (bool paged : {false, true}) {
    Case given = sound(paged);
    for (int64_t limit : {int64_t(given.arguments.at(lengths).values.back()) - 1, int64_t(0), int64_t(-1)}) {
      given.integers[LZ_ATTR_MAX_CONTEXT_LEN] = limit;
      refuses(given);
    }
  }
}

TEST_P(CacheRefusal, neededBlockThatIsNotThereIsInvalid) {
  Case given = sound(true);
  const CacheView view(given, lengths);
  const CaseArgument &cache = given.arguments.at(GetParam() == LZ_OP_KV_CACHE_UPDATE ? 4 : 1);
  const Extents held = extentsOf(view.layout, cache.shape);
  const int64_t last = int64_t(given.arguments.at(lengths).values.size()) - 1;
  std::vector<double> &entries = given.arguments.at(table).values;
  double &entry = entries[last * given.arguments.at(table).shape[1] + (view.length(last) - 1) / held.position];
  for (double block : {-1.0, double(held.batch), 0x1p40}) {
    entry = block;
    refuses(given);
  }
}

TEST_P(CacheRefusal, tableThatTheLayoutDoesNotExpectIsInvalid) {
  Case paged = sound(true), dense = sound(false);
  dense.integers[LZ_ATTR_KV_LAYOUT] = LZ_KV_LAYOUT_PAGED;
  refuses(dense);
  dense.integers[LZ_ATTR_KV_LAYOUT] = 2;
  refuses(dense);
  paged.integers[LZ_ATTR_KV_LAYOUT] = LZ_KV_LAYOUT_DENSE;
  refuses(paged);
}

TEST_P(CacheRefusal, pagedCacheWithoutABatchAxisIsInvalid) {
  const Case given = drawn(GetParam(), [](const Case &given) {
    bool fits = given.integers.at(LZ_ATTR_LAYOUT) == LZ_LAYOUT_NHD && given.arguments.at(0).count() > 0;
    return fits && given.arguments.at(0).element == Element::F32;
  });
  Case paged = given;
  CaseArgument blocks;
  blocks.element = Element::I64, blocks.shape = {1, 1}, blocks.values = {0};
  paged.arguments[table] = blocks;
  paged.integers[LZ_ATTR_KV_LAYOUT] = LZ_KV_LAYOUT_PAGED;
  refuses(paged);
}

INSTANTIATE_TEST_SUITE_P(Operations, CacheRefusal,
                         testing::Values(LZ_OP_ATTENTION_PREFILL, LZ_OP_ATTENTION_DECODE, LZ_OP_KV_CACHE_UPDATE),
                         [](const auto &info) {
                           std::string name = nameOf(info.param);
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

} // namespace
