//===- ExhaustiveLawTest.cpp - The law on every split of small domains -----===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every policy of a small grammar × every call of a small domain × every split of its facts. LZ_LAW_STRIDE=n takes each
// n-th policy alone.
//
//===----------------------------------------------------------------------===//
#include "Harness.h"
#include "Oracle.h"

#include <gtest/gtest.h>

#include <cstdlib>

using namespace model;

namespace {

const std::vector<std::string> axes{"batch_size", "dtype", "requires_deterministic", "rollout"};

std::vector<Kernel> kernels() {
  Kernel a{"a", {"kernel.a"}, {"rms_norm"}, 50, false, true, true, {}};
  Kernel b{"b", {}, {"norm.*"}, 60, true, false, true, {{"batch_size", "lte", {int64_t(8)}, false}}};
  return {a, b};
}

/// Rules that differ in what ends or passes over selection: priority, glob, strict, rollout, kernel conditions,
/// unregistered names.
std::vector<Rule> shapes() {
  Condition large{"batch_size", "gte", {int64_t(8)}, false}, half{"dtype", "eq", {"float16"}, false};
  Condition notHalf{"dtype", "not_in", {"float16"}, true}, notB{"kernel", "ne", {"b"}, false};
  return {{"rms_norm", "b", "", {large}, 50, 10000, true, false},
          {"norm.rms", "kernel.a", "", {half}, 50, 10000, true, false},
          {"*", "*", "", {notHalf}, 60, 10000, true, true},
          {"rms_*", "b", "half", {}, 50, 5000, true, false},
          {"rms_norm", "a", "quarter", {large}, 60, 2500, true, true},
          {"rms_norm", "missing", "", {half}, 50, 10000, true, true},
          {"rms_norm", "[ab]", "", {notB, large}, 70, 10000, true, true},
          {"rms_norm", "b", "", {}, 50, 10000, true, true}};
}

/// Every policy of at most two of the shapes, with or without a lock, a chain and a deny.
std::vector<Policy> policies() {
  std::vector<Policy> list;
  std::vector<Rule> rules = shapes();
  for (size_t first = 0; first <= rules.size(); ++first)
    for (size_t second = 0; second <= rules.size(); ++second)
      for (unsigned flags = 0; flags < 8; ++flags) {
        if (first == second && first < rules.size() && !rules[first].name.empty())
          continue; // a rollout's name is unique (P3)
        Policy policy;
        for (size_t index : {first, second})
          if (index < rules.size())
            policy.rules.push_back(rules[index]);
        if (flags & 1)
          policy.locks = {{"rms_norm", "b"}};
        if (flags & 2)
          policy.chains = {{"norm.*", {"a", "missing"}}};
        if (flags & 4)
          policy.denies = {"kernel.?"};
        list.push_back(policy);
      }
  return list;
}

std::vector<Call> calls() {
  std::vector<Call> list;
  for (int64_t batch : {1, 8, 9})
    for (const char *type : {"float16", "float32"})
      for (bool deterministic : {false, true})
        for (uint32_t draw : {0u, 3000u, 9999u})
          for (int refused = 0; refused < 4; ++refused) {
            Call call;
            call.operation = "rms_norm";
            call.facts = {{"batch_size", batch},
                          {"dtype", type},
                          {"requires_deterministic", deterministic},
                          {"is_cuda_graph_capturing", false}};
            call.draw = draw;
            call.versions = {{"a", "1"}, {"b", "2"}};
            if (refused & 1)
              call.refused.insert("a");
            if (refused & 2)
              call.refused.insert("b");
            list.push_back(call);
          }
  return list;
}

void checkCall(const harness::Subject &subject, const World &world, const Call &call) {
  oracle::Answer wanted = oracle::select(world, call);
  for (unsigned bits = 0; bits < 1u << axes.size(); ++bits) {
    harness::Split split;
    for (size_t axis = 0; axis < axes.size(); ++axis)
      if (bits >> axis & 1)
        split.open.insert(axes[axis]);
    std::vector<std::string> failed;
    for (const Outcome &outcome : wanted.attempts) {
      ASSERT_EQ(subject.settle(subject.select(call, split, failed, false), call), outcome)
          << harness::describe(world, call, split);
      failed.push_back(outcome.kernel);
    }
  }
}

TEST(Law, HoldsForEverySplitOfSmallDomains) {
  const char *text = std::getenv("LZ_LAW_STRIDE");
  size_t stride = text ? std::strtoull(text, nullptr, 10) : 1;
  std::vector<Policy> all = policies();
  for (size_t i = 0; i < all.size() && !::testing::Test::HasFailure(); i += stride) {
    World world{all[i], kernels()};
    harness::Subject subject(world);
    ASSERT_TRUE(subject.isValid());
    for (const Call &call : calls())
      checkCall(subject, world, call);
  }
}

} // namespace
