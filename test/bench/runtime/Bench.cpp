//===- Bench.cpp - Clocks, medians and memory ------------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Bench.h"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <new>

namespace bench {

double quantile(std::vector<double> values, double fraction) {
  if (values.empty())
    return 0;
  auto at = values.begin() + std::min(values.size() - 1, size_t(double(values.size()) * fraction));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

double median(std::vector<double> values) { return quantile(std::move(values), 0.5); }

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

std::vector<double> interleave(unsigned rounds, const std::vector<std::function<double()>> &functions) {
  std::vector<std::vector<double>> samples(functions.size());
  for (unsigned round = 0; round < rounds; ++round)
    for (size_t i = 0; i < functions.size(); ++i)
      samples[i].push_back(functions[i]());
  std::vector<double> medians;
  for (std::vector<double> &of : samples)
    medians.push_back(median(std::move(of)));
  return medians;
}

void sweepCaches() {
  constexpr size_t bytes = 4 << 20, line = 64;
  static std::vector<uint8_t> memory(bytes);
  for (size_t i = 0; i < bytes; i += line)
    ++memory[i];
  keep(memory);
}

static std::atomic<size_t> live{0};

size_t liveBytes() { return live.load(std::memory_order_relaxed); }

} // namespace bench

// Counted as malloc rounds them, so that small pieces cost what they cost.
void *operator new(size_t size) {
  void *memory = std::malloc(size ? size : 1);
  if (!memory)
    throw std::bad_alloc();
  bench::live.fetch_add(malloc_usable_size(memory) + sizeof(size_t), std::memory_order_relaxed);
  return memory;
}
void operator delete(void *memory) noexcept {
  if (!memory)
    return;
  bench::live.fetch_sub(malloc_usable_size(memory) + sizeof(size_t), std::memory_order_relaxed);
  std::free(memory);
}
void operator delete(void *memory, size_t) noexcept { operator delete(memory); }
