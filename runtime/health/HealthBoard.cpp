//===- HealthBoard.cpp - The health of every kernel on every device -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "HealthBoard.h"

namespace lzrt {

HealthBoard::HealthBoard(size_t numKernels) : size(numKernels) { add({1, 0}); }

HealthBoard::~HealthBoard() {
  for (std::atomic<Device *> &entry : list)
    delete entry.load(std::memory_order_relaxed);
}

HealthBoard::Device *HealthBoard::find(const lz_device_t &device) const {
  for (const std::atomic<Device *> &entry : list) {
    Device *known = entry.load(std::memory_order_acquire);
    if (!known)
      return nullptr;
    if (known->id.type == device.type && known->id.id == device.id)
      return known;
  }
  return list.back().load(std::memory_order_acquire);
}

HealthBoard::Device &HealthBoard::add(const lz_device_t &device) {
  std::lock_guard<std::mutex> lock(adding);
  if (Device *known = find(device)) // another thread was faster
    return *known;
  auto made = std::make_unique<Device>(Device{device, std::make_unique<KernelHealth[]>(size)});
  for (std::atomic<Device *> &entry : list)
    if (!entry.load(std::memory_order_relaxed)) {
      entry.store(made.get(), std::memory_order_release);
      break;
    }
  return *made.release();
}

KernelHealth &HealthBoard::of(int kernel, const lz_device_t &device) {
  Device *known = find(device);
  return (known ? *known : add(device)).kernels[size_t(kernel)];
}

std::vector<lz_device_t> HealthBoard::devices() const {
  std::vector<lz_device_t> devices;
  for (const std::atomic<Device *> &entry : list)
    if (Device *known = entry.load(std::memory_order_acquire))
      devices.push_back(known->id);
  return devices;
}

void HealthBoard::calm() {
  for (const std::atomic<Device *> &entry : list)
    if (Device *known = entry.load(std::memory_order_acquire))
      for (size_t kernel = 0; kernel < size; ++kernel) {
        CircuitBreaker &breaker = known->kernels[kernel].breaker;
        const BreakerState state = breaker.state();
        bool isForced = state == BreakerState::ForcedOpen || state == BreakerState::ForcedClosed;
        if (!isForced && breaker.isWatched())
          breaker.reset();
      }
}

uint64_t HealthBoard::charged(int kernel) const {
  uint64_t count = 0;
  for (const std::atomic<Device *> &entry : list)
    if (Device *known = entry.load(std::memory_order_acquire))
      count += known->kernels[size_t(kernel)].charged.load(std::memory_order_relaxed);
  return count;
}

} // namespace lzrt
