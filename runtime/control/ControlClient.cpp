//===- ControlClient.cpp - One connection of a control socket -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ControlClient.h"

#include "Protocol.h"

#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace lzrt {

short ControlClient::awaited() const {
  if (!output.empty())
    return POLLOUT;
  return hasEnded || hasRequest() ? 0 : POLLIN;
}

/// At most one byte more than a request may have, so that too long a one is seen.
void ControlClient::receive() {
  char buffer[4096];
  while (input.size() <= limits.requestBytes) {
    size_t room = std::min(sizeof(buffer), limits.requestBytes + 1 - input.size());
    ssize_t size = ::recv(socket.get(), buffer, room, MSG_DONTWAIT);
    if (size > 0) {
      input.append(buffer, size_t(size));
      continue;
    }
    if (size < 0 && errno == EINTR)
      continue;
    hasEnded = size == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
    return;
  }
}

void ControlClient::answer(ControlSurface &surface) {
  size_t end = input.find('\n');
  if (end != std::string::npos) {
    std::string line = input.substr(0, end);
    input.erase(0, end + 1);
    output = answerRequest(surface, line);
  } else if (input.size() > limits.requestBytes) {
    isLast = true;
    output = failureReply(statusText(LZ_STATUS_MALFORMED),
                          "a request has at most " + std::to_string(limits.requestBytes) + " bytes");
  } else {
    return;
  }
  deadline = Clock::now() + limits.patience;
}

/// False: the client is gone, or has got its last reply.
bool ControlClient::send() {
  while (sent < output.size()) {
    ssize_t size = ::send(socket.get(), output.data() + sent, output.size() - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size < 0 && errno != EINTR)
      return errno == EAGAIN || errno == EWOULDBLOCK;
    sent += size > 0 ? size_t(size) : 0;
  }
  if (isLast)
    return false;
  output = std::string();
  sent = 0;
  deadline = Clock::now() + limits.patience;
  return true;
}

bool ControlClient::advance(ControlSurface &surface) {
  if (output.empty() && !hasEnded && !hasRequest())
    receive();
  if (output.empty())
    answer(surface);
  if (!output.empty() && !send())
    return false;
  // What has no end of line when the client ends is no request: the rest of it may be missing.
  if (hasEnded && output.empty() && !hasRequest())
    return false;
  // Looked at last: a client waits longer than it may only where the server was busy, and then its request is here now.
  return Clock::now() < deadline;
}

} // namespace lzrt
