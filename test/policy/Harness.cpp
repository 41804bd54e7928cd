//===- Harness.cpp - The product's answers in the model's terms ------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Harness.h"

#include "Oracle.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace model;
using nlohmann::json;

void model::PrintTo(const Outcome &outcome, std::ostream *os) {
  *os << (outcome.kernel.empty() ? "error" : outcome.kernel) << " by " << outcome.reason << " " << outcome.rule
      << (outcome.panic ? " in panic" : "");
}

void model::PrintTo(const Trace &trace, std::ostream *os) {
  *os << trace.step << " " << trace.rule << " " << trace.kernel << " " << trace.result;
}

namespace harness {
namespace {

json toJson(const Value &value) {
  return std::visit([](const auto &held) { return json(held); }, value);
}

json toJson(const std::vector<Condition> &conditions) {
  json map = json::object();
  for (const Condition &condition : conditions) {
    bool isPlain = condition.suffix == "eq";
    json value = json::array();
    for (const Value &element : condition.values)
      value.push_back(toJson(element));
    bool isList = condition.isList || condition.suffix == "in" || condition.suffix == "not_in";
    map[isPlain ? condition.field : condition.field + "_" + condition.suffix] = isList ? value : value.at(0);
  }
  return map;
}

json toJson(const Rule &rule) {
  json entry{{"operation", rule.operation}, {"kernel", rule.kernel},   {"conditions", toJson(rule.conditions)},
             {"priority", rule.priority},   {"enabled", rule.enabled}, {"strict", rule.strict}};
  if (!rule.name.empty())
    entry["name"] = rule.name;
  if (rule.rollout != 10000)
    entry["rollout_percent"] = rule.rollout / 100.0;
  return entry;
}

/// JSON orders keys, and first matching globs count in file order: maps are spelled by hand.
template <typename T> std::string spellMap(const Keyed<T> &entries) {
  std::string text = "{";
  for (const auto &[key, value] : entries)
    text += (text.size() > 1 ? ", " : "") + json(key).dump() + ": " + json(value).dump();
  return text + "}";
}

} // namespace

std::string toDocument(const Policy &policy) {
  json rules = json::array();
  for (const Rule &rule : policy.rules)
    rules.push_back(toJson(rule));
  std::string text = "{\"version\": \"1.0\"";
  if (!policy.fallback.empty())
    text += ", \"defaults\": {\"fallback_policy\": " + json(policy.fallback).dump() + "}";
  text += ", \"dispatch_rules\": " + rules.dump();
  text += ", \"kernel_locks\": " + spellMap(policy.locks) + ", \"static_kernel_map\": " + spellMap(policy.staticMap);
  text += ", \"fallback_chains\": " + spellMap(policy.chains);
  text += ", \"kernel_denies\": " + json(policy.denies).dump() + ", \"kernel_allows\": " + json(policy.allows).dump();
  return text + "}";
}

std::string toDocument(const std::vector<Kernel> &kernels) {
  json list = json::array();
  for (const Kernel &kernel : kernels)
    list.push_back({{"name", kernel.name},
                    {"aliases", kernel.aliases},
                    {"operations", kernel.operations},
                    {"symbol", "lz_test_" + std::to_string(list.size())},
                    {"priority", kernel.priority},
                    {"default", kernel.isDefault},
                    {"deterministic", kernel.deterministic},
                    {"graph_capture_safe", kernel.captureSafe},
                    {"requires", toJson(kernel.requirements)}});
  return json{{"version", "1.0"}, {"library", "libtest.so"}, {"kernels", list}}.dump();
}

std::string describe(const World &world, const Call &call, const Split &split) {
  std::string text = toDocument(world.policy) + "\n" + toDocument(world.kernels) + "\n" + call.operation +
                     (call.isStatic ? " static" : "") + (split.derives ? " derives" : "");
  for (const auto &[field, value] : call.facts)
    text += " " + field + "=" + (value ? toJson(*value).dump() : "null") + (split.open.count(field) ? "?" : "") +
            (call.given.count(field) ? "" : "*");
  text += "\nrollout " + call.rolloutKey.value_or(std::to_string(call.draw)) +
          (split.open.count("rollout") ? "?" : "") + ", refused:";
  for (const std::string &kernel : call.refused)
    text += " " + kernel;
  text += split.open.count("library_version") ? ", versions open:" : ", versions:";
  for (const auto &[kernel, version] : call.versions)
    text += " " + kernel + " " + version;
  return text + "\n";
}

Subject::Subject(const World &world) : world(world) {
  lzrt::Diagnostics diagnostics;
  auto policy = lzrt::parsePolicy(toDocument(world.policy), "law.yaml", "", diagnostics);
  auto manifest = lzrt::parseManifest(toDocument(world.kernels), "kernels.yaml", diagnostics);
  auto kernels = manifest ? lzrt::KernelSet::create({*manifest}, diagnostics) : nullptr;
  if (policy && kernels)
    selector = std::make_unique<lzrt::Selector>(policy, kernels);
  EXPECT_TRUE(selector) << diagnostics.render() << toDocument(world.policy);
}

lzrt::FactSet Subject::factsOf(const Call &call, const Split &split) const {
  lzrt::FactSet facts(*lzrt::findOperation(call.operation));
  for (const auto &[field, value] : split.derives ? call.given : call.facts) {
    lzrt::FactId fact = *lzrt::findFact(field);
    if (split.open.count(field)) {
      if (!split.derives)
        facts.set(fact, lzrt::Fact::open());
    } else if (!value) {
      facts.set(fact, lzrt::Fact::absent());
    } else {
      facts.set(fact, lzrt::Fact::known(std::visit([](const auto &held) { return lzrt::Value(held); }, *value)));
    }
  }
  if (split.derives && split.open.empty())
    facts.complete();
  else if (split.derives)
    facts.derive();
  return facts;
}

lzrt::Query Subject::queryOf(const lzrt::FactSet &facts, const Call &call, const Split &split) const {
  lzrt::Query query;
  query.facts = &facts;
  query.mode = call.isStatic ? LZ_MODE_STATIC : LZ_MODE_DYNAMIC;
  if (!split.open.count("rollout")) {
    query.rolloutKey = call.rolloutKey;
    query.rolloutDraw = call.draw;
  }
  const std::vector<lzrt::Kernel> &kernels = selector->kernels().kernels();
  if (!call.refused.empty())
    query.admits = [&](int kernel) { return !call.refused.count(kernels[kernel].name); };
  if (!split.open.count("library_version"))
    query.libraryVersion = [&](int kernel) { return lzrt::Version::parse(call.versions.at(kernels[kernel].name)); };
  return query;
}

lzrt::Selection Subject::select(const Call &call, const Split &split, const std::vector<std::string> &failed,
                                bool explain) const {
  lzrt::FactSet facts = factsOf(call, split);
  lzrt::Query query = queryOf(facts, call, split);
  query.explain = explain;
  for (const std::string &name : failed)
    query.failed.push_back(selector->kernels().find(name));
  return selector->select(query);
}

lzrt::SitePlan::Choice Subject::choose(const lzrt::SitePlan &plan, const Call &call) const {
  lzrt::FactSet facts = factsOf(call, Split());
  return plan.choose(queryOf(facts, call, Split()));
}

bool Subject::holds(const lzrt::OpenCondition &condition, const Call &call) const {
  if (condition.rollout >= 0)
    return oracle::rolloutHolds(world.policy.rules[condition.rollout], call);
  if (!condition.condition) // S10
    return call.facts.at(condition.field) != std::optional<Value>(true);
  Condition plain{condition.field, condition.op, {}, false};
  json values = json::parse(condition.valueJson);
  for (const json &value : values.is_array() ? values : json::array({values})) {
    if (value.is_boolean())
      plain.values.push_back(value.get<bool>());
    else if (value.is_number_integer())
      plain.values.push_back(value.get<int64_t>());
    else if (value.is_number())
      plain.values.push_back(value.get<double>());
    else
      plain.values.push_back(value.get<std::string>());
  }
  if (condition.field == "library_version")
    return oracle::conditionHolds(plain,
                                  Value(call.versions.at(selector->kernels().kernels().at(condition.subject).name)));
  auto fact = call.facts.find(condition.field);
  return oracle::conditionHolds(plain, fact == call.facts.end() ? std::nullopt : fact->second);
}

Outcome Subject::settle(const lzrt::Selection &selection, const Call &call) const {
  for (const lzrt::Candidate &candidate : selection.candidates) {
    bool stands = true;
    for (const lzrt::OpenCondition &condition : candidate.conditions)
      stands = stands && holds(condition, call);
    if (!stands)
      continue;
    std::string kernel = candidate.kernel < 0 ? "" : selector->kernels().kernels()[candidate.kernel].name;
    return {kernel, std::string(lzrt::reasonName(candidate.reason)), candidate.rule, candidate.panic};
  }
  return {"", "no_kernel_available", -1, false};
}

std::vector<Trace> Subject::pathOf(const lzrt::Selection &selection) const {
  std::vector<Trace> path;
  for (const lzrt::PathEntry &entry : selection.path)
    path.push_back({std::string(lzrt::reasonName(entry.step)), entry.kernelName, entry.rule,
                    std::string(lzrt::resultName(entry.result))});
  return path;
}

} // namespace harness
