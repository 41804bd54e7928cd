//===- LawTest.cpp - The law of the residual on random triples -------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For random policies, calls and splits of their facts: select(residual(P, known part), rest) == select(P, all) == the
// Oracle, in kernel or error, reason, rule and continuation (S9). LZ_LAW_SEED and LZ_LAW_TRIPLES set the seed and the
// number of triples; the histogram is asserted at the full number alone.
//
//===----------------------------------------------------------------------===//
#include "Generator.h"
#include "Oracle.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

using namespace model;

namespace {

constexpr uint64_t fullTriples = 100000;
constexpr uint64_t callsOfAWorld = 10, splitsOfACall = 2;

uint64_t environmentOr(const char *name, uint64_t otherwise) {
  const char *text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// How many triples showed each operator (in an open or a failed condition), reason and result.
class Histogram {
public:
  void see(const lzrt::Selection &partial, const lzrt::Selection &full) {
    std::set<std::string> seen{"reason " + std::string(reasonName(partial.reason)),
                               "reason " + std::string(reasonName(full.reason))};
    for (const lzrt::Selection *selection : {&partial, &full})
      for (const lzrt::PathEntry &entry : selection->path) {
        seen.insert("result " + std::string(resultName(entry.result)));
        for (const lzrt::FailedCondition &failed : entry.failed)
          seen.insert("operator " + failed.op);
      }
    for (const lzrt::Candidate &candidate : partial.candidates)
      for (const lzrt::OpenCondition &condition : candidate.conditions)
        seen.insert("operator " + condition.op);
    for (const std::string &name : seen)
      ++counts[name];
    open += partial.reason == lzrt::Reason::Open;
    ++triples;
  }

  void print() const {
    for (const auto &[name, count] : counts)
      std::cout << "  " << name << ": " << 100.0 * double(count) / double(triples) << " %\n";
    std::cout << "  open when compiling: " << 100.0 * double(open) / double(triples) << " %\n";
  }

  void check() const {
    for (int op = 0; op <= int(lzrt::Operator::MultipleOf); ++op)
      checkShare("operator " + std::string(operatorName(lzrt::Operator(op))));
    for (int reason = 0; reason <= int(lzrt::Reason::NoKernelAvailable); ++reason)
      checkShare("reason " + std::string(reasonName(lzrt::Reason(reason))));
    for (int result = 0; result <= int(lzrt::Result::LockUnsatisfied); ++result)
      checkShare("result " + std::string(resultName(lzrt::Result(result))));
    EXPECT_GE(100 * open, 30 * triples);
  }

private:
  void checkShare(const std::string &name) const {
    auto found = counts.find(name);
    EXPECT_GE(100 * (found == counts.end() ? 0 : found->second), triples) << name << " is in under 1 % of the triples";
  }

  std::map<std::string, uint64_t> counts;
  uint64_t open = 0, triples = 0;
};

/// One policy, call and split.
class Triple {
public:
  Triple(const harness::Subject &subject, const Call &call, const harness::Split &split, const oracle::Answer &wanted)
      : subject(subject), call(call), split(split), wanted(wanted) {
    whole.derives = split.derives;
  }

  void check(Histogram &histogram) {
    lzrt::Selection partial = subject.select(call, split, {}, true), full = subject.select(call, whole, {}, true);
    histogram.see(partial, full);
    EXPECT_EQ(subject.pathOf(full), wanted.path);
    checkForm(partial);
    checkForm(full);
    EXPECT_NE(full.reason, lzrt::Reason::Open);
    std::vector<std::string> failed;
    for (const Outcome &outcome : wanted.attempts) {
      EXPECT_EQ(subject.settle(subject.select(call, whole, failed, false), call), outcome) << "all facts known";
      EXPECT_EQ(subject.settle(subject.select(call, split, failed, false), call), outcome) << "through the residual";
      failed.push_back(outcome.kernel);
    }
    lzrt::Selection quiet = subject.select(call, split, {}, false);
    EXPECT_TRUE(quiet.path.empty());
    EXPECT_EQ(quiet.reason, partial.reason) << "explain and dispatch are the same (S12)";
    EXPECT_EQ(quiet.candidates.size(), partial.candidates.size());
  }

private:
  /// C7: an entry without conditions is the last one; what is decided is that entry alone.
  void checkForm(const lzrt::Selection &selection) {
    for (size_t i = 0; i + 1 < selection.candidates.size(); ++i)
      EXPECT_FALSE(selection.candidates[i].conditions.empty());
    bool isStatic = selection.reason == lzrt::Reason::StaticKernelMap;
    if (selection.reason == lzrt::Reason::Open || selection.reason == lzrt::Reason::NoKernelAvailable) {
      EXPECT_EQ(selection.kernel(), -1);
      EXPECT_EQ(selection.candidates.empty(), selection.reason == lzrt::Reason::NoKernelAvailable);
    } else {
      ASSERT_EQ(selection.candidates.size(), 1u);
      EXPECT_TRUE(isStatic || selection.candidates[0].conditions.empty());
      EXPECT_EQ(selection.rule, selection.candidates[0].rule);
      EXPECT_EQ(selection.reason, selection.candidates[0].reason);
    }
  }

  const harness::Subject &subject;
  const Call &call;
  const harness::Split &split;
  const oracle::Answer &wanted;
  harness::Split whole;
};

TEST(Law, ResidualThenRestIsSelectionOfAllOnRandomTriples) {
  uint64_t seed = environmentOr("LZ_LAW_SEED", 20260101), triples = environmentOr("LZ_LAW_TRIPLES", fullTriples);
  std::cout << "seed " << seed << ", " << triples << " triples\n";
  generator::Generator generator(seed);
  Histogram histogram;
  for (uint64_t done = 0; done < triples && !::testing::Test::HasFailure();) {
    World world = generator.world();
    harness::Subject subject(world);
    ASSERT_TRUE(subject.isValid());
    for (uint64_t i = 0; i < callsOfAWorld && !::testing::Test::HasFailure(); ++i) {
      Call call = generator.call(world);
      oracle::Answer wanted = oracle::select(world, call);
      for (uint64_t j = 0; j < splitsOfACall && !::testing::Test::HasFailure(); ++j, ++done) {
        harness::Split split = generator.split(call);
        Triple(subject, call, split, wanted).check(histogram);
        if (::testing::Test::HasFailure())
          ADD_FAILURE() << "seed " << seed << ", triple " << done << "\n" << harness::describe(world, call, split);
      }
    }
  }
  histogram.print();
  if (triples >= fullTriples)
    histogram.check();
}

} // namespace
