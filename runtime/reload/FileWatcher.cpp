//===- FileWatcher.cpp - Tells when a file has another content -------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A file's fingerprint is what stat tells of it. An event that ends a write of an entry on the way (closed, moved here)
// is believed at once, also where the fingerprint is the same: times are coarse, and two writes of one size within a
// tick differ in nothing that stat tells. Any other difference, which may be a write in progress, is believed when a
// second look finds it unchanged. Events of other entries of the same directories say nothing.
//
//===----------------------------------------------------------------------===//
#include "FileWatcher.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <map>
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

/// Names of entries, by the directory that holds them.
using Entries = std::map<std::string, std::set<std::string>>;

void addEntry(Entries &entries, const std::string &path) {
  entries[parentOf(path)].insert(path.substr(path.rfind('/') + 1));
}

/// The entries that could change what `path` leads to: the file, each link on the way, and the same for the target of
/// each link.
Entries entriesOnTheWay(const std::string &path) {
  constexpr int mostLinks = 40; // as the kernel follows
  Entries entries;
  std::vector<std::string> open{path};
  for (int links = 0; !open.empty() && links <= mostLinks;) {
    std::string current = open.back();
    open.pop_back();
    for (size_t slash = current.find('/', 1);; slash = current.find('/', slash + 1)) {
      std::string prefix = slash == std::string::npos ? current : current.substr(0, slash);
      char target[PATH_MAX];
      ssize_t length = ::readlink(prefix.c_str(), target, sizeof(target));
      if (length > 0 && ++links <= mostLinks) {
        addEntry(entries, prefix);
        std::string text(target, size_t(length));
        open.push_back(text.front() == '/' ? text : parentOf(prefix) + "/" + text);
      }
      if (slash == std::string::npos)
        break;
    }
    addEntry(entries, current);
  }
  return entries;
}

/// A descriptor that is closed with it.
class Descriptor {
public:
  explicit Descriptor(int number = -1) : number(number) {}
  ~Descriptor() {
    if (number >= 0)
      ::close(number);
  }
  Descriptor(Descriptor &&other) noexcept : number(std::exchange(other.number, -1)) {}
  Descriptor &operator=(Descriptor &&other) noexcept {
    std::swap(number, other.number);
    return *this;
  }
  int get() const { return number; }

private:
  int number;
};

/// What the directories have told.
enum class News { Nothing, Something, EndOfWrite };

constexpr Nanos settling = std::chrono::milliseconds(20), shortest = std::chrono::milliseconds(1);

} // namespace

struct FileWatcher::State {
  const std::string path;
  std::atomic<Nanos> interval;
  const Callback callback;
  Descriptor events, wake;
  /// The names that matter, by watch.
  std::map<int, std::set<std::string>> watches;
  std::thread thread;
  /// Of the thread, from within it: `thread` may not be assigned yet.
  std::atomic<std::thread::id> serving{};
  std::atomic<bool> stopping{false};

  /// What the last callback, or start(), has seen.
  std::optional<Fingerprint> reported;
  /// A difference that waits for a second look, and how long.
  std::optional<Fingerprint> suspected;
  Nanos patience{};

  State(std::string path, Nanos interval, Callback callback)
      : path(std::move(path)), interval(std::max(interval, shortest)), callback(std::move(callback)) {}

  void watchDirectories();
  void serve();
  void wakeUp() {
    uint64_t one = 1;
    (void)!::write(wake.get(), &one, sizeof(one));
  }
  /// Waits for events that matter, or until it is time to look again.
  News wait();
  News drain();
  News newsOf(const inotify_event &event) const;
  void look(News news);
};

/// Done again after each event, as links may lead elsewhere now; adding a watch that exists changes nothing, and those
/// that nothing needs any more go. A directory that is not there has no watch until it is: the poll finds that out.
void FileWatcher::State::watchDirectories() {
  constexpr uint32_t mask = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_DELETE_SELF |
                            IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR;
  std::map<int, std::set<std::string>> before = std::exchange(watches, {});
  for (auto &[directory, names] : entriesOnTheWay(path))
    if (int watch = ::inotify_add_watch(events.get(), directory.c_str(), mask); watch >= 0)
      watches[watch].insert(names.begin(), names.end());
  for (const auto &[watch, names] : before)
    if (!watches.count(watch))
      (void)::inotify_rm_watch(events.get(), watch);
}

/// After an overflow of the queue anything may have happened.
News FileWatcher::State::newsOf(const inotify_event &event) const {
  if (event.mask & IN_Q_OVERFLOW)
    return News::EndOfWrite;
  auto watch = watches.find(event.wd);
  if (watch == watches.end())
    return News::Nothing;
  if (event.len != 0 && !watch->second.count(event.name))
    return News::Nothing;
  return (event.mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0 ? News::EndOfWrite : News::Something;
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
      news = std::max(news, newsOf(*event));
      at += ssize_t(sizeof(inotify_event) + event->len);
    }
  }
}

News FileWatcher::State::wait() {
  const auto begin = std::chrono::steady_clock::now();
  while (!stopping) {
    const Nanos left = (suspected ? patience : interval.load()) - (std::chrono::steady_clock::now() - begin);
    if (left <= Nanos::zero())
      break;
    pollfd waited[] = {{events.get(), POLLIN, 0}, {wake.get(), POLLIN, 0}};
    timespec timeout{time_t(left.count() / 1'000'000'000), long(left.count() % 1'000'000'000)};
    const int ready = ::ppoll(waited, 2, &timeout, nullptr);
    uint64_t woken;
    if (ready > 0 && (waited[1].revents & POLLIN))
      (void)!::read(wake.get(), &woken, sizeof(woken));
    if (ready > 0 && (waited[0].revents & POLLIN))
      if (News news = drain(); news != News::Nothing)
        return news;
  }
  return News::Nothing;
}

void FileWatcher::State::look(News news) {
  // A change while the callback runs is found by the next round: what is reported was looked at before it began.
  for (; !stopping; news = drain()) {
    watchDirectories();
    std::optional<Fingerprint> present = fingerprintOf(path);
    const bool isSecondLook = news == News::Nothing && suspected && present == suspected;
    suspected.reset();
    if (!present || (present == reported && news != News::EndOfWrite)) {
      reported = present; // whatever returns is a change
      return;
    }
    if (news != News::EndOfWrite && !isSecondLook) {
      suspected = present;
      patience = news == News::Something ? std::min(interval.load(), settling) : interval.load();
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

void FileWatcher::setInterval(Nanos interval) {
  interval = std::max(interval, shortest);
  if (state->interval.exchange(interval) != interval)
    state->wakeUp();
}

void FileWatcher::stop() {
  state->stopping = true;
  if (state->serving.load() == std::this_thread::get_id() || !state->thread.joinable())
    return;
  state->wakeUp();
  state->thread.join();
  state->serving = std::thread::id();
}

} // namespace lzrt
