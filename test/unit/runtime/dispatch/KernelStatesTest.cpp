//===- KernelStatesTest.cpp - Kernels that prepare, at baked and live sites -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "../../../../runtime/dispatch/KernelStates.h"
#include "TestModule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

using namespace lzrt;
using namespace lzrt::test;
using testing::ElementsAre;

namespace {

TEST(Prepared, BakedSiteGetsStateAndWorkspace) {
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {"prepared"});
  module.bind();
  EXPECT_EQ(module.runBaked(0, 8), LZ_STATUS_OK);
  EXPECT_EQ(module.runBaked(0, 9), LZ_STATUS_OK);
  EXPECT_EQ(module.context.error.status, LZ_STATUS_OK) << module.error();
}

TEST(Prepared, LiveSiteGetsStateAndWorkspace) {
  TestModule module("fallback_chains: {rms_norm: [prepared]}\n", LZ_OP_RMS_NORM, LZ_MODE_DYNAMIC, {});
  module.bind();
  EXPECT_EQ(module.runLive(8), LZ_STATUS_OK) << module.error();
}

TEST(Prepared, FailureToPrepareIsAFailureOfTheKernel) {
  TestModule module("fallback_chains: {rms_norm: [unprepared, ok]}\n", LZ_OP_RMS_NORM, LZ_MODE_DYNAMIC, {});
  module.bind();
  EXPECT_EQ(module.runLive(8), LZ_STATUS_OK);
  EXPECT_THAT(module.seen(), ElementsAre("unprepared:3:1", "ok:0:2"));
}

struct Counters {
  static inline std::atomic<int> prepared{0}, released{0};
  static void reset() { prepared = released = 0; }
};
const lz_kernel_t counted = {
    sizeof(lz_kernel_t),
    0,
    "counted",
    [](const lz_call_t *call) -> int32_t { return call->state ? LZ_STATUS_OK : LZ_STATUS_INTERNAL; },
    [](const lz_call_t *, void **out) -> int32_t {
      *out = new int(++Counters::prepared);
      return LZ_STATUS_OK;
    },
    nullptr,
    [](void *prepared) {
      ++Counters::released;
      delete static_cast<int *>(prepared);
    }};

TEST(KernelStates, PreparesOnceAShapeClass) {
  Counters::reset();
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {});
  {
    KernelStates states;
    for (int64_t rows : {8, 9, 8, 8, 9})
      EXPECT_EQ(states.run(counted, module.call(rows)), LZ_STATUS_OK);
    EXPECT_EQ(Counters::prepared, 2);
    EXPECT_EQ(Counters::released, 0);
  }
  EXPECT_EQ(Counters::released, 2);
}

TEST(KernelStates, AreBoundedAndTheLongestIdleGoes) {
  Counters::reset();
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {});
  KernelStates states(2);
  for (int64_t rows : {1, 2, 1, 3, 1})
    EXPECT_EQ(states.run(counted, module.call(rows)), LZ_STATUS_OK);
  EXPECT_EQ(Counters::prepared, 3);
  EXPECT_EQ(Counters::released, 1);
  EXPECT_EQ(states.idleCount(), 2u);
}

TEST(KernelStates, StateWordOfTheBlockIsRestored) {
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {});
  KernelStates states;
  lz_call_t *call = module.call(4);
  ASSERT_EQ(states.run(counted, call), LZ_STATUS_OK);
  EXPECT_EQ(call->state, nullptr);
}

TEST(KernelStates, OverlappingCallsHaveAStateEach) {
  KernelStates states;
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {});
      for (int k = 0; k < 200; ++k)
        failures += states.run(counted, module.call(k % 3)) != LZ_STATUS_OK;
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(failures, 0);
}

} // namespace
