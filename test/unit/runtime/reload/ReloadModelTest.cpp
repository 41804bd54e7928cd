//===- ReloadModelTest.cpp - Random histories against a simple model -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sequences of changes of the file, looks, requests, rollbacks, failures and refusals of the host, in which the model
// says after each step what is live, which version, what was told and how deep the history is. Failures come in
// bursts that condemn at once or singly, so that the model needs no rates; ProbationTest has those.
//
//===----------------------------------------------------------------------===//
#include "ReloadTesting.h"

#include <random>

using namespace lzrt;
using namespace lzrt::testing;

namespace {

constexpr int numPolicies = 5;

/// What the file may hold: a policy's number, a number of faulty text, or nothing.
struct Content {
  enum class Kind { Policy, Faulty, Forbidden, Gone } kind = Kind::Gone;
  int number = 0;
  bool operator==(const Content &other) const { return kind == other.kind && number == other.number; }
};

/// The rules of PolicyReloader.h, said once more in the plainest way.
struct Model {
  int live = 0;
  uint64_t version = 1;
  std::vector<int> history; // latest last
  int settled = 0;          // the policy that the file held last
  std::optional<Content> told;
  bool onProbation = false;
  size_t reloads = 0, errors = 0, failed = 0, rollbacks = 0;

  void goLive(int number) {
    live = number;
    ++version, ++reloads;
  }
  /// Returns whether the attempt is no error.
  bool attempt(Content file, bool isRequest, bool refuses) {
    const bool isPolicy = file.kind == Content::Kind::Policy, isGone = file.kind == Content::Kind::Gone;
    const bool isKnown = isPolicy ? file.number == settled || file.number == live : isGone || told == file;
    if (isPolicy)
      settled = file.number, told.reset();
    else if (!isGone)
      told = file;
    if (isKnown && !isRequest)
      return true;
    if (isPolicy && file.number == live)
      return true;
    if (!isPolicy || refuses) {
      ++errors, ++failed;
      return false;
    }
    history.push_back(live);
    if (history.size() > PolicyReloader::historyLimit)
      history.erase(history.begin());
    goLive(file.number);
    onProbation = true;
    return true;
  }
  bool rollBack() {
    if (history.empty())
      return false;
    const int target = history.back();
    history.pop_back();
    ++rollbacks;
    goLive(target);
    onProbation = false;
    return true;
  }
};

class ReloadModelTest : public ReloadTest {
protected:
  void put(Content content) {
    present = content;
    std::error_code ignored;
    fs::remove(file, ignored);
    const std::string comment = "# " + std::to_string(engine()) + "\n"; // another spelling of the same policy
    switch (content.kind) {
    case Content::Kind::Policy:
      return write(file, comment + policyText(content.number));
    case Content::Kind::Faulty:
      return write(file, faultyText + "# " + std::to_string(content.number));
    case Content::Kind::Forbidden:
      write(file, policyText(content.number));
      return fs::permissions(file, fs::perms::others_write, fs::perm_options::add);
    case Content::Kind::Gone:
      return;
    }
  }

  Content draw() {
    const int kind = int(engine() % 10);
    return {kind < 6   ? Content::Kind::Policy
            : kind < 8 ? Content::Kind::Faulty
            : kind < 9 ? Content::Kind::Forbidden
                       : Content::Kind::Gone,
            kind == 8 || kind == 9 ? 0 : int(engine() % numPolicies)};
  }

  void step() {
    switch (engine() % 9) {
    case 0:
    case 1:
    case 2:
      put(draw());
      [[fallthrough]];
    case 3:
      reloader->lookAtFile();
      model.attempt(present, false, refuses(true));
      break;
    case 4: {
      const bool validate = engine() % 2;
      EXPECT_EQ(reloader->reload(validate).isOk(), model.attempt(present, true, refuses(validate)));
      break;
    }
    case 5:
      EXPECT_EQ(reloader->rollback().isOk(), model.rollBack());
      break;
    case 6: // a probation ends
      clock->advance(1h);
      reloader->supervise();
      model.onProbation = false;
      break;
    case 7:
      clock->advance(1ms);
      host.failures += 1000;
      reloader->supervise();
      if (model.onProbation)
        model.rollBack(), ++model.errors;
      clock->advance(1h); // so that what failed now does not excuse the next one
      reloader->supervise();
      clock->advance(1h);
      reloader->supervise();
      model.onProbation = false;
      break;
    case 8:
      if (const int number = int(engine() % numPolicies); !host.refused.erase(number))
        host.refused.insert(number);
      break;
    }
  }
  bool refuses(bool validate) const {
    return validate && present.kind == Content::Kind::Policy && host.refused.count(present.number) != 0;
  }

  void compare() const {
    const ReloadStats stats = reloader->stats();
    ASSERT_EQ(host.number(), model.live);
    ASSERT_EQ(stats.policyDigest, digests[size_t(model.live)]);
    ASSERT_EQ(stats.configVersion, model.version);
    ASSERT_EQ(host.version(), model.version);
    ASSERT_EQ(stats.rollbackDepth, model.history.size());
    ASSERT_EQ(stats.rollbacks, model.rollbacks);
    ASSERT_EQ(stats.failedReloads, model.failed);
    ASSERT_EQ(stats.isOnProbation, model.onProbation);
    ASSERT_EQ(reloads.size(), model.reloads);
    ASSERT_EQ(errors.size(), model.errors);
    if (!reloads.empty()) {
      ASSERT_EQ(reloads.back().first, model.version);
      ASSERT_EQ(reloads.back().second, stats.policyDigest);
    }
  }

  const std::vector<std::string> digests = [] {
    std::vector<std::string> all;
    for (int number = 0; number < numPolicies; ++number)
      all.push_back(digestOf(policyText(number)));
    return all;
  }();
  std::mt19937 engine;
  Model model;
  Content present{Content::Kind::Policy, 0};
};

TEST_F(ReloadModelTest, RandomHistoriesAgreeWithTheModel) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    fs::remove(file);
    host.~FakeHost();
    new (&host) FakeHost();
    reloads.clear(), errors.clear();
    engine.seed(seed);
    model = Model();
    present = {Content::Kind::Policy, 0};
    createWith(policyText(0));
    for (int i = 0; i < 150; ++i) {
      SCOPED_TRACE("step " + std::to_string(i));
      step();
      compare();
      if (HasFatalFailure() || HasNonfatalFailure())
        return;
    }
  }
}

} // namespace
