//===- SocketFile.cpp - A listening Unix socket and its name -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "SocketFile.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

namespace lzrt {
namespace {

using std::chrono::milliseconds;

Status refuse(std::string message) { return Status::error(LZ_STATUS_INVALID_ARGUMENT, std::move(message)); }
Status systemError(const std::string &what) {
  int code = errno;
  return Status::error(code == ENOENT ? LZ_STATUS_NOT_FOUND : LZ_STATUS_INTERNAL, what + ": " + std::strerror(code));
}
std::string quoted(const std::string &path) { return "`" + path + "`"; }

std::string nameOf(const std::string &path) { return path.substr(path.rfind('/') + 1); }
std::string directoryOf(const std::string &path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

Status addressOf(const std::string &path, sockaddr_un *out_address) {
  *out_address = {};
  out_address->sun_family = AF_UNIX;
  constexpr size_t longest = sizeof(out_address->sun_path) - 1;
  if (path.empty() || path.find('\0') != std::string::npos)
    return refuse("the path of a control socket must not be empty, nor contain a zero byte");
  if (path.size() > longest)
    return refuse("the control socket " + quoted(path) + " has a path of " + std::to_string(path.size()) +
                  " bytes, and a socket's has at most " + std::to_string(longest) + "; choose a shorter one");
  std::memcpy(out_address->sun_path, path.data(), path.size());
  return Status();
}

Descriptor newSocket() { return Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)); }

int connectTo(const Descriptor &socket, const sockaddr_un &address) {
  return ::connect(socket.get(), reinterpret_cast<const sockaddr *>(&address), sizeof(address));
}

/// The error of connecting, or 0.
int probe(const sockaddr_un &address) {
  Descriptor socket = newSocket();
  return socket.get() >= 0 && connectTo(socket, address) == 0 ? 0 : errno;
}
/// Somebody listens, be it that the queue is full.
bool isLive(int code) { return code == 0 || code == EAGAIN; }

/// Held while a name is looked at, taken over and listened on: of two processes that find a stale socket, one gets it.
/// Anyone who can read the directory could hold it, so nobody waits long.
Status lockDirectory(const std::string &directory, Descriptor *out_lock) {
  *out_lock = Descriptor(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (out_lock->get() < 0)
    return systemError("cannot open the directory " + quoted(directory));
  struct stat info;
  if (::fstat(out_lock->get(), &info) != 0)
    return systemError("cannot read " + quoted(directory));
  if ((info.st_mode & S_IWOTH) && !(info.st_mode & S_ISVTX))
    return refuse("anyone may replace a socket in " + quoted(directory) +
                  "; choose a directory of your own, or `chmod o-w`");
  for (int tries = 0; ::flock(out_lock->get(), LOCK_EX | LOCK_NB) != 0; ++tries) {
    if ((errno != EWOULDBLOCK && errno != EINTR) || tries == 200)
      return systemError("cannot lock the directory " + quoted(directory));
    std::this_thread::sleep_for(milliseconds(5));
  }
  return Status();
}

/// Makes room for a socket: nothing may stand there but a socket of this user on which nobody listens.
Status clearPath(const std::string &path, const sockaddr_un &address) {
  struct stat info;
  if (::lstat(path.c_str(), &info) != 0)
    return errno == ENOENT ? Status() : systemError("cannot look at " + quoted(path));
  if (!S_ISSOCK(info.st_mode))
    return refuse(quoted(path) + " exists and is no socket; move it away or choose another path");
  if (info.st_uid != ::geteuid())
    return refuse("the socket " + quoted(path) + " belongs to uid " + std::to_string(info.st_uid) +
                  "; choose another path");
  int code = probe(address);
  if (isLive(code))
    return refuse("a process listens on " + quoted(path) + "; stop it or choose another path");
  if (code != ECONNREFUSED)
    return refuse("cannot tell whether a process listens on " + quoted(path) + ": " + std::strerror(code));
  return ::unlink(path.c_str()) == 0 || errno == ENOENT ? Status() : systemError("cannot remove " + quoted(path));
}

/// Binds so that the file is never open to others. On Linux a socket's name gets the mode of the unnamed socket less
/// the umask, so the mode is set first; the umask itself is the whole process's and stays as it is. Nobody can connect
/// before listen().
Status bindPrivately(const Descriptor &socket, const std::string &path, const sockaddr_un &address,
                     struct stat *out_info) {
  if (::fchmod(socket.get(), S_IRUSR | S_IWUSR) != 0)
    return systemError("cannot set the mode of a socket");
  if (::bind(socket.get(), reinterpret_cast<const sockaddr *>(&address), sizeof(address)) != 0)
    return systemError("cannot make the control socket " + quoted(path));
  if (::lstat(path.c_str(), out_info) != 0)
    return systemError("cannot look at " + quoted(path));
  if (S_ISSOCK(out_info->st_mode) && (out_info->st_mode & 077) == 0)
    return Status();
  ::unlink(path.c_str());
  return refuse("the file system of " + quoted(path) + " does not keep a socket's mode; choose another one");
}

bool isOwnDirectory(const char *path) {
  struct stat info;
  return path && path[0] == '/' && ::stat(path, &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == ::geteuid();
}

} // namespace

std::string controlDirectory() {
  const char *runtime = std::getenv("XDG_RUNTIME_DIR");
  return isOwnDirectory(runtime) ? std::string(runtime) + "/lz" : "/tmp/lz-" + std::to_string(::geteuid());
}

std::string controlSocketPath(pid_t process) { return controlDirectory() + "/" + std::to_string(process) + ".sock"; }

Status checkControlDirectory(const std::string &directory) {
  struct stat info;
  if (::lstat(directory.c_str(), &info) != 0)
    return systemError("cannot look at " + quoted(directory));
  if (!S_ISDIR(info.st_mode))
    return refuse(quoted(directory) + " is no directory; move it away or choose a path for the socket");
  if (info.st_uid != ::geteuid())
    return refuse(quoted(directory) + " belongs to uid " + std::to_string(info.st_uid) +
                  "; choose a path for the socket");
  if (info.st_mode & 077)
    return refuse("others may enter " + quoted(directory) + "; `chmod 700` it or choose a path for the socket");
  return Status();
}

Status prepareControlDirectory(const std::string &directory) {
  if (::mkdir(directory.c_str(), S_IRWXU) != 0 && errno != EEXIST)
    return systemError("cannot make the directory " + quoted(directory));
  return checkControlDirectory(directory);
}

std::vector<std::string> liveControlSockets(const std::string &directory) {
  constexpr std::string_view suffix = ".sock";
  std::vector<std::string> live;
  std::unique_ptr<DIR, int (*)(DIR *)> entries(::opendir(directory.c_str()), ::closedir);
  while (const dirent *entry = entries ? ::readdir(entries.get()) : nullptr) {
    std::string_view name = entry->d_name;
    sockaddr_un address;
    if (name.size() > suffix.size() && name.ends_with(suffix) &&
        addressOf(directory + "/" + std::string(name), &address).isOk() && isLive(probe(address)))
      live.push_back(directory + "/" + std::string(name));
  }
  std::sort(live.begin(), live.end());
  return live;
}

Status connectControlSocket(const std::string &path, Descriptor *out_socket) {
  sockaddr_un address;
  if (Status flaw = addressOf(path, &address); !flaw.isOk())
    return flaw;
  *out_socket = newSocket();
  if (out_socket->get() < 0)
    return systemError("cannot make a socket");
  if (connectTo(*out_socket, address) == 0)
    return Status();
  if (errno == ECONNREFUSED)
    return Status::error(LZ_STATUS_NOT_FOUND, "nobody listens on " + quoted(path) + "; its process has ended");
  if (errno == EAGAIN)
    return Status::error(LZ_STATUS_INTERNAL, "too many clients wait on " + quoted(path) + "; try again");
  return systemError("cannot connect to " + quoted(path));
}

Status SocketFile::open(const std::string &path, int backlog) {
  sockaddr_un address;
  if (Status flaw = addressOf(path, &address); !flaw.isOk())
    return flaw;
  Descriptor lock;
  if (Status locked = lockDirectory(directoryOf(path), &lock); !locked.isOk())
    return locked;
  if (Status cleared = clearPath(path, address); !cleared.isOk())
    return cleared;
  Descriptor listening = newSocket();
  if (listening.get() < 0)
    return systemError("cannot make a socket");
  struct stat info;
  if (Status bound = bindPrivately(listening, path, address, &info); !bound.isOk())
    return bound;
  if (::listen(listening.get(), backlog) != 0) {
    Status failed = systemError("cannot listen on " + quoted(path));
    ::unlink(path.c_str());
    return failed;
  }
  ::flock(lock.get(), LOCK_UN);
  socket = std::move(listening);
  directory = std::move(lock);
  name = nameOf(path);
  device = info.st_dev;
  inode = info.st_ino;
  return Status();
}

void SocketFile::close() {
  struct stat info;
  // Still listening: nobody takes the name over between the look and its removal.
  if (socket.get() >= 0 && ::fstatat(directory.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
      info.st_dev == device && info.st_ino == inode)
    ::unlinkat(directory.get(), name.c_str(), 0);
  abandon();
}

void SocketFile::abandon() {
  socket = Descriptor();
  directory = Descriptor();
}

} // namespace lzrt
