//===- WatchingThreads.cpp - The threads that serve a reloader ------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The watcher's thread only notes that the file may have changed. The other one attempts it and supervises, so that a
// change can end the grace period of the one before. Neither holds a lock while it waits for a turn, and who stops
// them waits for them without one that they need.
//
//===----------------------------------------------------------------------===//
#include "FileWatcher.h"
#include "PolicyReloader.h"

#include <algorithm>
#include <system_error>

namespace lzrt {
namespace {

using Nanos = std::chrono::nanoseconds;

/// Shorter ones of a policy count as this: events tell of nearly all changes, and polling is no way to be quick.
constexpr Nanos shortestPoll = std::chrono::milliseconds(10);

Nanos watchInterval(const Policy &policy) {
  return std::max(shortestPoll, std::chrono::duration_cast<Nanos>(
                                    std::chrono::duration<double>(policy.hotReload.watchIntervalSeconds)));
}

} // namespace

/// Called with `mutex` held.
ReloadTime PolicyReloader::nextLook() const {
  const ReloadTime now = clock->now();
  if (probation)
    return std::min(now + Probation::interval, std::max(now, probation->end()));
  return now + std::max<Nanos>(Probation::interval, probationLength() / FailureWindow::numSamples);
}

void PolicyReloader::serve() {
  serving = std::this_thread::get_id();
  std::unique_lock<std::mutex> lock(mutex);
  while (!stopping) {
    lock.unlock();
    if (mayHaveChanged.exchange(false))
      lookAtFile();
    if (!stopping)
      supervise();
    lock.lock();
    watcher->setInterval(watchInterval(*live.policy));
    if (!stopping && !mayHaveChanged)
      clock->waitUntil(lock, wake, nextLook());
  }
}

/// Whether a grace period should end at once.
bool PolicyReloader::isUrgent() {
  if (waitingForTurn > 0)
    return true;
  if (serving.load() != std::this_thread::get_id())
    return false;
  return stopping || mayHaveChanged || findFailure();
}

Status PolicyReloader::startWatching() {
  auto refused = [this](const std::string &why) {
    return Status::error(LZ_STATUS_INVALID_ARGUMENT, "cannot watch `" + path + "`: " + why);
  };
  if (serving.load() == std::this_thread::get_id())
    return refused("its own thread cannot start it; start it from another one");
  std::lock_guard<std::mutex> starts(starting);
  if (thread.joinable() && !stopping)
    return refused("it is watched already");
  joinThreads(); // those that were stopped from within a callback
  {
    std::lock_guard<std::mutex> lock(mutex);
    watcher = std::make_unique<FileWatcher>(path, watchInterval(*live.policy), [this] {
      std::lock_guard<std::mutex> lock(mutex);
      mayHaveChanged = true;
      wake.notify_all();
    });
  }
  // The watch first: what is written behind the first look is a change.
  if (Status status = watcher->start(); !status.isOk()) {
    watcher.reset();
    return status;
  }
  stopping = false;
  mayHaveChanged = true;
  try {
    thread = std::thread([this] { serve(); });
  } catch (const std::system_error &error) {
    watcher.reset();
    return Status::error(LZ_STATUS_INTERNAL, "cannot watch `" + path + "`: " + error.what());
  }
  return Status();
}

void PolicyReloader::stop() {
  const bool isOwn = serving.load() == std::this_thread::get_id();
  std::unique_lock<std::mutex> starts(starting, std::defer_lock);
  if (!isOwn)
    starts.lock();
  {
    std::lock_guard<std::mutex> lock(mutex);
    stopping = true;
    wake.notify_all();
  }
  if (!isOwn)
    joinThreads();
}

/// Without `mutex`, which both threads take.
void PolicyReloader::joinThreads() {
  if (thread.joinable())
    thread.join();
  serving = std::thread::id();
  watcher.reset();
}

} // namespace lzrt
