//===- Attention.cpp - The three attention kernels ------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../common/Scratch.h"
#include "Kernels.h"
#include "Parallel.h"
#include "QueryBlock.h"

namespace lz::kernels::cpu {

namespace {

int32_t readContiguous(const lz_call_t *call, AttentionProblem &p) {
  if (int32_t status = readAttention(call, p))
    return status;
  bool fits = isNarrowFloat(p.q.element) && isNarrowFloat(p.k.element) &&
              allContiguous(p.q, p.k, p.v, p.slopes, p.cache.lengths, p.cache.table, p.mask, p.out, p.lse);
  return fits ? LZ_STATUS_OK : LZ_STATUS_UNSUPPORTED;
}

/// Runs body(block) for every block of the call, on its threads.
template <typename Body>
int32_t forBlocks(const lz_call_t *call, const AttentionProblem &problem, const BlockPlan &plan, Body &&body) {
  const int64_t floats = padded(plan.floats(problem));
  Scratch memory(call->context, numWorkers(call) * floats * int64_t(sizeof(float)));
  if (!memory)
    return LZ_STATUS_OUT_OF_MEMORY;
  parallelFor(call, plan.count, 1, [&](int64_t begin, int64_t end, uint32_t worker) {
    QueryBlock block(problem, plan, memory.as<float>() + worker * floats);
    for (int64_t index = begin; index < end; ++index) {
      block.start(index);
      body(block);
    }
  });
  return LZ_STATUS_OK;
}

bool isEmpty(const AttentionProblem &p) { return p.batch == 0 || p.heads == 0 || p.queries == 0; }

} // namespace

int32_t flashAttention(const lz_call_t *call) {
  constexpr int64_t columns = 64, keys = 64;
  AttentionProblem problem;
  if (int32_t status = readContiguous(call, problem))
    return status;
  if (isEmpty(problem))
    return LZ_STATUS_OK;
  return forBlocks(call, problem, BlockPlan(problem, columns, keys), [&](QueryBlock &block) {
    block.clear(block.main);
    for (int64_t first = block.firstKey(), end = block.endKey(); first < end; first += keys)
      block.attend(first, std::min(keys, end - first), block.main);
    block.finish(block.main);
  });
}

int32_t memoryEfficientAttention(const lz_call_t *call) {
  constexpr int64_t columns = 32, keys = 512;
  AttentionProblem problem;
  if (int32_t status = readContiguous(call, problem))
    return status;
  if (isEmpty(problem))
    return LZ_STATUS_OK;
  BlockPlan plan(problem, columns, std::min(keys, problem.mostKeys()));
  return forBlocks(call, problem, plan, [&](QueryBlock &block) {
    block.clear(block.main);
    for (int64_t first = block.firstKey(), end = block.endKey(); first < end; first += keys) {
      block.clear(block.partial);
      block.attend(first, std::min(keys, end - first), block.partial);
      block.merge(block.partial, block.main);
    }
    block.finish(block.main);
  });
}

int32_t plainAttention(const lz_call_t *call) {
  constexpr int64_t columns = 16;
  AttentionProblem problem;
  if (int32_t status = readContiguous(call, problem))
    return status;
  if (isEmpty(problem))
    return LZ_STATUS_OK;
  return forBlocks(call, problem, BlockPlan(problem, columns, problem.mostKeys()), [&](QueryBlock &block) {
    int64_t first = block.firstKey(), end = block.endKey();
    block.clear(block.main);
    if (first < end)
      block.attend(first, end - first, block.main);
    block.finish(block.main);
  });
}

} // namespace lz::kernels::cpu
