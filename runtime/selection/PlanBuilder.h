//===- PlanBuilder.h - Cutting the axes of an index -------------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Private to PlanIndex: used once, in the order of its functions.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_SELECTION_PLANBUILDER_H
#define LZRT_SELECTION_PLANBUILDER_H

#include "CandidateTests.h"
#include "PlanAxis.h"

namespace lzrt {

class PlanBuilder {
public:
  /// Finds the axes, and notes in each test which one is its.
  explicit PlanBuilder(CandidateTests &tests);
  /// Joins cells until there are at most that many rows; false where that cannot be.
  bool fit(size_t rows);
  /// How many rows the axes need.
  size_t rows() const;
  /// Clears the bits of what does not hold in `rows`, which are set; the axes borrow them.
  std::vector<PlanAxis> finish(uint64_t *rows, size_t wordsOfRow);

private:
  struct Draft {
    PlanAxis axis;
    uint64_t *rows = nullptr;
    std::vector<std::string_view> texts;
    /// A value of each cell behind Absent (for texts, also behind the untested).
    std::vector<Fact> samples;
  };
  uint8_t assign(const Test &test);
  static void cut(const Condition &condition, Draft &draft);
  void sortAxes();
  static size_t cellsUnder(const Draft &draft, size_t most);
  static void join(Draft &draft, size_t most);
  static void makeSamples(Draft &draft);
  void fill(const Test &test, size_t candidate);
  void fillIntegers(const Condition &condition, size_t candidate);
  void fillTexts(const Test &test, size_t candidate);
  void clearWhereFalse(uint32_t cell, const Test &test, const Fact &sample, size_t candidate);
  void clear(uint32_t cell, size_t candidate);

  CandidateTests &tests;
  std::vector<Draft> drafts;
  Draft *current = nullptr;
  size_t words = 0;
};

} // namespace lzrt
#endif // LZRT_SELECTION_PLANBUILDER_H
