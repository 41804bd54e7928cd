//===- ConditionReader.cpp - Conditions of rules and kernels ----*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// C1..C4 and P4. The evaluator (Evaluator.cpp) relies on what is checked here.
//
//===----------------------------------------------------------------------===//
#include "ReadContext.h"
#include "lzrt/policy/Reader.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace lzrt {

using yaml::Bounds;
using yaml::Node;
using yaml::NodeId;

namespace {
struct Suffix {
  std::string_view text;
  Operator op;
};
/// Longest first, so that `_not_in` is never read as `_in` (research defect; "Conditions").
constexpr Suffix suffixes[] = {{"_multiple_of", Operator::MultipleOf},
                               {"_not_in", Operator::NotIn},
                               {"_regex", Operator::Regex},
                               {"_match", Operator::Match},
                               {"_gte", Operator::Gte},
                               {"_lte", Operator::Lte},
                               {"_eq", Operator::Eq},
                               {"_ne", Operator::Ne},
                               {"_gt", Operator::Gt},
                               {"_lt", Operator::Lt},
                               {"_in", Operator::In}};

constexpr bool longestFirst() {
  for (size_t i = 1; i < std::size(suffixes); ++i)
    if (suffixes[i].text.size() > suffixes[i - 1].text.size())
      return false;
  return true;
}
static_assert(longestFirst());

bool isNumeric(FactType type) { return type == LZ_TYPE_INT || type == LZ_TYPE_FLOAT || type == LZ_TYPE_VERSION; }
bool isString(FactType type) { return !isNumeric(type) && type != LZ_TYPE_BOOL; }

std::vector<std::string> listedStrings(FactType type) { return {listedValues(type).begin(), listedValues(type).end()}; }

/// Splits a key into field and operator; Operator::Eq without a suffix.
std::pair<std::string, Operator> splitKey(const std::string &key) {
  for (const Suffix &suffix : suffixes)
    if (key.size() > suffix.text.size() && key.ends_with(suffix.text))
      return {key.substr(0, key.size() - suffix.text.size()), suffix.op};
  return {key, Operator::Eq};
}

const std::vector<std::string> &allKeys() {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> all;
    for (int fact = 0; fact < LZ_FACT_COUNT; ++fact)
      all.emplace_back(factName(FactId(fact)));
    for (int fact = 0; fact < LZ_FACT_COUNT; ++fact)
      for (const Suffix &suffix : suffixes)
        all.push_back(std::string(factName(FactId(fact))) + std::string(suffix.text));
    return all;
  }();
  return keys;
}

/// The facts that one of the operations has.
std::vector<std::string> factsOf(OperationMask operations) {
  std::vector<std::string> names;
  for (int fact = 0; fact < LZ_FACT_COUNT; ++fact)
    if (operationsWith(FactId(fact)) & operations)
      names.emplace_back(factName(FactId(fact)));
  return names;
}

/// Integers stay integers, and floats with an integral value become one: a number has one form, whatever its spelling
/// (P5).
Value canonical(double number) {
  constexpr double limit = 9223372036854775808.0; // 2^63
  if (number == std::floor(number) && number >= -limit && number < limit)
    return int64_t(number);
  return number;
}
} // namespace

OperationMask operationsWith(FactId fact) {
  static constexpr std::array<OperationMask, LZ_FACT_COUNT> masks = [] {
    std::array<OperationMask, LZ_FACT_COUNT> table{};
#define LZ_X(op, id, source, a, b, completion, c) table[LZ_FACT_##id] |= OperationMask(1) << LZ_OP_##op;
    LZ_SCHEMA(LZ_X)
#undef LZ_X
    return table;
  }();
  return masks[fact];
}

bool ReadContext::checkOperator(const Node &key, const std::string &written, const Condition &condition) {
  FactType type = factType(condition.fact);
  switch (condition.op) {
  case Operator::Gt:
  case Operator::Gte:
  case Operator::Lt:
  case Operator::Lte:
    if (isNumeric(type))
      return true;
    errors.report(key, "P4",
                  "`" + written + "`: ordering operators take numbers only, and `" + std::string(condition.field()) +
                      "` is none");
    return false;
  case Operator::Match:
  case Operator::Regex:
    if (isString(type))
      return true;
    errors.report(key, "P4",
                  "`" + written + "`: `_match` and `_regex` take strings only, and `" + std::string(condition.field()) +
                      "` is none");
    return false;
  case Operator::MultipleOf:
    if (type == LZ_TYPE_INT)
      return true;
    errors.report(key, "C3",
                  "`" + written + "`: `_multiple_of` takes integers only, and `" + std::string(condition.field()) +
                      "` is none");
    return false;
  default:
    return true;
  }
}

