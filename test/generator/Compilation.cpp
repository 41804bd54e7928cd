//===- Compilation.cpp - Random policies over the shipped kernels -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Body.h"

#include "../law/Generator.h"
#include "lzrt/policy/Reader.h"

#include <algorithm>

using namespace lz::generator;

namespace {

const std::string referenceManifest = LZ_GENERATOR_KERNELS "/lz_kernels_reference.yaml";
const std::string cpuManifest = LZ_GENERATOR_KERNELS "/lz_kernels_cpu.yaml";

/// Every shipped kernel.
const std::vector<lzrt::Kernel> &kernels() {
  static const std::vector<lzrt::Kernel> list = [] {
    std::vector<lzrt::Kernel> found;
    for (const std::string &path : {referenceManifest, cpuManifest}) {
      lzrt::Diagnostics diagnostics;
      if (std::optional<std::string> text = lzrt::readFile(path, diagnostics))
        if (auto manifest = lzrt::parseManifest(*text, path, diagnostics))
          found.insert(found.end(), manifest->kernels.begin(), manifest->kernels.end());
    }
    return found;
  }();
  return list;
}

std::string drawKernel(Random &random) { return random.pick(kernels()).name; }

std::string quoted(const std::string &text) { return "\"" + text + "\""; }

/// An operation, or a pattern for some.
std::string drawPattern(Random &random) {
  if (random.chance(40))
    return random.pick(std::vector<std::string>{"*", "attention.*", "*norm*", "rope*", "sample.*"});
  return nameOf(random.pick(operationCases()).operation);
}

/// Conditions on facts that every operation has, or the operations of `pattern` have.
std::string drawConditions(Random &random, const std::string &pattern) {
  static const std::vector<std::string> common = {
      "dtype: [float32, bfloat16]", "dtype_ne: float16", "tp_size: 1", "requires_deterministic: false",
      "kernel_match: \"*_[a-r]*\"", "platform: cpu",     "rank_lt: 2", "is_contiguous: true"};
  std::string text;
  if (random.chance(50))
    text = random.pick(common);
  std::vector<std::string> extents;
  if (pattern.starts_with("attention") || pattern == "alibi")
    extents = {"batch_size", "seq_len", "num_heads", "head_dim"};
  else if (pattern == "matmul")
    extents = {"m", "n", "k"};
  else if (pattern.find("norm") != std::string::npos || pattern == "softmax")
    extents = {"batch_size", "num_tokens", "hidden_size"};
  else if (pattern.starts_with("sample"))
    extents = {"num_tokens", "vocab_size"};
  static const std::vector<std::string> operators = {"", "_gt", "_lte", "_ne", "_multiple_of"};
  for (int64_t i = extents.empty() ? 0 : random.draw(0, 2); i > 0; --i) {
    const std::string field = random.pick(extents);
    if (text.find(field) == std::string::npos)
      text += (text.empty() ? "" : ", ") + field + random.pick(operators) + ": " +
              std::to_string(random.pick({1, 2, 4, 8, 16}));
  }
  return "{" + text + "}";
}

std::string drawPolicy(Random &random) {
  std::string text = "version: \"1.0\"\ndefaults: {on_no_kernel: decompose}\ndispatch_rules:\n";
  for (int64_t i = random.draw(1, 5); i > 0; --i) {
    const std::string pattern = drawPattern(random);
    text += "  - {operation: " + quoted(pattern) + ", kernel: " + drawKernel(random) +
            ", conditions: " + drawConditions(random, pattern) + ", priority: " + std::to_string(random.draw(0, 3)) +
            "}\n";
  }
  if (random.chance(25))
    text += "kernel_denies: [" + drawKernel(random) + ", " + quoted("reference_[a-m]*") + "]\n";
  if (random.chance(15))
    text += "kernel_allows: [" + quoted("*_*") + "]\n";
  if (random.chance(40))
    text += "fallback_chains: {" + quoted(drawPattern(random)) + ": [" + drawKernel(random) + ", " +
            drawKernel(random) + "]}\n";
  if (random.chance(30))
    text += "modes: {" + quoted(drawPattern(random)) + ": " +
            random.pick(std::vector<std::string>{"static", "config", "dynamic"}) + "}\n";
  return text;
}

/// Rules under which each kernel stands behind a fact that only loading knows, and that no library has.
std::string unreachableRules() {
  std::string rules;
  for (const lzrt::Kernel &kernel : kernels())
    rules += (rules.empty() ? "[" : ", ") + ("{operation: \"*\", kernel: " + kernel.name) +
             ", conditions: {library_version_gt: \"999\"}}";
  return rules + "]";
}

/// The policies of the machine-code law. Their kernels have open requirements, which mode static refuses.
void takeLaw(Random &random, CompileSpec &spec) {
  lz::law::Random engine(uint64_t(random.draw(0, INT32_MAX)));
  lz::law::PolicySpec drawn = lz::law::generatePolicy(engine);
  spec.policy = drawn.policy;
  // A strict rule may refuse the module, and so may what static names.
  for (size_t at; (at = spec.policy.find(", strict: true")) != std::string::npos;)
    spec.policy.erase(at, 14);
  if (size_t at = spec.policy.find("static_kernel_map"); at != std::string::npos)
    spec.policy.erase(at, spec.policy.find('\n', at) + 1 - at);
  const std::string decompose = "on_no_kernel: decompose";
  const size_t defaults = spec.policy.find("defaults: {");
  if (defaults != std::string::npos)
    spec.policy.insert(defaults + 11, decompose + ", ");
  else
    spec.policy += "defaults: {" + decompose + "}\n";
  spec.manifest = drawn.manifest;
}

} // namespace

bool lz::generator::hasKernel(lz_operation_t operation) {
  return std::any_of(kernels().begin(), kernels().end(),
                     [&](const lzrt::Kernel &kernel) { return kernel.implements(operation); });
}

CompileSpec lz::generator::generateCompilation(Random &random, const ModuleSpec &module) {
  CompileSpec spec;
  spec.mode = random.pick(std::vector<std::string>{"", "static", "config", "config", "dynamic", "auto"});
  const int64_t kind = random.draw(0, 99);
  if (module.hasBuffers || kind < 20) { // what is on buffers must have a kernel
    spec.kernels = {referenceManifest, cpuManifest};
    if (!module.isCovered)
      spec.policy = "version: \"1.0\"\ndefaults: {on_no_kernel: decompose}\n";
    return spec;
  }
  if (kind < 35)
    return spec;
  if (kind < 50 && module.text.find("lz.mode<static>") == std::string::npos) {
    takeLaw(random, spec);
    spec.mode = random.pick(std::vector<std::string>{"", "config", "config", "dynamic", "auto"});
    return spec;
  }
  // Decompositions that are outlined: behind sites without a kernel, or guards that never hold.
  static const std::string denied = "version: \"1.0\"\ndefaults: {on_no_kernel: decompose}\n";
  if (kind < 58)
    spec.mode = "dynamic", spec.policy = denied + "kernel_denies: [\"*\"]\n";
  else if (kind < 66)
    spec.mode = "config",
    spec.policy = denied + "fallback_chains: {\"*\": []}\ndispatch_rules: " + unreachableRules() + "\n";
  else
    spec.policy = drawPolicy(random);
  spec.kernels = {referenceManifest};
  if (random.chance(75))
    spec.kernels.push_back(cpuManifest);
  return spec;
}
