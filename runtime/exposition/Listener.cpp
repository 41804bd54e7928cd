//===- Listener.cpp - A socket that accepts connections -------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Listener.h"

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <system_error>

namespace lzrt {
namespace {

union SocketAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

socklen_t sizeOf(const SocketAddress &address) {
  return address.any.sa_family == AF_INET6 ? sizeof(address.v6) : sizeof(address.v4);
}

std::optional<uint16_t> parsePort(std::string_view text) {
  uint16_t port = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(port) : std::nullopt;
}

std::optional<SocketAddress> parseAddress(std::string_view text) {
  const size_t colon = text.rfind(':');
  std::string host(colon == std::string_view::npos ? std::string_view() : text.substr(0, colon));
  std::optional<uint16_t> port = parsePort(text.substr(colon == std::string_view::npos ? 0 : colon + 1));
  if (!port)
    return std::nullopt;
  SocketAddress address{};
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    address.v6.sin6_family = AF_INET6;
    address.v6.sin6_port = htons(*port);
    host = host.substr(1, host.size() - 2);
    return ::inet_pton(AF_INET6, host.c_str(), &address.v6.sin6_addr) == 1 ? std::optional(address) : std::nullopt;
  }
  address.v4.sin_family = AF_INET;
  address.v4.sin_port = htons(*port);
  if (host.empty() || host == "localhost")
    host = "127.0.0.1";
  return ::inet_pton(AF_INET, host.c_str(), &address.v4.sin_addr) == 1 ? std::optional(address) : std::nullopt;
}

/// Fills in where the socket was bound; false on an error of the system.
bool readAddress(Listener &listener) {
  SocketAddress bound{};
  socklen_t size = sizeof(bound);
  if (::getsockname(listener.socket.get(), &bound.any, &size) != 0)
    return false;
  const bool isV6 = bound.any.sa_family == AF_INET6;
  char host[INET6_ADDRSTRLEN] = "";
  if (!::inet_ntop(bound.any.sa_family, isV6 ? static_cast<void *>(&bound.v6.sin6_addr) : &bound.v4.sin_addr, host,
                   sizeof(host)))
    return false;
  listener.port = ntohs(isV6 ? bound.v6.sin6_port : bound.v4.sin_port);
  listener.address = (isV6 ? "[" + std::string(host) + "]" : std::string(host)) + ":" + std::to_string(listener.port);
  return true;
}

} // namespace

Status openListener(std::string_view address, Listener &out) {
  std::optional<SocketAddress> wanted = parseAddress(address);
  const std::string quoted = "`" + std::string(address) + "`";
  if (!wanted)
    return Status::error(LZ_STATUS_INVALID_ARGUMENT,
                         quoted + " is no address to listen at; write it as `127.0.0.1:9464` or `[::1]:9464`");
  Listener listener;
  listener.socket = Descriptor(::socket(wanted->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int descriptor = listener.socket.get(), on = 1, backlog = 128;
  // A server that was stopped a moment ago leaves connections that would keep the address.
  if (descriptor < 0 || ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
      ::bind(descriptor, &wanted->any, sizeOf(*wanted)) != 0 || ::listen(descriptor, backlog) != 0 ||
      !readAddress(listener))
    return Status::error(LZ_STATUS_INTERNAL,
                         "cannot listen at " + quoted + ": " + std::generic_category().message(errno));
  out = std::move(listener);
  return Status();
}

} // namespace lzrt
