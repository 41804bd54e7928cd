//===- GeneratorTest.cpp - Random valid modules drive every pass -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For every module of a range of seeds: it is valid, is printed and read back to the same, goes through each pass alone
// and through random legal sequences of passes down to the LLVM dialect without a crash, an error or an invalid module
// in between; and what has been compiled in two ways computes the same. LZ_GENERATOR_SEED and LZ_GENERATOR_MODULES set
// the first seed and the number of modules, LZ_GENERATOR_RUNS how many of a hundred are run; LZ_GENERATOR_PRINT=1
// prints the modules.
//
//===----------------------------------------------------------------------===//
#include "Worker.h"

#include "Body.h"
#include "lz/Dialect/LZ/IR/LZDialect.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

using namespace lz::generator;

namespace {

uint64_t environmentNumber(const char *name, uint64_t otherwise) {
  const char *text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

TEST(Generator, everyOperationOfTheDialectHasACase) {
  mlir::MLIRContext context;
  context.loadDialect<mlir::lz::LZDialect>();
  std::set<std::string> written, registered;
  for (const OperationCase &one : operationCases())
    written.insert("lz." + nameOf(one.operation));
  for (mlir::RegisteredOperationName name : context.getRegisteredOperations())
    if (name.hasInterface<mlir::lz::KernelOpInterface>())
      registered.insert(name.getStringRef().str());
  EXPECT_EQ(written, registered);
}

TEST(Generator, everyPassOfTheDialectIsDriven) {
  std::vector<std::string> registered = dialectPasses(), driven = drivenPasses();
  EXPECT_EQ(std::set<std::string>(driven.begin(), driven.end()),
            std::set<std::string>(registered.begin(), registered.end()));
}

TEST(Generator, modulesCompileAndAgree) {
  Range range;
  range.first = environmentNumber("LZ_GENERATOR_SEED", 1);
  range.count = environmentNumber("LZ_GENERATOR_MODULES", 600);
  range.runPercent = unsigned(environmentNumber("LZ_GENERATOR_RUNS", 25));
  range.prints = environmentNumber("LZ_GENERATOR_PRINT", 0) != 0;
  std::printf("seeds %llu to %llu\n", (unsigned long long)range.first,
              (unsigned long long)(range.first + range.count - 1));
  Tally tally;
  unsigned failures = 0;
  checkRange(range, tally, [&](const std::string &report) {
    ++failures;
    ADD_FAILURE() << report;
    return failures < environmentNumber("LZ_GENERATOR_FAILURES", 5);
  });
  std::printf("%llu modules, %llu operations, %llu passes run, %llu of them again, %llu round trips, %llu modules run, "
              "%llu results compared, %llu of them unstable\n",
              (unsigned long long)tally.modules, (unsigned long long)tally.operations, (unsigned long long)tally.steps,
              (unsigned long long)tally.repeated, (unsigned long long)tally.roundTrips, (unsigned long long)tally.runs,
              (unsigned long long)tally.outputs, (unsigned long long)tally.unstable);
  if (failures)
    return;
  EXPECT_EQ(tally.modules, range.count);
  EXPECT_LE(tally.unstable * 10, tally.outputs);
}

} // namespace
