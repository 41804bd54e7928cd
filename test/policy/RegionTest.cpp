//===- RegionTest.cpp - A cached decision holds in its whole region -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// S12: for random policies, calls and splits, the site's plan decides as the Oracle does, and so it does for every call
// that the region claims. LZ_LAW_SEED and LZ_LAW_TRIPLES as in LawTest.
//
//===----------------------------------------------------------------------===//
#include "../../runtime/selection/SitePlan.h"
#include "Generator.h"
#include "Oracle.h"

#include <gtest/gtest.h>

#include <cstdlib>

using namespace model;
using lzrt::Interval;

namespace {

uint64_t environmentOr(const char *name, uint64_t otherwise) {
  const char *text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

lzrt::Condition condition(lzrt::Operator op, std::vector<lzrt::Value> values) {
  lzrt::Condition condition;
  condition.fact = LZ_FACT_SEQ_LEN;
  condition.op = op;
  condition.values = std::move(values);
  return condition;
}

constexpr int64_t smallest = std::numeric_limits<int64_t>::min(), largest = std::numeric_limits<int64_t>::max();

/// Every condition of an integer fact at every value near its constants and at the ends: the interval keeps the truth,
/// and one step past it the truth is another, but for lists, whose points are alone.
TEST(Region, IntervalsKeepTheTruthAndAreTheLargest) {
  std::vector<lzrt::Value> constants{int64_t(0), int64_t(1), int64_t(64), int64_t(-7), 63.5,
                                     64.0,       -0.5,       largest,     smallest,    0x1p63,
                                     -0x1p63,    0x1p70,     -0x1p70,     0x1p53 + 2., true};
  std::vector<int64_t> values{smallest,
                              smallest + 1,
                              -65,
                              -8,
                              -7,
                              -6,
                              -1,
                              0,
                              1,
                              2,
                              63,
                              64,
                              65,
                              128,
                              largest - 1,
                              largest,
                              (int64_t(1) << 53) + 1,
                              (int64_t(1) << 53) + 2,
                              (int64_t(1) << 53) + 3};
  std::vector<lzrt::Condition> conditions;
  for (auto op : {lzrt::Operator::Eq, lzrt::Operator::Ne, lzrt::Operator::Gt, lzrt::Operator::Gte, lzrt::Operator::Lt,
                  lzrt::Operator::Lte})
    for (const lzrt::Value &constant : constants)
      conditions.push_back(condition(op, {constant}));
  for (int64_t divisor : {int64_t(1), int64_t(2), int64_t(64), largest})
    conditions.push_back(condition(lzrt::Operator::MultipleOf, {divisor}));
  for (auto op : {lzrt::Operator::In, lzrt::Operator::NotIn})
    conditions.push_back(condition(op, {int64_t(1), int64_t(2), 64.0, 63.5}));
  for (const lzrt::Condition &one : conditions)
    for (int64_t value : values) {
      auto truthOf = [&](int64_t at) { return lzrt::evaluate(one, lzrt::Fact::known(at)); };
      Interval interval = lzrt::intervalOfTruth(one, value);
      ASSERT_TRUE(interval.contains(value));
      for (int64_t other : values)
        if (interval.contains(other)) {
          EXPECT_EQ(truthOf(other), truthOf(value)) << one.valueJson() << " at " << other;
        }
      EXPECT_EQ(truthOf(interval.low), truthOf(value));
      EXPECT_EQ(truthOf(interval.high), truthOf(value));
      bool isLonePoint = interval.isPoint();
      if (!isLonePoint && interval.low != smallest) {
        EXPECT_NE(truthOf(interval.low - 1), truthOf(value)) << lzrt::operatorName(one.op) << " " << one.valueJson();
      }
      if (!isLonePoint && interval.high != largest) {
        EXPECT_NE(truthOf(interval.high + 1), truthOf(value)) << lzrt::operatorName(one.op) << " " << one.valueJson();
      }
    }
}

/// A call within the region: integers anywhere in their intervals, the rest as it is, where the region says so.
class Neighbours {
public:
  Neighbours(std::mt19937_64 &engine, const Call &call, const harness::Split &split, const lzrt::Region &region)
      : engine(engine), call(call), region(region), isRolloutOpen(split.open.count("rollout")) {
    for (const auto &[field, value] : call.facts)
      if (!split.open.count(field))
        fixed.insert(*lzrt::findFact(field));
  }

  Call draw() {
    Call other = call;
    for (auto &[field, value] : other.facts)
      if (value && std::holds_alternative<int64_t>(*value))
        value = integer(*lzrt::findFact(field), std::get<int64_t>(*value));
      else if (value && isFree(*lzrt::findFact(field)))
        value = another(*value);
    if (other.facts.count("seq_len") && other.facts.count("seq_len_q"))
      other.facts["seq_len"] = other.facts["seq_len_q"];
    if (region.rollouts.empty() && isRolloutOpen)
      other.rolloutKey.reset(), other.draw = uint32_t(engine() % 10000);
    return other;
  }

private:
  bool isFree(lzrt::FactId fact) const {
    return !fixed.count(fact) && !std::count(region.exact.begin(), region.exact.end(), fact);
  }

  Value another(const Value &present) {
    static const char *const texts[] = {"float16", "bfloat16", "BSHD", "BHSD", "acme", "cuda:0", "cpu", ""};
    if (std::holds_alternative<bool>(present))
      return engine() % 2 == 0;
    return std::holds_alternative<std::string>(present) ? Value(texts[engine() % std::size(texts)]) : present;
  }

  /// A value of the interval near its ends or near `present`. Facts outside of the split stay.
  int64_t integer(lzrt::FactId fact, int64_t present) {
    Interval interval;
    // On attention seq_len and seq_len_q are one fact under two names.
    for (lzrt::FactId name : {fact, fact == LZ_FACT_SEQ_LEN_Q ? LZ_FACT_SEQ_LEN : fact}) {
      if (!isFree(name))
        return present;
      for (const lzrt::Region::Bound &bound : region.integers)
        if (bound.fact == name)
          interval.narrow(bound.interval);
    }
    int64_t low = std::max<int64_t>(interval.low, 0), high = std::min<int64_t>(interval.high, 100000);
    if (low > high)
      return present;
    switch (engine() % 4) {
    case 0:
      return low;
    case 1:
      return high;
    case 2:
      return low + int64_t(engine() % uint64_t(high - low + 1));
    default:
      return present;
    }
  }

  std::mt19937_64 &engine;
  const Call &call;
  const lzrt::Region &region;
  std::set<lzrt::FactId> fixed; ///< What the site has settled.
  bool isRolloutOpen;
};

/// The list alone; an index of every cell; an index whose cells had to be joined.
constexpr lzrt::PlanIndex::Limits plans[] = {{0, 1}, {192 << 10, 1}, {1280, 1}};

struct Tally {
  uint64_t moved = 0, open = 0, indexed = 0;
};

/// One plan on one call and on calls of its region.
void check(const World &world, const harness::Subject &subject, const Call &call, const harness::Split &split,
           const lzrt::SitePlan &plan, std::mt19937_64 &engine, Tally &tally) {
  auto outcomeOf = [&](const lzrt::SitePlan::Choice &choice) -> Outcome {
    if (!choice.candidate)
      return {"", "no_kernel_available", -1, false};
    int kernel = choice.candidate->kernel;
    return {kernel < 0 ? "" : subject.get().kernels().kernels()[kernel].name,
            std::string(lzrt::reasonName(choice.candidate->reason)), choice.candidate->rule, choice.candidate->panic};
  };
  lzrt::SitePlan::Choice choice = subject.choose(plan, call);
  Outcome wanted = oracle::select(world, call).attempts.front();
  EXPECT_EQ(outcomeOf(choice), wanted);
  Neighbours neighbours(engine, call, split, choice.region);
  for (int j = 0; j < 4 && !::testing::Test::HasFailure(); ++j) {
    Call other = neighbours.draw();
    tally.moved += other.facts != call.facts;
    EXPECT_EQ(oracle::select(world, other).attempts.front(), wanted) << "in the region";
    if (::testing::Test::HasFailure())
      ADD_FAILURE() << harness::describe(world, call, split) << "other:\n" << harness::describe(world, other, split);
  }
}

TEST(Region, ADecisionHoldsForEveryCallOfItsRegion) {
  uint64_t seed = environmentOr("LZ_LAW_SEED", 20260102), triples = environmentOr("LZ_LAW_TRIPLES", 20000);
  generator::Generator generator(seed);
  std::mt19937_64 engine(seed);
  Tally tally;
  for (uint64_t done = 0; done < triples && !::testing::Test::HasFailure();) {
    World world = generator.world();
    harness::Subject subject(world);
    ASSERT_TRUE(subject.isValid());
    for (int i = 0; i < 10 && !::testing::Test::HasFailure(); ++i, ++done) {
      Call call = generator.call(world);
      harness::Split split = generator.split(call);
      split.derives = false;
      lzrt::Selection residual = subject.select(call, split, {}, false);
      for (const lzrt::PlanIndex::Limits &limits : plans) {
        lzrt::SitePlan plan(subject.get(), residual, limits);
        tally.open += !plan.isDecided();
        tally.indexed += plan.isIndexed();
        check(world, subject, call, split, plan, engine, tally);
        if (::testing::Test::HasFailure())
          ADD_FAILURE() << "seed " << seed << ", triple " << done << ", index of at most " << limits.bytes;
      }
    }
  }
  if (triples >= 20000) {
    EXPECT_GT(tally.open * 10, 3 * triples) << "a tenth of the plans leave something to the call";
    EXPECT_GT(tally.indexed, triples) << "plans have an index";
    EXPECT_GT(tally.moved * 4, 3 * triples) << "neighbours differ from the call";
  }
}

} // namespace
