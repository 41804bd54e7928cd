//===- FileWatcherTest.cpp - Every way in which a file changes is seen -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "../../../../runtime/reload/FileWatcher.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>
#include <sstream>
#include <thread>
#include <unistd.h>

using namespace lzrt;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

/// Longer than any poll in these tests: what is seen within it was seen by an event.
constexpr auto never = 1h;
/// How long a test waits before it fails.
constexpr auto patience = 20s;

class FileWatcherTest : public ::testing::Test {
protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "lz-watch-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
    file = folder / "policy.yaml";
  }
  void TearDown() override {
    watcher.reset();
    fs::remove_all(folder);
  }

  static void write(const fs::path &path, const std::string &text) { std::ofstream(path) << text; }
  static std::string read(const fs::path &path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  void watch(std::chrono::nanoseconds interval = never) {
    watcher = std::make_unique<FileWatcher>(file.string(), interval, [this] {
      std::string text = read(file);
      std::lock_guard<std::mutex> lock(mutex);
      latest = text, ++calls;
      changed.notify_all();
    });
    Status status = watcher->start();
    ASSERT_TRUE(status.isOk()) << status.message();
  }
  /// Whether the callback has read `text` at last.
  bool sees(const std::string &text) {
    std::unique_lock<std::mutex> lock(mutex);
    return changed.wait_for(lock, patience, [&] { return latest == text; });
  }
  int numCalls() {
    std::lock_guard<std::mutex> lock(mutex);
    return calls;
  }

  fs::path folder, file;
  std::unique_ptr<FileWatcher> watcher;
  std::mutex mutex;
  std::condition_variable changed;
  std::string latest;
  int calls = 0;
};

TEST_F(FileWatcherTest, SeesAWriteInPlace) {
  write(file, "one");
  watch();
  write(file, "two");
  EXPECT_TRUE(sees("two"));
}

TEST_F(FileWatcherTest, SeesARenameOverIt) {
  write(file, "one");
  watch();
  write(folder / "new", "two");
  fs::rename(folder / "new", file);
  EXPECT_TRUE(sees("two"));
}

TEST_F(FileWatcherTest, SeesItsRemovalAndReturn) {
  write(file, "one");
  watch();
  fs::remove(file);
  write(file, "one");
  EXPECT_TRUE(sees("one")) << "the same text, but another file";
}

TEST_F(FileWatcherTest, SeesAFileThatComesLater) {
  watch();
  write(file, "one");
  EXPECT_TRUE(sees("one"));
}

/// policy.yaml -> ..data/policy.yaml, ..data -> a folder with a date; the update renames a new link over ..data.
TEST_F(FileWatcherTest, SeesTheSwapOfAConfigMap) {
  for (const char *version : {"..1", "..2"}) {
    fs::create_directory(folder / version);
    write(folder / version / "policy.yaml", version);
  }
  fs::create_directory_symlink("..1", folder / "..data");
  fs::create_symlink("..data/policy.yaml", file);
  watch();
  fs::create_directory_symlink("..2", folder / "..data_tmp");
  fs::rename(folder / "..data_tmp", folder / "..data");
  EXPECT_TRUE(sees("..2"));
  write(folder / "..2/policy.yaml", "in place");
  EXPECT_TRUE(sees("in place")) << "the folder that the link leads to now is watched";
}

TEST_F(FileWatcherTest, SeesAChangeBehindALinkToAnotherFolder) {
  fs::create_directory(folder / "elsewhere");
  write(folder / "elsewhere/real", "one");
  fs::create_symlink(folder / "elsewhere/real", file);
  watch();
  write(folder / "elsewhere/real", "two");
  EXPECT_TRUE(sees("two"));
}

TEST_F(FileWatcherTest, SeesTheSwapOfAFolderAboveIt) {
  for (const char *version : {"a", "b"}) {
    fs::create_directories(folder / version);
    write(folder / version / "policy.yaml", version);
  }
  fs::create_directory_symlink("a", folder / "current");
  file = folder / "current/policy.yaml";
  watch();
  fs::create_directory_symlink("b", folder / "next");
  fs::rename(folder / "next", folder / "current");
  EXPECT_TRUE(sees("b"));
}

TEST_F(FileWatcherTest, FindsByPollingWhatBringsNoEvent) {
  write(file, "one");
  fs::create_directory(folder / "late");
  file = folder / "late/below/policy.yaml"; // its folder is not there when watching starts
  watch(5ms);
  fs::create_directory(folder / "late/below");
  write(file, "two");
  EXPECT_TRUE(sees("two"));
}

