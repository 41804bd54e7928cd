//===- Stubs.cpp - What generated code calls at a live site ----------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Stubs.h"
#include "../telemetry/Cells.h"
#include "lzrt/abi/context.h"
#include "lzrt/abi/module.h"

namespace lzrt {
namespace {

template <typename T> T relaxed(const T &word) { return __atomic_load_n(&word, __ATOMIC_RELAXED); }

/// The extents stand in the block too: without them the stubs have registers to spare.
[[gnu::noinline, gnu::cold]] int32_t miss(lz_call_t *call, lz_live_site_t *live) {
  return lzrt_live_miss(call, live, 0, 0, 0, 0);
}

/// Whether `sequence` still stands: then all that was read under it belongs together.
bool isUnchanged(const lz_live_site_t *live, uint64_t sequence) {
  __atomic_thread_fence(__ATOMIC_ACQUIRE);
  return relaxed(live->sequence) == sequence;
}

bool isWithin(const lz_live_entry_t &entry, unsigned index, int64_t value) {
  return uint64_t(value) - relaxed(entry.low[index]) <= relaxed(entry.span[index]);
}

template <bool Counted> int32_t run(lz_call_t *call, lz_kernel_fn kernel, uint64_t tag) {
  call->ticket = tag;
  if constexpr (Counted) {
    CellBlock *block = lzrtCells;
    uint32_t cell = cellOf(tag);
    if (cell >= block->capacity) [[unlikely]]
      return runSampled(call, kernel);
    uint64_t count = relaxed(block->counts[cell]) + 1;
    if (count % samplingPeriod == 0) [[unlikely]]
      return runSampled(call, kernel);
    __atomic_store_n(&block->counts[cell], count, __ATOMIC_RELAXED);
  }
  return kernel(call);
}

template <EntryKind Kind> uint64_t sequenceIfFits(const lz_call_t *call, const lz_live_site_t *live) {
  uint64_t sequence = __atomic_load_n(&live->sequence, __ATOMIC_ACQUIRE);
  return uint32_t(sequence) == sequenceTag(Kind, call->context->pin) ? sequence : 0;
}

template <unsigned Compared, bool Counted>
int32_t single(lz_call_t *call, lz_live_site_t *live, int64_t d0, int64_t d1, int64_t d2, int64_t d3) {
  uint64_t sequence = sequenceIfFits<EntryKind(unsigned(EntryKind::Single0) + Compared)>(call, live);
  const lz_live_entry_t &entry = live->entry;
  if (sequence == 0 || (Compared > 0 && !isWithin(entry, 0, d0)) || (Compared > 1 && !isWithin(entry, 1, d1)) ||
      (Compared > 2 && !isWithin(entry, 2, d2)) || (Compared > 3 && !isWithin(entry, 3, d3))) [[unlikely]]
    return miss(call, live);
  lz_kernel_fn kernel = relaxed(entry.kernel);
  uint64_t tag = relaxed(entry.tag);
  if (!isUnchanged(live, sequence)) [[unlikely]]
    return miss(call, live);
  return run<Counted>(call, kernel, tag);
}

template <bool Counted>
int32_t several(lz_call_t *call, lz_live_site_t *live, int64_t d0, int64_t d1, int64_t d2, int64_t d3) {
  uint64_t sequence = sequenceIfFits<EntryKind::Several>(call, live);
  // The entries live as long as the site: what stands there may be half-written, but is never gone.
  const auto *entries = reinterpret_cast<const lz_live_entry_t *>(relaxed(live->entry.kernel));
  if (sequence != 0 && isUnchanged(live, sequence)) {
    for (unsigned i = 0; i < numSeveral; ++i) {
      const lz_live_entry_t &entry = entries[i];
      if (!isWithin(entry, 0, d0) || !isWithin(entry, 1, d1) || !isWithin(entry, 2, d2) || !isWithin(entry, 3, d3))
        continue;
      lz_kernel_fn kernel = relaxed(entry.kernel);
      uint64_t tag = relaxed(entry.tag);
      if (!kernel || !isUnchanged(live, sequence))
        break;
      return run<Counted>(call, kernel, tag);
    }
  }
  return miss(call, live);
}

template <bool Counted> lz_stub_fn stub(EntryKind kind) {
  switch (kind) {
  case EntryKind::None:
    return lzrt_live_miss;
  case EntryKind::Single0:
    return single<0, Counted>;
  case EntryKind::Single1:
    return single<1, Counted>;
  case EntryKind::Single2:
    return single<2, Counted>;
  case EntryKind::Single3:
    return single<3, Counted>;
  case EntryKind::Single4:
    return single<4, Counted>;
  case EntryKind::Several:
    return several<Counted>;
  }
  return lzrt_live_miss;
}

} // namespace

int32_t runCounted(lz_call_t *call, lz_kernel_fn kernel) { return run<true>(call, kernel, call->ticket); }

lz_stub_fn stubFor(EntryKind kind, bool counted) { return counted ? stub<true>(kind) : stub<false>(kind); }

} // namespace lzrt
