//===- FileWatcher.cpp - Tells when a file has another content -------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A file's fingerprint is what stat tells of it. Events say when to look; only another fingerprint is a change. An
// event that ends a write (closed, moved here) is believed at once. Any other difference, which may be a write in
// progress, is believed when a second look finds it unchanged.
//
//===----------------------------------------------------------------------===//
#include "FileWatcher.h"

#include "../Descriptor.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <optional>
#include <poll.h>
#include <set>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace lzrt {
namespace {

using Nanos = std::chrono::nanoseconds;

struct Fingerprint {
  dev_t device{};
  ino_t inode{};
  off_t size{};
  timespec modified{}, changed{};

  bool operator==(const Fingerprint &other) const {
    auto same = [](const timespec &left, const timespec &right) {
      return left.tv_sec == right.tv_sec && left.tv_nsec == right.tv_nsec;
    };
    return device == other.device && inode == other.inode && size == other.size && same(modified, other.modified) &&
           same(changed, other.changed);
  }
};

std::optional<Fingerprint> fingerprintOf(const std::string &path) {
  struct stat info;
  if (::stat(path.c_str(), &info) != 0)
    return std::nullopt;
  return Fingerprint{info.st_dev, info.st_ino, info.st_size, info.st_mtim, info.st_ctim};
}

std::string parentOf(const std::string &path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

/// The directories in which an entry could change what `path` leads to: for each component, the one that holds it, and
/// the same for the target of each link on the way.
std::set<std::string> directoriesOnTheWay(const std::string &path) {
  constexpr int mostLinks = 40; // as the kernel follows
  std::set<std::string> directories;
  std::vector<std::string> open{path};
  for (int links = 0; !open.empty() && links <= mostLinks;) {
    std::string current = open.back();
    open.pop_back();
    for (size_t slash = current.find('/', 1);; slash = current.find('/', slash + 1)) {
      std::string prefix = slash == std::string::npos ? current : current.substr(0, slash);
      char target[PATH_MAX];
      ssize_t length = ::readlink(prefix.c_str(), target, sizeof(target));
      if (length > 0 && ++links <= mostLinks) {
        directories.insert(parentOf(prefix));
        std::string text(target, size_t(length));
        open.push_back(text.front() == '/' ? text : parentOf(prefix) + "/" + text);
      }
      if (slash == std::string::npos)
        break;
    }
    directories.insert(parentOf(current));
  }
  return directories;
}

/// What the directories have told.
enum class News { Nothing, Something, EndOfWrite };

constexpr Nanos settling = std::chrono::milliseconds(20);

} // namespace

struct FileWatcher::State {
  const std::string path;
  const Nanos interval;
  const Callback callback;
  Descriptor events, wake;
  std::thread thread;
  /// Of the thread, from within it: `thread` may not be assigned yet.
  std::atomic<std::thread::id> serving{};
  std::atomic<bool> stopping{false};

  /// What the last callback, or start(), has seen.
  std::optional<Fingerprint> reported;
  /// A difference that waits for a second look, and how long.
  std::optional<Fingerprint> suspected;
  Nanos patience;

  State(std::string path, Nanos interval, Callback callback)
      : path(std::move(path)), interval(std::max<Nanos>(interval, std::chrono::milliseconds(1))),
        callback(std::move(callback)), patience(this->interval) {}

  void watchDirectories();
  void serve();
  /// Waits for events, or until it is time to look again.
  News wait();
  News drain();
  void look(News news);
};

/// Watches are added again after each event, as links may lead elsewhere now; adding one that exists changes nothing.
/// A directory that is not there has no watch until it is: the poll finds that out.
void FileWatcher::State::watchDirectories() {
  constexpr uint32_t mask = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_DELETE_SELF |
                            IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR;
  for (const std::string &directory : directoriesOnTheWay(path))
    (void)::inotify_add_watch(events.get(), directory.c_str(), mask);
}

News FileWatcher::State::drain() {
  alignas(inotify_event) std::array<char, 4096> buffer;
  News news = News::Nothing;
  for (;;) {
    ssize_t size = ::read(events.get(), buffer.data(), buffer.size());
    if (size <= 0)
      return news;
    for (ssize_t at = 0; at < size;) {
      auto *event = reinterpret_cast<const inotify_event *>(buffer.data() + at);
      bool isEnd = (event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0;
      news = std::max(news, isEnd ? News::EndOfWrite : News::Something);
      at += ssize_t(sizeof(inotify_event) + event->len);
    }
  }
}

News FileWatcher::State::wait() {
  pollfd waited[] = {{events.get(), POLLIN, 0}, {wake.get(), POLLIN, 0}};
  timespec timeout{time_t(patience.count() / 1'000'000'000), long(patience.count() % 1'000'000'000)};
  int ready = ::ppoll(waited, 2, &timeout, nullptr);
  return ready > 0 && (waited[0].revents & POLLIN) ? drain() : News::Nothing;
}

void FileWatcher::State::look(News news) {
  patience = interval;
  // A change while the callback runs is found by the next round: what is reported was looked at before it began.
  for (; !stopping; news = drain()) {
    watchDirectories();
    std::optional<Fingerprint> present = fingerprintOf(path);
    const bool isSecondLook = suspected && present == suspected;
    suspected.reset();
    if (!present || present == reported) {
      reported = present; // whatever returns is a change
      return;
    }
    if (news != News::EndOfWrite && !isSecondLook) {
      suspected = present;
      patience = news == News::Something ? std::min(interval, settling) : interval;
      return;
    }
    reported = present;
    callback();
  }
}

void FileWatcher::State::serve() {
  serving = std::this_thread::get_id();
  while (!stopping) {
    News news = wait();
    if (!stopping)
      look(news);
  }
}

FileWatcher::FileWatcher(std::string path, Nanos interval, Callback callback)
    : state(std::make_unique<State>(std::move(path), interval, std::move(callback))) {}

FileWatcher::~FileWatcher() { stop(); }

Status FileWatcher::start() {
  if (state->thread.joinable())
    return Status::error(LZ_STATUS_INVALID_ARGUMENT, "`" + state->path + "` is watched already");
  state->events = Descriptor(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  state->wake = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (state->events.get() < 0 || state->wake.get() < 0)
    return Status::error(LZ_STATUS_INTERNAL, "cannot watch `" + state->path + "`: " + std::strerror(errno));
  state->stopping = false;
  // Watches first: a change behind the first look brings an event.
  state->watchDirectories();
  state->reported = fingerprintOf(state->path);
  try {
    state->thread = std::thread([this] { state->serve(); });
  } catch (const std::system_error &error) {
    return Status::error(LZ_STATUS_INTERNAL, "cannot watch `" + state->path + "`: " + error.what());
  }
  return Status();
}

void FileWatcher::stop() {
  state->stopping = true;
  if (state->serving.load() == std::this_thread::get_id() || !state->thread.joinable())
    return;
  uint64_t one = 1;
  (void)!::write(state->wake.get(), &one, sizeof(one));
  state->thread.join();
  state->serving = std::thread::id();
}

} // namespace lzrt
