//===- Explorer.h - Runs real code under every order of its atomic steps -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Code under test uses `ExploredAtomic` in place of std::atomic. Each of its operations is a step; before a step the
// explorer decides which thread takes the next one. Threads are fibers on one real thread, and a schedule is run anew
// from the start, so the code needs no hook. A state is the values of the atomics and what each thread has seen of
// them; one that was reached before is not explored again. Memory orders are taken as sequentially consistent: what the
// orders themselves permit is ThreadSanitizer's part.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_HEALTH_EXPLORER_H
#define LZ_TEST_HEALTH_EXPLORER_H

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

namespace lztest {

class Explorer {
public:
  /// One try: what the threads do, and what must hold when all have ended. Made anew for each schedule.
  struct Scenario {
    std::vector<std::function<void()>> threads;
    std::function<void()> atEnd;
  };
  /// Runs every schedule of `make()`. `shared` tells the values of its atomics, as one number, at any step.
  static Explorer explore(const std::function<Scenario()> &make);

  uint64_t schedules = 0, states = 0;

  /// Called by an atomic before each operation, and with what it saw after it.
  static void step();
  static void saw(uint64_t value);
  /// An atomic of the scenario, for the state.
  static void enlist(const std::function<uint64_t()> &value);
};

template <typename T> class ExploredAtomic {
public:
  ExploredAtomic(T initial = T()) : value(initial) {
    Explorer::enlist([this] { return uint64_t(value); });
  }
  T load(std::memory_order = std::memory_order_seq_cst) const {
    Explorer::step();
    Explorer::saw(uint64_t(value));
    return value;
  }
  void store(T desired, std::memory_order = std::memory_order_seq_cst) {
    Explorer::step();
    value = desired;
    Explorer::saw(uint64_t(desired));
  }
  bool compare_exchange_strong(T &expected, T desired, std::memory_order = std::memory_order_seq_cst,
                               std::memory_order = std::memory_order_seq_cst) {
    Explorer::step();
    bool equal = value == expected;
    Explorer::saw(uint64_t(value) * 2 + equal);
    if (equal)
      value = desired;
    else
      expected = value;
    return equal;
  }

private:
  T value;
};

} // namespace lztest
#endif // LZ_TEST_HEALTH_EXPLORER_H
