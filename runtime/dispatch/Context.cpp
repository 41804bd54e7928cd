//===- Context.cpp - Contexts, their errors and their memory -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A block is laid out as [padding][BlockHeader][user data]; the header's tail is the ring's link, so that the link
// stands right before the user's pointer.
//
//===----------------------------------------------------------------------===//
#include "Errors.h"
#include "lzrt/Status.h"
#include "lzrt/abi/module.h"
#include "lzrt/lzrt.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstdlib>
#include <cstring>

namespace lzrt {
namespace {

struct BlockHeader {
  void *raw; // what the allocator returned
  uint64_t size;
  lz_block_t link;
};
static_assert(sizeof(BlockHeader) == 32);

/// No block is aligned to less, so that vector loads of neighbouring rows share no cache line.
constexpr uint64_t smallestAlignment = 64;

void *allocateFromHeap(void *, lz_context_t *, uint64_t size, uint64_t alignment) {
  void *pointer = nullptr;
  alignment = std::max<uint64_t>(alignment, sizeof(void *));
  return ::posix_memalign(&pointer, alignment, std::max<uint64_t>(size, 1)) == 0 ? pointer : nullptr;
}
void releaseToHeap(void *, lz_context_t *, void *pointer) { std::free(pointer); }

constexpr lz_allocator_t heap = {sizeof(lz_allocator_t), 0, nullptr, allocateFromHeap, releaseToHeap};

const lz_allocator_t &allocatorOf(const lz_context_t *context) {
  return context->allocator ? *context->allocator : heap;
}

BlockHeader *headerOf(lz_block_t *link) {
  return reinterpret_cast<BlockHeader *>(reinterpret_cast<char *>(link) - offsetof(BlockHeader, link));
}

void unlinkAndFree(lz_context_t *context, BlockHeader *header) {
  header->link.previous->next = header->link.next;
  header->link.next->previous = header->link.previous;
  const lz_allocator_t &allocator = allocatorOf(context);
  allocator.release(allocator.self, context, header->raw);
}

void freeBlocks(lz_context_t *context) {
  if (!context->blocks.next)
    return;
  while (context->blocks.next != &context->blocks)
    unlinkAndFree(context, headerOf(context->blocks.next));
  context->blocks = {};
}

/// 0..9999, another one each time (S8). splitmix64 over a counter that starts at the clock.
uint64_t drawRollout() {
  static std::atomic<uint64_t> counter(uint64_t(std::chrono::steady_clock::now().time_since_epoch().count()) ^
                                       uint64_t(std::chrono::system_clock::now().time_since_epoch().count()) *
                                           0x2545f4914f6cdd1dULL);
  uint64_t z = counter.fetch_add(0x9e3779b97f4a7c15ULL, std::memory_order_relaxed);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return (z ^ (z >> 31)) % 10000;
}

} // namespace

ContextState *stateOf(lz_context_t *context) noexcept {
  if (!context->runtime)
    context->runtime = new (std::nothrow) ContextState;
  return static_cast<ContextState *>(context->runtime);
}

int32_t recordError(lz_context_t *context, int32_t status, std::string message, const lz_site_t *site) {
  if (!context || context->error.status != LZ_STATUS_OK)
    return status;
  context->error = {status, 0, "", site};
  if (ContextState *state = stateOf(context)) {
    state->message = std::move(message);
    context->error.message = state->message.c_str();
  }
  return status;
}

void *allocateBlock(lz_context_t *context, uint64_t size, uint64_t alignment) noexcept {
  alignment = std::max(alignment, smallestAlignment);
  if (!std::has_single_bit(alignment) || alignment > (uint64_t(1) << 30))
    return nullptr;
  uint64_t total = 0;
  if (__builtin_add_overflow(size, alignment, &total) || total > uint64_t(INT64_MAX))
    return nullptr;
  const lz_allocator_t &allocator = allocatorOf(context);
  void *raw = allocator.allocate(allocator.self, context, total, alignment);
  if (!raw)
    return nullptr;
  char *user = static_cast<char *>(raw) + alignment;
  auto *header = reinterpret_cast<BlockHeader *>(user - sizeof(BlockHeader));
  if (!context->blocks.next)
    context->blocks = {&context->blocks, &context->blocks};
  *header = {raw, size, {context->blocks.next, &context->blocks}};
  context->blocks.next->previous = &header->link;
  context->blocks.next = &header->link;
  return user;
}

} // namespace lzrt

using namespace lzrt;

extern "C" {

void *lzrt_allocate(lz_context_t *context, uint64_t size, uint64_t alignment) {
  if (void *pointer = allocateBlock(context, size, alignment))
    return pointer;
  guarded(context, nullptr, [&] {
    return recordError(context, LZ_STATUS_OUT_OF_MEMORY,
                       "cannot allocate " + std::to_string(size) + " bytes aligned to " + std::to_string(alignment),
                       nullptr);
  });
  return nullptr;
}

void lzrt_release(lz_context_t *context, void *pointer) {
  if (pointer)
    unlinkAndFree(context, headerOf(reinterpret_cast<lz_block_t *>(static_cast<char *>(pointer) - sizeof(lz_block_t))));
}

int32_t lzrt_fail(lz_context_t *context, int32_t status, const char *message) {
  return guarded(context, nullptr, [&] { return recordError(context, status, message ? message : "", nullptr); });
}

void lzrt_context_init(lz_context_t *context) {
  *context = {};
  context->struct_size = sizeof(lz_context_t);
  context->abi_version = LZ_ABI_VERSION;
  context->device = {1, 0};
  context->allocator = &heap;
  context->mode_override = LZ_MODE_UNSET;
  context->rollout_draw = drawRollout();
  context->error.message = "";
}

void lzrt_context_reset(lz_context_t *context) {
  freeBlocks(context);
  context->error = {LZ_STATUS_OK, 0, "", nullptr};
  context->rollout_draw = drawRollout();
  context->snapshot = nullptr;
  context->pin = 0;
  if (auto *state = static_cast<ContextState *>(context->runtime))
    state->pinned.reset();
}

void lzrt_context_changed(lz_context_t *context) {
  guarded(context, nullptr, [&]() -> int32_t {
    context->pin = 0; // whatever happens: what is cached for the old settings holds no more
    reclassify(*context);
    return LZ_STATUS_OK;
  });
}

void lzrt_context_release(lz_context_t *context) {
  lzrt_context_reset(context);
  delete static_cast<ContextState *>(context->runtime);
  context->runtime = nullptr;
}

const lz_error_t *lzrt_context_error(const lz_context_t *context) { return &context->error; }

uint32_t lzrt_abi_version(void) { return LZ_ABI_VERSION; }

const char *lzrt_status_text(int32_t status) { return statusText(status).data(); }

} // extern "C"
