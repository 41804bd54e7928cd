//===- Generator.cpp - Random policies, kernels and calls ------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Generator.h"

#include "Oracle.h"

#include <algorithm>

using namespace model;

namespace generator {
namespace {

enum class Type { Integer, Real, Boolean, Text, Version };

struct Field {
  std::string name;
  Type type;
  std::vector<Value> domain;
  std::vector<std::string> operations; // empty: all
};

const std::vector<std::string> attention{"attention.causal", "attention.full"};
const std::vector<std::string> operations{"attention.causal", "attention.full", "rms_norm", "rope", "matmul"};
const std::vector<Value> lengths{int64_t(1), int64_t(128), int64_t(8192), int64_t(8193)};
const std::vector<Value> counts{int64_t(1), int64_t(2), int64_t(8), int64_t(9), int64_t(16)};
const std::vector<Value> types{"float16", "bfloat16", "float32"};
const std::vector<Value> truths{false, true};
const std::vector<std::string> versions{"1.2", "1.10", "2", "2.0.0", "2.0.1"};

/// The facts of the five operations, by C6.
const std::vector<Field> fields{
    {"batch_size", Type::Integer, counts, {"attention.causal", "attention.full", "rms_norm", "rope"}},
    {"seq_len", Type::Integer, lengths, {"attention.causal", "attention.full", "rms_norm", "rope"}},
    {"seq_len_q", Type::Integer, lengths, attention},
    {"seq_len_k", Type::Integer, lengths, attention},
    {"head_dim", Type::Integer, {int64_t(64), int64_t(128)}, {"attention.causal", "attention.full", "rope"}},
    {"head_dim_v", Type::Integer, {int64_t(64), int64_t(128)}, attention},
    {"num_heads", Type::Integer, {int64_t(8), int64_t(32)}, {"attention.causal", "attention.full", "rope"}},
    {"num_kv_heads", Type::Integer, {int64_t(8), int64_t(32)}, attention},
    {"layout", Type::Text, {"BSHD", "BHSD"}, {"attention.causal", "attention.full", "rope"}},
    {"is_causal", Type::Boolean, truths, attention},
    {"causal_alignment", Type::Text, {"top_left", "bottom_right"}, {"attention.causal"}},
    {"enable_gqa", Type::Boolean, truths, attention},
    {"has_mask", Type::Boolean, truths, attention},
    {"dropout_p", Type::Real, {0.0, 0.1, 0.5}, attention},
    {"num_tokens", Type::Integer, counts, {"rms_norm"}},
    {"hidden_size", Type::Integer, {int64_t(4096), int64_t(4097)}, {"rms_norm"}},
    {"m", Type::Integer, counts, {"matmul"}},
    {"n", Type::Integer, counts, {"matmul"}},
    {"k", Type::Integer, {int64_t(64), int64_t(96)}, {"matmul"}},
    {"weight_dtype", Type::Text, types, {"matmul"}},
    {"dtype", Type::Text, types, {}},
    {"is_contiguous", Type::Boolean, truths, {}},
    {"stride_last_dim", Type::Integer, {int64_t(1), int64_t(2)}, {}},
    {"requires_deterministic", Type::Boolean, truths, {}},
    {"is_cuda_graph_capturing", Type::Boolean, truths, {}},
    {"platform", Type::Text, {"cpu", "cuda"}, {}},
    {"device", Type::Text, {"cpu", "cuda:0", "cuda:1"}, {}},
    {"sm", Type::Integer, {int64_t(80), int64_t(90)}, {}},
    {"arch", Type::Text, {"hopper", "ampere"}, {}},
    {"tp_size", Type::Integer, {int64_t(1), int64_t(2), int64_t(8)}, {}},
    {"tenant", Type::Text, {"", "acme", "beta"}, {}},
    {"site", Type::Text, {"model.layers.0.self_attn", "model.layers.1.mlp", "main/rope/2"}, {}},
    {"kernel", Type::Text, {"flash_a", "flash_b", "plain", "tiled_x"}, {}},
    {"library_version", Type::Version, {"1.2", "1.10", "2", "2.0.0"}, {}},
};

bool has(const Field &field, const std::string &operation) {
  return field.operations.empty() || std::count(field.operations.begin(), field.operations.end(), operation) != 0;
}

bool isCandidateFact(const std::string &field) { return field == "kernel" || field == "library_version"; }

/// Those that C6 and C8 give a value where the caller gives none.
const std::set<std::string> bracketed{"head_dim_v",
                                      "is_causal",
                                      "enable_gqa",
                                      "has_mask",
                                      "dropout_p",
                                      "weight_dtype",
                                      "is_contiguous",
                                      "stride_last_dim",
                                      "platform",
                                      "tp_size",
                                      "tenant",
                                      "requires_deterministic",
                                      "is_cuda_graph_capturing"};

/// Those of them that follow from other facts: given, they win over those (C8), so they are never given later than
/// those.
const std::set<std::string> derived{"head_dim_v", "is_causal", "enable_gqa", "weight_dtype", "platform"};

const std::vector<std::string> kernelNames{"flash_a", "flash_b", "tiled_x", "plain", "plain_old", "lab_experimental"};

} // namespace

std::string Generator::anyKernel() {
  if (chance(6))
    return pick<std::string>({"flash-attn.a", "no_such_kernel", "lab.gemm"});
  return pick(kernelNames);
}

std::string Generator::anyKernelPattern() {
  if (chance(65))
    return anyKernel();
  return pick<std::string>({"flash_*", "*", "plain*", "[ft]*", "*_experimental", "flash-*.?", "[!p]*_?", "none_*"});
}

std::string Generator::anyOperationPattern() {
  if (chance(35))
    return chance(50) ? pick(attention) : pick(operations);
  return pick<std::string>(
      {"attention.*", "*", "*", "norm.*", "r*", "attention.[cd]*", "m?tmul", "rope.standard", "*a*"});
}

std::optional<Condition> Generator::condition(const std::string &name) {
  const Field &field = *std::find_if(fields.begin(), fields.end(), [&](const Field &f) { return f.name == name; });
  std::vector<std::string> suffixes{"eq", "eq", "ne", "in", "not_in"};
  if (field.type == Type::Integer || field.type == Type::Real || field.type == Type::Version)
    suffixes.insert(suffixes.end(), {"gt", "gte", "lt", "lte", "gt", "gte", "lt", "lte"});
  if (field.type == Type::Integer)
    suffixes.insert(suffixes.end(), {"multiple_of", "multiple_of", "multiple_of"});
  if (field.type == Type::Text)
    suffixes.insert(suffixes.end(), {"match", "match", "match", "regex", "regex", "regex"});
  Condition made{name, pick(suffixes), {}, false};
  if (made.suffix == "match") {
    std::string value = std::get<std::string>(pick(field.domain));
    made.values = {value.empty() ? "?*" : pick<std::string>({value.substr(0, 2) + "*", "*" + value.substr(1), "*"})};
  } else if (made.suffix == "regex") {
    made.values = {pick<std::string>({"a", "^[a-f]", "[0-9]$", "layers\\.[02]", "1|6", "^$", "o.*t"})};
  } else if (made.suffix == "multiple_of") {
    made.values = {pick<Value>({int64_t(2), int64_t(8), int64_t(64), int64_t(3)})};
  } else if (made.suffix == "in" || made.suffix == "not_in" || (made.suffix == "eq" && chance(30))) {
    made.isList = true;
    for (size_t count = chance(4) ? 0 : 1 + below(3); count > 0; --count)
      made.values.push_back(pick(field.domain));
  } else {
    made.values = {pick(field.domain)};
    if (field.type == Type::Integer && chance(15))
      made.values = {double(std::get<int64_t>(made.values[0])) + pick<double>({-0.5, 0.5})};
  }
  return made;
}

/// Up to `most` conditions that an operation of the pattern can have (C2), no two of one key, or of one field and
/// operator (P1).
std::vector<Condition> Generator::conditions(const std::string &pattern, size_t most) {
  std::vector<Condition> list;
  for (size_t count = below(most + 1); count > 0; --count) {
    const Field &field =
        chance(12) ? fields[fields.size() - 1 - below(2)] : pick(fields); // the last two are the candidate's
    bool known = std::any_of(operations.begin(), operations.end(), [&](const std::string &operation) {
      return has(field, operation) && oracle::matchesOperation(pattern, operation);
    });
    std::optional<Condition> made = known ? condition(field.name) : std::nullopt;
    auto opOf = [](const Condition &c) { return c.suffix == "eq" && c.isList ? "in" : c.suffix; };
    bool twin = made && std::any_of(list.begin(), list.end(), [&](const Condition &c) {
                  return c.field == made->field && (c.suffix == made->suffix || opOf(c) == opOf(*made));
                });
    if (made && !twin)
      list.push_back(std::move(*made));
  }
  return list;
}

Kernel Generator::kernel(size_t index) {
  Kernel made;
  made.name = kernelNames[index];
  if (index == 0)
    made.aliases = {"flash-attn.a"};
  if (made.name == "lab_experimental")
    made.aliases = {"lab.gemm"};
  made.operations = {
      pick<std::string>({"*", "*", "*", "*", "attention.*", "attention.*", "norm.rms", "r*", "matmul", "*a*"})};
  made.priority = 50 + int(below(3));
  made.isDefault = chance(25);
  made.deterministic = chance(60);
  made.captureSafe = chance(60);
  made.requirements = conditions(made.operations[0], chance(50) ? 1 : 0);
  return made;
}

Rule Generator::rule(size_t index) {
  Rule made;
  made.operation = anyOperationPattern();
  made.kernel = anyKernelPattern();
  made.conditions = conditions(made.operation, 4);
  made.priority = 50 + int(below(3));
  made.enabled = !chance(6);
  made.strict = chance(14);
  if (chance(25)) {
    made.name = "r" + std::to_string(index);
    made.rollout = pick<int>({0, 1250, 5000, 5000, 9000, 10000});
  }
  return made;
}

World Generator::world() {
  World world;
  for (size_t i = 0, count = 3 + below(kernelNames.size() - 2); i < count; ++i)
    world.kernels.push_back(kernel(i));
  Policy &policy = world.policy;
  for (size_t i = 0, count = below(6); i < count; ++i)
    policy.rules.push_back(rule(i));
  auto keys = [&](int percent, auto &map, auto value) {
    std::set<std::string> seen;
    for (const std::string &key : {anyOperationPattern(), anyOperationPattern()})
      if (chance(percent) && seen.insert(key == "rope.standard" ? "rope" : key).second)
        map.emplace_back(key, value());
  };
  keys(16, policy.locks, [&] { return anyKernel(); });
  keys(30, policy.chains, [&] {
    std::vector<std::string> chain;
    for (size_t count = chance(10) ? 0 : 1 + below(4); count > 0; --count)
      chain.push_back(anyKernel());
    return chain;
  });
  for (const std::string &operation : operations)
    if (chance(40))
      policy.staticMap.emplace_back(operation == "rope" ? "rope.standard" : operation, anyKernel());
  if (chance(25))
    policy.fallback = anyKernel();
  if (chance(25))
    policy.denies = {anyKernelPattern()};
  if (chance(25))
    policy.allows = {anyKernelPattern(), anyKernelPattern()};
  return world;
}

void complete(Call &call) {
  Facts &facts = call.facts = call.given;
  auto fill = [&](const std::string &field, const std::optional<Value> &value) {
    const Field &row = *std::find_if(fields.begin(), fields.end(), [&](const Field &f) { return f.name == field; });
    if (has(row, call.operation) && !facts.count(field))
      facts[field] = value;
  };
  if (facts.count("seq_len"))
    fill("seq_len_q", facts["seq_len"]);
  else if (facts.count("seq_len_q"))
    fill("seq_len", facts["seq_len_q"]);
  if (facts.count("head_dim"))
    fill("head_dim_v", facts["head_dim"]);
  if (facts.count("num_heads") && facts.count("num_kv_heads"))
    fill("enable_gqa", facts["num_heads"] && facts["num_kv_heads"]
                           ? std::optional<Value>(facts["num_heads"] != facts["num_kv_heads"])
                           : std::nullopt);
  std::optional<Value> device = facts["device"];
  std::string prefix = device ? std::get<std::string>(*device) : "";
  fill("platform", device ? std::optional<Value>(prefix.substr(0, prefix.find(':'))) : std::nullopt);
  fill("weight_dtype", facts["dtype"]);
  fill("is_causal", call.operation == "attention.causal");
  for (const char *field : {"has_mask", "requires_deterministic", "is_cuda_graph_capturing"})
    fill(field, false);
  fill("dropout_p", 0.0);
  fill("is_contiguous", true);
  fill("stride_last_dim", int64_t(1));
  fill("tp_size", int64_t(1));
  fill("tenant", "");
}

Call Generator::call(const World &world) {
  Call call;
  call.operation = chance(40) ? pick(attention) : pick(operations);
  call.isStatic = chance(12);
  std::string twin = chance(50) ? "seq_len" : "seq_len_q";
  bool isAttention = std::count(attention.begin(), attention.end(), call.operation) != 0;
  for (const Field &field : fields) {
    bool isOtherName = isAttention && field.name != twin && (field.name == "seq_len" || field.name == "seq_len_q");
    if (!has(field, call.operation) || isCandidateFact(field.name) || isOtherName ||
        (bracketed.count(field.name) && chance(50)))
      continue;
    call.given[field.name] = chance(4) ? std::nullopt : std::optional<Value>(pick(field.domain));
  }
  complete(call);
  if (chance(50))
    call.rolloutKey = "key" + std::to_string(below(1000));
  call.draw = uint32_t(below(10000));
  bool refuses = chance(30);
  for (const Kernel &kernel : world.kernels) {
    call.versions[kernel.name] = pick(versions);
    if (refuses && chance(60))
      call.refused.insert(kernel.name);
  }
  return call;
}

harness::Split Generator::split(const Call &call) {
  harness::Split split;
  split.derives = chance(50);
  int percent = pick<int>({0, 15, 30, 60, 100, 100});
  for (const auto &[field, value] : split.derives ? call.given : call.facts)
    if (chance(percent) && !(split.derives && derived.count(field)))
      split.open.insert(field);
  for (const char *field : {"rollout", "library_version"})
    if (percent && chance(percent + 20))
      split.open.insert(field);
  return split;
}

} // namespace generator
