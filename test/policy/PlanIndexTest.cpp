//===- PlanIndexTest.cpp - Long plans decide as their lists ----------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// RegionTest's law with more rules than a block of bits has, and with every operator. Here the list behind the index
// and Selector::select are the oracle, which RegionTest holds against its own.
//
//===----------------------------------------------------------------------===//
#include "../../runtime/selection/SitePlans.h"

#include "lzrt/policy/Reader.h"

#include <gtest/gtest.h>

#include <random>

using namespace lzrt;

namespace {

constexpr int kernels = 12;
const char *const tenants[] = {"acme", "acorn", "globex", "initech-north", "initech-south", ""};
const char *const dtypes[] = {"float16", "bfloat16", "float32", "int8"};

class LongPolicy {
public:
  explicit LongPolicy(unsigned seed) : engine(seed) {}

  std::string rules(unsigned count) {
    std::string text = "version: \"1.0\"\ndispatch_rules:\n";
    for (unsigned i = 0; i < count; ++i) {
      text += "  - {name: r" + std::to_string(i) + ", operation: attention.causal, kernel: k" + number(kernels) +
              ", priority: " + number(100) + ", conditions: {dtype: " + pick(dtypes) + ", " + condition();
      if (below(2))
        text += ", " + length();
      text += "}";
      if (below(8) == 0)
        text += ", rollout_percent: " + number(100);
      text += below(40) == 0 ? ", strict: true}\n" : "}\n";
    }
    return text;
  }

  std::string manifest() {
    std::string text = "version: \"1.0\"\nlibrary: libtest.so\nkernels:\n";
    for (int i = 0; i < kernels; ++i)
      text += "  - {name: k" + std::to_string(i) + ", operations: [attention.causal], symbol: k" + std::to_string(i) +
              ", deterministic: " + (i % 2 ? "true" : "false") + ", graph_capture_safe: true, requires: {head_dim_" +
              (i % 3 ? "lte: 128" : "multiple_of: 16") + "}}\n";
    return text;
  }

  FactSet call() {
    FactSet facts(LZ_OP_ATTENTION_CAUSAL);
    auto integer = [](int64_t value) { return Fact::known(value); };
    for (FactId fact : {LZ_FACT_BATCH_SIZE, LZ_FACT_NUM_HEADS, LZ_FACT_SEQ_LEN_K})
      facts.set(fact, below(12) ? integer(below(260)) : Fact::absent());
    facts.set(LZ_FACT_SEQ_LEN_Q, integer(below(1100)));
    facts.set(LZ_FACT_HEAD_DIM, integer(16 * (1 + below(10))));
    facts.set(LZ_FACT_DTYPE, Fact::known(std::string(pick(dtypes))));
    facts.set(LZ_FACT_TENANT, below(8) ? Fact::known(std::string(pick(tenants))) : Fact::known(std::string("acting")));
    facts.set(LZ_FACT_DROPOUT_P, Fact::known(below(6) * 0.125));
    facts.set(LZ_FACT_HAS_MASK, Fact::known(below(2) == 0));
    facts.set(LZ_FACT_REQUIRES_DETERMINISTIC, below(3) ? Fact::known(below(2) == 0) : Fact::absent());
    facts.set(LZ_FACT_LAYOUT, Fact::known(std::string(below(2) ? "BSHD" : "BHSD")));
    for (const SchemaRow &row : schemaOf(LZ_OP_ATTENTION_CAUSAL))
      if (row.source != LZ_SOURCE_CANDIDATE && facts.get(row.fact).isOpen())
        facts.set(row.fact, Fact::absent());
    return facts;
  }

  unsigned below(unsigned bound) { return unsigned(engine() % bound); }

private:
  template <size_t n> const char *pick(const char *const (&list)[n]) { return list[below(n)]; }
  std::string number(unsigned bound) { return std::to_string(below(bound)); }
  std::string length() {
    static const char *const operators[] = {"gt", "gte", "lt", "lte", "ne", "eq", "multiple_of"};
    const char *op = pick(operators);
    return std::string("seq_len_q_") + op + ": " + std::to_string(1 + below(1024));
  }
  std::string condition() {
    switch (below(12)) {
    case 0:
      return "batch_size_in: [" + number(260) + ", " + number(260) + ", 7.5]";
    case 1:
      return "batch_size_not_in: [" + number(260) + ", " + number(260) + "]";
    case 2:
      return "tenant: \"" + std::string(pick(tenants)) + "\"";
    case 3:
      return "tenant_ne: \"" + std::string(pick(tenants)) + "\"";
    case 4:
      return "tenant_match: \"ac*" + std::string(below(2) ? "e" : "n?*") + "\"";
    case 5:
      return "tenant_regex: \"north|in" + std::string(below(2) ? "g$" : "i") + "\"";
    case 6:
      return "dropout_p_" + std::string(below(2) ? "lte: " : "gt: ") + "0." + std::to_string(125 * (1 + below(4)));
    case 7:
      return "has_mask: " + std::string(below(2) ? "true" : "false");
    case 8:
      return "layout_match: \"B" + std::string(below(2) ? "S*\"" : "H*\"");
    case 9:
      return "num_heads_multiple_of: " + std::to_string(1 + below(6)) + ", num_heads_gte: " + number(200);
    case 10:
      return "seq_len_k_gte: " + number(200) + ", seq_len_k_lt: " + std::to_string(200 + below(60));
    default:
      return "batch_size_gt: " + number(200) + ".5";
    }
  }

