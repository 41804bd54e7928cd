//===- TestContext.h - A context with real threads and a watched allocator ===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_CONFORMANCE_TESTCONTEXT_H
#define LZ_TEST_CONFORMANCE_TESTCONTEXT_H

#include "lzrt/abi/context.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <thread>
#include <vector>

namespace lz::test {

/// Runs parallel_for on `numThreads` threads that live for one call each, handing out one grain at a time.
class ThreadExecutor {
public:
  explicit ThreadExecutor(uint32_t numThreads) : table{sizeof(lz_executor_t), numThreads, this, run} {}
  const lz_executor_t *get() const { return &table; }
  /// Calls of parallel_for so far.
  int64_t calls() const { return numCalls; }

private:
  static void run(void *self, int64_t count, int64_t grain, lz_parallel_body body, void *argument) {
    auto *executor = static_cast<ThreadExecutor *>(self);
    ++executor->numCalls;
    std::atomic<int64_t> next = 0;
    auto work = [&](uint32_t worker) {
      for (int64_t begin; (begin = next.fetch_add(grain)) < count;)
        body(argument, begin, std::min(begin + grain, count), worker);
    };
    std::vector<std::thread> threads;
    for (uint32_t worker = 1; worker < executor->table.num_threads; ++worker)
      threads.emplace_back(work, worker);
    work(0);
    for (std::thread &thread : threads)
      thread.join();
  }

  lz_executor_t table;
  int64_t numCalls = 0;
};

/// A context that counts the blocks a kernel holds. One thread.
class TestContext {
public:
  explicit TestContext(const ThreadExecutor *executor) : table{sizeof(lz_allocator_t), 0, this, allocate, release} {
    context.struct_size = sizeof(context);
    context.abi_version = LZ_ABI_VERSION;
    context.device = {1, 0};
    context.allocator = &table;
    context.executor = executor ? executor->get() : nullptr;
    context.mode_override = LZ_MODE_UNSET;
  }
  TestContext(const TestContext &) = delete;
  TestContext &operator=(const TestContext &) = delete;

  lz_context_t *get() { return &context; }
  int64_t liveBlocks() const { return live; }
  /// From now on every allocation fails.
  void exhaust() { exhausted = true; }

private:
  static void *allocate(void *self, lz_context_t *, uint64_t size, uint64_t alignment) {
    auto *context = static_cast<TestContext *>(self);
    if (context->exhausted)
      return nullptr;
    ++context->live;
    return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  }
  static void release(void *self, lz_context_t *, void *pointer) {
    --static_cast<TestContext *>(self)->live;
    std::free(pointer);
  }

  lz_allocator_t table;
  lz_context_t context = {};
  int64_t live = 0;
  bool exhausted = false;
};

} // namespace lz::test

#endif // LZ_TEST_CONFORMANCE_TESTCONTEXT_H
