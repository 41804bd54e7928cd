//===- Socket.h - Folders and clients for tests of sockets -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_TEST_CONTROL_SOCKET_H
#define LZRT_TEST_CONTROL_SOCKET_H

#include "../../../../runtime/control/Protocol.h"
#include "../../../../runtime/control/SocketFile.h"

#include <chrono>
#include <filesystem>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lzrt {

/// How long a test waits before it fails.
inline constexpr auto testPatience = std::chrono::seconds(20);

/// Of mode 0700, removed at the end.
class TemporaryFolder {
public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "lz-ctl-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(folder); }
  std::string path(const std::string &name = "") const { return name.empty() ? folder : folder + "/" + name; }

private:
  std::string folder;
};

inline bool exists(const std::string &path) {
  struct stat info;
  return ::lstat(path.c_str(), &info) == 0;
}
inline unsigned modeOf(const std::string &path) {
  struct stat info;
  return ::lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

/// A client that does what it likes.
class TestClient {
public:
  explicit TestClient(const std::string &path) : connected(connectControlSocket(path, &socket)) {}
  bool isConnected() const { return connected.isOk(); }
  const Descriptor &descriptor() const { return socket; }

  /// What the server's side takes at once, of all of it.
  size_t write(std::string_view bytes) {
    ssize_t size = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return size > 0 ? size_t(size) : 0;
  }
  /// Writes all, as the server reads; false where it has closed.
  bool writeAll(std::string_view bytes) {
    while (!bytes.empty()) {
      if (!waitFor(POLLOUT))
        return false;
      ssize_t size = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size < 0)
        return false;
      bytes.remove_prefix(size_t(size));
    }
    return true;
  }
  /// The next line with its end; "" where the server has closed, or after testPatience.
  std::string readLine() {
    for (;;) {
      if (size_t end = received.find('\n'); end != std::string::npos) {
        std::string line = received.substr(0, end + 1);
        received.erase(0, end + 1);
        return line;
      }
      char buffer[65536];
      if (!waitFor(POLLIN))
        return "";
      ssize_t size = ::recv(socket.get(), buffer, sizeof(buffer), 0);
      if (size <= 0)
        return "";
      received.append(buffer, size_t(size));
    }
  }
  std::string ask(const std::string &command) {
    Request request;
    request.command = command;
    (void)writeAll(formatRequest(request) + "\n"); // a server that closes may have said why
    return readLine();
  }
  /// Whether the server closes, all that it still sends being dropped.
  bool isCutOff() {
    char buffer[65536];
    while (waitFor(POLLIN)) {
      ssize_t size = ::recv(socket.get(), buffer, sizeof(buffer), 0);
      if (size <= 0)
        return true;
    }
    return false;
  }

private:
  bool waitFor(short events) {
    pollfd waited{socket.get(), events, 0};
    return ::poll(&waited, 1, int(std::chrono::milliseconds(testPatience).count())) > 0;
  }

  Descriptor socket;
  Status connected;
  std::string received;
};

inline bool isOk(const std::string &reply) { return reply.find("\"ok\":true") != std::string::npos; }

} // namespace lzrt
#endif // LZRT_TEST_CONTROL_SOCKET_H