  std::mt19937_64 engine;
};

struct Subject {
  Subject(LongPolicy &draw, unsigned rules) {
    Diagnostics diagnostics;
    auto policy = parsePolicy(draw.rules(rules), "long.yaml", "", diagnostics);
    auto manifest = parseManifest(draw.manifest(), "kernels.yaml", diagnostics);
    auto set = manifest ? KernelSet::create({*manifest}, diagnostics) : nullptr;
    EXPECT_TRUE(policy && set) << diagnostics.render();
    if (policy && set)
      selector = std::make_unique<Selector>(policy, set);
  }
  Selection residual() const {
    FactSet facts(LZ_OP_ATTENTION_CAUSAL);
    Query query;
    query.facts = &facts;
    return selector->select(query);
  }
  std::unique_ptr<Selector> selector;
};

/// The place of a choice in its list: plans of one residual agree in it.
long placeOf(const SitePlan &plan, const SitePlan::Choice &choice) {
  return choice.candidate ? long(choice.candidate - plan.candidates().data()) : -1;
}

/// Moves each bounded fact to an end of its interval or into it, and each fact that is not in the region anywhere.
FactSet neighbour(LongPolicy &draw, const FactSet &facts, const Region &region) {
  FactSet other = draw.call();
  for (FactId fact : region.exact)
    other.set(fact, facts.get(fact));
  for (const Region::Bound &bound : region.integers) {
    int64_t low = std::max<int64_t>(bound.interval.low, 0), high = std::min<int64_t>(bound.interval.high, 1200);
    EXPECT_LE(low, high);
    unsigned way = draw.below(3);
    other.set(bound.fact, Fact::known(way == 0 ? low : way == 1 ? high : low + draw.below(unsigned(high - low + 1))));
  }
  // One fact under two names: the narrower wins, as a call has both.
  for (FactId name : {LZ_FACT_SEQ_LEN, LZ_FACT_SEQ_LEN_Q})
    for (const Region::Bound &bound : region.integers)
      if (bound.fact == name && !bound.interval.contains(std::get<int64_t>(other.get(name).value())))
        other.set(name, facts.get(name));
  return other;
}

size_t weight(const Region &region) { return region.integers.size() + region.exact.size(); }

void compare(LongPolicy &draw, const Subject &subject, const SitePlan &plan, unsigned calls) {
  size_t named = 0, namedByList = 0;
  for (unsigned i = 0; i < calls && !::testing::Test::HasFailure(); ++i) {
    FactSet facts = draw.call();
    Query query;
    query.facts = &facts;
    query.rolloutDraw = draw.below(10000);
    SitePlan::Choice choice = plan.choose(query), listed = plan.chooseFromList(query);
    EXPECT_EQ(placeOf(plan, choice), placeOf(plan, listed));
    named += weight(choice.region), namedByList += weight(listed.region);
    Selection selection = subject.selector->select(query);
    EXPECT_EQ(choice.candidate ? choice.candidate->rule : -1, selection.rule);
    EXPECT_EQ(choice.candidate ? choice.candidate->kernel : -1, selection.kernel());
    for (int j = 0; j < 6; ++j) {
      FactSet other = neighbour(draw, facts, j % 2 ? choice.region : listed.region);
      Query moved = query;
      moved.facts = &other;
      if ((j % 2 ? choice : listed).region.rollouts.empty())
        moved.rolloutDraw = draw.below(10000);
      EXPECT_EQ(placeOf(plan, plan.chooseFromList(moved)), placeOf(plan, choice)) << "in the region of call " << i;
    }
  }
  EXPECT_LE(named, namedByList) << "a region names no more facts than it must";
}

TEST(PlanIndex, ALongPlanDecidesAsItsListAndItsRegionHolds) {
  for (unsigned rules : {40u, 511u, 700u, 2000u}) {
    LongPolicy draw(rules);
    Subject subject(draw, rules);
    ASSERT_TRUE(subject.selector);
    SitePlan plan(*subject.selector, subject.residual());
    ASSERT_TRUE(plan.isIndexed());
    compare(draw, subject, plan, 150);
  }
}

TEST(PlanIndex, JoinedCellsDecideAsTheList) {
  LongPolicy draw(5);
  Subject subject(draw, 700);
  ASSERT_TRUE(subject.selector);
  SitePlan whole(*subject.selector, subject.residual()), joined(*subject.selector, subject.residual(), {20 << 10, 1});
  ASSERT_TRUE(joined.isIndexed());
  EXPECT_LT(joined.bytes(), whole.bytes());
  compare(draw, subject, joined, 150);
}

TEST(PlanIndex, AnIndexThatCannotFitLeavesTheList) {
  LongPolicy draw(6);
  Subject subject(draw, 200);
  ASSERT_TRUE(subject.selector);
  SitePlan plan(*subject.selector, subject.residual(), {1 << 10, 1});
  EXPECT_FALSE(plan.isIndexed());
  compare(draw, subject, plan, 20);
}

/// Layers of a model: sites that differ in what no rule reads have one plan, others their own.
TEST(SitePlans, SitesThatKnowTheSameOfWhatIsReadShareAPlan) {
  LongPolicy draw(8);
  Subject subject(draw, 100);
  ASSERT_TRUE(subject.selector);
  SitePlans plans(*subject.selector);
  auto planOf = [&](const char *site, Fact batch, Fact window) {
    FactSet facts(LZ_OP_ATTENTION_CAUSAL);
    facts.set(LZ_FACT_SITE, Fact::known(std::string(site)));
    facts.set(LZ_FACT_BATCH_SIZE, batch);
    facts.set(LZ_FACT_RANK, window);
    Query query;
    query.facts = &facts;
    return plans.planFor(query);
  };
  auto first = planOf("layers.0", Fact::open(), Fact::known(int64_t(3)));
  EXPECT_EQ(first, planOf("layers.1", Fact::open(), Fact::open())) << "no rule reads `site` or `rank`";
  auto one = planOf("layers.0", Fact::known(int64_t(1)), Fact::open());
  auto none = planOf("layers.0", Fact::absent(), Fact::open());
  EXPECT_TRUE(first != one && first != none && one != none);
  EXPECT_EQ(plans.size(), 3u);
  first.reset();
  EXPECT_EQ(plans.size(), 2u) << "a plan that no site holds is gone";
}

/// A plan reads no texts, and a selection without them has the same conditions.
TEST(SitePlans, TextsAreNoPartOfAResidual) {
  LongPolicy draw(9);
  Subject subject(draw, 60);
  ASSERT_TRUE(subject.selector);
  FactSet facts(LZ_OP_ATTENTION_CAUSAL);
  Query query;
  query.facts = &facts;
  Selection spelled = subject.selector->select(query);
  query.texts = false;
  Selection bare = subject.selector->select(query);
  ASSERT_EQ(bare.candidates.size(), spelled.candidates.size());
  for (size_t i = 0; i < bare.candidates.size(); ++i) {
    ASSERT_EQ(bare.candidates[i].conditions.size(), spelled.candidates[i].conditions.size());
    for (size_t j = 0; j < bare.candidates[i].conditions.size(); ++j)
      EXPECT_EQ(bare.candidates[i].conditions[j].condition, spelled.candidates[i].conditions[j].condition);
  }
}

/// A fact whose value is of another type than its own has no cell; the list decides.
TEST(PlanIndex, AValueOfAnotherTypeIsDecidedByTheList) {
  LongPolicy draw(7);
  Subject subject(draw, 100);
  ASSERT_TRUE(subject.selector);
  SitePlan plan(*subject.selector, subject.residual());
  for (int i = 0; i < 50; ++i) {
    FactSet facts = draw.call();
    facts.set(LZ_FACT_BATCH_SIZE, Fact::known(double(draw.below(260))));
    facts.set(LZ_FACT_DROPOUT_P, Fact::known(int64_t(draw.below(2))));
    Query query;
    query.facts = &facts;
    query.rolloutDraw = draw.below(10000);
    EXPECT_EQ(placeOf(plan, plan.choose(query)), placeOf(plan, plan.chooseFromList(query)));
  }
}

} // namespace
