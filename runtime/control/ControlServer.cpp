//===- ControlServer.cpp - Answers operators on a Unix socket -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ControlServer.h"

#include "ControlClient.h"
#include "Protocol.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <list>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace lzrt {
namespace {

using Clock = ControlClient::Clock;

/// How long accept() rests where the process has no descriptors left: the queue stays readable all the while.
constexpr auto rest = std::chrono::milliseconds(100);

/// The file's mode keeps other users out; this holds where the mode was widened by hand.
bool mayAsk(const Descriptor &socket) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         (peer.uid == ::geteuid() || peer.uid == 0);
}

void turnAway(const Descriptor &socket) {
  std::string reply = failureReply("refused", "only the process's own user and root may ask");
  (void)!::send(socket.get(), reply.data(), reply.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

/// In a child process, where this thread is not: it can be neither joined nor detached, so nothing may destroy it.
void leaveToParent(std::thread thread) {
  static auto &kept = *new std::list<std::thread>;
  kept.push_back(std::move(thread));
}

int millisecondsUntil(Clock::time_point moment) {
  auto left = std::chrono::ceil<std::chrono::milliseconds>(moment - Clock::now()).count();
  return int(std::clamp<decltype(left)>(left, 0, 60'000));
}

} // namespace

struct ControlServer::State {
  ControlSurface &surface;
  const ControlLimits limits;
  std::string path;
  SocketFile file;
  Descriptor wake;
  std::thread thread;
  std::atomic<bool> stopping{false};
  pid_t owner = -1;

  // Of the thread alone.
  std::list<ControlClient> clients;
  Clock::time_point acceptAfter{};

  State(ControlSurface &surface, std::string path, ControlLimits limits)
      : surface(surface), limits(limits), path(std::move(path)) {}

  bool accepts() const { return clients.size() < limits.clients && Clock::now() >= acceptAfter; }
  void serve();
  /// Waits for something to do.
  void wait() const;
  void accept();
  void advance();
};

void ControlServer::State::wait() const {
  std::vector<pollfd> waited = {{wake.get(), POLLIN, 0}};
  Clock::time_point soonest = Clock::time_point::max();
  if (accepts())
    waited.push_back({file.descriptor(), POLLIN, 0});
  else if (clients.size() < limits.clients)
    soonest = acceptAfter;
  for (const ControlClient &client : clients) {
    waited.push_back({client.descriptor(), client.awaited(), 0});
    soonest = std::min(soonest, client.hasRequest() ? Clock::time_point::min() : client.timeOut());
  }
  int timeout = soonest == Clock::time_point::max() ? -1 : soonest < Clock::now() ? 0 : millisecondsUntil(soonest);
  (void)::poll(waited.data(), waited.size(), timeout);
}

void ControlServer::State::accept() {
  while (accepts()) {
    Descriptor socket(::accept4(file.descriptor(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket.get() >= 0) {
      if (mayAsk(socket))
        clients.emplace_back(std::move(socket), limits, Clock::now());
      else
        turnAway(socket);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      acceptAfter = Clock::now() + rest;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      return;
    }
  }
}

/// A client for which memory runs out is cut off; the others are served.
void ControlServer::State::advance() {
  for (auto client = clients.begin(); client != clients.end() && !stopping;) {
    bool stays = false;
    try {
      stays = client->advance(surface);
    } catch (const std::exception &) {
    }
    client = stays ? std::next(client) : clients.erase(client);
  }
}

void ControlServer::State::serve() {
  while (!stopping) {
    try {
      wait();
      accept();
    } catch (const std::bad_alloc &) {
      std::this_thread::sleep_for(rest);
    }
    advance();
  }
  clients.clear();
}

ControlServer::ControlServer(ControlSurface &surface, std::string path, ControlLimits limits)
    : state(std::make_unique<State>(surface, std::move(path), limits)) {}

ControlServer::~ControlServer() { stop(); }

const std::string &ControlServer::path() const { return state->path; }

Status ControlServer::start() {
  if (state->owner >= 0)
    return Status::error(LZ_STATUS_INVALID_ARGUMENT, "the control socket `" + state->path + "` is served already");
  if (state->path.empty()) {
    if (Status prepared = prepareControlDirectory(controlDirectory()); !prepared.isOk())
      return prepared;
    state->path = controlSocketPath(::getpid());
  }
  state->wake = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (state->wake.get() < 0)
    return Status::error(LZ_STATUS_INTERNAL, "cannot serve `" + state->path + "`: " + std::strerror(errno));
  if (Status opened = state->file.open(state->path, SOMAXCONN); !opened.isOk())
    return opened;
  state->stopping = false;
  try {
    state->thread = std::thread([this] { state->serve(); });
  } catch (const std::system_error &error) {
    state->file.close();
    return Status::error(LZ_STATUS_INTERNAL, "cannot serve `" + state->path + "`: " + error.what());
  }
  state->owner = ::getpid();
  return Status();
}

void ControlServer::stop() {
  if (state->owner < 0)
    return;
  if (state->owner != ::getpid()) {
    leaveToParent(std::move(state->thread));
    state->file.abandon();
    state->owner = -1;
    return;
  }
  state->stopping = true;
  uint64_t one = 1;
  (void)!::write(state->wake.get(), &one, sizeof(one));
  state->thread.join();
  state->file.close();
  state->owner = -1;
}

} // namespace lzrt
