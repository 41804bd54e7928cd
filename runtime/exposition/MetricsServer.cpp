//===- MetricsServer.cpp - Hands out telemetry over HTTP ------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One thread polls all sockets; nothing it does with one of them blocks. A connection receives, sends, lingers, and
// each phase has a deadline that no byte prolongs. So a client that is slow, or sends garbage, costs a place for a
// bounded time, and never a thread.
//
//===----------------------------------------------------------------------===//
#include "lzrt/telemetry/MetricsServer.h"

#include "HttpRequest.h"
#include "Listener.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <optional>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <vector>

namespace lzrt {
namespace {

using Clock = std::chrono::steady_clock;

/// How long accepting pauses when the system has no descriptors left.
constexpr std::chrono::milliseconds acceptPause{100};

std::string responseTo(HttpStatus status, std::string_view mediaType, std::string_view body) {
  std::string text = "HTTP/1.1 " + std::to_string(int(status)) + " " + std::string(httpStatusText(status)) +
                     "\r\nContent-Type: " + std::string(mediaType) +
                     "\r\nContent-Length: " + std::to_string(body.size()) +
                     "\r\nCache-Control: no-store\r\nConnection: close\r\n";
  if (status == HttpStatus::MethodNotAllowed)
    text += "Allow: GET\r\n";
  text += "\r\n";
  return text.append(body);
}

/// One client, from accept to close. Each function takes the time and does what the socket allows without waiting.
class Connection {
public:
  Connection(Descriptor socket, const MetricsServer::Limits &limits, Clock::time_point now)
      : socket(std::move(socket)), limits(&limits), progress(now), deadline(now + limits.requestTime) {}

  int descriptor() const { return socket.get(); }
  short events() const { return phase == Phase::Sending ? POLLOUT : POLLIN; }
  bool isClosed() const { return socket.get() < 0; }
  Clock::time_point nextDeadline() const { return deadline; }
  /// Since when nothing has come of it. A request that is not whole yet counts for nothing.
  Clock::time_point idleSince() const { return progress; }

  void advance(const TelemetryProvider &provider, Clock::time_point now);
  /// The phase's time is over.
  void expire(Clock::time_point now);
  void close() { socket = Descriptor(); }

private:
  enum class Phase { Receiving, Sending, Lingering };

  void receive(const TelemetryProvider &provider, Clock::time_point now);
  void answer(HttpStatus status, const TelemetryProvider &provider, Clock::time_point now);
  void respond(std::string text, Clock::time_point now);
  void send(Clock::time_point now);
  void linger();
  /// Whether a call of the system that failed is to be tried again later; closes otherwise.
  bool isToRetry() {
    const bool retries = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    if (!retries)
      close();
    return retries;
  }

  Descriptor socket;
  const MetricsServer::Limits *limits;
  Phase phase = Phase::Receiving;
  Clock::time_point progress, deadline;
  std::string request, response;
  size_t sent = 0;
};

void Connection::advance(const TelemetryProvider &provider, Clock::time_point now) {
  switch (phase) {
  case Phase::Receiving:
    return receive(provider, now);
  case Phase::Sending:
    return send(now);
  case Phase::Lingering:
    return linger();
  }
}

void Connection::receive(const TelemetryProvider &provider, Clock::time_point now) {
  char buffer[4096];
  const ssize_t size = ::recv(socket.get(), buffer, sizeof(buffer), 0);
  if (size < 0) {
    (void)isToRetry();
    return;
  }
  request.append(buffer, size_t(size));
  if (std::optional<HttpStatus> status = answerTo(request, limits->maxRequestBytes))
    return answer(*status, provider, now);
  if (size == 0 && request.empty())
    return close();
  if (size == 0)
    answer(HttpStatus::BadRequest, provider, now);
}

void Connection::answer(HttpStatus status, const TelemetryProvider &provider, Clock::time_point now) {
  try {
    if (status == HttpStatus::Ok)
      return respond(responseTo(status, prometheusMediaType, prometheusText(provider())), now);
  } catch (...) {
    status = HttpStatus::InternalServerError;
  }
  respond(responseTo(status, "text/plain; charset=utf-8", std::string(httpStatusText(status)) + "\n"), now);
}

void Connection::respond(std::string text, Clock::time_point now) {
  request = std::string();
  response = std::move(text);
  phase = Phase::Sending;
  progress = now, deadline = now + limits->responseTime;
  send(now);
}

void Connection::send(Clock::time_point now) {
  const ssize_t size = ::send(socket.get(), response.data() + sent, response.size() - sent, MSG_NOSIGNAL);
  if (size < 0) {
    (void)isToRetry();
    return;
  }
  sent += size_t(size);
  progress = now;
  if (sent != response.size())
    return;
  // Closed at once, with bytes of the request unread, the connection would be reset and the response be lost.
  response = std::string();
  phase = Phase::Lingering;
  deadline = now + limits->lingerTime;
  if (::shutdown(socket.get(), SHUT_WR) != 0)
    close();
}

void Connection::linger() {
  char buffer[16384];
  const ssize_t size = ::recv(socket.get(), buffer, sizeof(buffer), 0);
  if (size == 0)
    close();
  else if (size < 0)
    (void)isToRetry();
}

void Connection::expire(Clock::time_point now) {
  if (phase == Phase::Receiving)
    answer(HttpStatus::RequestTimeout, {}, now);
  else
    close();
}

} // namespace

struct MetricsServer::State {
  State(TelemetryProvider provider, Limits limits) : provider(std::move(provider)), limits(limits) {
    this->limits.maxConnections = std::max<size_t>(limits.maxConnections, 1);
  }

