//===- Region.h - The calls for which a decision holds ----------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// S12: a cached decision is keyed by all that its selection read. Integers are keyed by intervals within which every
// condition that was read keeps its truth, so that a growing sequence stays in one entry until it crosses a threshold.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_SELECTION_REGION_H
#define LZRT_SELECTION_REGION_H

#include "lzrt/policy/Selector.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

namespace lzrt {

/// The integers from `low` to `high`, both included.
struct Interval {
  int64_t low = std::numeric_limits<int64_t>::min(), high = std::numeric_limits<int64_t>::max();
  bool contains(int64_t value) const { return low <= value && value <= high; }
  bool isPoint() const { return low == high; }
  void narrow(const Interval &other) { low = std::max(low, other.low), high = std::min(high, other.high); }
};

/// The largest interval around `value` on which the condition keeps the truth that it has there.
Interval intervalOfTruth(const Condition &condition, int64_t value);

/// Around a multiple of `divisor`, it alone; else what lies between two of them.
Interval intervalOfMultiples(int64_t divisor, int64_t value);

/// A list with at most one element a fact, in place: a decision that no cache holds should not allocate.
template <typename T> class FactList {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

public:
  FactList() = default;
  FactList(const FactList &other) { *this = other; }
  FactList &operator=(const FactList &other) {
    if (this != &other)
      std::uninitialized_copy(other.begin(), other.end(), begin());
    count = other.count;
    return *this;
  }
  T *begin() { return reinterpret_cast<T *>(storage); }
  T *end() { return begin() + count; }
  const T *begin() const { return reinterpret_cast<const T *>(storage); }
  const T *end() const { return begin() + count; }
  size_t size() const { return count; }
  bool empty() const { return count == 0; }
  const T &operator[](size_t index) const { return begin()[index]; }
  T *insert(T *at, const T &value) {
    assert(count < LZ_FACT_COUNT && "one element a fact");
    T copy = value;
    if (at != end())
      std::copy_backward(at, end(), end() + 1);
    ++count;
    return new (at) T(copy);
  }

private:
  uint32_t count = 0;
  alignas(T) unsigned char storage[sizeof(T) * LZ_FACT_COUNT];
};

/// A set of calls around one: those that agree with it in all that is listed here.
struct Region {
  struct Bound {
    FactId fact;
    Interval interval;
  };
  FactList<Bound> integers;    ///< One a fact, ascending.
  FactList<FactId> exact;      ///< Facts that must be the same, ascending.
  std::vector<int> rollouts;   ///< Rules whose admission must be the same (S8), ascending.
  std::vector<int> versionsOf; ///< Kernels whose library version must be the same, ascending.

  void addInteger(FactId fact, const Interval &interval);
  void addExact(FactId fact);
  void addRollout(int rule);
  void addVersion(int kernel);
};

} // namespace lzrt
#endif // LZRT_SELECTION_REGION_H
