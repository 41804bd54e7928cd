//===- LiveSite.cpp - What the runtime keeps of a live site ----------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "LiveSite.h"
#include "lzrt/abi/module.h"

#include <algorithm>

namespace lzrt {
namespace {

template <typename T> void relaxedStore(T &word, T value) { __atomic_store_n(&word, value, __ATOMIC_RELAXED); }

void writeEntry(lz_live_entry_t &out, const CachedDecision *from) {
  static const Box nowhere;
  const Box &box = from ? from->box : nowhere;
  relaxedStore(out.kernel, from ? from->kernel : nullptr);
  relaxedStore(out.tag, from ? tagOf(from->decision->cell, from->generation) : 0);
  for (unsigned i = 0; i < Box::numRegisters; ++i) {
    relaxedStore(out.low[i], box.low[i]);
    relaxedStore(out.span[i], box.span[i]);
  }
}

} // namespace

LiveSite::LiveSite(const lz_site_t &site, uint32_t id, KernelStates &states)
    : site(site), id(id), states(states), facts(factsOf(viewOf(site))), boxes(site) {
  write(false);
}

LiveSite::~LiveSite() {
  entries.clear();
  write(false);
}

bool LiveSite::add(CachedDecision entry, bool counted) {
  bool isForeign = !entries.empty() && entries.front().contextClass != entry.contextClass;
  for (const CachedDecision &known : entries)
    if (!isForeign && known.box.low == entry.box.low && known.box.span == entry.box.span &&
        known.decision == entry.decision && known.generation == entry.generation)
      return true; // another thread was faster
  if (isForeign || entries.size() == numSeveral) {
    if (++turnedAway % (isForeign ? numForeignTurnedAway : numTurnedAway) != 0)
      return false;
    if (isForeign)
      entries.clear();
    else
      entries.erase(entries.begin());
  }
  entries.push_back(std::move(entry));
  write(counted);
  return true;
}

std::vector<CachedDecision> LiveSite::replace(std::vector<CachedDecision> list, bool counted) {
  bool changes = !list.empty() || !entries.empty();
  entries.swap(list);
  if (changes)
    write(counted);
  return list;
}

bool LiveSite::drop(const std::function<bool(const CachedDecision &)> &isOver, bool counted) {
  if (std::erase_if(entries, isOver) == 0)
    return false;
  write(counted);
  return true;
}

void LiveSite::write(bool counted) {
  lz_live_site_t &record = *site.live;
  ++writes;
  EntryKind kind = EntryKind::None;
  if (entries.size() == 1)
    kind = EntryKind(uint32_t(EntryKind::Single0) + entries.front().box.numCompared());
  else if (!entries.empty())
    kind = EntryKind::Several;
  if (kind == EntryKind::Several && !several)
    several = std::make_unique<lz_live_entry_t[]>(numSeveral);
  uint64_t sequence = record.sequence;
  relaxedStore(record.sequence, sequence | 1);
  __atomic_thread_fence(__ATOMIC_RELEASE);
  if (kind == EntryKind::Several) {
    for (size_t i = 0; i < numSeveral; ++i)
      writeEntry(several[i], i < entries.size() ? &entries[i] : nullptr);
    relaxedStore(record.entry.kernel, reinterpret_cast<lz_kernel_fn>(several.get()));
  } else {
    writeEntry(record.entry, entries.empty() ? nullptr : &entries.front());
  }
  uint32_t pin = entries.empty() ? 0 : entries.front().contextClass->pin;
  uint64_t count = (sequence >> 32) + 1;
  __atomic_store_n(&record.sequence, count << 32 | sequenceTag(kind, pin), __ATOMIC_RELEASE);
  __atomic_store_n(&record.stub, stubFor(kind, counted), __ATOMIC_RELEASE);
}

} // namespace lzrt
