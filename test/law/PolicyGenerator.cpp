//===- PolicyGenerator.cpp - Random policies and manifests over the recording kernels -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Generator.h"
#include "RecordingPlan.h"

using namespace lz::law;

namespace {
const std::vector<std::string> operations = {"attention.causal", "rms_norm", "swiglu", "softmax", "matmul"};
const std::vector<std::string> patterns = {"*",        "attention.*", "attention.causal", "*norm*",
                                           "norm.rms", "s*",          "matmul",           "*a*"};
/// Open extents of each operation, by the field that sees them.
const std::vector<std::string> attentionExtents = {"batch_size", "seq_len", "seq_len_q", "seq_len_k"};
const std::vector<std::string> rowExtents = {"batch_size", "seq_len", "num_tokens", "hidden_size"};
const std::vector<std::string> matmulExtents = {"m", "n", "k"};

class Builder {
public:
  explicit Builder(Random &random) : random(random) {}

  PolicySpec run() {
    writeManifest();
    // The failures that are drawn would open breakers, whose states are facts that the oracle does not know.
    spec.policy = "version: \"1.0\"\ncircuit_breaker: {enabled: false}\n";
    if (chance(random, 30))
      spec.policy += "defaults: {fallback_policy: " + kernel() + "}\n";
    spec.policy += "dispatch_rules:\n";
    for (int64_t i = 0, count = draw(random, 2, 6); i < count; ++i)
      writeRule(i);
    if (chance(random, 20))
      spec.policy += "kernel_locks: {" + quoted(pick(patterns)) + ": " + kernel() + "}\n";
    if (chance(random, 25))
      spec.policy += "kernel_denies: [" + kernel() + "]\n";
    if (chance(random, 10))
      spec.policy += "kernel_allows: [\"recorder_?\"]\n";
    if (chance(random, 60))
      spec.policy += "fallback_chains: {" + quoted(pick(patterns)) + ": [" + kernel() + ", " + kernel() + "]}\n";
    if (chance(random, 30))
      spec.policy += "static_kernel_map: {" + pick(operations) + ": " + kernel() + "}\n";
    return std::move(spec);
  }

private:
  template <typename T> const T &pick(const std::vector<T> &list) {
    return list[draw(random, 0, int64_t(list.size()) - 1)];
  }
  std::string kernel() { return "recorder_" + std::to_string(draw(random, 0, kernelCount - 1)); }
  static std::string quoted(const std::string &text) { return "\"" + text + "\""; }

  std::string constant() {
    int64_t value = pick(std::vector<int64_t>{0, 1, 2, 7, 8, 16, 64, 127, 1024, 8192, int64_t(1) << 33});
    spec.constants.insert(value);
    return std::to_string(value);
  }

  const std::vector<std::string> &extentsFor(const std::string &pattern) {
    if (pattern.starts_with("attention"))
      return attentionExtents;
    if (pattern.find("matmul") != std::string::npos)
      return matmulExtents;
    if (pattern.find("norm") != std::string::npos || pattern.starts_with("s"))
      return rowExtents;
    return pick(std::vector<std::vector<std::string>>{attentionExtents, rowExtents}) == attentionExtents
               ? attentionExtents
               : rowExtents;
  }

  std::string extentCondition(const std::string &field) {
    switch (draw(random, 0, 8)) {
    case 0:
      return field + ": " + constant();
    case 1:
      return field + "_ne: " + constant();
    case 2:
      return field + "_in: [" + constant() + ", " + constant() + "]";
    case 3:
      return field + "_not_in: [" + constant() + ", " + constant() + "]";
    case 4:
      return field + "_multiple_of: " + std::to_string(draw(random, 1, 9));
    case 5:
      return field + "_gte: " + constant();
    case 6:
      return field + "_lt: " + constant() + (chance(random, 15) ? ".5" : "");
    case 7:
      return field + "_lte: " + constant();
    default:
      return field + "_gt: " + constant();
    }
  }

  std::string otherCondition() {
    return pick(std::vector<std::string>{
        "dtype: [float32, bfloat16]", "dtype_ne: float16", "tenant: acme", "tenant_match: \"a*\"",
        "tenant_regex: \"m.$\"", "tp_size_gt: 1", "rank_multiple_of: 2", "requires_deterministic: false",
        "is_cuda_graph_capturing_ne: true", "site_match: \"*_0\"", "library_version_gte: \"2.9\"",
        "kernel_match: \"*1*\"", "platform: cpu", "device_regex: \"^c\""});
  }

  std::string conditions(const std::string &pattern) {
    std::string text, seen;
    for (int64_t i = 0, count = draw(random, 0, 3); i < count; ++i) {
      std::string condition = chance(random, 70) ? extentCondition(pick(extentsFor(pattern))) : otherCondition();
      std::string key = condition.substr(0, condition.find(':')) + ";";
      if (seen.find(key) != std::string::npos)
        continue;
      seen += key;
      text += (text.empty() ? "" : ", ") + condition;
    }
    return "{" + text + "}";
  }

  void writeRule(int64_t index) {
    const std::string pattern = pick(patterns);
    std::string target =
        chance(random, 15) ? quoted(pick(std::vector<std::string>{"recorder_1*", "recorder_[2-5]"})) : kernel();
    spec.policy +=
        "  - {operation: " + quoted(pattern) + ", kernel: " + target + ", conditions: " + conditions(pattern);
    spec.policy += ", priority: " + std::to_string(draw(random, 0, 3) * 10);
    if (chance(random, 10))
      spec.policy += ", strict: true";
    if (chance(random, 10))
      spec.policy +=
          ", name: rule" + std::to_string(index) + ", rollout_percent: " + std::to_string(draw(random, 1, 99));
    spec.policy += "}\n";
  }

  void writeManifest() {
    spec.manifest = "version: \"1.0\"\nlibrary: liblz_test_recording.so\nkernels:\n";
    for (size_t i = 0; i < kernelCount; ++i) {
      const std::string name = "recorder_" + std::to_string(i);
      const bool all = chance(random, 75);
      const std::string &operation = pick(operations);
      spec.manifest +=
          "  - {name: " + name + ", symbol: " + name + ", operations: [" + quoted(all ? "*" : operation) + "]";
      spec.manifest += ", priority: " + std::to_string(draw(random, 1, 9) * 10);
      spec.manifest += std::string(", deterministic: ") + (i % 2 == 0 ? "true" : "false");
      spec.manifest += std::string(", graph_capture_safe: ") + (i % 3 == 0 ? "true" : "false");
      if (i == 7)
        spec.manifest += ", default: true";
      if (chance(random, i == 7 ? 10 : 40))
        spec.manifest += ", requires: " + conditions(all ? "*" : operation);
      spec.manifest += "}\n";
    }
  }

  Random &random;
  PolicySpec spec;
};
} // namespace

PolicySpec lz::law::generatePolicy(Random &random) { return Builder(random).run(); }
