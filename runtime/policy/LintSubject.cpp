//===- LintSubject.cpp - What every lint asks of a policy and its kernels -===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See LintSubject.h.
//
//===----------------------------------------------------------------------===//
#include "LintSubject.h"

#include <algorithm>

namespace lzrt::lints {
namespace {

/// S10 as a condition on the call: `fact` is not true. Absent counts as false, which is what Ne makes of it.
Condition notTrue(FactId fact) {
  Condition condition;
  condition.fact = fact;
  condition.op = Operator::Ne;
  condition.values = {true};
  return condition;
}

bool anyMatches(const std::vector<Pattern> &patterns, const Kernel &kernel) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const Pattern &pattern) { return kernel.matches(pattern.glob); });
}

bool implementsAny(const Kernel &kernel, const OperationSet &operations) {
  return std::any_of(kernel.operations.begin(), kernel.operations.end(),
                     [&](Operation operation) { return operations[operation]; });
}

} // namespace

OperationSet operationsOf(const Pattern &pattern) {
  OperationSet operations;
  for (int i = 0; i < LZ_OP_COUNT; ++i)
    operations[i] = pattern.matchesOperation(static_cast<Operation>(i));
  return operations;
}

std::string listed(const std::vector<std::string> &names) {
  constexpr size_t shown = 4;
  std::string text;
  size_t count = names.size() > shown + 1 ? shown : names.size();
  for (size_t i = 0; i < count; ++i) {
    bool last = i + 1 == names.size();
    text += (i == 0 ? "`" : last ? " and `" : ", `") + names[i] + "`";
  }
  return count == names.size() ? text : text + " and " + std::to_string(names.size() - count) + " more";
}

std::string listed(const OperationSet &operations) {
  std::vector<std::string> names;
  for (int i = 0; i < LZ_OP_COUNT; ++i)
    if (operations[i])
      names.emplace_back(operationName(static_cast<Operation>(i)));
  return listed(names);
}

std::string place(const Location &where, const Location &from) {
  std::string text = where.file == from.file ? "" : where.file.str() + " ";
  text += "line " + std::to_string(where.line);
  return where.line == from.line ? text + ", column " + std::to_string(where.column) : text;
}

Conjunction conditionsOf(const std::vector<Condition> &conditions) {
  Conjunction result;
  for (const Condition &condition : conditions)
    result.push_back(&condition);
  return result;
}

Subject::Subject(const Policy &policy, const KernelSet *kernels, Diagnostics &diagnostics)
    : policy(policy), kernels(kernels), diagnostics(diagnostics) {
  if (!kernels)
    return;
  for (const Kernel &kernel : kernels->kernels()) {
    auto deny = std::find_if(policy.denies.begin(), policy.denies.end(),
                             [&](const Pattern &pattern) { return kernel.matches(pattern.glob); });
    denies.push_back(deny == policy.denies.end() ? nullptr : &*deny);
    allowed.push_back(policy.allows.empty() || anyMatches(policy.allows, kernel));
  }
}

std::vector<int> Subject::matching(const Glob &glob) const {
  std::vector<int> result;
  for (size_t i = 0; i < kernels->kernels().size(); ++i)
    if (kernel(static_cast<int>(i)).matches(glob))
      result.push_back(static_cast<int>(i));
  return result;
}

Conjunction Subject::needs(int index) const {
  static const Condition notDeterministic = notTrue(LZ_FACT_REQUIRES_DETERMINISTIC);
  static const Condition notCapturing = notTrue(LZ_FACT_IS_CUDA_GRAPH_CAPTURING);
  Conjunction result = conditionsOf(kernel(index).requires_);
  if (!kernel(index).deterministic)
    result.push_back(&notDeterministic);
  if (!kernel(index).graphCaptureSafe)
    result.push_back(&notCapturing);
  return result;
}

std::optional<Conjunction> Subject::forCandidate(const Conjunction &conditions, int index) const {
  Conjunction result;
  for (const Condition *condition : conditions) {
    if (condition->fact != LZ_FACT_KERNEL)
      result.push_back(condition);
    else if (evaluate(*condition, Fact::known(kernel(index).name)) != Truth::True)
      return std::nullopt;
  }
  return result;
}

bool Subject::mayStand(int index, Operation operation, const Conjunction &conditions, bool exempt) const {
  if (!passesLists(index, exempt) || !kernel(index).implements(operation))
    return false;
  Conjunction all = conditions;
  for (const Condition *need : needs(index))
    all.push_back(need);
  std::optional<Conjunction> resolved = forCandidate(all, index);
  return resolved && canHold(operation, *resolved);
}

Obstacle Subject::unregistered(const Glob &name) const {
  if (!name.isPlain())
    return {"S5", "`" + name.text() + "` matches no registered kernel", ""};
  std::vector<std::string> known;
  for (const Kernel &kernel : kernels->kernels()) {
    known.push_back(kernel.name);
    known.insert(known.end(), kernel.aliases.begin(), kernel.aliases.end());
  }
  return {"S5", "no manifest registers a kernel `" + name.text() + "`", nearest(name.text(), known)};
}

/// S4, for kernels that could do the work.
std::optional<Obstacle> Subject::listObstacle(const Glob &name, const std::vector<int> &able, bool exempt) const {
  if (std::any_of(able.begin(), able.end(), [&](int index) { return passesLists(index, exempt); }))
    return std::nullopt;
  auto isDenied = [&](int index) { return denyOf(index) != nullptr; };
  std::string subject =
      able.size() == 1 ? "`" + kernel(able.front()).name + "`" : "each kernel that `" + name.text() + "` matches";
  if (std::none_of(able.begin(), able.end(), isDenied))
    return Obstacle{"S4", subject + " matches no `kernel_allows` glob", ""};
  if (!std::all_of(able.begin(), able.end(), isDenied))
    return Obstacle{"S4", subject + " is denied or matches no `kernel_allows` glob", ""};
  const Pattern *deny = denyOf(able.front());
  return Obstacle{
      "S4", subject + " is denied by `" + deny->glob.text() + "` (line " + std::to_string(deny->location.line) + ")",
      ""};
}

std::optional<Obstacle> Subject::obstacle(const Glob &name, const OperationSet &operations, bool exempt,
                                          const std::string &unable) const {
  if (!kernels) {
    for (const Pattern &deny : policy.denies)
      if (name.isPlain() && deny.glob.matches(name.text()))
        return Obstacle{"S4",
                        "`" + name.text() + "` is denied by `" + deny.glob.text() + "` (line " +
                            std::to_string(deny.location.line) + ")",
                        ""};
    return std::nullopt;
  }
  std::vector<int> found = matching(name);
  if (found.empty())
    return unregistered(name);
  std::vector<int> able;
  for (int index : found)
    if (implementsAny(kernel(index), operations))
      able.push_back(index);
  if (!able.empty())
    return listObstacle(name, able, exempt);
  if (found.size() > 1)
    return Obstacle{unable, "no kernel that `" + name.text() + "` matches implements " + listed(operations), ""};
  OperationSet implemented;
  for (Operation operation : kernel(found.front()).operations)
    implemented.set(operation);
  return Obstacle{unable,
                  "`" + kernel(found.front()).name + "` does not implement " + listed(operations) + ", but " +
                      listed(implemented),
                  ""};
}

} // namespace lzrt::lints
