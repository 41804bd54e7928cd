//===- Streaming.cpp - What stays in the caches ---------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Streaming.h"

#include <algorithm>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace lz::kernels::cpu {

namespace {

/// The largest cache in a list of the processor's, 0 where there is no such list. sysconf adds up the caches of a whole
/// socket on some processors.
int64_t largestIn([[maybe_unused]] uint32_t leaf) {
  int64_t largest = 0;
#if defined(__x86_64__)
  constexpr uint32_t maxCaches = 16;
  for (uint32_t index = 0; index < maxCaches; ++index) {
    uint32_t a = 0, b = 0, c = 0, d = 0;
    if (!__get_cpuid_count(leaf, index, &a, &b, &c, &d) || (a & 31) == 0)
      break;
    const int64_t line = (b & 0xfff) + 1, partitions = (b >> 12 & 0x3ff) + 1, ways = (b >> 22) + 1;
    largest = std::max(largest, line * partitions * ways * (int64_t(c) + 1));
  }
#endif
  return largest;
}

} // namespace

int64_t cacheSize() {
  constexpr uint32_t intelLeaf = 4, amdLeaf = 0x8000001d;
  constexpr int64_t otherwise = 1 << 25;
  static const int64_t size = [] {
    const int64_t found = std::max(largestIn(intelLeaf), largestIn(amdLeaf));
    return found ? found : otherwise;
  }();
  return size;
}

} // namespace lz::kernels::cpu
