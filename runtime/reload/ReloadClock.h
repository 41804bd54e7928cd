//===- ReloadClock.h - Time as the reloader sees it -------------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_RELOAD_RELOADCLOCK_H
#define LZRT_RELOAD_RELOADCLOCK_H

#include "Probation.h"

#include <condition_variable>
#include <mutex>

namespace lzrt {

/// The monotonic clock, and waiting by it. Tests derive one that they move. Thread-safe.
class ReloadClock {
public:
  virtual ~ReloadClock() = default;
  virtual ReloadTime now() const { return std::chrono::steady_clock::now(); }
  /// Waits until `changed` is notified or it is `time`; may return early.
  virtual void waitUntil(std::unique_lock<std::mutex> &lock, std::condition_variable &changed, ReloadTime time) {
    changed.wait_until(lock, time);
  }
};

} // namespace lzrt
#endif // LZRT_RELOAD_RELOADCLOCK_H
