//===- ControlClient.h - One connection of a control socket -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_CONTROL_CONTROLCLIENT_H
#define LZRT_CONTROL_CONTROLCLIENT_H

#include "ControlServer.h"
#include "SocketFile.h"

namespace lzrt {

/// Reads requests and writes replies without ever waiting: one reply at a time, and nothing is read while it is not
/// taken. Used by the server's thread alone.
class ControlClient {
public:
  using Clock = std::chrono::steady_clock;

  ControlClient(Descriptor socket, const ControlLimits &limits, Clock::time_point now)
      : socket(std::move(socket)), limits(limits), deadline(now + limits.patience) {}

  int descriptor() const { return socket.get(); }
  /// What poll() should wait for.
  short awaited() const;
  /// A request that came with an earlier one waits to be answered.
  bool hasRequest() const { return output.empty() && input.find('\n') != std::string::npos; }
  Clock::time_point timeOut() const { return deadline; }

  /// Reads, answers one request at most, writes. False: the connection is over.
  bool advance(ControlSurface &surface);

private:
  void receive();
  void answer(ControlSurface &surface);
  bool send();

  Descriptor socket;
  const ControlLimits &limits;
  Clock::time_point deadline;
  std::string input, output;
  size_t sent = 0;
  bool hasEnded = false; ///< It will send nothing more.
  bool isLast = false;   ///< The reply in `output` is the last.
};

} // namespace lzrt
#endif // LZRT_CONTROL_CONTROLCLIENT_H
