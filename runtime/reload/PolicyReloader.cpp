//===- PolicyReloader.cpp - Attempts, probations, rollbacks ---------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What happens in a turn, and who takes turns. The threads are in WatchingThreads.cpp.
//
//===----------------------------------------------------------------------===//
#include "PolicyReloader.h"

#include "FileWatcher.h"
#include "lzrt/policy/Reader.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace lzrt {
namespace {

using Nanos = std::chrono::nanoseconds;

/// A grace period is waited for in pieces, between which something more urgent may end it.
constexpr Nanos graceStep = std::chrono::milliseconds(10);

Nanos fromSeconds(double seconds) { return std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(seconds)); }

std::string shortened(double number) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.3g", number);
  return text;
}

} // namespace

std::string_view reloadStateName(ReloadState state) {
  static constexpr std::string_view names[] = {"idle", "reloading", "validating", "applying", "rolling_back"};
  return names[size_t(state)];
}

/// Holds the turn: one thread at a time reads, publishes or rolls back. Callbacks are called outside of one.
class PolicyReloader::Turn {
public:
  Turn(PolicyReloader &reloader, ReloadState first) : reloader(reloader) {
    ++reloader.waitingForTurn;
    std::unique_lock<std::mutex> lock(reloader.mutex);
    reloader.turnIsOver.wait(lock, [&] { return !reloader.isTaken; });
    --reloader.waitingForTurn;
    reloader.isTaken = true;
    reloader.current = first;
  }
  ~Turn() {
    std::lock_guard<std::mutex> lock(reloader.mutex);
    reloader.current = ReloadState::Idle;
    reloader.isTaken = false;
    reloader.turnIsOver.notify_one();
  }
  Turn(const Turn &) = delete;
  Turn &operator=(const Turn &) = delete;

private:
  PolicyReloader &reloader;
};

PolicyReloader::PolicyReloader(PolicyHost &host, std::string path, ReloadOptions options)
    : host(host), path(std::move(path)), environment(std::move(options.environment)),
      clock(options.clock ? std::move(options.clock) : std::make_shared<ReloadClock>()),
      notices(std::move(options.callbacks)) {}

PolicyReloader::~PolicyReloader() { stop(); }

Status PolicyReloader::create(PolicyHost &host, std::string path, ReloadOptions options,
                              std::unique_ptr<PolicyReloader> *out) {
  out->reset();
  std::unique_ptr<PolicyReloader> reloader(new PolicyReloader(host, std::move(path), std::move(options)));
  if (Status status = reloader->begin(); !status.isOk())
    return status;
  *out = std::move(reloader);
  return Status();
}

Status PolicyReloader::begin() {
  if (std::shared_ptr<const Policy> policy = host.policy()) {
    live = {policy, policyDigest(*policy)};
    counts.configVersion = host.version();
  } else {
    PolicyContent content = readPolicyFile(path, environment);
    if (!content.flaw.isOk())
      return content.flaw;
    std::unique_ptr<PolicyHost::Prepared> prepared;
    const bool validate = content.found.policy->hotReload.validateOnReload;
    if (Status status = host.prepare(content.found.policy, validate, &prepared); !status.isOk())
      return status;
    counts.configVersion = host.publish(std::move(prepared));
    live = std::move(content.found);
  }
  settledDigest = live.digest;
  window.restart(clock->now(), host.chargedFailures());
  return Status();
}

ReloadStats PolicyReloader::stats() const {
  std::lock_guard<std::mutex> lock(mutex);
  ReloadStats stats = counts;
  stats.policyDigest = live.digest;
  stats.rollbackDepth = uint32_t(history.size());
  stats.isOnProbation = probation && !probation->isOver(clock->now());
  return stats;
}

//===----------------------------------------------------------------------===//
// Attempts
//===----------------------------------------------------------------------===//

Status PolicyReloader::reload(std::optional<bool> validate, std::optional<Nanos> gracePeriod) {
  Status status;
  {
    Turn turn(*this, ReloadState::Reloading);
    status = attempt(Trigger::Request, validate, gracePeriod);
  }
  notices.deliver();
  return status;
}

