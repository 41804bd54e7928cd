//===- Stubs.h - What generated code calls at a live site -------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A hit: the entry's sequence word carries the kind of entry and the pin for which it holds, so one compare tells that
// the site is not being written, that this stub may read it, and that the invocation's policy and context are those it
// was made for. Then up to four extents are compared, the sequence is read again, the call is counted, and the kernel
// is jumped to. Nothing that is read could be freed; nothing waits. Whatever does not fit goes to lzrt_live_miss.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_DISPATCH_STUBS_H
#define LZRT_DISPATCH_STUBS_H

#include "lzrt/abi/call.h"

namespace lzrt {

/// What a site's record holds. Part of lz_live_site_t::sequence.
enum class EntryKind : uint32_t {
  None,    ///< every call misses
  Single0, ///< one entry, whatever the extents
  Single1,
  Single2,
  Single3,
  Single4, ///< one entry, four extents compared
  Several  ///< `entry.kernel` points to `numSeveral` entries
};
constexpr unsigned numSeveral = 4;

/// Bits of lz_live_site_t::sequence: 0 odd, 1..7 kind, 8..31 pin, 32..63 count of writes.
constexpr uint32_t sequenceTag(EntryKind kind, uint32_t pin) { return pin | uint32_t(kind) << 1; }

/// lz_live_entry_t::tag and lz_call_t::ticket: the decision's cell plus one below, the breaker's generation above.
constexpr uint64_t tagOf(uint32_t cell, uint32_t generation) { return uint64_t(generation) << 32 | (cell + 1); }
constexpr uint32_t cellOf(uint64_t tag) { return uint32_t(tag) - 1; }
constexpr uint32_t generationOf(uint64_t tag) { return uint32_t(tag >> 32); }
/// The ticket of a call whose outcome the runtime has dealt with. No tag: it names no cell.
constexpr uint64_t settledTicket = uint64_t(1) << 32;

/// One call in so many of a decision and thread is timed.
constexpr uint64_t samplingPeriod = 1024;

/// The stub for a kind of entry. `counted`: telemetry is on.
lz_stub_fn stubFor(EntryKind kind, bool counted);

/// Runs a call whose ticket is written, and counts it.
int32_t runCounted(lz_call_t *call, lz_kernel_fn kernel);

/// Runs a counted call with a clock around it; out of line, seldom.
int32_t runSampled(lz_call_t *call, lz_kernel_fn kernel);

} // namespace lzrt
#endif // LZRT_DISPATCH_STUBS_H
