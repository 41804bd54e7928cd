//===- ProbationTest.cpp - When a rise of failures condemns a policy -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "../../../../runtime/reload/Probation.h"

#include <gtest/gtest.h>

using namespace lzrt;
using namespace std::chrono_literals;

namespace {

ReloadTime at(std::chrono::nanoseconds time) { return ReloadTime(1h + time); }

TEST(Probation, TenFailuresCondemnWhereThereWereNone) {
  Probation probation(at(0s), 30s, 100, 0);
  EXPECT_FALSE(probation.hasFailed(at(1s), 109));
  EXPECT_TRUE(probation.hasFailed(at(1s), 110));
  EXPECT_TRUE(probation.hasFailed(at(30s), 110)) << "at any time until its end";
}

TEST(Probation, ThreeTimesTheRateBeforeCondemns) {
  Probation probation(at(0s), 30s, 0, 2);
  EXPECT_FALSE(probation.hasFailed(at(1s), 9)) << "the least is ten";
  EXPECT_TRUE(probation.hasFailed(at(1s), 10));
  EXPECT_FALSE(probation.hasFailed(at(10s), 59));
  EXPECT_TRUE(probation.hasFailed(at(10s), 60));
}

TEST(Probation, ItEnds) {
  Probation probation(at(0s), 30s, 0, 0);
  EXPECT_FALSE(probation.isOver(at(30s - 1ns)));
  EXPECT_TRUE(probation.isOver(at(30s)));
  EXPECT_TRUE(probation.hasFailed(at(30s + Probation::interval), 10)) << "a look may come late";
  EXPECT_FALSE(probation.hasFailed(at(30s + Probation::interval + 1ns), 10));
}

TEST(Probation, CountsOfBeforeThePublishAreNone) { EXPECT_FALSE(Probation(at(0s), 30s, 100, 0).hasFailed(at(1s), 99)); }

TEST(FailureWindow, TheRateIsOfTheLengthBefore) {
  FailureWindow window;
  window.restart(at(0s), 0);
  for (int second = 1; second <= 100; ++second) // 5 a second until 60, none after it
    window.sample(at(second * 1s), uint64_t(std::min(second, 60)) * 5, 32s);
  EXPECT_DOUBLE_EQ(window.rate(at(100s), 300, 32s), 0);
  EXPECT_NEAR(window.rate(at(60s), 300, 32s), 0, 5) << "what is older is forgotten";
  EXPECT_DOUBLE_EQ(window.rate(at(100s), 332, 32s), 1) << "what no sample has seen counts";
}

TEST(FailureWindow, AShortLengthLooksAtTheSamplesItNeeds) {
  FailureWindow window;
  window.restart(at(0s), 0);
  window.sample(at(20s), 100, 32s);
  window.sample(at(30s), 100, 32s);
  EXPECT_DOUBLE_EQ(window.rate(at(32s), 100, 32s), 100.0 / 32);
  EXPECT_DOUBLE_EQ(window.rate(at(32s), 100, 5s), 0);
}

TEST(FailureWindow, AYoungOneCountsAsASecondAtLeast) {
  FailureWindow window;
  window.restart(at(0s), 0);
  EXPECT_DOUBLE_EQ(window.rate(at(10ms), 1, 30s), 1) << "and not 100";
  EXPECT_DOUBLE_EQ(window.rate(at(4s), 12, 30s), 3);
}

TEST(FailureWindow, ItForgetsAfterARestart) {
  FailureWindow window;
  window.restart(at(0s), 0);
  window.sample(at(5s), 1000, 30s);
  window.restart(at(6s), 1000);
  EXPECT_DOUBLE_EQ(window.rate(at(10s), 1004, 30s), 1);
}

TEST(FailureWindow, ACountThatComesLateIsNoRate) {
  FailureWindow window;
  window.restart(at(0s), 10);
  EXPECT_DOUBLE_EQ(window.rate(at(10s), 9, 30s), 0);
  EXPECT_DOUBLE_EQ(FailureWindow().rate(at(0s), 9, 30s), 0);
}

} // namespace
