//===- ThreadPool.cpp - Threads behind lz_executor_t -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lzrt/ThreadPool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <sched.h>
#include <system_error>
#include <thread>
#include <vector>

namespace lzrt {
namespace {

/// One parallel_for. Workers take chunks from `next` until none is left.
struct Loop {
  int64_t count, chunk;
  lz_parallel_body body;
  void *argument;
  std::atomic<int64_t> next{0};

  void work(uint32_t worker) {
    for (;;) {
      int64_t begin = next.fetch_add(chunk, std::memory_order_relaxed);
      if (begin >= count)
        return;
      body(argument, begin, std::min(count, begin + chunk), worker);
    }
  }
};

thread_local bool insideLoop = false;

unsigned usableThreads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int count = ::sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 0;
  return count > 0 ? unsigned(count) : std::max(1u, std::thread::hardware_concurrency());
}

} // namespace

struct ThreadPool::State {
  unsigned size = 1;
  std::vector<std::thread> threads;
  std::mutex loops; // one loop at a time
  std::mutex mutex; // of what follows
  std::condition_variable started, finished;
  Loop *loop = nullptr;
  uint64_t generation = 0;
  unsigned running = 0;
  bool stopping = false;

  void serve(uint32_t worker);
  void run(int64_t count, int64_t grain, lz_parallel_body body, void *argument);
};

void ThreadPool::State::serve(uint32_t worker) {
  insideLoop = true;
  uint64_t seen = 0;
  std::unique_lock<std::mutex> lock(mutex);
  for (;;) {
    started.wait(lock, [&] { return stopping || generation != seen; });
    if (stopping)
      return;
    seen = generation;
    Loop *current = loop;
    lock.unlock();
    current->work(worker);
    lock.lock();
    if (--running == 0)
      finished.notify_one();
  }
}

void ThreadPool::State::run(int64_t count, int64_t grain, lz_parallel_body body, void *argument) {
  if (count <= 0)
    return;
  grain = std::max<int64_t>(1, grain);
  if (insideLoop || threads.empty() || count <= grain) {
    body(argument, 0, count, 0);
    return;
  }
  // About four chunks a thread: uneven work evens out, and each chunk stays a multiple of the grain.
  int64_t pieces = std::max<int64_t>(1, count / (int64_t(size) * 4) / grain);
  Loop current{count, pieces * grain, body, argument};
  std::lock_guard<std::mutex> alone(loops);
  {
    std::lock_guard<std::mutex> lock(mutex);
    loop = &current;
    running = unsigned(threads.size());
    ++generation;
  }
  started.notify_all();
  insideLoop = true;
  current.work(0);
  insideLoop = false;
  std::unique_lock<std::mutex> lock(mutex);
  finished.wait(lock, [&] { return running == 0; });
}

ThreadPool::ThreadPool(unsigned threads) : state(std::make_unique<State>()) {
  const unsigned wanted = threads ? threads : usableThreads();
  try {
    for (unsigned worker = 1; worker < wanted; ++worker)
      state->threads.emplace_back([this, worker] { state->serve(worker); });
  } catch (const std::system_error &) { // the system gives no more threads; those that stand suffice
  }
  state->size = unsigned(state->threads.size()) + 1;
  interface = {sizeof(lz_executor_t), state->size, state.get(),
               [](void *self, int64_t count, int64_t grain, lz_parallel_body body, void *argument) {
                 static_cast<State *>(self)->run(count, grain, body, argument);
               }};
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard<std::mutex> lock(state->mutex);
    state->stopping = true;
  }
  state->started.notify_all();
  for (std::thread &thread : state->threads)
    thread.join();
}

} // namespace lzrt
