//===- metrics-user.cpp - Serves telemetry, and scrapes itself --*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lzrt/telemetry/Coverage.h"
#include "lzrt/telemetry/MetricsServer.h"

#include <cstdio>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {
std::string scrape(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET, address.sin_port = htons(port), address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  const std::string request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
  std::string response;
  char buffer[4096];
  if (::connect(socket, reinterpret_cast<sockaddr *>(&address), sizeof(address)) == 0 &&
      ::send(socket, request.data(), request.size(), MSG_NOSIGNAL) == ssize_t(request.size()))
    for (ssize_t size; (size = ::recv(socket, buffer, sizeof(buffer), 0)) > 0;)
      response.append(buffer, size_t(size));
  ::close(socket);
  return response;
}
} // namespace

int main() {
  lzrt::TelemetrySnapshot snapshot;
  snapshot.sites.emplace_back().site = "layers.0";
  lzrt::MetricsServer server([&] { return snapshot; });
  if (lzrt::Status status = server.start("127.0.0.1:0"); !status.isOk())
    return std::fprintf(stderr, "%s\n", status.message().c_str()), 1;
  const std::string response = scrape(server.port());
  std::printf("%s%s", lzrt::coverageText(snapshot).c_str(), response.c_str());
  return response.find("lz_site_misses_total{site=\"layers.0\"") == std::string::npos;
}
