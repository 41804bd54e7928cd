//===- ReloadStressTest.cpp - A file that is rewritten in every bad way -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A hundred writes a second, while others request reloads, roll back and fail kernels. LZ_RELOAD_STRESS_SECONDS makes
// it longer.
//
//===----------------------------------------------------------------------===//
#include "ReloadTesting.h"

#include <cstdlib>
#include <random>

using namespace lzrt;
using namespace lzrt::testing;

namespace {

class ReloadStress : public ReloadTest {
protected:
  /// Numbers count up, and a policy that may never be live has a negative one.
  static std::string text(int number) {
    return policyText(number, "watch_interval_seconds: 0.05, grace_period_seconds: 0.005, probation_seconds: 0.2");
  }

  void putInPlace(const std::string &text) {
    if (fs::is_symlink(file))
      fs::remove(file);
    write(file, text);
  }
  void putByRename(const std::string &text) { replace(text); }
  /// Another folder, and a link that leads to it from now on.
  void putBySwap(const std::string &text) {
    const fs::path versioned = folder / ("..v" + std::to_string(++numFolders));
    fs::create_directory(versioned);
    write(versioned / "policy.yaml", text);
    fs::create_directory_symlink(versioned.filename(), folder / "..data_tmp");
    fs::rename(folder / "..data_tmp", folder / "..data");
    if (!fs::is_symlink(file)) {
      fs::create_symlink("..data/policy.yaml", folder / "link");
      fs::rename(folder / "link", file);
    }
    if (numFolders > 1)
      fs::remove_all(folder / ("..v" + std::to_string(numFolders - 1)));
  }
  void putAgain(const std::string &text) {
    fs::remove(file);
    write(file, text);
  }
  void putValid() {
    const std::string content = text(++latest);
    switch (engine() % 4) {
    case 0:
      return putInPlace(content);
    case 1:
      return putByRename(content);
    case 2:
      return putBySwap(content);
    case 3:
      return putAgain(content);
    }
  }
  void putFaulty() {
    switch (engine() % 5) {
    case 0:
      return putByRename(faultyText);
    case 1: { // half of it, and the rest later or never
      const std::string content = text(-1);
      return putInPlace(content.substr(0, content.size() / 2));
    }
    case 2:
      fs::remove(file);
      return;
    case 3:
      write(folder / "next", text(-1));
      fs::permissions(folder / "next", fs::perms::others_write, fs::perm_options::add);
      return fs::rename(folder / "next", file);
    case 4:
      fs::remove(file);
      fs::create_directory(file);
      std::this_thread::sleep_for(1ms);
      fs::remove(file);
      return;
    }
  }

  /// What else goes on meanwhile.
  void disturb(const std::atomic<bool> &isOver) {
    std::mt19937 draws(2);
    while (!isOver) {
      std::this_thread::sleep_for(7ms);
      host.isPinned = draws() % 4 == 0;
      switch (draws() % 8) {
      case 0:
        (void)reloader->reload();
        break;
      case 1:
        (void)reloader->rollback();
        break;
      case 2:
        host.failures += 20;
        break;
      default:
        EXPECT_GE(reloader->stats().configVersion, 1u);
        break;
      }
    }
    host.isPinned = false;
  }

  void round(std::chrono::steady_clock::time_point end) {
    std::atomic<bool> isOver{false};
    std::thread others([&] { disturb(isOver); });
    do {
      engine() % 100 < 40 ? putValid() : putFaulty();
      std::this_thread::sleep_for(10ms);
    } while (std::chrono::steady_clock::now() < end);
    isOver = true;
    others.join();
    putValid();
    EXPECT_TRUE(eventually([&] { return host.number() == latest; })) << "live is " << host.number();
  }

  std::mt19937 engine{1};
  int latest = 0, numFolders = 0;
};

TEST_F(ReloadStress, TheLastValidContentIsLive) {
  const char *given = std::getenv("LZ_RELOAD_STRESS_SECONDS");
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(given ? std::atoi(given) : 3);
  replace(text(0));
  std::atomic<bool> isTelling{false};
  std::atomic<uint64_t> version{1};
  auto tells = [&](auto check) {
    EXPECT_FALSE(isTelling.exchange(true)) << "two callbacks at a time";
    check();
    isTelling = false;
  };
  ReloadOptions options;
  options.callbacks.onReload = [&](uint64_t present, const std::string &) {
    tells([&] { EXPECT_EQ(present, ++version) << "each publish is told, in order"; });
  };
  std::atomic<int> numTold{0};
  options.callbacks.onError = [&](const Status &) { tells([&] { ++numTold; }); };
  host.sleepsForReaders = true;
  ASSERT_TRUE(PolicyReloader::create(host, file.string(), options, &reloader).isOk());
  ASSERT_TRUE(reloader->startWatching().isOk());
  while (std::chrono::steady_clock::now() < end && !HasFailure())
    round(std::min(end, std::chrono::steady_clock::now() + 500ms));
  reloader->stop();
  const ReloadStats stats = reloader->stats();
  EXPECT_EQ(stats.configVersion, host.version());
  EXPECT_EQ(stats.configVersion, version);
  EXPECT_EQ(stats.configVersion, 1 + stats.totalReloads + stats.rollbacks);
  EXPECT_GT(stats.totalReloads, 0u);
  EXPECT_GT(stats.failedReloads, 0u);
  EXPECT_GT(numTold, 0);
}

} // namespace
