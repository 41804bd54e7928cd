//===- HistogramTest.cpp - Durations fall into the right buckets -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lzrt/telemetry/Histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <thread>
#include <vector>

using namespace lzrt;

namespace {

TEST(Histogram, BoundsRiseByAboutAQuarterFrom100NanosecondsTo100Seconds) {
  EXPECT_EQ(latency::bounds.front(), 100u);
  EXPECT_EQ(latency::bounds.back(), 100'000'000'000u);
  for (size_t index = 1; index != latency::numBounds; ++index) {
    double step = double(latency::bounds[index]) / double(latency::bounds[index - 1]);
    EXPECT_GE(step, 1.24) << index;
    EXPECT_LE(step, 1.28) << index;
  }
}

TEST(Histogram, ABoundIsWithinItsBucket) {
  for (size_t index = 0; index != latency::numBounds; ++index) {
    Histogram histogram;
    histogram.add(latency::bounds[index]);
    histogram.add(latency::bounds[index] + 1);
    LatencyCounts counts = histogram.snapshot();
    EXPECT_EQ(counts.buckets[index], 1u) << index;
    EXPECT_EQ(counts.buckets[index + 1], 1u) << index;
    EXPECT_EQ(counts.sumNanoseconds, 2 * latency::bounds[index] + 1);
  }
}

TEST(Histogram, QuantilesAreWithinABucketOfTheTruth) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> durations(12, 2);
  std::vector<uint64_t> sample(5000);
  Histogram histogram;
  for (uint64_t &duration : sample) {
    duration = uint64_t(durations(random)) + 100;
    histogram.add(duration);
  }
  std::sort(sample.begin(), sample.end());
  LatencyCounts counts = histogram.snapshot();
  EXPECT_EQ(counts.count(), sample.size());
  for (double q : {0.01, 0.5, 0.9, 0.99}) {
    double truth = double(sample[size_t(q * double(sample.size()))]);
    EXPECT_GE(counts.quantile(q), truth / 1.28) << q;
    EXPECT_LE(counts.quantile(q), truth * 1.28) << q;
  }
}

TEST(Histogram, QuantilesOfNothingAndOfWhatIsTooLong) {
  Histogram histogram;
  EXPECT_EQ(histogram.snapshot().quantile(0.5), 0);
  histogram.add(~uint64_t(0) >> 8);
  EXPECT_EQ(histogram.snapshot().quantile(0.5), 1e11);
  EXPECT_EQ(histogram.snapshot().count(), 1u);
}

TEST(Histogram, SumsOfHistogramsHoldTheCallsOfBoth) {
  Histogram fast, slow;
  fast.add(150), slow.add(7'000'000), slow.add(150);
  LatencyCounts both = fast.snapshot();
  both += slow.snapshot();
  EXPECT_EQ(both.count(), 3u);
  EXPECT_EQ(both.sumNanoseconds, 7'000'300u);
  EXPECT_EQ(both.buckets[2], 2u);
}

TEST(Histogram, ThreadsLoseNoCall) {
  Histogram histogram;
  std::vector<std::thread> threads;
  for (uint64_t thread = 0; thread != 4; ++thread)
    threads.emplace_back([&histogram, thread] {
      for (int round = 0; round != 5000; ++round)
        histogram.add(100 + thread);
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(histogram.snapshot().count(), 20'000u);
  EXPECT_EQ(histogram.snapshot().sumNanoseconds, 5000u * (100 + 101 + 102 + 103));
}

} // namespace
