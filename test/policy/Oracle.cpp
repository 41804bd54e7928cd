//===- Oracle.cpp - The policy reference read out naively ------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Oracle.h"

#include <xxhash.h>

#include <algorithm>
#include <regex>
#include <sstream>

namespace oracle {

using namespace model;

namespace {

bool classMatches(const std::string &members, char c) {
  bool negated = members[0] == '!';
  for (size_t i = negated ? 1 : 0; i < members.size(); ++i) {
    char low = members[i], high = low;
    if (i + 2 < members.size() && members[i + 1] == '-') {
      high = members[i + 2];
      i += 2;
    }
    if (low <= c && c <= high)
      return !negated;
  }
  return negated;
}

bool globFrom(const char *pattern, const char *text) {
  if (!*pattern)
    return !*text;
  if (*pattern == '*')
    return globFrom(pattern + 1, text) || (*text && globFrom(pattern, text + 1));
  if (!*text)
    return false;
  if (*pattern != '[')
    return (*pattern == '?' || *pattern == *text) && globFrom(pattern + 1, text + 1);
  std::string members = pattern + 1;
  members.resize(members.find(']'));
  return classMatches(members, *text) && globFrom(pattern + members.size() + 2, text + 1);
}

std::vector<long> components(const std::string &version) {
  std::vector<long> parts;
  std::istringstream stream(version);
  for (std::string part; std::getline(stream, part, '.');)
    parts.push_back(std::stol(part));
  while (parts.size() < 8)
    parts.push_back(0);
  return parts;
}

std::optional<long double> asNumber(const Value &value) {
  if (auto *integer = std::get_if<int64_t>(&value))
    return *integer;
  if (auto *real = std::get_if<double>(&value))
    return *real;
  return std::nullopt;
}

bool equals(const std::string &field, const Value &left, const Value &right) {
  if (field == "library_version")
    return components(std::get<std::string>(left)) == components(std::get<std::string>(right));
  if (asNumber(left) && asNumber(right))
    return *asNumber(left) == *asNumber(right);
  return left == right;
}

bool isLess(const std::string &field, const Value &left, const Value &right) {
  if (field == "library_version")
    return components(std::get<std::string>(left)) < components(std::get<std::string>(right));
  return asNumber(left).value() < asNumber(right).value();
}

} // namespace

bool globMatches(const std::string &pattern, const std::string &text) {
  return globFrom(pattern.c_str(), text.c_str());
}

bool conditionHolds(const Condition &condition, const std::optional<Value> &fact) {
  const std::string &op = condition.suffix;
  bool negates = op == "ne" || op == "not_in";
  if (!fact)
    return negates;
  if (condition.isList || op == "in" || op == "not_in") {
    bool isIn = false;
    for (const Value &value : condition.values)
      isIn = isIn || equals(condition.field, *fact, value);
    return isIn != negates;
  }
  const Value &value = condition.values.at(0);
  if (op == "eq")
    return equals(condition.field, *fact, value);
  if (op == "ne")
    return !equals(condition.field, *fact, value);
  if (op == "lt")
    return isLess(condition.field, *fact, value);
  if (op == "gte")
    return !isLess(condition.field, *fact, value);
  if (op == "gt")
    return isLess(condition.field, value, *fact);
  if (op == "lte")
    return !isLess(condition.field, value, *fact);
  if (op == "multiple_of")
    return std::get<int64_t>(*fact) % std::get<int64_t>(value) == 0;
  if (op == "match")
    return globMatches(std::get<std::string>(value), std::get<std::string>(*fact));
  return std::regex_search(std::get<std::string>(*fact), std::regex(std::get<std::string>(value)));
}

bool rolloutHolds(const Rule &rule, const Call &call) {
  if (rule.rollout == 10000)
    return true;
  uint64_t bucket = call.draw;
  if (call.rolloutKey) {
    std::string text = rule.name + std::string(1, '\0') + *call.rolloutKey;
    bucket = XXH64(text.data(), text.size(), 0) % 10000;
  }
  return bucket < uint64_t(rule.rollout);
}

/// The names of the operations that the Generator draws.
static std::vector<std::string> namesOf(const std::string &operation) {
  if (operation == "rms_norm")
    return {operation, "norm.rms"};
  if (operation == "rope")
    return {operation, "rope.standard"};
  return {operation};
}

bool matchesOperation(const std::string &pattern, const std::string &operation) {
  for (const std::string &name : namesOf(operation))
    if (globMatches(pattern, name))
      return true;
  return false;
}

namespace {

bool isGlob(const std::string &text) { return text.find_first_of("*?[") != std::string::npos; }

/// Exact key, else first matching glob.
template <typename T> const T *keyed(const Keyed<T> &map, const std::string &operation) {
  for (bool wantGlob : {false, true})
    for (const auto &[key, value] : map)
      if (isGlob(key) == wantGlob && matchesOperation(key, operation))
        return &value;
  return nullptr;
}

bool matchesKernel(const std::string &pattern, const Kernel &kernel) {
  if (globMatches(pattern, kernel.name))
    return true;
  return std::any_of(kernel.aliases.begin(), kernel.aliases.end(),
                     [&](const std::string &alias) { return globMatches(pattern, alias); });
}

bool matchesKernel(const std::vector<std::string> &patterns, const Kernel &kernel) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string &pattern) { return matchesKernel(pattern, kernel); });
}