TEST_F(FileWatcherTest, DoesNotReadAFileThatIsBeingWritten) {
  // A writer that a busy machine stops for long looks like one that has finished: then the test begins anew.
  for (int attempt = 0; attempt < 50; ++attempt) {
    watcher.reset();
    calls = 0;
    std::string text = std::to_string(attempt);
    file = folder / text;
    watch();
    std::ofstream slow(file);
    slow << text;
    auto last = std::chrono::steady_clock::now();
    auto longest = 0ns;
    for (int i = 0; i < 20; ++i) {
      text += ".";
      slow << "." << std::flush;
      longest = std::max<std::chrono::nanoseconds>(longest, std::chrono::steady_clock::now() - last);
      last = std::chrono::steady_clock::now();
      std::this_thread::sleep_for(2ms);
    }
    slow.close();
    EXPECT_TRUE(sees(text));
    if (longest + (std::chrono::steady_clock::now() - last) < 18ms) {
      EXPECT_EQ(numCalls(), 1);
      return;
    }
  }
  GTEST_SKIP() << "the machine is too busy to write twice within 18 ms";
}

TEST_F(FileWatcherTest, SeesALinkThatIsMadeAnew) {
  write(folder / "real", "two");
  write(file, "one");
  watch();
  fs::remove(file);
  fs::create_symlink("real", file);
  EXPECT_TRUE(sees("two"));
}

TEST_F(FileWatcherTest, TouchesNothingWhenNothingChanges) {
  write(file, "one");
  watch(1ms);
  write(folder / "other", "x");
  std::this_thread::sleep_for(30ms);
  EXPECT_EQ(numCalls(), 0);
}

TEST_F(FileWatcherTest, TheLastWriteOfABurstIsSeen) {
  write(file, "");
  watch();
  std::mt19937 engine(1);
  for (int burst = 0; burst < 50; ++burst) {
    std::string text;
    for (unsigned i = 0, count = 1 + engine() % 10; i < count; ++i) {
      text = std::to_string(burst) + "." + std::to_string(i);
      if (engine() % 2) {
        write(file, text);
      } else {
        write(folder / "new", text);
        fs::rename(folder / "new", file);
      }
    }
    ASSERT_TRUE(sees(text)) << text;
  }
}

/// Within one tick of the file system's clock two writes of one size leave the same times, so a writer's end counts
/// even where stat tells no difference. Here there is none.
TEST_F(FileWatcherTest, TheEndOfAWriteThatStatCannotTellIsSeen) {
  write(file, "one");
  watch();
  ::close(::open(file.c_str(), O_WRONLY));
  EXPECT_TRUE(sees("one"));
}

TEST_F(FileWatcherTest, SeesAChangeWhoseEventWasLost) {
  int limit = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
  if (limit <= 0 || limit > 100000)
    GTEST_SKIP() << "the system's queue of events cannot be filled";
  write(file, "one");
  std::atomic<bool> isBlocked{true};
  std::atomic<int> numSeen{0};
  FileWatcher own(file.string(), never, [&] {
    for (++numSeen; isBlocked;)
      std::this_thread::sleep_for(1ms);
  });
  ASSERT_TRUE(own.start().isOk());
  write(file, "two");
  auto waitFor = [&](int count) {
    for (auto end = std::chrono::steady_clock::now() + patience;
         numSeen < count && std::chrono::steady_clock::now() < end;)
      std::this_thread::sleep_for(1ms);
    return numSeen >= count;
  };
  ASSERT_TRUE(waitFor(1));
  for (int i = 0; i <= limit / 2; ++i) { // two events each, at least
    write(folder / "a", "");
    write(folder / "b", "");
  }
  write(file, "three");
  isBlocked = false;
  EXPECT_TRUE(waitFor(2));
}

TEST_F(FileWatcherTest, FollowsAnotherInterval) {
  write(file, "one");
  file = folder / "late/below/policy.yaml";
  watch();
  watcher->setInterval(5ms);
  fs::create_directories(folder / "late/below");
  write(file, "two");
  EXPECT_TRUE(sees("two"));
}

TEST_F(FileWatcherTest, MayBeStoppedFromItsCallbackAndStartedAgain) {
  write(file, "one");
  std::atomic<int> seen{0};
  FileWatcher own(file.string(), never, [&] { ++seen, own.stop(); });
  ASSERT_TRUE(own.start().isOk());
  EXPECT_FALSE(own.start().isOk()) << "it runs";
  write(file, "two");
  for (int i = 0; i < 2000 && !seen; ++i)
    std::this_thread::sleep_for(10ms);
  EXPECT_EQ(seen, 1);
  own.stop();
  ASSERT_TRUE(own.start().isOk());
}

} // namespace
