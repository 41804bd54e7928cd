//===- FileWatcher.h - Tells when a file has another content ----*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_RELOAD_FILEWATCHER_H
#define LZRT_RELOAD_FILEWATCHER_H

#include "lzrt/Status.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace lzrt {

/// Watches one path by a thread of its own: writes in place, renames over it, symbolic links that are swapped anywhere
/// on the way to it (as Kubernetes mounts a ConfigMap), its removal and its return. Events of the directories on that
/// way are acted on at once; a poll finds what brings none (a network file system, a mapped file).
class FileWatcher {
public:
  /// Called on the watcher's thread, never twice at a time: the file at the path is another one, was changed, or was
  /// closed by somebody who could write it, since the last call began. Every change is followed by a call that begins
  /// after it; changes in quick succession may share one. Not called while no file stands there.
  using Callback = std::function<void()>;

  /// `interval`: of the poll, at least a millisecond.
  FileWatcher(std::string path, std::chrono::nanoseconds interval, Callback callback);
  /// Stops.
  ~FileWatcher();
  FileWatcher(const FileWatcher &) = delete;
  FileWatcher &operator=(const FileWatcher &) = delete;

  /// Starts to watch; what the file is at this moment is the first state, and no change. An error where the system has
  /// no more threads or descriptors; starting twice is one too.
  Status start();
  /// Another interval of the poll, from now on. Any thread may call it.
  void setInterval(std::chrono::nanoseconds interval);
  /// Returns when the thread has ended, a callback in progress included; from within the callback it ends after that.
  /// Stopping twice does nothing. One thread at a time starts and stops.
  void stop();

private:
  struct State;
  std::unique_ptr<State> state;
};

} // namespace lzrt
#endif // LZRT_RELOAD_FILEWATCHER_H