std::optional<Value> ReadContext::version(NodeId id, const std::string &written) {
  yaml::Scalar scalar = yaml::resolve(at(id));
  if (auto *integer = std::get_if<int64_t>(&scalar); integer && *integer >= 0)
    return Version{{uint64_t(*integer)}};
  if (auto *text = std::get_if<std::string_view>(&scalar); text && text->size() <= Bounds::name)
    if (std::optional<Version> parsed = Version::parse(*text))
      return *parsed;
  if (std::holds_alternative<double>(scalar))
    error(id, "P4", "`" + written + "`: `" + at(id).text + "` is a float, which loses digits of a version; quote it",
          "\"" + at(id).text + "\"");
  else
    error(id, "P4", "`" + written + "` takes a version, dotted integers in quotes, got " + describe(at(id)));
  return std::nullopt;
}

std::optional<Value> ReadContext::listedValue(NodeId id, const std::string &written, FactType type) {
  yaml::Scalar scalar = yaml::resolve(at(id));
  auto *text = std::get_if<std::string_view>(&scalar);
  const std::vector<std::string_view> &listed = listedValues(type);
  if (text && std::find(listed.begin(), listed.end(), *text) != listed.end())
    return std::string(*text);
  std::string suggestion(text && type == LZ_TYPE_DTYPE ? dtypeSpelled(*text) : "");
  if (text && suggestion.empty())
    suggestion = errors.suggest(std::string(*text), listedStrings(type));
  std::string all;
  for (std::string_view entry : listed)
    all += (all.empty() ? "" : ", ") + std::string(entry);
  error(id, "P4", "`" + written + "` takes one of " + all + "; got " + describe(at(id)), suggestion);
  return std::nullopt;
}

std::optional<Value> ReadContext::value(NodeId id, const std::string &written, FactType type) {
  const Node &node = at(id);
  if (node.kind == Node::Kind::Faulty)
    return std::nullopt;
  if (node.kind != Node::Kind::Scalar) {
    error(id, node.kind == Node::Kind::Sequence ? "C1" : "P4",
          "`" + written + "` takes a single value here, got " + describe(node));
    return std::nullopt;
  }
  yaml::Scalar scalar = yaml::resolve(node);
  switch (type) {
  case LZ_TYPE_INT:
  case LZ_TYPE_FLOAT:
    if (auto *integer = std::get_if<int64_t>(&scalar))
      return *integer;
    if (auto *real = std::get_if<double>(&scalar))
      return canonical(*real);
    error(id, "P4",
          "`" + written + "` takes a number" +
              (std::holds_alternative<yaml::OutOfRange>(scalar) ? " that fits 64 bits" : "") + ", got " +
              describe(node));
    return std::nullopt;
  case LZ_TYPE_BOOL:
    if (auto *boolean = std::get_if<bool>(&scalar))
      return *boolean;
    error(id, "P4", "`" + written + "` takes true or false, got " + describe(node));
    return std::nullopt;
  case LZ_TYPE_STRING:
    if (std::optional<std::string> text = string(id, "`" + written + "`", Bounds::pattern))
      return *text;
    return std::nullopt;
  case LZ_TYPE_VERSION:
    return version(id, written);
  default:
    return listedValue(id, written, type);
  }
}

bool ReadContext::list(NodeId id, const std::string &written, Condition &out) {
  bool good = true;
  std::vector<Value> values;
  for (size_t i = 0; i < at(id).children.size(); ++i) {
    std::optional<Value> element = value(at(id).children[i], written, factType(out.fact));
    good &= element.has_value();
    if (element)
      values.push_back(std::move(*element));
  }
  out.values = std::move(values);
  return good;
}

bool ReadContext::glob(NodeId id, const std::string &written, Condition &out) {
  std::optional<Pattern> parsed = pattern(id, "`" + written + "`");
  if (!parsed)
    return false;
  const std::vector<std::string_view> &listed = listedValues(factType(out.fact));
  const std::string &text = parsed->glob.text();
  if (!listed.empty() &&
      std::none_of(listed.begin(), listed.end(), [&](std::string_view entry) { return parsed->glob.matches(entry); })) {
    size_t stem = text.find_first_of("*?[");
    std::vector<std::string> candidates;
    for (std::string_view entry : listed)
      candidates.push_back(stem == std::string::npos ? std::string(entry)
                                                     : std::string(entry.substr(0, stem)) + text.substr(stem));
    error(id, "P4", "`" + written + "`: no value of `" + std::string(out.field()) + "` matches `" + text + "`",
          errors.suggest(text, candidates));
    return false;
  }
  out.values = Values(text, parsed->glob);
  return true;
}

