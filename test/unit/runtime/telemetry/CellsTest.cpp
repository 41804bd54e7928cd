//===- CellsTest.cpp - No count is lost and none is counted twice -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "../../../../runtime/telemetry/Cells.h"

#include <gtest/gtest.h>

#include <atomic>
#include <pthread.h>
#include <set>
#include <thread>
#include <vector>

using namespace lzrt;

namespace {

/// Cells of one test, which gives them back.
class OwnCells {
public:
  explicit OwnCells(size_t number) {
    for (size_t index = 0; index != number; ++index)
      owned.push_back(cells::acquire());
  }
  ~OwnCells() {
    for (uint32_t cell : owned)
      cells::release(cell);
  }
  OwnCells(const OwnCells &) = delete;
  OwnCells &operator=(const OwnCells &) = delete;
  uint32_t operator[](size_t index) const { return owned[index]; }
  const std::vector<uint32_t> &all() const { return owned; }

private:
  std::vector<uint32_t> owned;
};

void onThread(auto work) { std::thread(work).join(); }

TEST(Cells, TheBlockOfANewThreadIsThereAndEmpty) {
  onThread([] {
    ASSERT_NE(lzrtCells, nullptr);
    EXPECT_EQ(lzrtCells->capacity, 0u);
  });
}

TEST(Cells, AnAcquiredCellIsDistinctAndReadsZero) {
  OwnCells own(1000);
  EXPECT_EQ(std::set<uint32_t>(own.all().begin(), own.all().end()).size(), 1000u);
  for (uint32_t cell : own.all())
    ASSERT_EQ(cells::count(cell), 0u);
}

TEST(Cells, CountsSumOverThreadsThatLiveAndThreadsThatEnded) {
  OwnCells own(1);
  cells::add(own[0]);
  onThread([&] { cells::add(own[0], 41); });
  EXPECT_EQ(cells::count(own[0]), 42u);
}

TEST(Cells, ABlockThatGrowsKeepsItsCounts) {
  OwnCells first(1);
  onThread([&] {
    cells::add(first[0], 7);
    const CellBlock *block = lzrtCells;
    OwnCells many(block->capacity + 1);
    cells::add(many[block->capacity]);
    EXPECT_NE(lzrtCells, block);
    cells::add(first[0]);
    EXPECT_EQ(cells::count(first[0]), 8u);
    EXPECT_EQ(cells::count(many[0]), 0u);
  });
  EXPECT_EQ(cells::count(first[0]), 8u);
}

TEST(Cells, ACellOfAnotherOwnerStartsAtZero) {
  uint32_t cell = cells::acquire();
  std::atomic<int> step = 0;
  std::thread living([&] {
    cells::add(cell, 5);
    step = 1, step.notify_all();
    step.wait(1);
    cells::add(cell, 2);
  });
  step.wait(0);
  onThread([&] { cells::add(cell, 3); });
  EXPECT_EQ(cells::count(cell), 8u);
  cells::release(cell);
  ASSERT_EQ(cells::acquire(), cell) << "the cell released last is the next to be given";
  EXPECT_EQ(cells::count(cell), 0u);
  step = 2, step.notify_all();
  living.join();
  EXPECT_EQ(cells::count(cell), 2u);
  cells::release(cell);
}

TEST(Cells, WhatIsNoCellCountsNothing) {
  for (uint32_t cell : {cells::none, cells::none - 1}) {
    EXPECT_FALSE(cells::ensure(cell));
    cells::add(cell);
    EXPECT_EQ(cells::count(cell), 0u);
    cells::release(cell);
  }
  EXPECT_NE(cells::acquire(), cells::none);
}

TEST(Cells, ReleasingTwiceGivesTheCellToOneOwner) {
  uint32_t cell = cells::acquire();
  cells::release(cell);
  cells::release(cell);
  OwnCells own(2);
  EXPECT_NE(own[0], own[1]);
}

TEST(Cells, DestructorsOfAnEndingThreadCountToo) {
  OwnCells own(2);
  struct Last {
    uint32_t cell = cells::none;
    ~Last() { cells::add(cell); }
  };
  // A thread_local's destructor comes before the block is folded, a later key's behind it.
  static uint32_t late;
  late = own[1];
  pthread_key_t key;
  cells::add(own[0]); // the ledger's key is made first
  ASSERT_EQ(pthread_key_create(&key, [](void *) { cells::add(late, 10); }), 0);
  onThread([&] {
    thread_local Last last;
    last.cell = own[0];
    pthread_setspecific(key, &late);
    cells::add(own[0]);
  });
  pthread_key_delete(key);
  EXPECT_EQ(cells::count(own[0]), 3u);
  EXPECT_EQ(cells::count(own[1]), 10u);
}

TEST(Cells, ManyThreadsThatCountGrowAndEndGiveExactTotals) {
  constexpr unsigned numWorkers = 8, generations = 6, rounds = 2000, shared = 16;
  OwnCells own(shared);
  std::atomic<bool> done = false;
  // A reader sees every count rise only; an owner of changing cells makes blocks grow meanwhile.
  std::thread reader([&] {
    std::vector<uint64_t> seen(shared, 0);
    while (!done)
      for (unsigned index = 0; index != shared; ++index) {
        uint64_t count = cells::count(own[index]);
        EXPECT_GE(count, seen[index]);
        seen[index] = count;
      }
  });
  std::thread owner([&] {
    for (unsigned step = 0; !done; ++step) {
      OwnCells transient(1 + step % 300);
      cells::add(transient[step % (1 + step % 300)], step);
      EXPECT_EQ(cells::count(transient[step % (1 + step % 300)]), step);
    }
  });
  for (unsigned generation = 0; generation != generations; ++generation) {
    std::vector<std::thread> workers;
    for (unsigned worker = 0; worker != numWorkers; ++worker)
      workers.emplace_back([&, worker] {
        for (unsigned round = 0; round != rounds; ++round)
          cells::add(own[(worker + round) % shared], 1 + worker);
      });
    for (std::thread &worker : workers)
      worker.join();
  }
  done = true;
  reader.join(), owner.join();
  uint64_t total = 0;
  for (uint32_t cell : own.all())
    total += cells::count(cell);
  EXPECT_EQ(total, uint64_t(generations) * rounds * numWorkers * (numWorkers + 1) / 2);
  EXPECT_EQ(cells::count(own[0]), uint64_t(generations) * rounds / shared * numWorkers * (numWorkers + 1) / 2);
}

} // namespace
