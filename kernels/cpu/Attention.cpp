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

/// Parts of a head that are worth handing to another thread.
constexpr int64_t partsPerTask = 4;

/// How many heads of a call are packed at a time: enough to occupy its threads, but no more than so many bytes.
int64_t headsAtOnce(const lz_call_t *call, const AttentionProblem &problem, const BlockPlan &plan, int64_t bytes) {
  constexpr int64_t blocksPerThread = 64, maxBytes = 1 << 26;
  const int64_t wanted = tilesFor(blocksPerThread * numWorkers(call), plan.blocksPerGroup);
  const int64_t most = std::max<int64_t>(maxBytes / std::max<int64_t>(bytes, 1), 1);
  return std::min({wanted, most, problem.batch * problem.kvHeads});
}

/// Runs body(block) for every block of the call, on its threads.
template <typename Body>
int32_t forBlocks(const lz_call_t *call, const AttentionProblem &problem, const BlockPlan &plan, Body &&body) {
  const HeadPacker packer(problem);
  const int64_t heads = problem.batch * problem.kvHeads;
  const int64_t bytes = plan.tiles ? packer.bytesPerHead() : 0;
  const int64_t together = plan.tiles ? headsAtOnce(call, problem, plan, bytes) : heads;
  const int64_t floats = padded(plan.floats(problem)), work = numWorkers(call) * floats * int64_t(sizeof(float));
  Scratch memory(call->context, work + together * bytes);
  if (!memory)
    return LZ_STATUS_OUT_OF_MEMORY;
  auto packed = [&](int64_t slot) { return memory.as<char>() + work + slot * bytes; };
  for (int64_t first = 0; first < heads; first += together) {
    const int64_t count = std::min(together, heads - first);
    if (plan.tiles)
      parallelFor(call, count * packer.parts(), partsPerTask, [&](int64_t begin, int64_t end, uint32_t worker) {
        for (int64_t i = begin; i < end; ++i)
          packer.pack(first + i / packer.parts(), i % packer.parts(), packed(i / packer.parts()),
                      memory.as<float>() + worker * floats);
      });
    parallelFor(call, count * plan.blocksPerGroup, 1, [&](int64_t begin, int64_t end, uint32_t worker) {
      const TileSession session(plan.tiles);
      QueryBlock block(problem, plan, memory.as<float>() + worker * floats);
      for (int64_t i = begin; i < end; ++i) {
        block.start(first * plan.blocksPerGroup + i,
                    plan.tiles ? packer.view(packed(i / plan.blocksPerGroup)) : PackedHead());
        body(block);
      }
    });
  }
  return LZ_STATUS_OK;
}

bool isEmpty(const AttentionProblem &p) { return p.batch == 0 || p.heads == 0 || p.queries == 0; }

} // namespace

int32_t flashAttention(const lz_call_t *call) {
  constexpr int64_t columns = 64, keys = 64, tiledKeys = 256;
  AttentionProblem problem;
  if (int32_t status = readContiguousAttention(call, problem))
    return status;
  if (isEmpty(problem))
    return LZ_STATUS_OK;
  const BlockPlan plan(problem, columns, keys, tiledKeys);
  return forBlocks(call, problem, plan, [&](QueryBlock &block) {
    block.clear(block.main);
    for (int64_t first = block.firstKey(), end = block.endKey(); first < end; first += plan.chunk)
      block.attend(first, std::min(plan.chunk, end - first), block.main);
    block.finish(block.main);
  });
}

int32_t memoryEfficientAttention(const lz_call_t *call) {
  constexpr int64_t columns = 32, keys = 512;
  AttentionProblem problem;
  if (int32_t status = readContiguousAttention(call, problem))
    return status;
  if (isEmpty(problem))
    return LZ_STATUS_OK;
  const int64_t chunk = std::min(keys, problem.mostKeys());
  const BlockPlan plan(problem, columns, chunk, chunk);
  return forBlocks(call, problem, plan, [&](QueryBlock &block) {
    block.clear(block.main);
    for (int64_t first = block.firstKey(), end = block.endKey(); first < end; first += plan.chunk) {
      block.clear(block.partial);
      block.attend(first, std::min(plan.chunk, end - first), block.partial);
      block.merge(block.partial, block.main);
    }
    block.finish(block.main);
  });
}

int32_t plainAttention(const lz_call_t *call) {
  constexpr int64_t columns = 16;
  AttentionProblem problem;
  if (int32_t status = readContiguousAttention(call, problem))
    return status;
  if (isEmpty(problem))
    return LZ_STATUS_OK;
  const BlockPlan plan(problem, columns, problem.mostKeys(), problem.mostKeys());
  return forBlocks(call, problem, plan, [&](QueryBlock &block) {
    int64_t first = block.firstKey(), end = block.endKey();
    block.clear(block.main);
    if (first < end)
      block.attend(first, end - first, block.main);
    block.finish(block.main);
  });
}

} // namespace lz::kernels::cpu