bool ReadContext::regex(NodeId id, const std::string &written, Condition &out) {
  std::optional<std::string> text = string(id, "`" + written + "`", Bounds::pattern);
  if (!text)
    return false;
  std::shared_ptr<const RE2> &compiled = regexes[*text];
  if (!compiled) {
    RE2::Options options(RE2::Quiet);
    options.set_max_mem(1 << 20);
    compiled = std::make_shared<RE2>(*text, options);
    regexInstructions += compiled->ok() ? size_t(compiled->ProgramSize()) : 0;
  }
  if (!compiled->ok()) {
    error(id, "C3", "`" + written + "`: not a regular expression: " + compiled->error());
    return false;
  }
  if (regexInstructions > Bounds::regexInstructions) {
    error(id, "P2", "the regular expressions of this file are too large together");
    return false;
  }
  out.values = Values(std::move(*text), compiled);
  return true;
}

bool ReadContext::condition(const Node &key, const std::string &written, NodeId id, Condition &out) {
  if (!checkOperator(key, written, out) || at(id).kind == Node::Kind::Faulty)
    return false;
  bool isSequence = at(id).kind == Node::Kind::Sequence;
  if (isSequence && out.op == Operator::Eq)
    out.op = Operator::In;
  if (isSequence && out.op == Operator::Ne) {
    error(id, "C1", "`" + written + "` takes a single value, got a list; `_not_in` takes one",
          std::string(out.field()) + "_not_in");
    return false;
  }
  if (out.op == Operator::In || out.op == Operator::NotIn) {
    if (isSequence)
      return list(id, written, out);
    error(id, "C1", "`" + written + "` takes a list, got " + describe(at(id)));
    return false;
  }
  if (out.op == Operator::Match)
    return glob(id, written, out);
  if (out.op == Operator::Regex)
    return regex(id, written, out);
  if (out.op == Operator::MultipleOf) {
    std::optional<int64_t> divisor = integer(id, "`" + written + "`", 1, INT64_MAX, "C3");
    if (divisor)
      out.values = {Value(*divisor)};
    return divisor.has_value();
  }
  std::optional<Value> single = value(id, written, factType(out.fact));
  if (single)
    out.values = {std::move(*single)};
  return single.has_value();
}

void ReadContext::conditions(NodeId id, const std::string &what, OperationMask operations, const std::string &subject,
                             std::vector<Condition> &out) {
  if (!isMap(id, what))
    return;
  out.reserve(at(id).children.size() / 2);
  for (size_t i = 0; i < at(id).children.size(); i += 2) {
    const Node &key = at(at(id).children[i]);
    auto [field, op] = splitKey(key.text);
    std::optional<FactId> fact = findFact(field);
    if (!fact) {
      errors.report(key, "C4", "unknown field `" + field + "` in " + what, errors.suggest(key.text, allKeys()));
      continue;
    }
    if (operations != 0 && (operationsWith(*fact) & operations) == 0) {
      std::string near = errors.suggest(field, factsOf(operations));
      errors.report(key, "C2", "`" + field + "` is no fact of " + subject,
                    near.empty() ? "" : near + key.text.substr(field.size()));
      continue;
    }
    Condition read{*fact, op, {}, {key.line, key.column}};
    if (!condition(key, key.text, at(id).children[i + 1], read))
      continue;
    share(read);
    out.push_back(std::move(read));
  }
}

/// Lets equal constants and globs of the document be one.
void ReadContext::share(Condition &condition) {
  // A pattern is another thing than its text.
  std::string key = condition.op == Operator::Match ? "m" : condition.op == Operator::Regex ? "r" : "";
  for (const Value &value : condition.values)
    key += std::to_string(value.index()) + toJson(value) + ",";
  condition.values = constants.emplace(std::move(key), condition.values).first->second;
}

std::string parseCondition(std::string_view field, std::string_view op, std::string_view valueJson, Condition *out) {
  Condition condition{};
  std::optional<FactId> fact = findFact(field);
  if (!fact)
    return "unknown field `" + std::string(field) + "`";
  int index = 0;
  while (index <= int(Operator::MultipleOf) && operatorName(Operator(index)) != op)
    ++index;
  if (index > int(Operator::MultipleOf))
    return "unknown operator `" + std::string(op) + "`";
  condition.fact = *fact;
  condition.op = Operator(index);
  Diagnostics diagnostics;
  yaml::Errors errors("condition", diagnostics);
  if (std::optional<yaml::Tree> tree = yaml::parse(valueJson, errors)) {
    ReadContext context(*tree, errors);
    if (context.condition((*tree)[tree->root], std::string(field) + "_" + std::string(op), tree->root, condition) &&
        !errors.any()) {
      *out = std::move(condition);
      return "";
    }
  }
  errors.flush();
  return diagnostics.all().empty() ? "bad value" : diagnostics.all().front().message;
}

} // namespace lzrt
