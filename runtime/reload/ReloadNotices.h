//===- ReloadNotices.h - Tells of reloads, in order and under no lock -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_RELOAD_RELOADNOTICES_H
#define LZRT_RELOAD_RELOADNOTICES_H

#include "lzrt/Status.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

namespace lzrt {

/// Called one at a time, in the order of what happened, by the thread that made it happen or by one that tells of
/// something else just then. Under no lock: they may call any function of the reloader but its destructor; what
/// happens in such a call is told after they return. They must not throw.
struct ReloadCallbacks {
  /// Another policy is live, after a reload or a rollback, and its grace period is over.
  std::function<void(uint64_t version, const std::string &digest)> onReload;
  /// An attempt was given up before anything changed; or, with a message that says so, a policy is live although its
  /// grace period timed out, or was taken back because failures rose.
  std::function<void(const Status &status)> onError;
};

/// Keeps notices until somebody delivers them. Thread-safe.
class ReloadNotices {
public:
  explicit ReloadNotices(ReloadCallbacks callbacks) : callbacks(std::move(callbacks)) {}

  void reloaded(uint64_t version, std::string digest) {
    push([this, version, digest = std::move(digest)] {
      if (callbacks.onReload)
        callbacks.onReload(version, digest);
    });
  }
  void failed(Status status) {
    push([this, status = std::move(status)] {
      if (callbacks.onError)
        callbacks.onError(status);
    });
  }

  /// Tells what waits, unless a thread does so already, this one perhaps: that one tells it then.
  void deliver() {
    std::unique_lock<std::mutex> lock(mutex);
    if (isDelivering)
      return;
    isDelivering = true;
    while (!waiting.empty()) {
      std::function<void()> notice = std::move(waiting.front());
      waiting.pop_front();
      lock.unlock();
      notice();
      lock.lock();
    }
    isDelivering = false;
  }

private:
  void push(std::function<void()> notice) {
    std::lock_guard<std::mutex> lock(mutex);
    waiting.push_back(std::move(notice));
  }

  const ReloadCallbacks callbacks;
  std::mutex mutex;
  std::deque<std::function<void()>> waiting;
  bool isDelivering = false;
};

} // namespace lzrt
#endif // LZRT_RELOAD_RELOADNOTICES_H
