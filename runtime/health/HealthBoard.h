//===- HealthBoard.h - The health of every kernel on every device -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_HEALTH_HEALTHBOARD_H
#define LZRT_HEALTH_HEALTHBOARD_H

#include "CircuitBreaker.h"
#include "lzrt/abi/call.h"

#include <array>
#include <memory>
#include <mutex>
#include <vector>

namespace lzrt {

/// One kernel on one device.
struct KernelHealth {
  CircuitBreaker breaker;
  std::atomic<uint64_t> charged{0}; ///< Failures that count against the kernel (S9).
  std::atomic<uint64_t> panics{0};  ///< Calls that S11 admitted.
  /// By the state that was entered.
  std::array<std::atomic<uint64_t>, 5> transitions{};
};

/// Outlives every policy: a reload changes limits, not what is known of a kernel. Thread-safe; reading takes no lock.
class HealthBoard {
public:
  /// Devices past this number share the last one's health.
  static constexpr size_t maxDevices = 64;

  explicit HealthBoard(size_t numKernels);
  ~HealthBoard();
  HealthBoard(const HealthBoard &) = delete;
  HealthBoard &operator=(const HealthBoard &) = delete;

  KernelHealth &of(int kernel, const lz_device_t &device);
  /// Those that have been asked for, the CPU first.
  std::vector<lz_device_t> devices() const;
  size_t numKernels() const { return size; }
  /// Closes what is in doubt and not forced: breakers are disabled, so nothing else would ever.
  void calm();
  /// Charged failures of a kernel on all devices.
  uint64_t charged(int kernel) const;

private:
  struct Device {
    lz_device_t id;
    std::unique_ptr<KernelHealth[]> kernels;
  };
  Device *find(const lz_device_t &device) const;
  Device &add(const lz_device_t &device);

  const size_t size;
  std::mutex adding;
  std::array<std::atomic<Device *>, maxDevices> list{};
};

} // namespace lzrt
#endif // LZRT_HEALTH_HEALTHBOARD_H
