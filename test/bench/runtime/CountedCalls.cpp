//===- CountedCalls.cpp - The calls whose instructions are counted ---------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Callgrind knows them by name. Each does what generated code does with a block that stands; the first is the plain
// indirect call that the others are held against. Changes with Instructions.cpp.
//
//===----------------------------------------------------------------------===//
#include "Instructions.h"
#include "Live.h"
#include "Policies.h"

#define COUNTED extern "C" __attribute__((noinline, used, visibility("default")))

COUNTED int32_t lz_count_plain(lz_call_t *call, const lz_kernel_fn *kernel) {
  int32_t status = (*kernel)(call);
  return __builtin_expect(status != 0, 0) ? lzrt_live_continue(call, status) : status;
}
#define LZ_COUNT_LIVE(name)                                                                                            \
  COUNTED int32_t name(lz_call_t *call, lz_live_site_t *live, int64_t d0, int64_t d1, int64_t d2, int64_t d3) {        \
    call->ticket = 0;                                                                                                  \
    int32_t status = __atomic_load_n(&live->stub, __ATOMIC_RELAXED)(call, live, d0, d1, d2, d3);                       \
    return __builtin_expect(status != 0, 0) ? lzrt_live_continue(call, status) : status;                               \
  }
LZ_COUNT_LIVE(lz_count_two)
LZ_COUNT_LIVE(lz_count_none)
LZ_COUNT_LIVE(lz_count_none_counted)
LZ_COUNT_LIVE(lz_count_four_entries)
COUNTED void lz_count_mark() { asm volatile(""); }

namespace bench {
namespace {

using Counted = int32_t (*)(lz_call_t *, lz_live_site_t *, int64_t, int64_t, int64_t, int64_t);

void drive(const std::string &policy, const std::vector<std::pair<int64_t, int64_t>> &extents, Counted function) {
  auto orchestrator = orchestratorOf(policy);
  auto site = Site::norm(*orchestrator);
  Caller caller(*orchestrator);
  for (int lap = 0; lap < 2; ++lap)
    for (auto [d0, d1] : extents)
      caller.call(*site, d0, d1);
  const uint64_t misses = site->misses();
  auto [d0, d1] = extents.back();
  lz_call_t *block = caller.block(*site, d0, d1);
  for (unsigned i = 0; i < countedCalls; ++i)
    if (function(block, site->live(), d0, d1, d0, d1) != LZ_STATUS_OK)
      fail("a counted call failed");
  if (site->misses() != misses)
    fail("a counted call missed");
  lz_count_mark();
}

} // namespace

void driveCountedCalls() {
  auto orchestrator = orchestratorOf(noFacts(true));
  auto site = Site::norm(*orchestrator);
  Caller caller(*orchestrator);
  lz_kernel_fn kernel = benchKernels().find("empty")->entry.execute;
  lz_call_t *block = caller.block(*site, 8, 64);
  for (unsigned i = 0; i < countedCalls; ++i)
    if (lz_count_plain(block, &kernel) != LZ_STATUS_OK)
      fail("a counted call failed");
  lz_count_mark();
  drive(twoFacts(true), {{8, 64}}, lz_count_two);
  drive(noFacts(false), {{8, 64}}, lz_count_none);
  drive(noFacts(true), {{8, 64}}, lz_count_none_counted);
  drive(twoFacts(true), {{8, 64}, {8, 5000}, {5000, 64}, {5000, 5000}}, lz_count_four_entries);
}

} // namespace bench