  void serve();
  Clock::time_point wakeTime(Clock::time_point now) const;
  bool hasPlace(Clock::time_point now) const;
  /// Waits for the sockets, and tells by `polled` what they are ready for: wake, listener, connections.
  void wait(std::vector<pollfd> &polled);
  void accept(Clock::time_point now);
  void advance(const std::vector<pollfd> &polled, Clock::time_point now);
  std::vector<Connection>::const_iterator mostIdle() const {
    return std::min_element(connections.begin(), connections.end(),
                            [](const auto &a, const auto &b) { return a.idleSince() < b.idleSince(); });
  }

  const TelemetryProvider provider;
  Limits limits;
  Listener listener;
  Descriptor wake;
  std::vector<Connection> connections;
  Clock::time_point acceptsAgain;
  std::atomic<bool> stopping = false;
  std::thread thread;
};

bool MetricsServer::State::hasPlace(Clock::time_point now) const {
  return now >= acceptsAgain &&
         (connections.size() < limits.maxConnections || mostIdle()->idleSince() + limits.idleTime <= now);
}

Clock::time_point MetricsServer::State::wakeTime(Clock::time_point now) const {
  Clock::time_point time = Clock::time_point::max();
  auto consider = [&](Clock::time_point other) { time = std::min(time, other); };
  for (const Connection &connection : connections)
    consider(connection.nextDeadline());
  if (acceptsAgain > now)
    consider(acceptsAgain);
  else if (!hasPlace(now))
    consider(mostIdle()->idleSince() + limits.idleTime);
  return time;
}

void MetricsServer::State::wait(std::vector<pollfd> &polled) {
  const Clock::time_point now = Clock::now(), until = wakeTime(now);
  polled.clear();
  polled.push_back({wake.get(), POLLIN, 0});
  polled.push_back({hasPlace(now) ? listener.socket.get() : -1, POLLIN, 0});
  for (const Connection &connection : connections)
    polled.push_back({connection.descriptor(), connection.events(), 0});
  int timeout = -1;
  if (until != Clock::time_point::max())
    timeout = int(std::clamp<int64_t>(std::chrono::ceil<std::chrono::milliseconds>(until - now).count(), 0, 60'000));
  if (::poll(polled.data(), polled.size(), timeout) < 0)
    std::for_each(polled.begin(), polled.end(), [](pollfd &entry) { entry.revents = 0; });
}

void MetricsServer::State::advance(const std::vector<pollfd> &polled, Clock::time_point now) {
  constexpr size_t first = 2;
  for (size_t index = 0; index != connections.size(); ++index) {
    Connection &connection = connections[index];
    try {
      if (polled[first + index].revents != 0)
        connection.advance(provider, now);
      if (!connection.isClosed() && connection.nextDeadline() <= now)
        connection.expire(now);
    } catch (...) { // no memory for this one
      connection.close();
    }
  }
  std::erase_if(connections, [](const Connection &connection) { return connection.isClosed(); });
}

void MetricsServer::State::accept(Clock::time_point now) {
  while (hasPlace(now)) {
    Descriptor socket(::accept4(listener.socket.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.get() < 0) {
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        acceptsAgain = now + acceptPause;
      return;
    }
    if (connections.size() == limits.maxConnections)
      connections.erase(mostIdle());
    connections.emplace_back(std::move(socket), limits, now);
  }
}

void MetricsServer::State::serve() {
  std::vector<pollfd> polled;
  polled.reserve(2 + limits.maxConnections);
  while (!stopping) {
    wait(polled);
    const Clock::time_point now = Clock::now();
    advance(polled, now);
    if (polled[1].revents != 0)
      accept(now);
  }
}

MetricsServer::MetricsServer(TelemetryProvider provider) : MetricsServer(std::move(provider), Limits()) {}

MetricsServer::MetricsServer(TelemetryProvider provider, Limits limits)
    : state(std::make_unique<State>(std::move(provider), limits)) {}

MetricsServer::~MetricsServer() { stop(); }

Status MetricsServer::start(std::string_view address) {
  if (state->thread.joinable())
    return Status::error(LZ_STATUS_INVALID_ARGUMENT, "metrics are served at `" + state->listener.address + "` already");
  Listener listener;
  if (Status status = openListener(address, listener); !status.isOk())
    return status;
  auto failed = [&](const std::string &why) {
    return Status::error(LZ_STATUS_INTERNAL, "cannot serve metrics at `" + std::string(address) + "`: " + why);
  };
  state->wake = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (state->wake.get() < 0)
    return failed(std::generic_category().message(errno));
  state->connections.reserve(state->limits.maxConnections);
  state->stopping = false;
  state->listener = std::move(listener);
  try {
    state->thread = std::thread([state = state.get()] { state->serve(); });
  } catch (const std::system_error &error) {
    state->listener = Listener();
    return failed(error.what());
  }
  return Status();
}

std::string MetricsServer::address() const { return state->listener.address; }

uint16_t MetricsServer::port() const { return state->listener.port; }

void MetricsServer::stop() {
  if (!state->thread.joinable())
    return;
  state->stopping = true;
  const uint64_t one = 1;
  (void)!::write(state->wake.get(), &one, sizeof(one));
  state->thread.join();
  state->connections.clear();
  state->listener = Listener();
}

} // namespace lzrt
