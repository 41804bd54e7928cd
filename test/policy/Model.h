//===- Model.h - A policy, its kernels and a call as plain data -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the law test draws at random. The Oracle reads it as it stands; the Harness writes it as documents, which go
// through the product's readers.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_POLICY_MODEL_H
#define LZ_TEST_POLICY_MODEL_H

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace model {

using Value = std::variant<bool, int64_t, double, std::string>;

/// `suffix`: eq, ne, …, as the residual prints operators. A list under `eq` is written without a suffix (C1).
struct Condition {
  std::string field, suffix;
  std::vector<Value> values;
  bool isList = false;
};

struct Kernel {
  std::string name;
  std::vector<std::string> aliases, operations;
  int priority = 50;
  bool isDefault = false, deterministic = false, captureSafe = false;
  std::vector<Condition> requirements;
};

struct Rule {
  std::string operation, kernel, name;
  std::vector<Condition> conditions;
  int priority = 50;
  int rollout = 10000; // hundredths of a percent
  bool enabled = true, strict = false;
};

template <typename T> using Keyed = std::vector<std::pair<std::string, T>>;

struct Policy {
  std::string fallback;
  std::vector<Rule> rules;
  Keyed<std::string> locks, staticMap;
  Keyed<std::vector<std::string>> chains;
  std::vector<std::string> denies, allows;
};

struct World {
  Policy policy;
  std::vector<Kernel> kernels;
};

/// No value: Absent.
using Facts = std::map<std::string, std::optional<Value>>;

struct Call {
  std::string operation;
  /// What the caller gives, and what it comes to with C6's and C8's completions. A field that `facts` lacks is no fact
  /// of the operation.
  Facts given, facts;
  bool isStatic = false;
  std::optional<std::string> rolloutKey;
  uint32_t draw = 0;
  std::set<std::string> refused;               // kernels whose breaker refuses
  std::map<std::string, std::string> versions; // of kernels' libraries
};

/// What a selection came to.
struct Outcome {
  std::string kernel; // "": none
  std::string reason;
  int rule = -1;
  bool panic = false;
  bool operator==(const Outcome &) const = default;
};

/// step, kernel, rule, result.
struct Trace {
  std::string step, kernel;
  int rule;
  std::string result;
  bool operator==(const Trace &) const = default;
};

} // namespace model
#endif // LZ_TEST_POLICY_MODEL_H
