//===- SharedTable.h - Decisions that do not fit into their sites -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One table a dispatcher, keyed by the class of the context, the site, and the extents and strides of the call. Slots
// are cache lines under sequence locks, four to a set; a look-up reads one set, takes no lock and waits for nobody. Who
// writes holds the dispatcher's mutex.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_DISPATCH_SHAREDTABLE_H
#define LZRT_DISPATCH_SHAREDTABLE_H

#include "lzrt/abi/call.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace lzrt {

struct ContextClass;

class SharedTable {
public:
  /// What identifies a call. Up to four open extents and strides stand for themselves, more as a hash of 256 bits
  /// under a key of this process.
  struct Key {
    std::array<uint64_t, 6> words; ///< Class, site, and four of the call.
    bool operator==(const Key &) const = default;
  };
  static Key keyOf(const ContextClass &contextClass, uint32_t site, const lz_call_t &call);

  struct Hit {
    lz_kernel_fn kernel;
    uint64_t tag;
  };

  static constexpr size_t largestCapacity = 100'000;
  SharedTable();
  ~SharedTable();
  SharedTable(const SharedTable &) = delete;
  SharedTable &operator=(const SharedTable &) = delete;

  /// Any thread, at any time.
  std::optional<Hit> find(const Key &key) const;

  // Under the dispatcher's mutex:
  /// At most `capacity` entries are kept, and `largestCapacity`, each for `ttl` at most; what was not looked up lately
  /// goes first. A table that has once been larger keeps its memory.
  void insert(const Key &key, Hit value, size_t capacity, std::chrono::seconds ttl);
  /// Forgets everything.
  void clear();
  size_t size() const { return count; }
  size_t bytes() const;

private:
  struct Slot;
  struct Slots;
  static constexpr size_t setSize = 4;

  void grow(size_t capacity);
  void write(Slots &table, uint64_t classAndSite, const uint64_t *call, Hit value, uint32_t now);
  void erase(Slot &slot);
  void sweep(size_t steps, uint32_t now, std::chrono::seconds ttl);
  void evictOne();

  std::atomic<Slots *> slots{nullptr};
  /// Tables that were too small: a reader may still be in one.
  std::vector<std::unique_ptr<Slots>> owned;
  size_t count = 0, hand = 0;
};

} // namespace lzrt
#endif // LZRT_DISPATCH_SHAREDTABLE_H
