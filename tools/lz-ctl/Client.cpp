//===- Client.cpp - One question to a process -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Client.h"

#include "../../runtime/control/SocketFile.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>

namespace lzctl {

using lzrt::Descriptor;
using lzrt::Status;
using Clock = std::chrono::steady_clock;

namespace {

constexpr size_t longestReply = size_t(256) << 20;

Status failed(const std::string &message) { return Status::error(LZ_STATUS_INTERNAL, message); }

/// False: the time is over.
bool waitFor(const Descriptor &socket, short events, Clock::time_point deadline) {
  for (;;) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0)
      return false;
    pollfd waited{socket.get(), events, 0};
    int ready = ::poll(&waited, 1, int(left));
    if (ready > 0 || (ready < 0 && errno != EINTR))
      return ready > 0;
  }
}

/// As much as the process takes; one that closes early may have said why.
void send(const Descriptor &socket, std::string_view text, Clock::time_point deadline) {
  while (!text.empty() && waitFor(socket, POLLOUT, deadline)) {
    ssize_t size = ::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL);
    if (size > 0)
      text.remove_prefix(size_t(size));
    else if (errno != EINTR && errno != EAGAIN)
      return;
  }
}

Status receive(const Descriptor &socket, const Options &options, Clock::time_point deadline, std::string *out_line) {
  std::vector<char> buffer(1 << 16);
  while (out_line->size() <= longestReply) {
    if (!waitFor(socket, POLLIN, deadline))
      return failed("no answer within " + std::to_string(double(options.timeout.count()) / 1000) +
                    " s; a command may still be at work, `--timeout` waits longer");
    ssize_t size = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && (errno == EINTR || errno == EAGAIN))
      continue;
    if (size <= 0)
      return failed("the process closed the connection without an answer");
    const char *end = static_cast<const char *>(std::memchr(buffer.data(), '\n', size_t(size)));
    out_line->append(buffer.data(), end ? size_t(end - buffer.data()) : size_t(size));
    if (end)
      return Status();
  }
  return failed("the answer has more than " + std::to_string(longestReply) + " bytes");
}

} // namespace

Choice chooseSocket(const Options &options) {
  if (options.socket)
    return {*options.socket, Done};
  std::string directory = lzrt::controlDirectory();
  Status checked = lzrt::checkControlDirectory(directory);
  if (!checked.isOk() && checked.code() != LZ_STATUS_NOT_FOUND) {
    std::fprintf(stderr, "lz-ctl: error: %s\n", checked.message().c_str());
    return {"", Failed};
  }
  std::vector<std::string> live = lzrt::liveControlSockets(directory);
  if (live.size() == 1)
    return {live.front(), Done};
  if (live.empty()) {
    std::fprintf(stderr, "lz-ctl: error: no process listens in `%s`; `--socket PATH` names a socket elsewhere\n",
                 directory.c_str());
    return {"", Failed};
  }
  std::fputs("lz-ctl: error: several processes listen; choose one by `--socket`:\n", stderr);
  for (const std::string &socket : live)
    std::fprintf(stderr, "  %s\n", socket.c_str());
  return {"", Usage};
}

Status ask(const std::string &path, const Options &options, std::string *out_reply) {
  Descriptor socket;
  if (Status connected = lzrt::connectControlSocket(path, &socket); !connected.isOk())
    return connected;
  Clock::time_point deadline = Clock::now() + options.timeout;
  send(socket, lzrt::formatRequest(options.request) + "\n", deadline);
  out_reply->clear();
  return receive(socket, options, deadline, out_reply);
}

} // namespace lzctl