void PolicyReloader::lookAtFile() {
  {
    Turn turn(*this, ReloadState::Reloading);
    (void)attempt(Trigger::Change, std::nullopt, std::nullopt); // onError has been told
  }
  notices.deliver();
}

Status PolicyReloader::attempt(Trigger trigger, std::optional<bool> validate, std::optional<Nanos> gracePeriod) {
  const ReloadTime begin = clock->now();
  PolicyContent content = readPolicyFile(path, environment);
  const bool isKnown = trigger == Trigger::Change && isSettled(content);
  settle(content);
  if (isKnown)
    return Status();
  if (!content.flaw.isOk())
    return refuse(content.flaw);
  if (content.found.digest == live.digest)
    return Status();
  const Policy::HotReload &settings = live.policy->hotReload;
  return apply(std::move(content.found), validate.value_or(settings.validateOnReload),
               gracePeriod.value_or(fromSeconds(settings.gracePeriodSeconds)), begin);
}

/// Whether a look at the file has nothing to do. A file that is gone needs no words: the live policy goes on.
bool PolicyReloader::isSettled(const PolicyContent &content) const {
  if (content.flaw.isOk())
    return content.found.digest == settledDigest || content.found.digest == live.digest;
  return content.flaw.code() == LZ_STATUS_NOT_FOUND ||
         (settledFlaw && settledFlaw->first == content.flaw.message() && settledFlaw->second == content.faultyText);
}

void PolicyReloader::settle(const PolicyContent &content) {
  if (content.flaw.isOk()) {
    settledDigest = content.found.digest;
    settledFlaw.reset();
  } else if (content.flaw.code() != LZ_STATUS_NOT_FOUND) {
    settledFlaw = {content.flaw.message(), content.faultyText};
  }
}

Status PolicyReloader::apply(DigestedPolicy next, bool validate, Nanos gracePeriod, ReloadTime begin) {
  current = ReloadState::Validating;
  std::unique_ptr<PolicyHost::Prepared> prepared;
  if (Status status = host.prepare(next.policy, validate, &prepared); !status.isOk())
    return refuse(status);
  current = ReloadState::Applying;
  const uint64_t version = host.publish(std::move(prepared));
  const std::string digest = next.digest;
  {
    std::lock_guard<std::mutex> lock(mutex);
    history.push_back(std::exchange(live, std::move(next)));
    if (history.size() > historyLimit)
      history.pop_front();
    ++counts.totalReloads;
    counts.configVersion = version;
    counts.lastReloadTimeMs = std::chrono::duration<double, std::milli>(clock->now() - begin).count();
  }
  beginProbation();
  waitForReaders(gracePeriod);
  notices.reloaded(version, digest);
  return Status();
}

Status PolicyReloader::refuse(Status status) {
  {
    std::lock_guard<std::mutex> lock(mutex);
    ++counts.failedReloads;
  }
  tell(status);
  return status;
}

void PolicyReloader::tell(Status status) {
  {
    std::lock_guard<std::mutex> lock(mutex);
    counts.lastError = status.message();
  }
  notices.failed(std::move(status));
}

void PolicyReloader::waitForReaders(Nanos gracePeriod) {
  if (gracePeriod <= Nanos::zero())
    return;
  for (Nanos left = gracePeriod; left > Nanos::zero(); left -= graceStep)
    if (host.waitForReaders(std::min(left, graceStep)) || isUrgent())
      return;
  {
    std::lock_guard<std::mutex> lock(mutex);
    ++counts.graceTimeouts;
  }
  tell(Status::error(LZ_STATUS_INTERNAL, "policy version " + std::to_string(counts.configVersion) + " of `" + path +
                                             "` is live, but earlier ones are still in use after a grace period of " +
                                             shortened(std::chrono::duration<double>(gracePeriod).count()) +
                                             " s; they stay in memory until the last invocation that uses them ends"));
}

