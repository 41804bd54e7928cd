//===- Selector.h - Three-valued evaluation, selection, residual -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// C7 and S0..S12. Compiler, runtime and `explain` call this and nothing else decides a kernel.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_POLICY_SELECTOR_H
#define LZRT_POLICY_SELECTOR_H

#include "lzrt/policy/Policy.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lzrt {

enum class Truth : uint8_t { False, Open, True };

/// The value of one condition on a fact (C1..C7).
Truth evaluate(const Condition &condition, const Fact &fact);

enum class Reason : uint8_t {
  KernelLock,
  DispatchRule,
  FallbackChain,
  Default,
  StaticKernelMap,
  Strict,
  Open,
  NoKernelAvailable
};
std::string_view reasonName(Reason reason); // "kernel_lock", …

/// What became of a candidate, in the order of "a candidate stands".
enum class Result : uint8_t {
  Selected,
  Open,
  Disabled,
  OperationMismatch,
  ConditionMismatch,
  KernelDenied,
  KernelNotAllowed,
  KernelNotFound,
  KernelUnsupported,
  Nondeterministic,
  NotCaptureSafe,
  CircuitOpen,
  RolloutExcluded,
  LockUnsatisfied
};
std::string_view resultName(Result result); // "selected", …

/// A condition still to test. `rollout` conditions have field "rollout", operator "lt" and the percentage as value.
struct OpenCondition {
  const Condition *condition = nullptr; // null for rollout and for S10
  std::string field, op, valueJson;     // "" under Query::texts = false, but for S10's field
  int rollout = -1;                     // the rule whose rollout it is
  int subject = -1;                     // the kernel whose library_version it tests
};

/// An entry of a residual: a candidate that is not False. kernel -1 with reason Strict is S5's error leaf.
struct Candidate {
  int kernel = -1;
  Reason reason = Reason::Default;
  int rule = -1; // file order, -1: none
  /// S11: refused by its breaker alone, admitted where every entry before it turns out False. Only with Query::admits.
  bool panic = false;
  std::vector<OpenCondition> conditions; // empty: True
};

struct FailedCondition {
  std::string field, op, expectedJson, actualJson;
};
struct PathEntry {
  Reason step;
  int kernel = -1;
  std::string kernelName; // canonical, or as written where not registered
  int rule = -1;
  Result result;
  std::vector<FailedCondition> failed;
};

struct Selection {
  /// KernelLock..StaticKernelMap: `candidates[0]` is selected. Open: `candidates` is the residual. Strict,
  /// NoKernelAvailable: an error.
  Reason reason = Reason::NoKernelAvailable;
  std::vector<Candidate> candidates;
  int rule = -1;               // of the selected candidate, or of the strict rule
  bool panic = false;          // S11
  std::vector<PathEntry> path; // empty unless Query::explain
  int kernel() const {
    return reason == Reason::Strict || reason == Reason::Open || candidates.empty() ? -1 : candidates.front().kernel;
  }
};

/// What a selection is asked with. Everything that selection reads is here (S12).
struct Query {
  const FactSet *facts = nullptr;
  /// Static: S0. Anything else: S1..S3.
  Mode mode = LZ_MODE_UNSET;
  /// S8. A key, or a draw of 0..9999; neither: Open.
  std::optional<std::string> rolloutKey;
  std::optional<uint32_t> rolloutDraw;
  /// Whether a kernel's breaker admits a call; null: all closed.
  std::function<bool(int kernel)> admits;
  /// S9: kernels that have failed in this call, which must have been selected with this query's facts. They are skipped
  /// as if they did not stand; selection goes on behind the last of them. S11 looks at the whole order: a candidate
  /// before it that its breaker refused has not run.
  std::vector<int> failed;
  /// S9 across a mode fallback: kernels that have failed in this call under another mode. They do not stand, wherever
  /// they are, and say nothing about where this mode's order goes on.
  std::vector<int> excluded;
  /// The library_version of a kernel; null or nullopt: Open.
  std::function<std::optional<Version>(int kernel)> libraryVersion;
  bool explain = false;
  /// Whether open conditions are also spelled: field, operator and value. A plan of a site reads none of it.
  bool texts = true;
};

/// A policy and its kernels, indexed by operation. Immutable; select() may be called from any thread.
class Selector {
public:
  Selector(std::shared_ptr<const Policy> policy, std::shared_ptr<const KernelSet> kernels);
  ~Selector();
  const Policy &policy() const;
  const KernelSet &kernels() const;
  Selection select(const Query &query) const;
  /// P5's policy_digest, computed once.
  const std::string &policyDigest() const;
  /// The mode that rules an operation before op, function and option are asked: `modes` > `mode` > unset. AUTO is
  /// resolved by resolveAuto.
  Mode modeOf(Operation operation) const;
  /// Whether S1 has a lock for the operation, standing or not.
  bool isLocked(Operation operation) const;
  /// AUTO for one operation: mapped → STATIC; hot reload enabled and `hasPath` → HOT_RELOAD; else `otherwise`.
  Mode resolveAuto(Operation operation, bool hasPath, Mode otherwise = LZ_MODE_DYNAMIC) const;
  /// The mode fallback (STATIC → DYNAMIC, …) in order, without those that would evaluate the same candidates.
  static std::vector<Mode> fallbackModes(Mode mode);

private:
  struct Index;
  std::unique_ptr<const Index> index;
};

/// Whether S8 admits a key under a rule: XXH64(name + "\0" + key) mod 10000 < rollout.
bool rolloutAdmits(const std::string &ruleName, int rollout, std::string_view key);

/// The JSON answer of `lz-policy explain` (architecture.md, command lines), on one line.
std::string explainJson(const Selector &selector, Operation operation, const Selection &selection);
/// The same for a reader.
std::string explainText(const Selector &selector, Operation operation, const Selection &selection);

/// The lints of a policy, with its kernels where they are given. They do not depend on facts of a call.
void lint(const Policy &policy, const KernelSet *kernels, Diagnostics &diagnostics);

} // namespace lzrt
#endif // LZRT_POLICY_SELECTOR_H
