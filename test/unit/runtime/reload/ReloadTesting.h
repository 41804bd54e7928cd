//===- ReloadTesting.h - A host, a clock and a file for tests of reloads -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_RELOADTESTING_H
#define LZ_TEST_RELOADTESTING_H

#include "../../../../runtime/reload/PolicyReloader.h"
#include "lzrt/policy/Reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <vector>

namespace lzrt::testing {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// How long a test waits for another thread before it fails.
constexpr auto patience = 20s;

/// A valid policy; each number has another digest.
inline std::string policyText(int number, const std::string &hotReload = "") {
  return "version: \"1.0\"\nkernel_denies: [k" + std::to_string(number) + "]\nhot_reload: {" + hotReload + "}\n";
}
/// The number of a policy that policyText has written; 0 for others.
inline int numberOf(const Policy &policy) {
  return policy.denies.empty() ? 0 : std::atoi(policy.denies[0].glob.text().c_str() + 1);
}
inline std::string digestOf(const std::string &text) {
  Diagnostics diagnostics;
  auto policy = parsePolicy(text, "", "", diagnostics);
  return policy ? policyDigest(*policy) : "";
}
/// Line 2, column 1 is at fault.
inline const std::string faultyText = "version: \"1.0\"\nkernel_denys: [x]\nhot_reload: {grace: 1}\n";

/// Time that passes when a test says so. Waiting threads look again then.
class ManualClock : public ReloadClock {
public:
  ReloadTime now() const override { return ReloadTime(std::chrono::nanoseconds(nanoseconds)); }
  void waitUntil(std::unique_lock<std::mutex> &lock, std::condition_variable &changed, ReloadTime time) override {
    {
      std::lock_guard<std::mutex> guard(mutex);
      waiting = {lock.mutex(), &changed};
    }
    if (now() < time)
      changed.wait(lock);
  }
  void advance(std::chrono::nanoseconds duration) {
    nanoseconds += duration.count();
    std::unique_lock<std::mutex> guard(mutex);
    auto [waiter, changed] = waiting;
    guard.unlock(); // who waits takes both, in the other order
    if (!waiter)
      return;
    std::lock_guard<std::mutex> lock(*waiter);
    changed->notify_all();
  }

private:
  std::atomic<int64_t> nanoseconds{1'000'000'000'000};
  std::mutex mutex;
  std::pair<std::mutex *, std::condition_variable *> waiting{};
};

/// Serves no calls, and checks that it is used as PolicyHost says.
class FakeHost : public PolicyHost {
public:
  struct Ready : Prepared {
    explicit Ready(std::shared_ptr<const Policy> policy) : policy(std::move(policy)) {}
    std::shared_ptr<const Policy> policy;
  };

  Status prepare(std::shared_ptr<const Policy> policy, bool validate, std::unique_ptr<Prepared> *out) override {
    Use use(*this);
    if (onPrepare)
      onPrepare();
    ++numPrepared;
    if (refusesAll || (validate && refused.count(numberOf(*policy))))
      return Status::error(LZ_STATUS_NO_KERNEL_AVAILABLE,
                           "sites `a`, `b` would have no kernel under policy " + std::to_string(numberOf(*policy)));
    *out = std::make_unique<Ready>(std::move(policy));
    return Status();
  }
  uint64_t publish(std::unique_ptr<Prepared> prepared) override {
    Use use(*this);
    std::lock_guard<std::mutex> lock(mutex);
    live = static_cast<Ready &>(*prepared).policy;
    return ++liveVersion;
  }
  bool waitForReaders(std::chrono::nanoseconds timeout) override {
    Use use(*this);
    waited += timeout.count();
    if (onWait)
      onWait();
    if (isPinned && sleepsForReaders)
      std::this_thread::sleep_for(timeout);
    return !isPinned;
  }
  std::shared_ptr<const Policy> policy() const override {
    std::lock_guard<std::mutex> lock(mutex);
    return live;
  }
  uint64_t version() const override {
    std::lock_guard<std::mutex> lock(mutex);
    return liveVersion;
  }
  uint64_t chargedFailures() const override { return failures; }

  /// Of the live policy.
  int number() const { return numberOf(*policy()); }

  std::atomic<uint64_t> failures{0};
  std::atomic<bool> refusesAll{false}, isPinned{false}, sleepsForReaders{false};
  std::atomic<int> numPrepared{0};
  std::atomic<int64_t> waited{0};
  std::set<int> refused; // policies that a validation refuses
  std::function<void()> onPrepare, onWait;

private:
  struct Use {
    explicit Use(FakeHost &host) : host(host) { EXPECT_FALSE(host.isUsed.exchange(true)) << "two threads at a time"; }
    ~Use() { host.isUsed = false; }
    FakeHost &host;
  };
  std::atomic<bool> isUsed{false};
  mutable std::mutex mutex;
  std::shared_ptr<const Policy> live;
  uint64_t liveVersion = 0;
};

/// A folder with a policy's file, a host, and a reloader that notes what it tells.
class ReloadTest : public ::testing::Test {
protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "lz-reload-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
    file = folder / "policy.yaml";
  }
  void TearDown() override {
    reloader.reset();
    fs::remove_all(folder);
  }

  static void write(const fs::path &path, const std::string &text) {
    std::ofstream(path) << text;
    fs::permissions(path, fs::perms::group_write | fs::perms::others_write, fs::perm_options::remove);
  }
  /// As careful writers do it.
  void replace(const std::string &text) {
    write(folder / "next", text);
    fs::rename(folder / "next", file);
  }
  /// The file's change, as the watching thread would take it.
  void change(const std::string &text) {
    replace(text);
    reloader->lookAtFile();
  }

  void create(ReloadOptions options = {}) {
    options.clock = clock;
    options.callbacks.onReload = [this](uint64_t version, const std::string &digest) {
      std::function<void()> then;
      {
        std::lock_guard<std::mutex> lock(mutex);
        reloads.emplace_back(version, digest);
        changed.notify_all();
        then = onReload;
      }
      if (then)
        then();
    };
    options.callbacks.onError = [this](const Status &status) {
      std::function<void()> then;
      {
        std::lock_guard<std::mutex> lock(mutex);
        errors.push_back(status.message());
        changed.notify_all();
        then = onError;
      }
      if (then)
        then();
    };
    Status status = PolicyReloader::create(host, file.string(), std::move(options), &reloader);
    ASSERT_TRUE(status.isOk()) << status.message();
  }
  void createWith(const std::string &text) {
    replace(text);
    create();
  }
  /// Whether the watching thread makes it so.
  template <typename Condition> bool eventually(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!condition() && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(1ms);
    return condition();
  }
  size_t numErrors() {
    std::lock_guard<std::mutex> lock(mutex);
    return errors.size();
  }
  size_t numReloads() {
    std::lock_guard<std::mutex> lock(mutex);
    return reloads.size();
  }

  fs::path folder, file;
  FakeHost host;
  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::pair<uint64_t, std::string>> reloads;
  std::vector<std::string> errors;
  std::function<void()> onReload, onError;
  std::unique_ptr<PolicyReloader> reloader;
};

} // namespace lzrt::testing
#endif // LZ_TEST_RELOADTESTING_H
