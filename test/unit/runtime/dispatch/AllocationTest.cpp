//===- AllocationTest.cpp - Blocks of an invocation -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lzrt/lzrt.h"

#include <cstring>
#include <gtest/gtest.h>
#include <set>
#include <vector>

namespace {

/// Counts what is out; refuses past `limit`.
struct Counting {
  int live = 0, limit = 1 << 30;
  lz_allocator_t interface{sizeof(lz_allocator_t), 0, this,
                           [](void *self, lz_context_t *, uint64_t size, uint64_t alignment) -> void * {
                             auto *counting = static_cast<Counting *>(self);
                             if (counting->live >= counting->limit)
                               return nullptr;
                             ++counting->live;
                             return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
                           },
                           [](void *self, lz_context_t *, void *pointer) {
                             --static_cast<Counting *>(self)->live;
                             std::free(pointer);
                           }};
};

class Allocation : public testing::Test {
protected:
  Allocation() {
    lzrt_context_init(&context);
    context.allocator = &counting.interface;
  }
  ~Allocation() override {
    lzrt_context_release(&context);
    EXPECT_EQ(counting.live, 0);
  }
  Counting counting;
  lz_context_t context;
};

TEST_F(Allocation, IsAlignedAndWritable) {
  for (uint64_t alignment : {1u, 16u, 64u, 256u, 4096u}) {
    void *pointer = lzrt_allocate(&context, 100, alignment);
    ASSERT_NE(pointer, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(pointer) % alignment, 0u);
    std::memset(pointer, 1, 100);
  }
}

TEST_F(Allocation, SizeZeroIsAUniquePointer) {
  EXPECT_NE(lzrt_allocate(&context, 0, 16), lzrt_allocate(&context, 0, 16));
}

TEST_F(Allocation, ReleaseInAnyOrderLeavesNothing) {
  std::vector<void *> blocks;
  for (int i = 0; i < 9; ++i)
    blocks.push_back(lzrt_allocate(&context, 10, 16));
  for (int i : {4, 0, 8, 1, 7, 2, 6, 3, 5})
    lzrt_release(&context, blocks[i]);
  EXPECT_EQ(counting.live, 0);
  lzrt_release(&context, nullptr);
}

TEST_F(Allocation, ResetFreesWhatAnErrorLeft) {
  for (int i = 0; i < 5; ++i)
    lzrt_allocate(&context, 10, 16);
  EXPECT_EQ(counting.live, 5);
  lzrt_context_reset(&context);
  EXPECT_EQ(counting.live, 0);
  EXPECT_NE(lzrt_allocate(&context, 10, 16), nullptr);
}

TEST_F(Allocation, FailureIsRecorded) {
  counting.limit = 1;
  ASSERT_NE(lzrt_allocate(&context, 10, 16), nullptr);
  EXPECT_EQ(lzrt_allocate(&context, 12, 16), nullptr);
  EXPECT_EQ(context.error.status, LZ_STATUS_OUT_OF_MEMORY);
  EXPECT_STREQ(context.error.message, "cannot allocate 12 bytes aligned to 16");
}

TEST_F(Allocation, SizeThatOverflowsIsRefused) {
  EXPECT_EQ(lzrt_allocate(&context, UINT64_MAX - 8, 16), nullptr);
  EXPECT_EQ(lzrt_allocate(&context, UINT64_MAX / 2, 16), nullptr);
  EXPECT_EQ(context.error.status, LZ_STATUS_OUT_OF_MEMORY);
}

TEST(Context, DrawsDiffer) {
  std::set<uint64_t> draws;
  lz_context_t context;
  lzrt_context_init(&context);
  for (int i = 0; i < 100; ++i) {
    EXPECT_LT(context.rollout_draw, 10000u);
    draws.insert(context.rollout_draw);
    lzrt_context_reset(&context);
  }
  EXPECT_GT(draws.size(), 50u);
  lzrt_context_release(&context);
}

} // namespace
