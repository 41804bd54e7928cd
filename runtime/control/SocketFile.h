//===- SocketFile.h - A listening Unix socket and its name -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_CONTROL_SOCKETFILE_H
#define LZRT_CONTROL_SOCKETFILE_H

#include "../Descriptor.h"
#include "lzrt/Status.h"

#include <string>
#include <sys/types.h>
#include <vector>

namespace lzrt {

/// Where sockets stand whose path nobody chose: `lz` in $XDG_RUNTIME_DIR where that is an absolute path to a directory
/// of this user, else /tmp/lz-UID. Only a name: nothing is made or checked.
std::string controlDirectory();
/// That directory's file for a process: PID.sock.
std::string controlSocketPath(pid_t process);
/// Whether nobody else can read or write in the directory: an error says what is wrong with it, LZ_STATUS_NOT_FOUND
/// that it is not there.
Status checkControlDirectory(const std::string &directory);
/// Makes the directory where it is missing, and checks it.
Status prepareControlDirectory(const std::string &directory);
/// The sockets of the directory on which a process listens, by name.
std::vector<std::string> liveControlSockets(const std::string &directory);
/// Connects, at once or not at all. An error says whether nothing stands there (LZ_STATUS_NOT_FOUND) or nobody listens.
Status connectControlSocket(const std::string &path, Descriptor *out_socket);

/// A socket that listens under a name. The file has mode 0600 from its first moment on, takes the place only of a
/// socket of this user on which nobody listens, and goes with the object. One thread uses it.
class SocketFile {
public:
  SocketFile() = default;
  ~SocketFile() { close(); }
  SocketFile(const SocketFile &) = delete;
  SocketFile &operator=(const SocketFile &) = delete;

  Status open(const std::string &path, int backlog);
  /// Removes the file, if it still is this socket's, and stops to listen.
  void close();
  /// Closes the descriptor alone: in a child process, whose parent goes on listening.
  void abandon();
  int descriptor() const { return socket.get(); }

private:
  Descriptor socket;
  /// The file, for as long as there is one: a relative path may lead elsewhere by the time of close().
  Descriptor directory;
  std::string name;
  dev_t device{};
  ino_t inode{};
};

} // namespace lzrt
#endif // LZRT_CONTROL_SOCKETFILE_H
