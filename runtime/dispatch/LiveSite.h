//===- LiveSite.h - What the runtime keeps of a live site -------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_DISPATCH_LIVESITE_H
#define LZRT_DISPATCH_LIVESITE_H

#include "../selection/Box.h"
#include "ContextClass.h"
#include "Decisions.h"
#include "KernelStates.h"
#include "Stubs.h"

#include <functional>

namespace lzrt {

/// A decision that a site may run without asking: for the calls of a class within a box.
struct CachedDecision {
  const ContextClass *contextClass = nullptr;
  Box box;
  Decision *decision = nullptr;
  uint32_t generation = 0; ///< Of the breaker that admits its calls.
  lz_kernel_fn kernel = nullptr;
  /// The open extents and strides of the call that it was made for, from which a publish makes its successor.
  std::vector<int64_t> dims;
};

/// A live site. Its record is written here alone, and only under the dispatcher's mutex; stubs read it at any time.
class LiveSite {
public:
  LiveSite(const lz_site_t &site, uint32_t id, KernelStates &states);
  /// Its record selects at each call again.
  ~LiveSite();
  LiveSite(const LiveSite &) = delete;
  LiveSite &operator=(const LiveSite &) = delete;

  const lz_site_t &site;
  const uint32_t id; ///< Among the dispatcher's.
  KernelStates &states;
  /// What the descriptor tells of every call.
  const FactSet facts;
  const BoxMaker boxes;
  std::atomic<uint64_t> misses{0};
  /// Of the last call that came to selection: its first choice whatever the health of kernels, what ran, and why not
  /// the first ("" where it was, else a static text). Kernels by number; -1: the decomposition; -2: none.
  struct LastCall {
    std::atomic<int> firstChoice{-2}, ran{-2};
    std::atomic<const char *> whyNot{""};
  } last;

  // Under the dispatcher's mutex:
  /// Adds an entry. A site has four, of one class of contexts: what finds no room is turned away, but for every fourth,
  /// which takes the place of the oldest, or, where it is of another class, every 64th, which takes that of all.
  /// Whether it was added.
  bool add(CachedDecision entry, bool counted);
  void replace(std::vector<CachedDecision> entries, bool counted);
  /// Drops the entries that are over. Whether there were some.
  bool drop(const std::function<bool(const CachedDecision &)> &isOver, bool counted);
  const std::vector<CachedDecision> &cached() const { return entries; }
  /// Another one after each change of the entries.
  uint64_t revision() const { return writes; }

private:
  static constexpr unsigned numTurnedAway = 4, numForeignTurnedAway = 64;
  void write(bool counted);

  std::vector<CachedDecision> entries;
  unsigned turnedAway = 0;
  uint64_t writes = 0;
  /// What a record of several entries points to; made when first needed, never moved.
  std::unique_ptr<lz_live_entry_t[]> several;
};

} // namespace lzrt
#endif // LZRT_DISPATCH_LIVESITE_H
