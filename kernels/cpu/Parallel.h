//===- Parallel.h - Work of a call on the context's threads ---------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_KERNELS_CPU_PARALLEL_H
#define LZ_KERNELS_CPU_PARALLEL_H

#include "lzrt/abi/context.h"

#include <cstdint>
#include <type_traits>

namespace lz::kernels::cpu {

inline const lz_executor_t *executorOf(const lz_call_t *call) {
  return call->context ? call->context->executor : nullptr;
}

/// How many workers `parallelFor` may use: worker indices are below it.
inline int64_t numWorkers(const lz_call_t *call) {
  const lz_executor_t *executor = executorOf(call);
  return executor && executor->num_threads > 1 ? executor->num_threads : 1;
}

/// Runs body(begin, end, worker) over disjoint ranges that cover [0, count), on this thread where there is no executor
/// or too little work.
template <typename Body> void parallelFor(const lz_call_t *call, int64_t count, int64_t grain, Body &&body) {
  if (count <= 0)
    return;
  if (numWorkers(call) == 1 || count <= grain)
    return body(int64_t(0), count, uint32_t(0));
  auto run = [](void *argument, int64_t begin, int64_t end, uint32_t worker) {
    (*static_cast<std::remove_reference_t<Body> *>(argument))(begin, end, worker);
  };
  const lz_executor_t *executor = executorOf(call);
  executor->parallel_for(executor->self, count, grain, run, const_cast<void *>(static_cast<const void *>(&body)));
}

/// How many items of `work` units each make one task worth handing to another thread.
inline int64_t grainFor(int64_t work) {
  constexpr int64_t unitsPerTask = 1 << 14;
  return work >= unitsPerTask ? 1 : unitsPerTask / (work > 0 ? work : 1);
}

} // namespace lz::kernels::cpu

#endif // LZ_KERNELS_CPU_PARALLEL_H
