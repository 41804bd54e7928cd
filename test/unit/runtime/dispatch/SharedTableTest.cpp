//===- SharedTableTest.cpp - Decisions that do not fit into their sites ----===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "../../../../runtime/dispatch/SharedTable.h"
#include "../../../../runtime/dispatch/ContextClass.h"
#include "lzrt/lzrt.h"

#include <gtest/gtest.h>

#include <mutex>
#include <thread>

namespace lzrt {
namespace {

constexpr std::chrono::seconds hour(3600);

int32_t kernelA(const lz_call_t *) { return 1; }
int32_t kernelB(const lz_call_t *) { return 2; }

SharedTable::Key key(uint64_t site, uint64_t a, uint64_t b = 0) { return {{7, site, a, b, 0, 0}}; }

TEST(SharedTable, FindsWhatWasInserted) {
  SharedTable table;
  EXPECT_FALSE(table.find(key(1, 5)));
  table.insert(key(1, 5), {kernelA, 11}, 100, hour);
  table.insert(key(2, 5), {kernelB, 12}, 100, hour);
  auto hit = table.find(key(1, 5));
  ASSERT_TRUE(hit);
  EXPECT_EQ(hit->kernel, kernelA);
  EXPECT_EQ(hit->tag, 11u);
  EXPECT_EQ(table.find(key(2, 5))->tag, 12u);
  EXPECT_FALSE(table.find(key(1, 6)));
  EXPECT_FALSE(table.find(key(3, 5)));
  table.insert(key(1, 5), {kernelB, 13}, 100, hour);
  EXPECT_EQ(table.find(key(1, 5))->tag, 13u);
  EXPECT_EQ(table.size(), 2u);
  table.clear();
  EXPECT_EQ(table.size(), 0u);
  EXPECT_FALSE(table.find(key(1, 5)));
}

TEST(SharedTable, HoldsNoMoreThanItsCapacity) {
  SharedTable table;
  for (uint64_t i = 1; i <= 5000; ++i)
    table.insert(key(1, i), {kernelA, i}, 100, hour);
  EXPECT_LE(table.size(), 100u);
  EXPECT_GE(table.size(), 60u);
  EXPECT_TRUE(table.find(key(1, 5000)));
  EXPECT_LE(table.bytes(), size_t(1) << 16);
  SharedTable closed;
  closed.insert(key(1, 1), {kernelA, 1}, 0, hour);
  EXPECT_FALSE(closed.find(key(1, 1)));
}

TEST(SharedTable, KeepsMostOfWhatFits) {
  SharedTable table;
  for (uint64_t i = 0; i < 10000; ++i)
    table.insert(key(i % 64, i, i * i), {kernelA, i + 1}, 10000, hour);
  size_t found = 0;
  for (uint64_t i = 0; i < 10000; ++i)
    if (auto hit = table.find(key(i % 64, i, i * i))) {
      EXPECT_EQ(hit->tag, i + 1);
      ++found;
    }
  EXPECT_GE(found, 9500u);
}

TEST(SharedTable, WhatIsLookedUpStaysLonger) {
  SharedTable table;
  table.insert(key(1, 1), {kernelA, 1}, 64, hour);
  size_t kept = 0;
  for (uint64_t i = 2; i < 2000; ++i) {
    kept += table.find(key(1, 1)).has_value();
    table.insert(key(1, i), {kernelA, i}, 64, hour);
  }
  EXPECT_GE(kept, 1900u);
}

TEST(SharedTable, EntriesEndWithTheirTime) {
  SharedTable table;
  table.insert(key(1, 1), {kernelA, 1}, 64, std::chrono::seconds(1));
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));
  // Whoever inserts sweeps eight slots.
  for (uint64_t i = 100; i < 160; ++i)
    table.insert(key(2, i), {kernelA, i}, 64, std::chrono::seconds(1));
  EXPECT_FALSE(table.find(key(1, 1)));
}

TEST(SharedTable, KeysTellCallsApart) {
  lz_context_t context;
  lzrt_context_init(&context);
  ContextClass first(1, 0, context), second(2, 0, context);
  struct Block {
    lz_call_t call;
    int64_t dims[6];
  } block{};
  lz_site_t site{};
  block.call.site = &site;
  for (uint16_t number : {uint16_t(0), uint16_t(2), uint16_t(4), uint16_t(6)}) {
    site.num_dims = number;
    SharedTable::Key same = SharedTable::keyOf(first, 3, block.call);
    EXPECT_EQ(same, SharedTable::keyOf(first, 3, block.call));
    EXPECT_NE(same, SharedTable::keyOf(second, 3, block.call));
    EXPECT_NE(same, SharedTable::keyOf(first, 4, block.call));
    for (unsigned i = 0; i < number; ++i) {
      ++block.dims[i];
      EXPECT_NE(same, SharedTable::keyOf(first, 3, block.call)) << number << " " << i;
      --block.dims[i];
    }
  }
  lzrt_context_release(&context);
}

/// Readers never see a kernel with another key's tag, whatever a writer does to the slot meanwhile.
TEST(SharedTable, ReadersSeeWholeEntries) {
  SharedTable table;
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> hits{0}, torn{0};
  std::vector<std::thread> readers;
  for (unsigned reader = 0; reader < 3; ++reader)
    readers.emplace_back([&] {
      for (uint64_t i = 0; !stop.load(std::memory_order_relaxed); ++i)
        if (auto hit = table.find(key(1, i % 200))) {
          ++hits;
          bool isEven = hit->tag % 2 == 0;
          torn += hit->tag >> 1 != i % 200 || hit->kernel != (isEven ? kernelA : kernelB);
        }
    });
  for (uint64_t round = 0; round < 200000; ++round) {
    uint64_t which = round * 7919 % 200, parity = round / 200 % 2;
    table.insert(key(1, which), {parity == 0 ? kernelA : kernelB, which << 1 | parity}, 100, hour);
    if (round % 20011 == 0)
      table.clear();
  }
  stop = true;
  for (std::thread &reader : readers)
    reader.join();
  EXPECT_EQ(torn, 0u);
  EXPECT_GT(hits, 0u);
}

} // namespace
} // namespace lzrt
