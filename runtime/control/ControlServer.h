//===- ControlServer.h - Answers operators on a Unix socket -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_CONTROL_CONTROLSERVER_H
#define LZRT_CONTROL_CONTROLSERVER_H

#include "ControlSurface.h"

#include <chrono>
#include <memory>

namespace lzrt {

/// What clients may cost.
struct ControlLimits {
  size_t clients = 16; ///< At a time; others wait in the socket's queue.
  size_t requestBytes = 64 * 1024;
  /// For a request to come whole, and for a reply to be taken whole; then the client is cut off.
  std::chrono::milliseconds patience = std::chrono::seconds(5);
};

/// Serves the protocol of Protocol.h by a thread of its own, to processes of this user and of root. Nothing that a
/// client does or leaves undone reaches the process but for what the surface is asked. Any thread may call it; start()
/// and stop() not both at once, and neither from within the surface.
class ControlServer {
public:
  /// `path`: of the socket; "" is PID.sock in controlDirectory(), which is made where it is missing. `surface` must
  /// outlive the server.
  ControlServer(ControlSurface &surface, std::string path, ControlLimits limits = {});
  /// Stops.
  ~ControlServer();
  ControlServer(const ControlServer &) = delete;
  ControlServer &operator=(const ControlServer &) = delete;

  /// Listens from its return on. An error where the path cannot be had, and where it is started already.
  Status start();
  /// Returns when the thread has ended and the socket's file is gone; a command in progress ends first. Clients are cut
  /// off. Stopping twice does nothing. In a child process it lets go of the parent's socket and no more.
  void stop();
  /// Of the socket; "" before start() where the constructor was given none.
  const std::string &path() const;

private:
  struct State;
  std::unique_ptr<State> state;
};

} // namespace lzrt
#endif // LZRT_CONTROL_CONTROLSERVER_H
