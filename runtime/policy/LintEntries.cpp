//===- LintEntries.cpp - Locks, chains and maps that cannot select -------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// S0, S1, S3 with S4 and S5: entries whose kernel is denied, not allowed, unregistered or unable.
//
//===----------------------------------------------------------------------===//
#include "LintSubject.h"

namespace lzrt::lints {
namespace {

/// A name as written, as the plain glob it is; names hold no metacharacter that the reader let through.
Glob plainGlob(const std::string &name) {
  Glob glob;
  Glob::parse(name, &glob);
  return glob;
}

/// One entry of a map. `label` is the rule of selection that the map belongs to.
struct Entry {
  std::string what;
  const Pattern &key;
  const KernelName &kernel;
  bool exempt;
  std::string label;
};

/// Returns whether it told a lint. A key that matches nothing has its own lint, and that alone (C2).
bool lintEntry(const Subject &subject, const Entry &entry, const OperationSet &operations) {
  if (operations.none())
    return false;
  auto found = subject.obstacle(plainGlob(entry.kernel.name), operations, entry.exempt, entry.label);
  if (found)
    subject.diagnostics.lint(entry.kernel.location, found->label,
                             entry.what + " of `" + entry.key.glob.text() + "` never selects: " + found->reason,
                             found->suggestion);
  return found.has_value();
}

void lintSingles(const Subject &subject, const std::vector<Keyed<KernelName>> &map, const std::string &what,
                 const std::string &label) {
  for (const Keyed<KernelName> &entry : map)
    lintEntry(subject, {what, entry.key, entry.value, true, label}, operationsOf(entry.key));
}

bool sameKernel(const Subject &subject, const std::string &a, const std::string &b) {
  if (a == b)
    return true;
  return subject.kernels && subject.kernels->find(a) >= 0 && subject.kernels->find(a) == subject.kernels->find(b);
}

/// S9: a chain runs each kernel once.
void lintRepeat(const Subject &subject, const Keyed<std::vector<KernelName>> &chain, size_t index) {
  const KernelName &name = chain.value[index];
  for (size_t i = 0; i < index; ++i) {
    if (!sameKernel(subject, chain.value[i].name, name.name))
      continue;
    subject.diagnostics.lint(name.location, "S9",
                             "`fallback_chains` entry `" + name.name + "` of `" + chain.key.glob.text() +
                                 "` never selects: the same kernel stands earlier in the chain (" +
                                 place(chain.value[i].location, name.location) + ")");
    return;
  }
}

void lintChains(const Subject &subject) {
  for (const auto &chain : subject.policy.chains)
    for (size_t i = 0; i < chain.value.size(); ++i) {
      const KernelName &name = chain.value[i];
      std::string what = "`fallback_chains` entry `" + name.name + "`";
      if (!lintEntry(subject, {what, chain.key, name, false, "S3"}, operationsOf(chain.key)))
        lintRepeat(subject, chain, i);
    }
}

void lintFallbackPolicy(const Subject &subject) {
  const KernelName &name = subject.policy.fallbackPolicy;
  if (name.name.empty())
    return;
  auto found = subject.obstacle(plainGlob(name.name), OperationSet().set(), false, "S3");
  if (found)
    subject.diagnostics.lint(name.location, found->label, "`fallback_policy` never selects: " + found->reason,
                             found->suggestion);
}

} // namespace

void lintEntries(const Subject &subject) {
  lintSingles(subject, subject.policy.staticKernelMap, "`static_kernel_map` entry", "S0");
  lintSingles(subject, subject.policy.locks, "`kernel_locks` entry", "S1");
  lintChains(subject);
  lintFallbackPolicy(subject);
}

} // namespace lzrt::lints
