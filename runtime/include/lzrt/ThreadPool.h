//===- ThreadPool.h - The executor that ships with the runtime -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_THREADPOOL_H
#define LZRT_THREADPOOL_H

#include "lzrt/abi/context.h"

#include <memory>

namespace lzrt {

/// A fixed set of threads behind lz_executor_t. The caller of parallel_for takes part as worker 0. Several threads may
/// call parallel_for; their loops run one after the other. Calls from within a body run on that thread alone, as worker
/// 0 of a loop of its own would: a body must not rely on it, the contract forbids nesting.
class ThreadPool {
public:
  /// `threads` 0: as many as the process may use. Where the system gives fewer, the executor says how many.
  explicit ThreadPool(unsigned threads = 0);
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;
  /// For lz_context_t::executor; valid as long as the pool.
  const lz_executor_t *executor() const { return &interface; }

private:
  struct State;
  std::unique_ptr<State> state;
  lz_executor_t interface{};
};

} // namespace lzrt
#endif // LZRT_THREADPOOL_H