bool implements(const Kernel &kernel, const std::string &operation) {
  for (const std::string &pattern : kernel.operations)
    if (matchesOperation(pattern, operation))
      return true;
  return false;
}

struct Entry {
  std::string step, name;
  const Kernel *kernel = nullptr;
  int rule = -1;
  bool needsAllow = true;
};

class Reading {
public:
  Reading(const World &world, const Call &call) : world(world), policy(world.policy), call(call) {
    if (call.isStatic)
      listStatic();
    else
      list();
  }

  Answer answer() {
    Answer answer;
    size_t start = 0;
    do {
      std::vector<Trace> path;
      answer.attempts.push_back(attempt(start, path));
      if (answer.attempts.size() == 1)
        answer.path = path;
      failed.insert(answer.attempts.back().kernel);
    } while (!answer.attempts.back().kernel.empty());
    return answer;
  }

private:
  const Kernel *find(const std::string &name) const {
    for (const Kernel &kernel : world.kernels)
      if (kernel.name == name || std::count(kernel.aliases.begin(), kernel.aliases.end(), name))
        return &kernel;
    return nullptr;
  }

  /// C5's order of the kernels that implement the operation.
  std::vector<const Kernel *> implementers() const {
    std::vector<const Kernel *> list;
    for (const Kernel &kernel : world.kernels)
      if (implements(kernel, call.operation))
        list.push_back(&kernel);
    std::sort(list.begin(), list.end(), [](const Kernel *a, const Kernel *b) {
      return std::pair(-a->priority, a->name) < std::pair(-b->priority, b->name);
    });
    return list;
  }

  void add(std::string step, const std::string &written, int rule = -1, bool needsAllow = true) {
    const Kernel *kernel = find(written);
    entries.push_back({std::move(step), kernel ? kernel->name : written, kernel, rule, needsAllow});
  }

  void listStatic() {
    if (const std::string *mapped = keyed(policy.staticMap, call.operation))
      return add("static_kernel_map", *mapped, -1, false);
    std::vector<const Kernel *> defaults;
    for (const Kernel *kernel : implementers())
      if (kernel->isDefault)
        defaults.push_back(kernel);
    if (defaults.size() == 1)
      add("static_kernel_map", defaults[0]->name);
  }

  void list() {
    if (const std::string *lock = keyed(policy.locks, call.operation))
      add("kernel_lock", *lock, -1, false);
    std::vector<int> order;
    for (int priority = 1000; priority >= 0; --priority)
      for (size_t i = 0; i < policy.rules.size(); ++i)
        if (policy.rules[i].priority == priority)
          order.push_back(int(i));
    for (int rule : order)
      listRule(rule);
    if (const std::vector<std::string> *chain = keyed(policy.chains, call.operation)) {
      for (const std::string &name : *chain)
        add("fallback_chain", name);
      return;
    }
    const Kernel *fallback = policy.fallback.empty() ? nullptr : find(policy.fallback);
    if (fallback && implements(*fallback, call.operation))
      return add("fallback_chain", policy.fallback);
    for (const Kernel *kernel : implementers())
      add("default", kernel->name);
  }

  void listRule(int index) {
    const Rule &rule = policy.rules[index];
    size_t before = entries.size();
    bool applies = rule.enabled && matchesOperation(rule.operation, call.operation);
    if (applies && isGlob(rule.kernel))
      for (const Kernel *kernel : implementers())
        if (matchesKernel(rule.kernel, *kernel))
          add("dispatch_rule", kernel->name, index);
    if (entries.size() == before)
      add("dispatch_rule", rule.kernel, index);
  }

