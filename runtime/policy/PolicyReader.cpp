//===- PolicyReader.cpp - A policy document ---------------------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One function a section; a section can be read again from an environment's overlay, so each begins by taking its part
// of the policy back to the defaults. No section's validity depends on another's. Change together with NormalForm.cpp,
// which writes every section.
//
//===----------------------------------------------------------------------===//
#include "PolicyReader.h"

#include <algorithm>

namespace lzrt {

using yaml::Bounds;
using yaml::Node;
using yaml::NodeId;

namespace {
constexpr int64_t manyCalls = 1000000, manyEntries = 100000000, manySeconds = 1000000000;
/// A rule that names no priority, until the defaults of the merged document are known.
constexpr int priorityNotGiven = -1;

std::vector<std::string> allModes() {
  std::vector<std::string> names;
  for (int mode = 0; mode < LZ_MODE_COUNT; ++mode)
    names.emplace_back(modeName(Mode(mode)));
  return names;
}

/// P3: `text` as hundredths, decided on the decimal digits: nullopt for more than two decimals or a value outside
/// 0..100.
std::optional<int> hundredths(std::string_view text) {
  if (!text.empty() && text[0] == '+')
    text.remove_prefix(1);
  size_t mantissaEnd = std::min(text.find_first_of("eE"), text.size());
  std::string digits;
  int64_t scale = 2; // the value is digits * 10^(scale - 2)
  bool fraction = false;
  for (char c : text.substr(0, mantissaEnd)) {
    if (c == '-')
      return text.find_first_of("123456789") >= mantissaEnd ? std::optional<int>(0) : std::nullopt;
    if (c == '.') {
      fraction = true;
      continue;
    }
    scale -= fraction;
    digits += c;
  }
  if (mantissaEnd < text.size()) {
    std::string_view exponent = text.substr(mantissaEnd + 1);
    bool negative = exponent[0] == '-';
    int64_t magnitude = 0;
    for (char c : exponent)
      if (c >= '0' && c <= '9')
        magnitude = std::min<int64_t>(magnitude * 10 + (c - '0'), 1 << 20);
    scale += negative ? -magnitude : magnitude;
  }
  while (scale < 0 && !digits.empty() && digits.back() == '0') {
    digits.pop_back();
    ++scale;
  }
  digits.erase(0, digits.find_first_not_of('0'));
  if (digits.empty())
    return 0;
  if (scale < 0 || int64_t(digits.size()) + scale > 5)
    return std::nullopt;
  digits.append(size_t(scale), '0');
  int value = std::stoi(digits);
  return value <= 10000 ? std::optional<int>(value) : std::nullopt;
}
} // namespace

const std::vector<PolicyReader::Section> &PolicyReader::sections() {
  static const std::vector<Section> table = {{"version", &PolicyReader::readVersion},
                                             {"defaults", &PolicyReader::readDefaults},
                                             {"dispatch_rules", &PolicyReader::readRules},
                                             {"static_kernel_map", &PolicyReader::readStaticMap},
                                             {"kernel_locks", &PolicyReader::readLocks},
                                             {"kernel_denies", &PolicyReader::readDenies},
                                             {"kernel_allows", &PolicyReader::readAllows},
                                             {"fallback_chains", &PolicyReader::readChains},
                                             {"mode", &PolicyReader::readMode},
                                             {"modes", &PolicyReader::readModes},
                                             {"circuit_breaker", &PolicyReader::readBreaker},
                                             {"cache", &PolicyReader::readCache},
                                             {"hot_reload", &PolicyReader::readHotReload},
                                             {"telemetry", &PolicyReader::readTelemetry}};
  return table;
}

const PolicyReader::Section *PolicyReader::findSection(const std::string &name) {
  for (const Section &section : sections())
    if (section.name == name)
      return &section;
  return nullptr;
}

void PolicyReader::readSections(NodeId map, const std::string &what, Policy &policy) {
  std::vector<NodeId> entries = context.at(map).children;
  for (size_t i = 0; i < entries.size(); i += 2) {
    const Node &key = context.at(entries[i]);
    bool isDocument = map == context.tree.root;
    if (isDocument && key.text == "environments")
      continue;
    if (const Section *section = findSection(key.text)) {
      (this->*section->read)(entries[i + 1], policy);
      continue;
    }
    std::vector<std::string> known;
    for (const Section &section : sections())
      known.emplace_back(section.name);
    if (isDocument)
      known.emplace_back("environments");
    context.error(entries[i], "P1", "unknown key `" + key.text + "` in " + what,
                  context.errors.suggest(key.text, known));
  }
}

void PolicyReader::readVersion(NodeId id, Policy &) { context.checkVersion(id); }

void PolicyReader::readDefaults(NodeId id, Policy &policy) {
  policy.fallbackPolicy = {};
  policy.defaultPriority = 50;
  policy.onNoKernel = OnNoKernel::Error;
  context.readMap(id, "`defaults`",
                  {{"fallback_policy",
                    [&](NodeId value) {
                      if (auto kernel = context.kernelName(value, "`fallback_policy`"))
                        policy.fallbackPolicy = *kernel;
                    }},
                   {"default_priority",
                    [&](NodeId value) {
                      if (auto priority = context.integer(value, "`default_priority`", 0, 1000, "P3"))
                        policy.defaultPriority = int(*priority);
                    }},
                   {"on_no_kernel", [&](NodeId value) {
                      if (auto text = context.choice(value, "`on_no_kernel`", {"error", "decompose"}))
                        policy.onNoKernel = *text == "error" ? OnNoKernel::Error : OnNoKernel::Decompose;
                    }}});
}

void PolicyReader::readRules(NodeId id, Policy &policy) {
  policy.rules.clear();
  if (!context.isList(id, "`dispatch_rules`"))
    return;
  size_t count = context.at(id).children.size();
  if (count > Bounds::rules) {
    context.error(id, "P2", "more than " + std::to_string(Bounds::rules) + " rules");
    return;
  }
  policy.rules.reserve(count);
  std::unordered_map<std::string, NodeId> names;
  for (size_t i = 0; i < count; ++i)
    readRule(context.at(id).children[i], names, policy);
}

void PolicyReader::readRule(NodeId id, std::unordered_map<std::string, NodeId> &names, Policy &policy) {
  Rule &rule = policy.rules.emplace_back();
  rule.priority = priorityNotGiven;
  rule.location = context.place(id);
  std::optional<NodeId> conditions, rollout, name;
  std::optional<Pattern> operation, kernel;
  auto setFlag = [this](NodeId value, const char *what, bool &flag) {
    if (auto given = context.boolean(value, what))
      flag = *given;
  };
  bool isMap =
      context.readMap(id, "a dispatch rule",
                      {{"operation", [&](NodeId value) { operation = context.nameOrPattern(value, "`operation`"); }},
                       {"kernel", [&](NodeId value) { kernel = context.nameOrPattern(value, "`kernel`"); }},
                       {"conditions", [&](NodeId value) { conditions = value; }},
                       {"priority",
                        [&](NodeId value) {
                          if (auto priority = context.integer(value, "`priority`", 0, 1000, "P3"))
                            rule.priority = int(*priority);
                        }},
                       {"name", [&](NodeId value) { name = value; }},
                       {"rollout_percent", [&](NodeId value) { rollout = value; }},
                       {"enabled", [&](NodeId value) { setFlag(value, "`enabled`", rule.enabled); }},
                       {"strict", [&](NodeId value) { setFlag(value, "`strict`", rule.strict); }}});
  if (!isMap)
    return;
  for (const char *required : {"operation", "kernel"})
    if (!context.find(id, required))
      context.error(id, "P1", "a dispatch rule needs `" + std::string(required) + "`");
  if (name)
    readRuleName(*name, names, rule);
  if (rollout)
    readRollout(*rollout, name.has_value(), rule);
  OperationMask mask = operation ? context.operationsOf(*operation) : 0;
  if (conditions)
    context.conditions(*conditions, "`conditions`", mask,
                       operation ? "any operation that `" + operation->glob.text() + "` matches" : "", rule.conditions);
  if (operation)
    rule.operation = std::move(*operation);
  if (kernel)
    rule.kernel = std::move(*kernel);
}

void PolicyReader::readRuleName(NodeId id, std::unordered_map<std::string, NodeId> &names, Rule &rule) {
  std::optional<std::string> name = context.name(id, "`name`");
  if (!name)
    return;
  auto [entry, isNew] = names.emplace(*name, id);
  if (!isNew)
    context.error(id, "P3",
                  "rule name `" + *name + "` is taken by the rule at line " +
                      std::to_string(context.at(entry->second).line) + "; names are unique");
  rule.name = std::move(*name);
}

void PolicyReader::readRollout(NodeId id, bool isNamed, Rule &rule) {
  const Node &node = context.at(id);
  if (node.kind == Node::Kind::Faulty)
    return;
  if (!isNamed)
    context.error(id, "P3", "`rollout_percent` needs a `name`, which decides who is admitted; give the rule one");
  std::optional<int> value;
  if (node.kind == Node::Kind::Scalar) {
    yaml::Scalar scalar = yaml::resolve(node);
    bool based = node.text.size() > 1 && (node.text[1] == 'x' || node.text[1] == 'o');
    if (auto *integer = std::get_if<int64_t>(&scalar); integer && based)
      value = hundredths(std::to_string(*integer));
    else if (integer || std::holds_alternative<double>(scalar))
      value = hundredths(node.text);
  }
  if (value)
    rule.rollout = *value;
  else
    context.error(id, "P3",
                  "`rollout_percent` must be a number from 0 to 100 with at most 2 decimals, got " + describe(node));
}

void PolicyReader::keyed(NodeId id, const std::string &what, bool plainKeys,
                         const std::function<void(Pattern, NodeId)> &add) {
  if (!context.isMap(id, what))
    return;
  std::unordered_map<int, NodeId> operations;
  std::vector<NodeId> entries = context.at(id).children;
  for (size_t i = 0; i < entries.size(); i += 2) {
    std::optional<Pattern> key = context.pattern(entries[i], "a key of " + what);
    if (!key)
      continue;
    const std::string text = key->glob.text();
    if (plainKeys && !key->glob.isPlain()) {
      context.error(entries[i], "C5",
                    "a key of " + what + " must be a plain operation name, got the glob `" + text + "`");
      continue;
    }
    std::optional<Operation> operation = key->glob.isPlain() ? findOperation(text) : std::nullopt;
    if (operation) {
      auto [first, isNew] = operations.emplace(int(*operation), entries[i]);
      if (!isNew) {
        const Node &other = context.at(first->second);
        context.error(entries[i], "P6",
                      "`" + text + "` and `" + other.text + "` at line " + std::to_string(other.line) +
                          " name one operation; keep one");
        continue;
      }
    }
    add(std::move(*key), entries[i + 1]);
  }
}

void PolicyReader::readKernelMap(NodeId id, const std::string &what, bool plainKeys,
                                 std::vector<Keyed<KernelName>> &out) {
  out.clear();
  keyed(id, what, plainKeys, [&](Pattern key, NodeId value) {
    if (auto kernel = context.kernelName(value, "a kernel of " + what))
      out.push_back({std::move(key), std::move(*kernel)});
  });
}

void PolicyReader::readStaticMap(NodeId id, Policy &policy) {
  readKernelMap(id, "`static_kernel_map`", true, policy.staticKernelMap);
}

void PolicyReader::readLocks(NodeId id, Policy &policy) { readKernelMap(id, "`kernel_locks`", false, policy.locks); }

void PolicyReader::readPatterns(NodeId id, const std::string &what, std::vector<Pattern> &out) {
  out.clear();
  if (!context.isList(id, what))
    return;
  for (NodeId element : context.at(id).children)
    if (auto pattern = context.pattern(element, "an entry of " + what))
      out.push_back(std::move(*pattern));
}

void PolicyReader::readDenies(NodeId id, Policy &policy) { readPatterns(id, "`kernel_denies`", policy.denies); }
void PolicyReader::readAllows(NodeId id, Policy &policy) { readPatterns(id, "`kernel_allows`", policy.allows); }

void PolicyReader::readChains(NodeId id, Policy &policy) {
  policy.chains.clear();
  keyed(id, "`fallback_chains`", false, [&](Pattern key, NodeId value) {
    std::vector<KernelName> chain;
    if (!context.isList(value, "a chain of `fallback_chains`"))
      return;
    for (NodeId element : context.at(value).children)
      if (auto kernel = context.kernelName(element, "a kernel of a fallback chain"))
        chain.push_back(std::move(*kernel));
    policy.chains.push_back({std::move(key), std::move(chain)});
  });
}

void PolicyReader::readMode(NodeId id, Policy &policy) {
  policy.mode = LZ_MODE_UNSET;
  if (auto name = context.choice(id, "`mode`", allModes()))
    policy.mode = *findMode(*name);
}

void PolicyReader::readModes(NodeId id, Policy &policy) {
  policy.modes.clear();
  keyed(id, "`modes`", false, [&](Pattern key, NodeId value) {
    if (auto name = context.choice(value, "a mode of `modes`", allModes()))
      policy.modes.push_back({std::move(key), *findMode(*name)});
  });
}

Key PolicyReader::flag(const char *name, bool &out) {
  return {name, [this, &out, name](NodeId value) {
            if (auto given = context.boolean(value, "`" + std::string(name) + "`"))
              out = *given;
          }};
}

Key PolicyReader::count(const char *name, int64_t high, int64_t &out) {
  return {name, [this, &out, name, high](NodeId value) {
            if (auto given = context.integer(value, "`" + std::string(name) + "`", 1, high))
              out = *given;
          }};
}

Key PolicyReader::seconds(const char *name, double &out) {
  return {name, [this, &out, name](NodeId value) {
            if (auto given = context.number(value, "`" + std::string(name) + "`", 0, double(manySeconds)))
              out = *given;
          }};
}

void PolicyReader::readBreaker(NodeId id, Policy &policy) {
  auto &breaker = policy.circuitBreaker = {};
  context.readMap(id, "`circuit_breaker`",
                  {flag("enabled", breaker.enabled), count("failure_threshold", manyCalls, breaker.failureThreshold),
                   seconds("recovery_timeout_seconds", breaker.recoveryTimeoutSeconds),
                   count("success_threshold", manyCalls, breaker.successThreshold),
                   count("half_open_max_calls", manyCalls, breaker.halfOpenMaxCalls)});
}

void PolicyReader::readCache(NodeId id, Policy &policy) {
  auto &cache = policy.cache = {};
  context.readMap(id, "`cache`",
                  {flag("enabled", cache.enabled), count("size", manyEntries, cache.size),
                   seconds("ttl_seconds", cache.ttlSeconds)});
}

void PolicyReader::readHotReload(NodeId id, Policy &policy) {
  auto &reload = policy.hotReload = {};
  context.readMap(id, "`hot_reload`",
                  {flag("enabled", reload.enabled), seconds("watch_interval_seconds", reload.watchIntervalSeconds),
                   flag("validate_on_reload", reload.validateOnReload),
                   seconds("grace_period_seconds", reload.gracePeriodSeconds),
                   seconds("probation_seconds", reload.probationSeconds)});
}

void PolicyReader::readTelemetry(NodeId id, Policy &policy) {
  policy.telemetry = true;
  context.readMap(id, "`telemetry`", {flag("enabled", policy.telemetry)});
}

/// Maps by key, anything else replaced. `entries` counts what merging has made.
NodeId PolicyReader::merge(NodeId base, NodeId overlay) {
  yaml::Tree &tree = context.tree;
  if (tree[base].kind != Node::Kind::Map || tree[overlay].kind != Node::Kind::Map)
    return overlay;
  Node merged;
  merged.kind = Node::Kind::Map;
  merged.line = tree[overlay].line;
  merged.column = tree[overlay].column;
  merged.children = tree[base].children;
  std::unordered_map<std::string, size_t> places;
  for (size_t i = 0; i < merged.children.size(); i += 2)
    places.emplace(tree[merged.children[i]].text, i);
  const std::vector<NodeId> added = tree[overlay].children;
  for (size_t i = 0; i < added.size(); i += 2) {
    auto place = places.find(tree[added[i]].text);
    if (place == places.end()) {
      merged.children.insert(merged.children.end(), {added[i], added[i + 1]});
      continue;
    }
    merged.children[place->second] = added[i];
    merged.children[place->second + 1] = merge(merged.children[place->second + 1], added[i + 1]);
  }
  mergedEntries += merged.children.size() / 2;
  tree.nodes.push_back(std::move(merged));
  return NodeId(tree.nodes.size() - 1);
}

/// An environment as a map of whole sections: those that it names, each merged over the document's.
std::optional<NodeId> PolicyReader::overlay(NodeId environment) {
  yaml::Tree &tree = context.tree;
  std::vector<NodeId> children = tree[environment].children;
  for (size_t i = 0; i < children.size(); i += 2)
    if (std::optional<NodeId> base = context.find(tree.root, tree[children[i]].text))
      children[i + 1] = merge(*base, children[i + 1]);
  if (mergedEntries > Bounds::mergedEntries)
    return std::nullopt;
  Node sections = tree[environment];
  sections.children = std::move(children);
  tree.nodes.push_back(std::move(sections));
  return NodeId(tree.nodes.size() - 1);
}

void PolicyReader::readEnvironments(NodeId id, const std::string &chosen, Policy &policy) {
  if (!context.isMap(id, "`environments`"))
    return;
  std::vector<NodeId> entries = context.at(id).children;
  for (size_t i = 0; i < entries.size(); i += 2) {
    std::optional<std::string> name = context.name(entries[i], "the name of an environment");
    if (!name)
      continue;
    policy.environments.push_back(*name);
    std::string what = "environment `" + *name + "`";
    if (!context.isMap(entries[i + 1], what))
      continue;
    std::optional<NodeId> merged = overlay(entries[i + 1]);
    if (!merged) {
      context.error(entries[i], "P2",
                    "the environments together merge more than " + std::to_string(Bounds::mergedEntries) + " entries");
      return;
    }
    Policy scratch;
    readSections(*merged, what, *name == chosen ? policy : scratch);
  }
}

Policy PolicyReader::read(const std::string &file, const std::string &environment) {
  Policy policy;
  policy.file = file;
  policy.environment = environment;
  NodeId root = context.tree.root;
  if (!context.isMap(root, "a policy"))
    return policy;
  if (!context.find(root, "version"))
    context.error(root, "P1", "a policy needs `version: \"1.0\"`");
  readSections(root, "a policy", policy);
  std::optional<NodeId> environments = context.find(root, "environments");
  if (environments)
    readEnvironments(*environments, environment, policy);
  const std::vector<std::string> &names = policy.environments;
  if (!environment.empty() && std::find(names.begin(), names.end(), environment) == names.end())
    context.error(environments.value_or(root), "P1", "the policy has no environment `" + environment + "`",
                  context.errors.suggest(environment, names));
  for (Rule &rule : policy.rules)
    if (rule.priority == priorityNotGiven)
      rule.priority = policy.defaultPriority;
  return policy;
}

std::shared_ptr<const Policy> parsePolicy(std::string_view text, const std::string &file,
                                          const std::string &environment, Diagnostics &diagnostics) {
  yaml::Errors errors(file, diagnostics);
  std::shared_ptr<const Policy> policy;
  if (std::optional<yaml::Tree> tree = yaml::parse(text, errors)) {
    ReadContext context(*tree, errors);
    Policy read = PolicyReader(context).read(file, environment);
    if (!errors.any())
      policy = std::make_shared<const Policy>(std::move(read));
  }
  errors.flush();
  return policy;
}

std::shared_ptr<const Policy> emptyPolicy() {
  static const std::shared_ptr<const Policy> empty = std::make_shared<const Policy>();
  return empty;
}

} // namespace lzrt
