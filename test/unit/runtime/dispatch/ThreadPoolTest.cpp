//===- ThreadPoolTest.cpp - The executor -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lzrt/ThreadPool.h"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

using namespace lzrt;

namespace {

struct Cover {
  explicit Cover(int64_t count) : seen(count) {}
  std::vector<std::atomic<int>> seen;
  std::atomic<int> badGrain{0}, badWorker{0};
  int64_t grain = 1;
  uint32_t threads = 1;
  static void body(void *argument, int64_t begin, int64_t end, uint32_t worker) {
    auto &cover = *static_cast<Cover *>(argument);
    cover.badGrain += begin % cover.grain != 0 || (end % cover.grain != 0 && end != int64_t(cover.seen.size()));
    cover.badWorker += worker >= cover.threads;
    for (int64_t i = begin; i < end; ++i)
      ++cover.seen[i];
  }
};

TEST(ThreadPool, CoversTheRangeOnceInMultiplesOfTheGrain) {
  ThreadPool pool(3);
  const lz_executor_t *executor = pool.executor();
  for (int64_t count : {0, 1, 7, 64, 1000})
    for (int64_t grain : {1, 3, 64, 5000}) {
      Cover cover(count);
      cover.grain = grain;
      cover.threads = executor->num_threads;
      executor->parallel_for(executor->self, count, grain, Cover::body, &cover);
      for (std::atomic<int> &times : cover.seen)
        ASSERT_EQ(times, 1);
      EXPECT_EQ(cover.badGrain, 0);
      EXPECT_EQ(cover.badWorker, 0);
    }
}

TEST(ThreadPool, ServesSeveralCallersAtOnce) {
  ThreadPool pool(2);
  std::vector<std::thread> callers;
  std::atomic<int64_t> sum{0};
  for (int i = 0; i < 3; ++i)
    callers.emplace_back([&] {
      for (int k = 0; k < 50; ++k)
        pool.executor()->parallel_for(
            pool.executor()->self, 100, 1,
            [](void *argument, int64_t begin, int64_t end, uint32_t) {
              *static_cast<std::atomic<int64_t> *>(argument) += end - begin;
            },
            &sum);
    });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_EQ(sum, 3 * 50 * 100);
}

TEST(ThreadPool, ZeroMeansWhatTheProcessMayUse) { EXPECT_GE(ThreadPool(0).executor()->num_threads, 1u); }

} // namespace
