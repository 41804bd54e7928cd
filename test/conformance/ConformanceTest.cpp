//===- ConformanceTest.cpp - Every kernel against the reference on random calls ===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LZ_SEED sets the seed, LZ_CASES the calls drawn for each operation. A kernel must do every call that its manifest's
// `requires` admits; any other it may refuse, but only as unsupported, and without a trace.
//
//===----------------------------------------------------------------------===//

#include "Catalogue.h"
#include "RandomCase.h"
#include "TestContext.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>

using namespace lz::test;

namespace {

uint64_t numberFrom(const char *variable, uint64_t otherwise) {
  const char *text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

uint64_t seed() {
  static const uint64_t value = [] {
    uint64_t drawn = numberFrom("LZ_SEED", std::random_device()());
    std::printf("LZ_SEED=%llu\n", static_cast<unsigned long long>(drawn));
    return drawn;
  }();
  return value;
}

using Outputs = std::map<unsigned, std::vector<double>>;

Outputs outputsOf(Instance &instance, const Case &given) {
  Outputs outputs;
  for (const auto &[slot, argument] : given.arguments)
    if (argument.output)
      outputs[slot] = instance.buffer(slot).values();
  return outputs;
}

Outputs expectedOf(const Case &given) {
  Case wide = given.inDoubles();
  Instance instance(wide);
  TestContext context(nullptr);
  EXPECT_EQ(instance.run(referenceOf(given.operation).entry->execute, context.get()), LZ_STATUS_OK) << given.describe();
  return outputsOf(instance, wide);
}

/// What became of the calls that one kernel was given.
struct Tally {
  int64_t done = 0, admitted = 0, refused = 0;
  std::map<Element, double> worst; ///< By the type of the output.
};

void checkResult(const CatalogueKernel &kernel, const Case &given, const Outputs &expected, const Outputs &actual,
                 Tally &tally) {
  for (const auto &[slot, values] : expected) {
    double ratio = errorRatio(given.arguments.at(slot), actual.at(slot), values);
    EXPECT_LE(ratio, 1) << kernel.name << " output #" << slot << ": " << given.describe();
    double &worst = tally.worst[given.arguments.at(slot).element];
    worst = std::max(worst, ratio);
  }
}

void runCase(const CatalogueKernel &kernel, const Case &given, const Outputs &expected, ThreadExecutor *executor,
             Tally &tally) {
  Instance instance(given);
  TestContext context(executor);
  int32_t status = instance.run(kernel.entry->execute, context.get());
  bool admitted = kernel.admits(given);
  tally.admitted += admitted;
  EXPECT_EQ(context.liveBlocks(), 0) << kernel.name << ": " << given.describe();
  if (status != LZ_STATUS_OK) {
    ++tally.refused;
    EXPECT_FALSE(admitted) << kernel.name << " refused with status " << status << ": " << given.describe();
    EXPECT_EQ(status, LZ_STATUS_UNSUPPORTED) << kernel.name << ": " << given.describe();
    EXPECT_TRUE(instance.intact(true)) << kernel.name << " wrote and refused: " << given.describe();
    return;
  }
  ++tally.done;
  EXPECT_TRUE(instance.intact(false)) << kernel.name << " wrote past its outputs: " << given.describe();
  checkResult(kernel, given, expected, outputsOf(instance, given), tally);
}

void print(const CatalogueKernel &kernel, lz_operation_t operation, const Tally &tally) {
  std::printf("%-24s %-25s done %lld, admitted %lld, refused %lld; worst error / bound:", nameOf(operation),
              kernel.name.c_str(), static_cast<long long>(tally.done), static_cast<long long>(tally.admitted),
              static_cast<long long>(tally.refused));
  for (const auto &[element, ratio] : tally.worst)
    std::printf(" %s %.3f", nameOf(element), ratio);
  std::printf("\n");
}

class Conformance : public testing::TestWithParam<lz_operation_t> {};

TEST_P(Conformance, everyKernelAgreesWithTheReference) {
  CaseGenerator generator(seed() * 1000 + GetParam());
  ThreadExecutor executor(3);
  std::map<const CatalogueKernel *, Tally> tallies;
  uint64_t cases = numberFrom("LZ_CASES", 120);
  for (uint64_t i = 0; i < cases && !HasFailure(); ++i) {
    Case given = generator.draw(GetParam());
    Outputs expected = expectedOf(given);
    for (const CatalogueKernel *kernel : kernelsOf(GetParam()))
      runCase(*kernel, given, expected, i % 2 ? &executor : nullptr, tallies[kernel]);
  }
  for (const auto &[kernel, tally] : tallies) {
    print(*kernel, GetParam(), tally);
    EXPECT_GE(tally.done, int64_t(cases / 5)) << kernel->name << " did too few calls for this to be a test";
  }
}

TEST_P(Conformance, deterministicKernelsGiveEqualBitsOnAnyNumberOfThreads) {
  CaseGenerator generator(seed() * 1000 + 500 + GetParam());
  ThreadExecutor executor(4);
  for (int i = 0; i < 15; ++i) {
    Case given = generator.draw(GetParam());
    for (const CatalogueKernel *kernel : kernelsOf(GetParam())) {
      if (!(kernel->flags & LZ_KERNEL_DETERMINISTIC) || !kernel->admits(given))
        continue;
      Instance alone(given), shared(given);
      TestContext one(nullptr), many(&executor);
      ASSERT_EQ(alone.run(kernel->entry->execute, one.get()), LZ_STATUS_OK) << given.describe();
      ASSERT_EQ(shared.run(kernel->entry->execute, many.get()), LZ_STATUS_OK) << given.describe();
      for (const auto &[slot, argument] : given.arguments)
        EXPECT_TRUE(alone.buffer(slot).bits() == shared.buffer(slot).bits())
            << kernel->name << ": " << given.describe();
    }
  }
}

/// x + residual is exact in float32 here, so that the only rounding is the last one: the bound alone would let
/// truncation pass.
TEST(Rounding, sixteenBitOutputsAreRoundedToNearestEven) {
  constexpr int64_t width = 4096;
  std::mt19937_64 random(seed());
  std::uniform_real_distribution<> uniform(0.5, 1.5);
  for (Element element : {Element::F16, Element::BF16}) {
    auto rounded = [&](double value) {
      return lz::kernels::withFloatType(
          element, [&](auto type) { return lz::kernels::toDouble(lz::kernels::fromDouble<decltype(type)>(value)); });
    };
    Case given = {LZ_OP_ADD_RMS_NORM, {}, {}, {{LZ_ATTR_EPSILON, 1e-6}}};
    for (unsigned slot = 0; slot < 5; ++slot) {
      CaseArgument &argument = given.arguments[slot];
      argument.element = element;
      argument.shape = slot == 2 ? std::vector<int64_t>{width} : std::vector<int64_t>{1, width};
      argument.output = slot > 2;
      for (int64_t i = 0; i < width && slot < 3; ++i)
        argument.values.push_back(rounded(uniform(random)));
    }
    for (const CatalogueKernel *kernel : kernelsOf(LZ_OP_ADD_RMS_NORM)) {
      Instance instance(given);
      ASSERT_EQ(instance.run(kernel->entry->execute, nullptr), LZ_STATUS_OK);
      std::vector<double> sums = instance.buffer(4).values();
      for (int64_t i = 0; i < width; ++i)
        ASSERT_EQ(sums[i], rounded(given.arguments[0].values[i] + given.arguments[1].values[i])) << kernel->name;
    }
  }
}

TEST_P(Conformance, callsMayOverlap) {
  CaseGenerator generator(seed() * 1000 + 900 + GetParam());
  for (int i = 0; i < 5; ++i) {
    Case given = generator.draw(GetParam());
    Outputs expected = expectedOf(given);
    for (const CatalogueKernel *kernel : kernelsOf(GetParam())) {
      constexpr int numThreads = 4;
      Tally tallies[numThreads];
      std::vector<std::thread> threads;
      for (Tally &tally : tallies)
        threads.emplace_back([&] { runCase(*kernel, given, expected, nullptr, tally); });
      for (std::thread &thread : threads)
        thread.join();
    }
  }
}

/// Replaces some elements of input `slot` by NaN and infinities.
void spoil(Case &given, unsigned slot, std::mt19937_64 &random) {
  static constexpr double specials[] = {NAN, INFINITY, -INFINITY};
  std::vector<double> &values = given.arguments.at(slot).values;
  for (int i = 0; i < 3 && !values.empty(); ++i)
    values[random() % values.size()] = specials[random() % 3];
}

/// A value that is NaN reaches the rows that see its key, and no other.
TEST_P(Conformance, nanInAValueReachesOnlyTheRowsThatSeeIt) {
  if (GetParam() > LZ_OP_ATTENTION_DECODE && GetParam() != LZ_OP_ALIBI)
    GTEST_SKIP() << "no operation with values";
  CaseGenerator generator(seed() * 1000 + 800 + GetParam());
  for (int i = 0; i < 40; ++i) {
    Case given = generator.draw(GetParam());
    std::vector<double> &values = given.arguments.at(2).values;
    if (values.empty())
      continue;
    values[size_t(i) * 7919 % values.size()] = NAN;
    Outputs expected = expectedOf(given);
    for (const CatalogueKernel *kernel : kernelsOf(GetParam())) {
      Tally tally;
      runCase(*kernel, given, expected, nullptr, tally);
    }
  }
}

TEST_P(Conformance, nanAndInfinityPropagateAsInTheReference) {
  CaseGenerator generator(seed() * 1000 + 700 + GetParam());
  std::mt19937_64 random(seed());
  for (int i = 0; i < 30; ++i) {
    Case given = generator.draw(GetParam());
    spoil(given, 0, random);
    Outputs expected = expectedOf(given);
    for (const CatalogueKernel *kernel : kernelsOf(GetParam())) {
      Tally tally;
      runCase(*kernel, given, expected, nullptr, tally);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Operations, Conformance, testing::ValuesIn(knownOperations()), [](const auto &info) {
  std::string name = nameOf(info.param);
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
});

} // namespace
