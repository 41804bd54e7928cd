//===- PlanAxis.h - The cells of one fact -----------------------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Private to PlanIndex: which cell the value of a fact is in, and which values a cell has. Cell 0 is Absent, for
// multiples also whatever is none. Cut by PlanBuilder.cpp.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_SELECTION_PLANAXIS_H
#define LZRT_SELECTION_PLANAXIS_H

#include "Region.h"

#include <string_view>

namespace lzrt {

struct PlanAxis {
  /// In the order in which a region prefers them: what differs seldom between the calls of a site comes first.
  enum class Kind : uint8_t {
    Flag,     ///< Absent, false, true.
    Listed,   ///< A text of a closed list (P4): Absent, any that is not tested, each that is.
    Integer,  ///< Absent, then the cells that begin at `starts`.
    Float,    ///< Absent, then gaps and `points` in turn.
    Text,     ///< As Listed; past a bound, buckets of a hash.
    Multiple, ///< Neither Absent nor a multiple of `divisor`; the multiples.
  };
  /// A tested text, or an empty slot (cell 0).
  struct Slot {
    std::string_view text;
    uint32_t cell = 0;
  };
  static constexpr uint32_t noCell = ~0u;

  FactId fact = LZ_FACT_COUNT;
  Kind kind = Kind::Flag;
  /// The cells of known values are joined, and a bit there says only that the candidate may stand.
  bool isJoined = false;
  /// The same of texts that are not tested, as patterns are.
  bool hasPatterns = false;
  uint32_t cells = 0;
  /// Of texts in buckets, how many; a power of two.
  uint32_t buckets = 0;
  int64_t divisor = 0;
  const uint64_t *rows = nullptr;
  std::vector<int64_t> starts;
  std::vector<double> points;
  std::vector<Slot> slots; // a power of two, at most half full

  bool isText() const { return kind == Kind::Text || kind == Kind::Listed; }
  /// noCell for a value of a kind that the axis has no cells for.
  uint32_t cellOf(const Fact &value, bool &isSettled) const;
  uint32_t cellOfText(std::string_view text) const;
  Interval intervalOf(uint32_t cell) const {
    return {starts[cell - 1], cell < starts.size() ? starts[cell] - 1 : std::numeric_limits<int64_t>::max()};
  }
  size_t bytes() const {
    return starts.capacity() * sizeof(int64_t) + points.capacity() * sizeof(double) + slots.capacity() * sizeof(Slot);
  }
};

uint64_t hashText(std::string_view text);

} // namespace lzrt
#endif // LZRT_SELECTION_PLANAXIS_H
