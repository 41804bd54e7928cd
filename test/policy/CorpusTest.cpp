//===- CorpusTest.cpp - The corpus of selections ---------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each row of corpus/selection.json is a claim of docs/policy-reference.md, answered by `explain`'s JSON. A row without
// `residual` is decided by one entry, or by none.
//
//===----------------------------------------------------------------------===//
#include "lzrt/policy/Reader.h"
#include "lzrt/policy/Selector.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

using json = nlohmann::ordered_json;
using namespace lzrt;

namespace {

json corpus() {
  std::ifstream file(LZ_POLICY_CORPUS "/selection.json");
  return json::parse(file);
}

std::string nameOf(const json &row) {
  std::string name = row.at("claim");
  for (char &c : name)
    c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}

/// The answer of `explain` for a row, parsed.
json explain(const json &kernels, const json &row) {
  Diagnostics diagnostics;
  json document{{"version", "1.0"}};
  document.update(row.at("policy"));
  auto policy = parsePolicy(document.dump(), "row.yaml", "", diagnostics);
  auto manifest = parseManifest(json{{"version", "1.0"}, {"kernels", kernels}}.dump(), "kernels.yaml", diagnostics);
  if (!policy || !manifest) {
    ADD_FAILURE() << diagnostics.render();
    return {};
  }
  Selector selector(policy, KernelSet::create({*manifest}, diagnostics));
  FactSet facts(*findOperation(row.at("operation").get<std::string>()));
  Query query;
  EXPECT_EQ(parseFacts(row.at("context").get<std::string>(), facts, &query.rolloutKey), "");
  facts.complete();
  query.facts = &facts;
  query.mode = row.contains("mode") ? *findMode(row.at("mode").get<std::string>()) : LZ_MODE_UNSET;
  query.explain = true;
  return json::parse(explainJson(selector, facts.operation(), selector.select(query)));
}

class Corpus : public ::testing::TestWithParam<json> {};

TEST_P(Corpus, ExplainAnswersAsTheRowSays) {
  static const json kernels = corpus().at("kernels");
  const json &row = GetParam();
  json answer = explain(kernels, row), path = json::array(), residual = json::array(), failed = json::array();
  for (const json &entry : answer.at("path")) {
    path.push_back(entry.at("step").get<std::string>() + " " + entry.at("kernel").get<std::string>() + " " +
                   entry.at("result").get<std::string>());
    for (const json &condition : entry.value("failed_conditions", json::array()))
      failed.push_back(
          {condition.at("field"), condition.at("operator"), condition.at("expected"), condition.at("actual")});
  }
  for (const json &entry : answer.at("residual")) {
    json conditions = json::array();
    for (const json &condition : entry.at("conditions"))
      conditions.push_back({condition.at("field"), condition.at("operator"), condition.at("value")});
    residual.push_back({entry.at("kernel"), entry.at("reason"), entry.at("rule"), conditions});
  }
  json rule = row.value("rule", json()), decided = json::array();
  if (!row.at("kernel").is_null())
    decided.push_back({row.at("kernel"), row.at("reason"), rule, json::array()});
  EXPECT_EQ(answer.at("selected_kernel"), row.at("kernel"));
  EXPECT_EQ(answer.at("reason"), row.at("reason"));
  EXPECT_EQ(answer.at("rule"), rule);
  EXPECT_EQ(path, row.at("path"));
  EXPECT_EQ(residual, row.value("residual", decided));
  if (row.contains("failed"))
    EXPECT_EQ(failed.at(0), row.at("failed").at(0));
  EXPECT_EQ(answer.at("operation"), operationName(*findOperation(row.at("operation").get<std::string>())));
  EXPECT_EQ(answer.at("policy_digest").get<std::string>().size(), 64u);
}

INSTANTIATE_TEST_SUITE_P(Rows, Corpus, ::testing::ValuesIn(corpus().at("rows").get<std::vector<json>>()),
                         [](const auto &info) { return nameOf(info.param); });

} // namespace
