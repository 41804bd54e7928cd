//===- NormalForm.cpp - P5's normal form ------------------------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two policies that mean the same have the same text, and the reader takes it. What has no meaning is ordered or left
// out: places, comments, spelling, the order of conditions, denies, allows, value lists and plain keys, and
// `default_priority`, which stands in each rule. What keeps its order: rules (their index is reported), glob keys (the
// first wins, P6), chains. Change together with PolicyReader.cpp and ManifestReader.cpp.
//
//===----------------------------------------------------------------------===//
#include "NormalForm.h"
#include "lzrt/policy/Reader.h"

#include <algorithm>
#include <map>

namespace lzrt {
namespace {
/// "1.0" and "1" are one version: trailing zero components go.
Value shortened(const Value &value) {
  const Version *version = std::get_if<Version>(&value);
  if (!version)
    return value;
  Version shorter = *version;
  while (shorter.parts.size() > 1 && shorter.parts.back() == 0)
    shorter.parts.pop_back();
  return shorter;
}

std::string conditionKey(const Condition &condition) {
  std::string key(factName(condition.fact));
  // A list under the bare name means `_in` (C1), a single value equals.
  if (condition.op != Operator::Eq)
    key += "_" + std::string(operatorName(condition.op));
  return key;
}

std::string conditionValue(const Condition &condition) {
  if (condition.op != Operator::In && condition.op != Operator::NotIn)
    return toJson(shortened(condition.values.front()));
  std::vector<std::string> values;
  for (const Value &value : condition.values)
    values.push_back(toJson(shortened(value)));
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  JsonWriter json;
  json.beginList();
  for (const std::string &value : values)
    json.raw(value);
  json.endList();
  return json.take();
}

/// A key that no condition has yet. Only equality has several spellings (C1), so that a fact has at most three
/// conditions of it, and at most two that are not `_in`.
std::string freeKey(const Condition &condition, const std::map<std::string, std::string> &taken) {
  std::string key = conditionKey(condition), name(factName(condition.fact));
  for (const std::string &spelling : {key, name, name + "_eq"})
    if (!taken.count(spelling))
      return spelling;
  return key;
}

void writeConditions(JsonWriter &json, const std::vector<Condition> &conditions) {
  std::map<std::pair<std::string, std::string>, const Condition *> ordered;
  for (const Condition &condition : conditions)
    ordered.emplace(std::pair(conditionKey(condition), conditionValue(condition)), &condition);
  std::map<std::string, std::string> entries;
  for (const auto &[text, condition] : ordered)
    entries.emplace(freeKey(*condition, entries), text.second);
  json.beginMap();
  for (const auto &[key, value] : entries) {
    json.key(key);
    json.raw(value);
  }
  json.endMap();
}

/// The canonical name where the pattern plainly names an operation.
std::string operationText(const Pattern &pattern) {
  if (pattern.glob.isPlain())
    if (std::optional<Operation> operation = findOperation(pattern.glob.text()))
      return std::string(operationName(*operation));
  return pattern.glob.text();
}

/// 12.5 for 1250: exact, without a float in between.
std::string percentText(int hundredths) {
  std::string text = std::to_string(hundredths / 100);
  if (int rest = hundredths % 100; rest != 0)
    text += std::string(rest < 10 ? ".0" : ".") + std::to_string(rest % 10 == 0 ? rest / 10 : rest);
  return text;
}

void writeRule(JsonWriter &json, const Rule &rule) {
  json.beginMap();
  if (!rule.name.empty()) {
    json.key("name");
    json.string(rule.name);
  }
  json.key("operation");
  json.string(operationText(rule.operation));
  json.key("kernel");
  json.string(rule.kernel.glob.text());
  json.key("conditions");
  writeConditions(json, rule.conditions);
  json.key("priority");
  json.integer(rule.priority);
  if (!rule.name.empty()) {
    json.key("rollout_percent");
    json.raw(percentText(rule.rollout));
  }
  json.key("enabled");
  json.boolean(rule.enabled);
  json.key("strict");
  json.boolean(rule.strict);
  json.endMap();
}

/// Plain keys first, by name: an exact key precedes every glob. Glob keys after them in file order.
template <typename T, typename WriteValue>
void writeKeyed(JsonWriter &json, std::string_view name, const std::vector<Keyed<T>> &entries, WriteValue writeValue) {
  std::vector<std::pair<std::string, const T *>> plain, globs;
  for (const Keyed<T> &entry : entries)
    (entry.key.glob.isPlain() ? plain : globs).emplace_back(operationText(entry.key), &entry.value);
  std::sort(plain.begin(), plain.end(), [](const auto &a, const auto &b) { return a.first < b.first; });
  plain.insert(plain.end(), globs.begin(), globs.end());
  json.key(name);
  json.beginMap();
  for (const auto &[key, value] : plain) {
    json.key(key);
    writeValue(*value);
  }
  json.endMap();
}

void writeStrings(JsonWriter &json, std::string_view name, std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
  json.key(name);
  json.beginList();
  for (const std::string &text : texts)
    json.string(text);
  json.endList();
}

void writePatterns(JsonWriter &json, std::string_view name, const std::vector<Pattern> &patterns) {
  std::vector<std::string> texts;
  for (const Pattern &pattern : patterns)
    texts.push_back(pattern.glob.text());
  writeStrings(json, name, std::move(texts));
}

void writeHealth(JsonWriter &json, const Policy &policy) {
  auto flag = [&](const char *name, bool value) { json.key(name), json.boolean(value); };
  auto count = [&](const char *name, int64_t value) { json.key(name), json.integer(value); };
  auto seconds = [&](const char *name, double value) { json.key(name), json.number(value); };
  json.key("circuit_breaker");
  json.beginMap();
  flag("enabled", policy.circuitBreaker.enabled);
  count("failure_threshold", policy.circuitBreaker.failureThreshold);
  seconds("recovery_timeout_seconds", policy.circuitBreaker.recoveryTimeoutSeconds);
  count("success_threshold", policy.circuitBreaker.successThreshold);
  count("half_open_max_calls", policy.circuitBreaker.halfOpenMaxCalls);
  json.endMap();
  json.key("cache");
  json.beginMap();
  flag("enabled", policy.cache.enabled);
  count("size", policy.cache.size);
  seconds("ttl_seconds", policy.cache.ttlSeconds);
  json.endMap();
  json.key("hot_reload");
  json.beginMap();
  flag("enabled", policy.hotReload.enabled);
  seconds("watch_interval_seconds", policy.hotReload.watchIntervalSeconds);
  flag("validate_on_reload", policy.hotReload.validateOnReload);
  seconds("grace_period_seconds", policy.hotReload.gracePeriodSeconds);
  seconds("probation_seconds", policy.hotReload.probationSeconds);
  json.endMap();
  json.key("telemetry");
  json.beginMap();
  flag("enabled", policy.telemetry);
  json.endMap();
}

void writeModes(JsonWriter &json, const Policy &policy) {
  if (policy.mode != LZ_MODE_UNSET) {
    json.key("mode");
    json.string(modeName(policy.mode));
  }
  writeKeyed(json, "modes", policy.modes, [&](Mode mode) { json.string(modeName(mode)); });
}
} // namespace

void writeSelectionSections(JsonWriter &json, const Policy &policy) {
  json.key("dispatch_rules");
  json.beginList();
  for (const Rule &rule : policy.rules)
    writeRule(json, rule);
  json.endList();
  auto writeName = [&](const KernelName &kernel) { json.string(kernel.name); };
  writeKeyed(json, "static_kernel_map", policy.staticKernelMap, writeName);
  writeKeyed(json, "kernel_locks", policy.locks, writeName);
  writePatterns(json, "kernel_denies", policy.denies);
  writePatterns(json, "kernel_allows", policy.allows);
  writeKeyed(json, "fallback_chains", policy.chains, [&](const std::vector<KernelName> &chain) {
    json.beginList();
    for (const KernelName &kernel : chain)
      json.string(kernel.name);
    json.endList();
  });
}

std::string normalForm(const Policy &policy) {
  JsonWriter json;
  json.beginMap();
  json.key("version");
  json.string("1.0");
  json.key("defaults");
  json.beginMap();
  if (!policy.fallbackPolicy.name.empty()) {
    json.key("fallback_policy");
    json.string(policy.fallbackPolicy.name);
  }
  json.key("on_no_kernel");
  json.string(policy.onNoKernel == OnNoKernel::Error ? "error" : "decompose");
  json.endMap();
  writeSelectionSections(json, policy);
  writeModes(json, policy);
  writeHealth(json, policy);
  json.endMap();
  return json.take();
}

void writeKernel(JsonWriter &json, const Kernel &kernel, bool binding) {
  json.beginMap();
  json.key("name");
  json.string(kernel.name);
  writeStrings(json, "aliases", kernel.aliases);
  std::vector<std::string> operations;
  for (Operation operation : kernel.operations)
    operations.emplace_back(operationName(operation));
  writeStrings(json, "operations", std::move(operations));
  if (binding && !kernel.symbol.empty()) {
    json.key("symbol");
    json.string(kernel.symbol);
  }
  json.key("priority");
  json.integer(kernel.priority);
  json.key("default");
  json.boolean(kernel.isDefault);
  json.key("requires");
  writeConditions(json, kernel.requires_);
  json.key("deterministic");
  json.boolean(kernel.deterministic);
  json.key("graph_capture_safe");
  json.boolean(kernel.graphCaptureSafe);
  json.key("failure_atomic");
  json.boolean(kernel.failureAtomic);
  json.endMap();
}

/// Manifests and kernels keep their order, so that a kernel has the same index when read back.
std::string normalForm(const KernelSet &kernels) {
  JsonWriter json;
  json.beginMap();
  json.key("version");
  json.string("1.0");
  json.key("manifests");
  json.beginList();
  size_t next = 0;
  for (size_t source = 0; source < kernels.manifests().size(); ++source) {
    const Manifest &manifest = kernels.manifests()[source];
    json.beginMap();
    json.key("version");
    json.string("1.0");
    if (!manifest.library.empty()) {
      json.key("library");
      json.string(manifest.library);
    }
    if (!manifest.sha256.empty()) {
      json.key("sha256");
      json.string(manifest.sha256);
    }
    json.key("kernels");
    json.beginList();
    for (; next < kernels.kernels().size() && kernels.kernels()[next].manifest == int(source); ++next)
      writeKernel(json, kernels.kernels()[next], true);
    json.endList();
    json.endMap();
  }
  json.endList();
  json.endMap();
  return json.take();
}

} // namespace lzrt
