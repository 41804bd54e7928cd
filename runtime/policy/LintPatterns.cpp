//===- LintPatterns.cpp - Patterns that match nothing, keys that overlap -===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// C2 for operation patterns, S5 and S6 for the deny and allow lists, P6 for the keys of a map.
//
//===----------------------------------------------------------------------===//
#include "LintSubject.h"

namespace lzrt::lints {
namespace {

std::string nearestOperation(const std::string &name) {
  std::vector<std::string> known;
  for (int i = 0; i < LZ_OP_COUNT; ++i) {
    Operation operation = static_cast<Operation>(i);
    known.emplace_back(operationName(operation));
    for (std::string_view alias : operationAliases(operation))
      known.emplace_back(alias);
  }
  return nearest(name, known);
}

/// `what` is the key or field that holds the pattern.
void lintOperation(const Subject &subject, const Pattern &pattern, const std::string &what) {
  if (operationsOf(pattern).any())
    return;
  const Glob &glob = pattern.glob;
  if (glob.isPlain())
    subject.diagnostics.lint(subject.at(pattern.location), "C2", "unknown operation `" + glob.text() + "` in " + what,
                             nearestOperation(glob.text()));
  else
    subject.diagnostics.lint(subject.at(pattern.location), "C2",
                             "`" + glob.text() + "` in " + what + " matches no operation");
}

template <typename T> void lintKeys(const Subject &subject, const std::vector<Keyed<T>> &map, const std::string &what) {
  for (const Keyed<T> &entry : map)
    lintOperation(subject, entry.key, what);
}

/// Only globs overlap by lint: two plain keys of one operation are P6's error, and a plain key beside a glob is meant.
template <typename T>
void lintOverlaps(const Subject &subject, const std::vector<Keyed<T>> &map, const std::string &what) {
  for (size_t i = 0; i < map.size(); ++i) {
    const Pattern &later = map[i].key;
    for (size_t j = 0; j < i && !later.glob.isPlain(); ++j) {
      const Pattern &earlier = map[j].key;
      OperationSet both = operationsOf(later) & operationsOf(earlier);
      if (earlier.glob.isPlain() || both.none())
        continue;
      std::string message = "`" + later.glob.text() + "` and `" + earlier.glob.text() + "` (" +
                            place(subject.at(earlier.location), subject.at(later.location)) + ") of " + what +
                            " both match " + listed(both) + ", for which the first in the file wins";
      if (ruledBy(map, map[i]).none())
        message += "; `" + later.glob.text() + "` is never consulted";
      subject.diagnostics.lint(subject.at(later.location), "P6", message);
      break;
    }
  }
}

/// A glob that each operation it matches has a plain key for.
template <typename T>
void lintCovered(const Subject &subject, const std::vector<Keyed<T>> &map, const std::string &what) {
  for (const Keyed<T> &entry : map) {
    OperationSet matched = operationsOf(entry.key), plain;
    for (const Keyed<T> &other : map)
      if (other.key.glob.isPlain())
        plain |= operationsOf(other.key);
    if (!entry.key.glob.isPlain() && matched.any() && (matched & ~plain).none())
      subject.diagnostics.lint(subject.at(entry.key.location), "P6",
                               "`" + entry.key.glob.text() + "` of " + what +
                                   " is never consulted: " + listed(matched) +
                                   (matched.count() == 1 ? " has a key" : " have keys") + " of its own name");
  }
}

template <typename T> void lintMap(const Subject &subject, const std::vector<Keyed<T>> &map, const std::string &what) {
  lintKeys(subject, map, what);
  lintOverlaps(subject, map, what);
  lintCovered(subject, map, what);
}

void lintKernelList(const Subject &subject, const std::vector<Pattern> &patterns, const std::string &what) {
  for (const Pattern &pattern : patterns) {
    if (!subject.matching(pattern.glob).empty())
      continue;
    Obstacle found = subject.unregistered(pattern.glob);
    subject.diagnostics.lint(subject.at(pattern.location), pattern.glob.isPlain() ? "S5" : "S6",
                             found.reason + " in " + what, found.suggestion);
  }
}

} // namespace

void lintPatterns(const Subject &subject) {
  const Policy &policy = subject.policy;
  for (const Rule &rule : policy.rules)
    lintOperation(subject, rule.operation, "`dispatch_rules`");
  lintKeys(subject, policy.staticKernelMap, "`static_kernel_map`");
  lintMap(subject, policy.locks, "`kernel_locks`");
  lintMap(subject, policy.chains, "`fallback_chains`");
  lintMap(subject, policy.modes, "`modes`");
  if (!subject.kernels)
    return;
  lintKernelList(subject, policy.denies, "`kernel_denies`");
  lintKernelList(subject, policy.allows, "`kernel_allows`");
}

} // namespace lzrt::lints
