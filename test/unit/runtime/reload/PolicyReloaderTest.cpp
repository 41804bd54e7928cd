//===- PolicyReloaderTest.cpp - Attempts, what they tell, and ways back -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ReloadTesting.h"

#include <sys/stat.h>

using namespace lzrt;
using namespace lzrt::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

namespace {

using PolicyReloaderTest = ReloadTest;

//===----------------------------------------------------------------------===//
// Start-up
//===----------------------------------------------------------------------===//

TEST_F(PolicyReloaderTest, TheFilesPolicyBecomesTheFirst) {
  createWith(policyText(1));
  EXPECT_EQ(host.number(), 1);
  EXPECT_EQ(reloader->stats().configVersion, 1u);
  EXPECT_EQ(reloader->stats().policyDigest, digestOf(policyText(1)));
  EXPECT_THAT(reloads, IsEmpty()) << "nothing was reloaded";
}

TEST_F(PolicyReloaderTest, ABadFileIsAnErrorAtTheStart) {
  for (const std::string &text : {faultyText, std::string("")}) {
    replace(text);
    Status status = PolicyReloader::create(host, file.string(), {}, &reloader);
    EXPECT_EQ(status.code(), LZ_STATUS_MALFORMED);
    EXPECT_THAT(status.message(), HasSubstr(file.string() + ":"));
    EXPECT_FALSE(reloader);
  }
  fs::remove(file);
  EXPECT_EQ(PolicyReloader::create(host, file.string(), {}, &reloader).code(), LZ_STATUS_NOT_FOUND);
  replace(policyText(1));
  host.refused.insert(1);
  EXPECT_EQ(PolicyReloader::create(host, file.string(), {}, &reloader).code(), LZ_STATUS_NO_KERNEL_AVAILABLE);
  EXPECT_EQ(host.version(), 0u);
}

TEST_F(PolicyReloaderTest, AnEnvironmentIsMerged) {
  const std::string both = policyText(1) + "environments: {prod: {kernel_denies: [k2]}}\n";
  replace(both);
  ReloadOptions options;
  options.environment = "prod";
  create(options);
  EXPECT_EQ(host.number(), 2);
  change(policyText(3));
  EXPECT_EQ(host.number(), 2) << "an environment that a file lacks is an error of it";
  EXPECT_THAT(errors, ElementsAre(HasSubstr("prod")));
}

TEST_F(PolicyReloaderTest, AHostThatServesIsTakenAsItIs) {
  createWith(policyText(1));
  change(policyText(2));
  reloader.reset();
  create();
  EXPECT_EQ(reloader->stats().configVersion, 2u);
  reloader->lookAtFile();
  EXPECT_EQ(host.version(), 2u);
}

//===----------------------------------------------------------------------===//
// Attempts
//===----------------------------------------------------------------------===//

TEST_F(PolicyReloaderTest, AChangeGoesLive) {
  createWith(policyText(1));
  change(policyText(2));
  EXPECT_EQ(host.number(), 2);
  EXPECT_THAT(reloads, ElementsAre(Pair(2u, digestOf(policyText(2)))));
  ReloadStats stats = reloader->stats();
  EXPECT_EQ(stats.totalReloads, 1u);
  EXPECT_EQ(stats.configVersion, 2u);
  EXPECT_EQ(stats.rollbackDepth, 1u);
  EXPECT_EQ(reloader->state(), ReloadState::Idle);
}

TEST_F(PolicyReloaderTest, TheSamePolicyDoesNothing) {
  createWith(policyText(1));
  change(policyText(2));
  change("# another spelling\n" + policyText(2));
  EXPECT_TRUE(reloader->reload().isOk());
  EXPECT_EQ(host.numPrepared, 2);
  EXPECT_EQ(host.version(), 2u);
  EXPECT_EQ(reloads.size(), 1u);
  EXPECT_EQ(reloader->stats().rollbackDepth, 1u);
  EXPECT_TRUE(reloader->rollback().isOk());
  EXPECT_EQ(host.number(), 1);
}

TEST_F(PolicyReloaderTest, EveryErrorOfAFileIsTold) {
  createWith(policyText(1));
  change(faultyText);
  EXPECT_EQ(host.number(), 1);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_THAT(errors[0], HasSubstr(file.string() + ":2:1: error: "));
  EXPECT_THAT(errors[0], HasSubstr(file.string() + ":3:14: error: "));
  EXPECT_EQ(reloader->stats().failedReloads, 1u);
  EXPECT_EQ(reloader->stats().lastError, errors[0]);
}

TEST_F(PolicyReloaderTest, WhatTheDryRunRefusesIsToldOnce) {
  createWith(policyText(1));
  host.refused.insert(2);
  change(policyText(2));
  EXPECT_EQ(host.number(), 1);
  EXPECT_THAT(errors, ElementsAre(HasSubstr("sites `a`, `b`")));
  change("# touched\n" + policyText(2));
  change(faultyText);
  change(policyText(2));
  EXPECT_EQ(errors.size(), 2u) << "the errors in between were told, the policy is the one that was refused";
  host.refused.clear();
  change(policyText(3));
  change(policyText(2));
  EXPECT_EQ(host.number(), 2) << "the file has held another one since";
}

TEST_F(PolicyReloaderTest, ARequestTriesWhatWasRefused) {
  createWith(policyText(1));
  host.refused.insert(2);
  change(policyText(2));
  EXPECT_EQ(reloader->reload().code(), LZ_STATUS_NO_KERNEL_AVAILABLE);
  EXPECT_EQ(errors.size(), 2u);
  EXPECT_EQ(reloader->stats().failedReloads, 2u);
  EXPECT_TRUE(reloader->reload(/*validate=*/false).isOk());
  EXPECT_EQ(host.number(), 2);
}

TEST_F(PolicyReloaderTest, TheSameErrorsAreToldOnceAndOthersAgain) {
  createWith(policyText(1));
  change(faultyText);
  change(faultyText);
  EXPECT_EQ(errors.size(), 1u);
  change(faultyText + "# edited\n");
  EXPECT_EQ(errors.size(), 2u) << "somebody has tried again";
  EXPECT_FALSE(reloader->reload().isOk());
  EXPECT_EQ(errors.size(), 3u);
}

TEST_F(PolicyReloaderTest, ValidationFollowsTheLivePolicy) {
  createWith(policyText(1, "validate_on_reload: false"));
  host.refused = {2, 3};
  change(policyText(2));
  EXPECT_EQ(host.number(), 2) << "the first policy asks for none";
  change(policyText(3, "validate_on_reload: false"));
  EXPECT_EQ(host.number(), 2) << "the second one does, whatever the third says";
}

TEST_F(PolicyReloaderTest, AFileThatIsGoneChangesNothing) {
  createWith(policyText(1));
  fs::remove(file);
  reloader->lookAtFile();
  EXPECT_THAT(errors, IsEmpty());
  EXPECT_EQ(reloader->reload().code(), LZ_STATUS_NOT_FOUND) << "but a request needs it";
  EXPECT_THAT(errors, ElementsAre(HasSubstr("cannot open")));
  change(policyText(1));
  EXPECT_EQ(host.version(), 1u);
}

TEST_F(PolicyReloaderTest, AFileThatOthersMayWriteIsRefusedUntilTheyMayNot) {
  createWith(policyText(1));
  for (mode_t mode : {0664, 0646}) {
    replace(policyText(2));
    ASSERT_EQ(::chmod(file.c_str(), mode), 0);
    reloader->lookAtFile();
    EXPECT_EQ(host.number(), 1);
  }
  EXPECT_THAT(errors, ElementsAre(HasSubstr("chmod go-w"))) << "told once";
  ASSERT_EQ(::chmod(file.c_str(), 0644), 0);
  reloader->lookAtFile();
  EXPECT_EQ(host.number(), 2);
}

TEST_F(PolicyReloaderTest, WhatIsNoRegularFileIsRefusedWithoutWaiting) {
  createWith(policyText(1));
  fs::remove(file);
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  EXPECT_THAT(reloader->reload().message(), HasSubstr("not a regular file"));
  fs::remove(file);
  fs::create_directory(file);
  EXPECT_THAT(reloader->reload().message(), HasSubstr("not a regular file"));
  fs::remove(file);
  fs::create_symlink("/dev/zero", file);
  EXPECT_FALSE(reloader->reload().isOk());
  EXPECT_EQ(host.version(), 1u);
}

TEST_F(PolicyReloaderTest, AFileOfMoreThanAMebibyteIsRefused) {
  createWith(policyText(1));
  change(policyText(2) + std::string(1 << 20, '#'));
  EXPECT_EQ(host.number(), 1);
  EXPECT_THAT(errors, ElementsAre(HasSubstr("more than 1048576 bytes")));
}

TEST_F(PolicyReloaderTest, AStateIsSeenFromTheHost) {
  createWith(policyText(1));
  std::vector<std::string_view> states;
  host.onPrepare = [&] { states.push_back(reloadStateName(reloader->state())); };
  host.onWait = [&] { states.push_back(reloadStateName(reloader->state())); };
  change(policyText(2));
  EXPECT_THAT(states, ElementsAre("validating", "applying"));
  states.clear();
  EXPECT_TRUE(reloader->rollback().isOk());
  EXPECT_THAT(states, ElementsAre("rolling_back", "rolling_back"));
  EXPECT_EQ(reloadStateName(ReloadState::Idle), "idle");
  EXPECT_EQ(reloadStateName(ReloadState::Reloading), "reloading");
}

//===----------------------------------------------------------------------===//
// Grace periods
//===----------------------------------------------------------------------===//

TEST_F(PolicyReloaderTest, AGracePeriodThatTimesOutLeavesThePublishStanding) {
  createWith(policyText(1, "grace_period_seconds: 0.25"));
  host.isPinned = true;
  change(policyText(2));
  EXPECT_EQ(host.number(), 2);
  EXPECT_EQ(host.waited, (250ms / 1ns)) << "of the policy that was live";
  EXPECT_EQ(reloads.size(), 1u);
  EXPECT_THAT(errors, ElementsAre(HasSubstr("after a grace period of 0.25 s")));
  EXPECT_EQ(reloader->stats().graceTimeouts, 1u);
  EXPECT_EQ(reloader->stats().failedReloads, 0u);
}

TEST_F(PolicyReloaderTest, ARequestMayNameItsGracePeriod) {
  createWith(policyText(1));
  host.isPinned = true;
  replace(policyText(2));
  EXPECT_TRUE(reloader->reload(std::nullopt, 33ms).isOk());
  EXPECT_EQ(host.waited, (33ms / 1ns));
  replace(policyText(3));
  EXPECT_TRUE(reloader->reload(std::nullopt, 0ns).isOk());
  EXPECT_EQ(host.waited, (33ms / 1ns)) << "none is no time-out either";
  EXPECT_EQ(reloader->stats().graceTimeouts, 1u);
}

TEST_F(PolicyReloaderTest, ARollbackEndsAGracePeriodThatIsWaitedFor) {
  createWith(policyText(1, "grace_period_seconds: 1000000, probation_seconds: 0"));
  host.isPinned = host.sleepsForReaders = true;
  replace(policyText(2));
  std::thread other([&] { EXPECT_TRUE(reloader->reload().isOk()); });
  EXPECT_TRUE(eventually([&] { return host.waited > 0; }));
  host.onWait = nullptr;
  EXPECT_TRUE(reloader->stats().configVersion == 2);
  std::thread back([&] { EXPECT_TRUE(reloader->rollback().isOk()); });
  EXPECT_TRUE(eventually([&] { return host.version() == 3; }));
  other.join();
  host.isPinned = false;
  back.join();
  EXPECT_EQ(reloader->stats().graceTimeouts, 0u);
}

//===----------------------------------------------------------------------===//
// Rollbacks
//===----------------------------------------------------------------------===//

TEST_F(PolicyReloaderTest, RollbacksWalkBackEightTimes) {
  createWith(policyText(0));
  for (int number = 1; number <= 10; ++number)
    change(policyText(number));
  for (int number = 9; number >= 2; --number) {
    ASSERT_TRUE(reloader->rollback().isOk());
    EXPECT_EQ(host.number(), number);
  }
  Status status = reloader->rollback();
  EXPECT_EQ(status.code(), LZ_STATUS_NOT_FOUND);
  EXPECT_EQ(host.number(), 2);
  EXPECT_EQ(reloader->stats().rollbacks, 8u);
  EXPECT_EQ(reloads.size(), 18u);
  EXPECT_EQ(reloads.back(), (std::pair<uint64_t, std::string>(19, digestOf(policyText(2)))));
}

TEST_F(PolicyReloaderTest, WhatWasTakenBackWaitsForAnotherPolicyInTheFile) {
  createWith(policyText(1));
  change(policyText(2));
  ASSERT_TRUE(reloader->rollback().isOk());
  change("# touched\n" + policyText(2));
  change(faultyText);
  change(policyText(2));
  EXPECT_EQ(host.number(), 1);
  change(policyText(3));
  EXPECT_EQ(host.number(), 3);
  change(policyText(2));
  EXPECT_EQ(host.number(), 2);
}

TEST_F(PolicyReloaderTest, ARequestBringsBackWhatWasTakenBack) {
  createWith(policyText(1));
  change(policyText(2));
  ASSERT_TRUE(reloader->rollback().isOk());
  ASSERT_TRUE(reloader->reload().isOk());
  EXPECT_EQ(host.number(), 2);
  ASSERT_TRUE(reloader->rollback().isOk());
  EXPECT_EQ(host.number(), 1);
}

TEST_F(PolicyReloaderTest, ARollbackThatTheHostRefusesChangesNothing) {
  createWith(policyText(1));
  change(policyText(2));
  host.refusesAll = true;
  EXPECT_FALSE(reloader->rollback().isOk());
  EXPECT_EQ(errors.size(), 1u);
  host.refusesAll = false;
  EXPECT_TRUE(reloader->rollback().isOk()) << "the way back is still known";
  EXPECT_EQ(host.number(), 1);
}

TEST_F(PolicyReloaderTest, ARollbackDoesNotValidate) {
  createWith(policyText(1));
  change(policyText(2));
  host.refused.insert(1);
  EXPECT_TRUE(reloader->rollback().isOk());
}

//===----------------------------------------------------------------------===//
// Probations
//===----------------------------------------------------------------------===//

TEST_F(PolicyReloaderTest, ARiseOfFailuresTakesAPolicyBack) {
  createWith(policyText(1));
  change(policyText(2));
  host.failures += 9;
  clock->advance(1s);
  reloader->supervise();
  EXPECT_EQ(host.number(), 2);
  EXPECT_TRUE(reloader->stats().isOnProbation);
  ++host.failures;
  clock->advance(1s);
  reloader->supervise();
  EXPECT_EQ(host.number(), 1);
  EXPECT_THAT(errors, ElementsAre(HasSubstr("version 2 of `" + file.string() +
                                            "` failed its probation: 10 kernel failures in 2 s, against 0 a second")));
  EXPECT_EQ(reloads.back(), (std::pair<uint64_t, std::string>(3, digestOf(policyText(1)))));
  EXPECT_EQ(reloader->stats().automaticRollbacks, 1u);
  host.failures += 1000;
  clock->advance(1s);
  reloader->supervise();
  EXPECT_EQ(host.version(), 3u) << "the policy that returned is not on probation";
  change(policyText(2) + "# touched\n");
  EXPECT_EQ(host.version(), 3u);
}

TEST_F(PolicyReloaderTest, ASteadyRateOfFailuresTakesNothingBack) {
  createWith(policyText(1));
  auto fail = [&](int seconds, int rate) {
    for (int i = 0; i < seconds; ++i) {
      host.failures += rate;
      clock->advance(1s);
      reloader->supervise();
    }
  };
  fail(60, 20);
  change(policyText(2));
  fail(60, 40); // twice the rate
  EXPECT_EQ(host.number(), 2);
  change(policyText(3));
  fail(5, 200); // five times
  EXPECT_EQ(host.number(), 2);
}

TEST_F(PolicyReloaderTest, FailuresOfAPolicyThatWasTakenBackExcuseNoOther) {
  createWith(policyText(1));
  change(policyText(2));
  host.failures += 100000;
  reloader->supervise();
  EXPECT_EQ(host.number(), 1);
  clock->advance(5s);
  change(policyText(3));
  clock->advance(1s);
  host.failures += 10;
  reloader->supervise();
  EXPECT_EQ(host.number(), 1);
}

TEST_F(PolicyReloaderTest, AProbationLastsAsTheNewPolicySays) {
  createWith(policyText(1, "probation_seconds: 1000"));
  change(policyText(2, "probation_seconds: 5"));
  clock->advance(6s);
  host.failures += 1000;
  reloader->supervise();
  EXPECT_EQ(host.number(), 2);
  EXPECT_FALSE(reloader->stats().isOnProbation);
  change(policyText(3, "probation_seconds: 0"));
  EXPECT_FALSE(reloader->stats().isOnProbation);
}

TEST_F(PolicyReloaderTest, AReloadDuringAProbationBeginsAnother) {
  createWith(policyText(1));
  change(policyText(2));
  clock->advance(29s);
  reloader->supervise();
  host.failures += 3;
  change(policyText(3));
  clock->advance(29s);
  host.failures += 9;
  reloader->supervise();
  EXPECT_EQ(host.number(), 3) << "nine since its own publish";
  host.failures += 1;
  reloader->supervise();
  EXPECT_EQ(host.number(), 2) << "the one that it replaced";
}

TEST_F(PolicyReloaderTest, ARollbackThatFailsByItselfIsTriedOnce) {
  createWith(policyText(1));
  change(policyText(2));
  host.refusesAll = true;
  host.failures += 100;
  for (int i = 0; i < 5; ++i)
    reloader->supervise();
  EXPECT_EQ(host.numPrepared, 3);
  EXPECT_EQ(host.number(), 2);
  EXPECT_THAT(errors, ElementsAre(HasSubstr("it stays, because the one before it cannot return")));
}

//===----------------------------------------------------------------------===//
// Callbacks
//===----------------------------------------------------------------------===//

TEST_F(PolicyReloaderTest, ACallbackMayCallEverything) {
  createWith(policyText(1));
  ASSERT_TRUE(reloader->startWatching().isOk());
  onReload = [&] {
    if (reloads.size() == 1) {
      EXPECT_EQ(reloader->state(), ReloadState::Idle);
      EXPECT_TRUE(reloader->rollback().isOk());
      EXPECT_EQ(reloads.size(), 1u) << "what it does is told when it has returned";
      EXPECT_TRUE(reloader->reload().isOk());
      EXPECT_EQ(reloader->stats().configVersion, 4u);
    } else if (reloads.size() == 3) {
      reloader->stop();
    }
  };
  replace(policyText(2));
  EXPECT_TRUE(eventually([&] { return numReloads() == 3; }));
  reloader->stop();
  EXPECT_THAT(reloads, ElementsAre(Pair(2u, digestOf(policyText(2))), Pair(3u, digestOf(policyText(1))),
                                   Pair(4u, digestOf(policyText(2)))));
}

TEST_F(PolicyReloaderTest, OnErrorMayCallEverythingToo) {
  createWith(policyText(1));
  change(policyText(2));
  onError = [&] {
    if (errors.size() < 3)
      EXPECT_FALSE(reloader->reload().isOk());
    else
      EXPECT_TRUE(reloader->rollback().isOk());
  };
  change(faultyText);
  EXPECT_EQ(errors.size(), 3u);
  EXPECT_EQ(host.number(), 1);
}

TEST_F(PolicyReloaderTest, WithoutCallbacksErrorsAreInTheStats) {
  replace(policyText(1));
  ASSERT_TRUE(PolicyReloader::create(host, file.string(), {}, &reloader).isOk());
  change(faultyText);
  EXPECT_THAT(reloader->stats().lastError, HasSubstr("kernel_denys"));
  change(policyText(2));
  EXPECT_EQ(host.number(), 2);
}

//===----------------------------------------------------------------------===//
// Watching
//===----------------------------------------------------------------------===//

TEST_F(PolicyReloaderTest, WatchingFollowsTheFile) {
  createWith(policyText(1, "watch_interval_seconds: 1000"));
  ASSERT_TRUE(reloader->startWatching().isOk());
  EXPECT_FALSE(reloader->startWatching().isOk()) << "it is on";
  replace(policyText(2));
  EXPECT_TRUE(eventually([&] { return host.number() == 2; }));
  reloader->stop();
  replace(policyText(3));
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(host.number(), 2);
  ASSERT_TRUE(reloader->startWatching().isOk());
  EXPECT_TRUE(eventually([&] { return host.number() == 3; })) << "written while nobody watched";
}

TEST_F(PolicyReloaderTest, WatchingRollsBackByItself) {
  createWith(policyText(1));
  ASSERT_TRUE(reloader->startWatching().isOk());
  replace(policyText(2));
  ASSERT_TRUE(eventually([&] { return numReloads() == 1; }));
  host.failures += 50;
  clock->advance(Probation::interval);
  EXPECT_TRUE(eventually([&] { return numReloads() == 2; }));
  EXPECT_EQ(host.number(), 1);
  EXPECT_EQ(numErrors(), 1u);
}

TEST_F(PolicyReloaderTest, AFailedProbationEndsTheGracePeriodOfTheWatchingThread) {
  createWith(policyText(1, "grace_period_seconds: 1000000"));
  host.isPinned = host.sleepsForReaders = true;
  ASSERT_TRUE(reloader->startWatching().isOk());
  replace(policyText(2));
  ASSERT_TRUE(eventually([&] { return host.version() == 2; }));
  host.failures += 50;
  ASSERT_TRUE(eventually([&] { return host.version() == 3; }));
  EXPECT_EQ(host.number(), 1);
  reloader->stop();
}

TEST_F(PolicyReloaderTest, AChangeEndsTheGracePeriodOfTheOneBefore) {
  createWith(policyText(1, "grace_period_seconds: 1000000"));
  host.isPinned = host.sleepsForReaders = true;
  ASSERT_TRUE(reloader->startWatching().isOk());
  replace(policyText(2, "grace_period_seconds: 1000000"));
  ASSERT_TRUE(eventually([&] { return host.number() == 2; }));
  replace(policyText(3));
  EXPECT_TRUE(eventually([&] { return host.number() == 3; }));
  reloader->stop();
  EXPECT_EQ(reloader->stats().graceTimeouts, 0u);
}

TEST_F(PolicyReloaderTest, ThePollFollowsTheLivePolicy) {
  fs::create_directory(folder / "late");
  file = folder / "late/policy.yaml";
  write(file, policyText(1, "watch_interval_seconds: 100000"));
  create();
  ASSERT_TRUE(reloader->startWatching().isOk());
  write(file, policyText(2, "watch_interval_seconds: 0.01"));
  ASSERT_TRUE(eventually([&] { return host.number() == 2; }));
  // A folder that is moved away and back brings no event of an entry on the way.
  fs::rename(folder / "late", folder / "elsewhere");
  std::this_thread::sleep_for(30ms);
  write(folder / "elsewhere/policy.yaml", policyText(3));
  fs::rename(folder / "elsewhere", folder / "late");
  EXPECT_TRUE(eventually([&] { return host.number() == 3; }));
}

} // namespace
