//===- ExplainTest.cpp - A selection as JSON and as text -----------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ReaderTesting.h"

#include "lzrt/policy/Selector.h"

using namespace lzrt;

namespace {

struct Explained {
  Selector selector;
  Selection selection;

  explicit Explained(const std::string &policy, const char *context)
      : selector(lzrt::testing::read(lzrt::testing::document(policy)), kernels()) {
    FactSet facts(LZ_OP_RMS_NORM);
    Query query;
    EXPECT_EQ(parseFacts(context, facts, &query.rolloutKey), "");
    facts.complete();
    query.facts = &facts;
    query.explain = true;
    selection = selector.select(query);
  }
  static std::shared_ptr<const KernelSet> kernels() {
    Diagnostics diagnostics;
    auto manifest = parseManifest("version: '1.0'\nkernels:\n"
                                  "  - {name: x, operations: [rms_norm], symbol: x, requires: {dtype: [float32]}}\n"
                                  "  - {name: 'q\"y', operations: [rms_norm], symbol: y, priority: 1}\n",
                                  "k.yaml", diagnostics);
    EXPECT_TRUE(manifest) << diagnostics.render();
    return KernelSet::create({std::move(*manifest)}, diagnostics);
  }
  std::string json() const { return explainJson(selector, LZ_OP_RMS_NORM, selection); }
  std::string text() const { return explainText(selector, LZ_OP_RMS_NORM, selection); }
};

TEST(Explain, JsonHasEveryKeyOfADecision) {
  Explained e("dispatch_rules: [{operation: norm.rms, kernel: x, conditions: {rank_in: [1, 2]}}]\n"
              "fallback_chains: {'*': ['q\"y']}",
              "dtype=float16");
  EXPECT_EQ(e.json(), "{\"operation\": \"rms_norm\", \"policy_digest\": \"" + policyDigest(e.selector.policy()) +
                          "\", \"selected_kernel\": \"q\\\"y\", \"reason\": \"fallback_chain\", \"rule\": null, "
                          "\"path\": [{\"step\": \"dispatch_rule\", \"kernel\": \"x\", \"rule\": 0, "
                          "\"result\": \"condition_mismatch\", \"failed_conditions\": [{\"field\": \"rank\", "
                          "\"operator\": \"in\", \"expected\": [1, 2], \"actual\": 0}]}, "
                          "{\"step\": \"fallback_chain\", \"kernel\": \"q\\\"y\", \"rule\": null, "
                          "\"result\": \"selected\"}], \"residual\": [{\"kernel\": \"q\\\"y\", "
                          "\"reason\": \"fallback_chain\", \"rule\": null, \"conditions\": []}]}");
}

TEST(Explain, JsonHasEveryKeyOfAnOpenAnswer) {
  Explained e("dispatch_rules: [{operation: norm.rms, kernel: x, name: r, rollout_percent: 12.5, strict: true}]\n"
              "fallback_chains: {'*': []}",
              "");
  std::string json = e.json();
  EXPECT_NE(json.find("\"selected_kernel\": null, \"reason\": \"open\", \"rule\": null"), std::string::npos) << json;
  EXPECT_NE(json.find("\"residual\": [{\"kernel\": \"x\", \"reason\": \"dispatch_rule\", \"rule\": 0, \"conditions\": "
                      "[{\"field\": \"rollout\", \"operator\": \"lt\", \"value\": 12.5}, "
                      "{\"field\": \"dtype\", \"operator\": \"in\", \"value\": [\"float32\"]}]}, "
                      "{\"kernel\": null, \"reason\": \"strict\", \"rule\": 0, \"conditions\": "
                      "[{\"field\": \"rollout\", \"operator\": \"lt\", \"value\": 12.5}]}]}"),
            std::string::npos)
      << json;
}

TEST(Explain, TextNamesDecisionPathAndResidual) {
  Explained decided("dispatch_rules: [{operation: norm.rms, kernel: x}]", "dtype=float32");
  EXPECT_EQ(decided.text(), "rms_norm: `x`, dispatch_rule 0\npath:\n  dispatch_rule 0: `x` selected\n");
  Explained open("dispatch_rules: [{operation: norm.rms, kernel: x, strict: true}]", "");
  EXPECT_EQ(open.text(), "rms_norm: open\npath:\n  dispatch_rule 0: `x` open\n"
                         "residual, the first that holds:\n  `x` (dispatch_rule 0) if dtype in [\"float32\"]\n"
                         "  error (strict 0)\n");
  Explained none("kernel_denies: ['*']", "dtype=float16");
  EXPECT_EQ(none.text(), "rms_norm: no_kernel_available\npath:\n  default: `x` kernel_denied\n"
                         "  default: `q\"y` kernel_denied\n");
}

} // namespace