  std::optional<Value> factFor(const Entry &entry, const std::string &field) const {
    if (field == "kernel")
      return entry.name;
    if (field == "library_version" && entry.kernel)
      return call.versions.at(entry.name);
    auto found = call.facts.find(field);
    return found == call.facts.end() ? std::nullopt : found->second;
  }

  bool allHold(const Entry &entry, const std::vector<Condition> &conditions) const {
    for (const Condition &condition : conditions)
      if (!conditionHolds(condition, factFor(entry, condition.field)))
        return false;
    return true;
  }

  bool isTrue(const std::string &field) const { return call.facts.at(field) == std::optional<Value>(true); }

  /// In the order of "a candidate stands".
  std::string resultOf(const Entry &entry) const {
    if (entry.rule >= 0) {
      const Rule &rule = policy.rules[entry.rule];
      if (!rule.enabled)
        return "disabled";
      if (!matchesOperation(rule.operation, call.operation))
        return "operation_mismatch";
      if (!allHold(entry, rule.conditions))
        return "condition_mismatch";
      if (!rolloutHolds(rule, call))
        return "rollout_excluded";
    }
    if (!entry.kernel || !implements(*entry.kernel, call.operation))
      return "kernel_not_found";
    if (matchesKernel(policy.denies, *entry.kernel))
      return "kernel_denied";
    if (entry.needsAllow && !policy.allows.empty() && !matchesKernel(policy.allows, *entry.kernel))
      return "kernel_not_allowed";
    if (!allHold(entry, entry.kernel->requirements))
      return "kernel_unsupported";
    if (isTrue("requires_deterministic") && !entry.kernel->deterministic)
      return "nondeterministic";
    if (isTrue("is_cuda_graph_capturing") && !entry.kernel->captureSafe)
      return "not_capture_safe";
    return call.refused.count(entry.name) ? "circuit_open" : "selected";
  }

  static bool ruleHolds(const std::string &result) {
    return result != "disabled" && result != "operation_mismatch" && result != "condition_mismatch" &&
           result != "rollout_excluded";
  }

  Outcome select(size_t position, bool panic, size_t &start) {
    start = std::max(start, position + 1);
    const Entry &entry = entries[position];
    return {entry.name, entry.step, entry.rule, panic};
  }

  Outcome attempt(size_t &start, std::vector<Trace> &path) {
    std::optional<size_t> onlyBreaker;
    for (size_t i = 0; i < entries.size(); ++i) {
      const Entry &entry = entries[i];
      std::string result = resultOf(entry);
      bool eligible = !failed.count(entry.name);
      if (eligible) {
        path.push_back({entry.step, entry.name, entry.rule, result});
        if (entry.step == "kernel_lock" && result != "selected")
          path.push_back({entry.step, entry.name, entry.rule, "lock_unsatisfied"});
        if (result == "selected" && i >= start)
          return select(i, false, start);
        if (result == "circuit_open" && !onlyBreaker)
          onlyBreaker = i;
      }
      if (i + 1 >= start && endsStrict(i)) {
        if (!onlyBreaker)
          return {"", "strict", entry.rule, false};
        break;
      }
    }
    if (!onlyBreaker)
      return {"", "no_kernel_available", -1, false};
    const Entry &admitted = entries[*onlyBreaker];
    path.push_back({admitted.step, admitted.name, admitted.rule, "selected"});
    return select(*onlyBreaker, true, start);
  }

  /// Whether entry `last` is the last one of a strict rule that holds for one of its kernels (S5). None of them stands,
  /// or it would be selected.
  bool endsStrict(size_t last) const {
    int rule = entries[last].rule;
    if (rule < 0 || !policy.rules[rule].strict || (last + 1 < entries.size() && entries[last + 1].rule == rule))
      return false;
    for (const Entry &entry : entries)
      if (entry.rule == rule && ruleHolds(resultOf(entry)))
        return true;
    return false;
  }

  const World &world;
  const Policy &policy;
  const Call &call;
  std::vector<Entry> entries;
  std::set<std::string> failed;
};

} // namespace

Answer select(const World &world, const Call &call) { return Reading(world, call).answer(); }

} // namespace oracle
