//===- MetricsServer.h - Hands out telemetry over HTTP ----------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_TELEMETRY_METRICSSERVER_H
#define LZRT_TELEMETRY_METRICSSERVER_H

#include "lzrt/Status.h"
#include "lzrt/telemetry/Prometheus.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace lzrt {

/// Answers GET /metrics with prometheusText(), and everything else with an error. One thread serves all connections,
/// each for one request; a slow client holds up nobody. Where all places are taken, the connection that has made no
/// progress for the longest time gives way to a new one: a request makes progress when it is whole, a response with
/// every part that the client takes.
class MetricsServer {
public:
  struct Limits {
    size_t maxConnections = 32;
    size_t maxRequestBytes = 8192;
    std::chrono::milliseconds requestTime{5000};   ///< From the connection to the last byte of the request.
    std::chrono::milliseconds responseTime{10000}; ///< From there to the last byte of the response.
    std::chrono::milliseconds lingerTime{1000};    ///< For what the client still sends after that; it is dropped.
    std::chrono::milliseconds idleTime{250};       ///< Without progress, before a place is taken away.
  };

  /// The provider is called on the server's thread, never twice at a time. What it throws becomes status 500.
  explicit MetricsServer(TelemetryProvider provider);
  MetricsServer(TelemetryProvider provider, Limits limits);
  /// Stops.
  ~MetricsServer();
  MetricsServer(const MetricsServer &) = delete;
  MetricsServer &operator=(const MetricsServer &) = delete;

  /// Listens at `HOST:PORT`, `:PORT` or `PORT`: HOST is an address in digits, IPv6 in brackets, or `localhost`; without
  /// one it is 127.0.0.1. Port 0 takes a free one. An error where the address is none or cannot be listened at;
  /// starting twice is one too.
  Status start(std::string_view address);
  /// Where it listens, as `HOST:PORT`; "" before start() and after stop().
  std::string address() const;
  /// The port of address(); 0 before start() and after stop().
  uint16_t port() const;
  /// Closes all connections and returns when the thread has ended; not to be called by the provider. Stopping twice
  /// does nothing. start() and stop() are for one thread at a time.
  void stop();

private:
  struct State;
  std::unique_ptr<State> state;
};

} // namespace lzrt
#endif // LZRT_TELEMETRY_METRICSSERVER_H
