//===- PolicyReloader.h - Follows a policy's file, and goes back -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An attempt: read the file, parse and validate it, let the host do a dry run, publish, wait for the grace period,
// tell. What fails before the publish leaves the old policy serving. A file whose policy_digest is that of the live
// policy does nothing: no version, no callback, and what rollback() returns to stays.
//
// Changes of the file are attempted once. What was refused, or was live and was taken back, is not tried again until
// the file holds another policy; text with errors in between is none. reload() tries whatever the file holds.
//
// The watch interval, whether to validate, the grace period and the probation follow the live policy's `hot_reload`;
// `enabled` there says whether the mode auto asks for a reloader, and is nothing to one that exists.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_RELOAD_POLICYRELOADER_H
#define LZRT_RELOAD_POLICYRELOADER_H

#include "PolicyFile.h"
#include "PolicyHost.h"
#include "Probation.h"
#include "ReloadClock.h"
#include "ReloadNotices.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace lzrt {

class FileWatcher;

enum class ReloadState : uint8_t { Idle, Reloading, Validating, Applying, RollingBack };
std::string_view reloadStateName(ReloadState state); // "idle", "reloading", "validating", "applying", "rolling_back"

struct ReloadStats {
  /// Publishes by reloads; attempts that ended before one; publishes by rollbacks, and those among them that were the
  /// reloader's own doing.
  uint64_t totalReloads = 0, failedReloads = 0, rollbacks = 0, automaticRollbacks = 0;
  /// Publishes whose grace period timed out, which leaves earlier snapshots pinned for as long as they are used.
  uint64_t graceTimeouts = 0;
  /// Of the last reload, from the first look at the file to its publish.
  double lastReloadTimeMs = 0;
  uint64_t configVersion = 0;
  std::string policyDigest;
  /// How many times rollback() can go back.
  uint32_t rollbackDepth = 0;
  bool isOnProbation = false;
  /// What onError was told last, or "".
  std::string lastError;
};

struct ReloadOptions {
  /// Merged into each policy that is read; "": none.
  std::string environment;
  ReloadCallbacks callbacks;
  /// Null: the system's.
  std::shared_ptr<ReloadClock> clock;
};

/// Thread-safe. Attempts and rollbacks wait for each other; a grace period ends early when another one waits.
class PolicyReloader {
public:
  static constexpr size_t historyLimit = 8;

  /// `host` must outlive the reloader. Where it has no live policy the file's becomes the first one, and a file that
  /// cannot be is an error; where it has one, the file is looked at when watching starts.
  static Status create(PolicyHost &host, std::string path, ReloadOptions options, std::unique_ptr<PolicyReloader> *out);
  /// Stops. Not from within a callback.
  ~PolicyReloader();
  PolicyReloader(const PolicyReloader &) = delete;
  PolicyReloader &operator=(const PolicyReloader &) = delete;

  /// Starts to follow the file and to supervise probations, by two threads. What the file holds now counts as a change
  /// where it is not the live policy. An error where watching is on, or the system has no more threads or descriptors.
  Status startWatching();
  /// Ends both; what is in progress on them is finished first, or, from within a callback on them, right after it.
  void stop();

  /// Attempts what the file holds, also what was refused before or taken back. Without a value, `validate` and
  /// `gracePeriod` are as the live policy says. OK: the file's policy is live, although the grace period may have
  /// timed out, which onError and stats() tell. An error, told by onError too: nothing has changed.
  Status reload(std::optional<bool> validate = std::nullopt,
                std::optional<std::chrono::nanoseconds> gracePeriod = std::nullopt);
  /// Returns to the policy before the live one; called again, to the one before that, 8 times at most. The dry run
  /// does not validate: a policy that has served before is better than one that must go. LZ_STATUS_NOT_FOUND
  /// where there is none.
  Status rollback();

  ReloadState state() const { return current; }
  ReloadStats stats() const;

  /// What the watching threads do, for programs with a loop of their own: attempts a change of the file, if any;
  /// rolls back where the live policy has failed its probation.
  void lookAtFile();
  void supervise();

private:
  enum class Trigger { Change, Request };
  class Turn;

  PolicyReloader(PolicyHost &host, std::string path, ReloadOptions options);
  Status begin();

  Status attempt(Trigger trigger, std::optional<bool> validate, std::optional<std::chrono::nanoseconds> gracePeriod);
  bool isSettled(const PolicyContent &content) const;
  void settle(const PolicyContent &content);
  Status apply(DigestedPolicy next, bool validate, std::chrono::nanoseconds gracePeriod, ReloadTime begin);
  void beginProbation();
  Status refuse(Status status);
  void tell(Status status);
  void waitForReaders(std::chrono::nanoseconds gracePeriod);
  bool isUrgent();
  Status rollBack();
  /// How the live policy has failed its probation.
  struct Failure {
    uint64_t version, failures;
    double seconds, rateBefore;
  };
  std::optional<Failure> findFailure();
  void rollBackFailed(uint64_t version);

  void serve();
  void joinThreads();
  ReloadTime nextLook() const;
  std::chrono::nanoseconds probationLength() const;

  PolicyHost &host;
  const std::string path, environment;
  const std::shared_ptr<ReloadClock> clock;
  ReloadNotices notices;
  std::atomic<ReloadState> current{ReloadState::Idle};

  /// Whose turn it is to read, publish or roll back; guarded by `mutex`.
  bool isTaken = false;
  std::condition_variable turnIsOver;
  std::atomic<int> waitingForTurn{0};

  /// Changed in a turn only, and by its owner read without a lock.
  DigestedPolicy live;
  std::deque<DigestedPolicy> history; // the latest last
  /// The policy that the file held when it was last attempted or looked at, and the errors it had since.
  std::string settledDigest;
  std::optional<std::pair<std::string, std::string>> settledFlaw; // message, text

  /// Guards what follows, and writes of what precedes; never held while the host or a callback is called.
  mutable std::mutex mutex;
  ReloadStats counts;
  FailureWindow window;
  std::optional<Probation> probation;

  /// Of the threads. `starting` is held by who starts or joins them, never by them.
  std::mutex starting;
  std::unique_ptr<FileWatcher> watcher;
  std::thread thread;
  std::atomic<std::thread::id> serving{};
  std::condition_variable wake;
  std::atomic<bool> stopping{false}, mayHaveChanged{false};
};

} // namespace lzrt
#endif // LZRT_RELOAD_POLICYRELOADER_H