//===----------------------------------------------------------------------===//
// Probations and rollbacks
//===----------------------------------------------------------------------===//

void PolicyReloader::beginProbation() {
  const uint64_t failures = host.chargedFailures();
  std::lock_guard<std::mutex> lock(mutex);
  const ReloadTime now = clock->now();
  const Nanos length = fromSeconds(live.policy->hotReload.probationSeconds);
  probation.reset();
  if (length > Nanos::zero())
    probation.emplace(now, length, failures, window.rate(now, failures, length));
  window.sample(now, failures, probationLength());
}

/// Also where the live policy has no probation: the next one may.
Nanos PolicyReloader::probationLength() const {
  const double seconds = live.policy->hotReload.probationSeconds;
  return fromSeconds(seconds > 0 ? seconds : Policy::HotReload().probationSeconds);
}

std::optional<PolicyReloader::Failure> PolicyReloader::findFailure() {
  const uint64_t failures = host.chargedFailures();
  std::lock_guard<std::mutex> lock(mutex);
  const ReloadTime now = clock->now();
  window.sample(now, failures, probationLength());
  if (!probation)
    return std::nullopt;
  if (probation->hasFailed(now, failures))
    return Failure{counts.configVersion, probation->failuresSince(failures), probation->secondsSince(now),
                   probation->rateBefore()};
  if (probation->isOver(now))
    probation.reset();
  return std::nullopt;
}

void PolicyReloader::supervise() {
  if (std::optional<Failure> failure = findFailure())
    rollBackFailed(failure->version);
}

/// `version` is the one that was found to have failed, outside of a turn.
void PolicyReloader::rollBackFailed(uint64_t version) {
  {
    Turn turn(*this, ReloadState::RollingBack);
    std::optional<Failure> failure = findFailure();
    if (!failure || failure->version != version)
      return;
    std::string reason = "policy version " + std::to_string(version) + " of `" + path +
                         "` failed its probation: " + std::to_string(failure->failures) + " kernel failures in " +
                         shortened(failure->seconds) + " s, against " + shortened(failure->rateBefore) +
                         " a second before; ";
    Status status = rollBack();
    {
      std::lock_guard<std::mutex> lock(mutex);
      counts.automaticRollbacks += status.isOk();
      probation.reset(); // also where it could not be taken back: one attempt, then a person has to judge
    }
    reason += status.isOk() ? "the one before it is live again; what the file holds is tried again when it changes"
                            : "it stays, because the one before it cannot return: " + status.message();
    tell(Status::error(LZ_STATUS_INTERNAL, reason));
    if (status.isOk())
      notices.reloaded(counts.configVersion, live.digest);
  }
  notices.deliver();
}

Status PolicyReloader::rollback() {
  Status status;
  {
    Turn turn(*this, ReloadState::RollingBack);
    if (history.empty())
      return Status::error(LZ_STATUS_NOT_FOUND, "no policy was live before this one; reload another file instead");
    status = rollBack();
    if (status.isOk())
      notices.reloaded(counts.configVersion, live.digest);
    else
      tell(status);
  }
  notices.deliver();
  return status;
}

/// The probation ends with the policy that was on it: the one that returns was judged before, and if failures go on
/// they are not its doing.
Status PolicyReloader::rollBack() {
  std::unique_ptr<PolicyHost::Prepared> prepared;
  if (Status status = host.prepare(history.back().policy, false, &prepared); !status.isOk())
    return status;
  const uint64_t version = host.publish(std::move(prepared));
  const uint64_t failures = host.chargedFailures();
  {
    std::lock_guard<std::mutex> lock(mutex);
    live = std::move(history.back());
    history.pop_back();
    probation.reset();
    window.restart(clock->now(), failures);
    ++counts.rollbacks;
    counts.configVersion = version;
  }
  waitForReaders(fromSeconds(live.policy->hotReload.gracePeriodSeconds));
  return Status();
}

} // namespace lzrt
