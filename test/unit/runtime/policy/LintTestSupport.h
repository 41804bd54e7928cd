//===- LintTestSupport.h - A policy's text in, its lints out -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_LINTTESTSUPPORT_H
#define LZ_TEST_LINTTESTSUPPORT_H

#include "lzrt/policy/Reader.h"
#include "lzrt/policy/Selector.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <string>
#include <vector>

namespace lzrt::test {

/// Kernels of the attention operations, with and without requirements.
inline constexpr const char *someKernels = R"(version: "1.0"
kernels:
  - {name: plain, aliases: [plain_alias], operations: ["attention.*"], symbol: a, deterministic: true, graph_capture_safe: true}
  - {name: half, operations: [attention.causal, attention.full], symbol: b, deterministic: true, graph_capture_safe: true, requires: {dtype: [float16, bfloat16]}}
  - {name: loose, operations: ["attention.*"], symbol: c}
  - {name: norm, operations: [rms_norm], symbol: d, deterministic: true, graph_capture_safe: true}
)";

/// The kernels of a manifest; a failure of the test where it does not load.
inline std::shared_ptr<const KernelSet> kernelsOf(const std::string &text) {
  Diagnostics diagnostics;
  std::vector<Manifest> manifests;
  if (std::optional<Manifest> manifest = parseManifest(text, "kernels.yaml", diagnostics))
    manifests.push_back(std::move(*manifest));
  std::shared_ptr<const KernelSet> set = KernelSet::create(std::move(manifests), diagnostics);
  EXPECT_FALSE(diagnostics.hasErrors()) << diagnostics.render();
  return set;
}

/// The lints of a policy whose body follows the version line, each as rendered. `manifest` null: linted without
/// kernels.
inline std::vector<std::string> lintsOf(const std::string &body, const char *manifest = someKernels) {
  Diagnostics diagnostics;
  auto policy = parsePolicy("version: \"1.0\"\n" + body, "p.yaml", "", diagnostics);
  EXPECT_NE(policy, nullptr) << diagnostics.render();
  if (!policy)
    return {};
  auto kernels = manifest ? kernelsOf(manifest) : nullptr;
  Diagnostics lints;
  lint(*policy, kernels.get(), lints);
  std::vector<std::string> rendered;
  for (const Diagnostic &diagnostic : lints.all()) {
    EXPECT_EQ(diagnostic.severity, Diagnostic::Severity::Lint);
    EXPECT_FALSE(diagnostic.label.empty());
    EXPECT_NE(diagnostic.location.line, 0u) << diagnostic.render();
    rendered.push_back(diagnostic.render());
  }
  return rendered;
}

/// The body of `dispatch_rules`, one rule a line, from line 3 of the policy on.
inline std::string rules(const std::vector<std::string> &list) {
  std::string text = "dispatch_rules:\n";
  for (const std::string &rule : list)
    text += "  - {" + rule + "}\n";
  return text;
}

} // namespace lzrt::test
#endif // LZ_TEST_LINTTESTSUPPORT_H
