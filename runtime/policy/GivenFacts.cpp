//===- GivenFacts.cpp - Facts that a caller gives by name ------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// C8: the type of each given fact is checked, not whether facts fit each other. Used by `explain`, `facts=` and the
// pipelines' options.
//
//===----------------------------------------------------------------------===//
#include "lzrt/policy/Diagnostics.h"
#include "lzrt/policy/Facts.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace lzrt {
namespace {

std::string withSuggestion(std::string message, const std::string &word,
                           const std::vector<std::string_view> &candidates) {
  std::string near = nearest(word, std::vector<std::string>(candidates.begin(), candidates.end()));
  return near.empty() ? message : message + "; did you mean `" + near + "`?";
}

std::string unknownFact(const std::string &name) {
  std::vector<std::string_view> names{"rollout_key"};
  for (int fact = 0; fact < LZ_FACT_COUNT; ++fact)
    names.push_back(factName(FactId(fact)));
  return withSuggestion("unknown fact `" + name + "`", name, names);
}

std::string wrongType(FactId fact, std::string_view wanted, const Value &value) {
  return "`" + std::string(factName(fact)) + "` takes " + std::string(wanted) + ", got " + toJson(value);
}

std::string toInteger(FactId fact, Value *value) {
  const double *number = std::get_if<double>(value);
  if (number && std::trunc(*number) == *number && std::abs(*number) < 0x1p63)
    *value = int64_t(*number);
  return std::holds_alternative<int64_t>(*value) ? "" : wrongType(fact, "an integer", *value);
}

std::string toFloat(FactId fact, Value *value) {
  if (const int64_t *integer = std::get_if<int64_t>(value))
    *value = double(*integer);
  const double *number = std::get_if<double>(value);
  return number && std::isfinite(*number) ? "" : wrongType(fact, "a finite number", *value);
}

std::string toVersion(FactId fact, Value *value) {
  const std::string *text = std::get_if<std::string>(value);
  std::optional<Version> version = text ? Version::parse(*text) : std::nullopt;
  if (!version)
    return std::holds_alternative<Version>(*value) ? "" : wrongType(fact, "dotted integers in a string", *value);
  *value = std::move(*version);
  return "";
}

std::string toListedString(FactId fact, Value *value) {
  const std::string *text = std::get_if<std::string>(value);
  if (!text)
    return wrongType(fact, "a string", *value);
  const std::vector<std::string_view> &listed = listedValues(factType(fact));
  if (listed.empty() || std::find(listed.begin(), listed.end(), *text) != listed.end())
    return "";
  std::string message = "`" + *text + "` is no " + std::string(factName(fact));
  std::string_view meant = factType(fact) == LZ_TYPE_DTYPE ? dtypeSpelled(*text) : "";
  return meant.empty() ? withSuggestion(message, *text, listed)
                       : message + "; did you mean `" + std::string(meant) + "`?";
}

std::string toFactType(FactId fact, Value *value) {
  switch (factType(fact)) {
  case LZ_TYPE_INT:
    return toInteger(fact, value);
  case LZ_TYPE_FLOAT:
    return toFloat(fact, value);
  case LZ_TYPE_BOOL:
    return std::holds_alternative<bool>(*value) ? "" : wrongType(fact, "true or false", *value);
  case LZ_TYPE_VERSION:
    return toVersion(fact, value);
  default:
    return toListedString(fact, value);
  }
}

struct Checked {
  FactId fact;
  std::optional<Value> value;
};

bool areOneFact(Operation operation, FactId left, FactId right) {
  const SchemaRow *a = schemaRow(operation, left), *b = schemaRow(operation, right);
  return a && b && a->completion == LZ_COMPLETE_SAME && b->completion == LZ_COMPLETE_SAME && a->c == right &&
         b->c == left;
}

std::string clash(Operation operation, const Checked &earlier, const Checked &later) {
  if (earlier.fact == later.fact)
    return "`" + std::string(factName(later.fact)) + "` is given twice";
  bool differ = earlier.value.has_value() != later.value.has_value() ||
                (earlier.value && toJson(*earlier.value) != toJson(*later.value));
  if (!differ || !areOneFact(operation, earlier.fact, later.fact))
    return "";
  return "`" + std::string(factName(earlier.fact)) + "` and `" + std::string(factName(later.fact)) +
         "` are one fact of `" + std::string(operationName(operation)) + "` and differ; give one of them";
}

std::string check(const GivenFact &given, Operation operation, std::vector<Checked> &done) {
  std::optional<FactId> fact = findFact(given.name);
  if (!fact)
    return unknownFact(given.name);
  if (*fact == LZ_FACT_KERNEL)
    return "`kernel` is settled by each candidate and cannot be given";
  Checked checked{*fact, given.value};
  if (checked.value)
    if (std::string error = toFactType(*fact, &*checked.value); !error.empty())
      return error;
  for (const Checked &earlier : done)
    if (std::string error = clash(operation, earlier, checked); !error.empty())
      return error;
  done.push_back(std::move(checked));
  return "";
}

std::string_view trim(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t"), end = text.find_last_not_of(" \t");
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin, end - begin + 1);
}

/// One "k=v" of the text.
struct Pair {
  std::string name, value;
  bool quoted = false;
};

/// Takes the next pair off `rest`, with the comma behind it. Returns the error, or "".
std::string takePair(std::string_view &rest, Pair *out) {
  size_t equals = rest.find('=');
  out->name = trim(rest.substr(0, std::min(equals, rest.find(','))));
  if (equals == std::string_view::npos || rest.find(',') < equals || out->name.empty())
    return "expected `name=value`, got `" + std::string(trim(rest.substr(0, rest.find(',')))) + "`";
  rest.remove_prefix(equals + 1);
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  out->quoted = !rest.empty() && rest.front() == '"';
  size_t close = out->quoted ? rest.find('"', 1) : 0;
  if (close == std::string_view::npos)
    return "the value of `" + out->name + "` lacks its closing quote";
  size_t comma = rest.find(',', close);
  std::string_view behind = trim(rest.substr(out->quoted ? close + 1 : 0, comma - (out->quoted ? close + 1 : 0)));
  if (out->quoted && !behind.empty())
    return "`" + std::string(behind) + "` stands behind the quoted value of `" + out->name + "`";
  out->value = out->quoted ? rest.substr(1, close - 1) : behind;
  if (comma != std::string_view::npos && trim(rest.substr(comma + 1)).empty())
    return "expected `name=value` behind the last comma";
  rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  return "";
}

/// The value that `text` spells where `type` wants one; a string where it does not spell such.
Value spelled(const Pair &pair, std::optional<FactId> fact) {
  if (!fact || pair.quoted)
    return pair.value;
  FactType type = factType(*fact);
  const char *begin = pair.value.data(), *end = begin + pair.value.size();
  if (type == LZ_TYPE_BOOL && (pair.value == "true" || pair.value == "false"))
    return pair.value == "true";
  if (type != LZ_TYPE_INT && type != LZ_TYPE_FLOAT)
    return pair.value;
  int64_t integer = 0;
  if (auto [next, error] = std::from_chars(begin, end, integer); error == std::errc() && next == end)
    return integer;
  double number = 0;
  if (auto [next, error] = std::from_chars(begin, end, number); error == std::errc() && next == end)
    return number;
  return pair.value;
}

} // namespace

std::string giveFacts(const std::vector<GivenFact> &list, FactSet &facts) {
  std::vector<Checked> checked;
  checked.reserve(list.size());
  for (const GivenFact &given : list)
    if (std::string error = check(given, facts.operation(), checked); !error.empty())
      return error;
  for (Checked &fact : checked)
    facts.set(fact.fact, fact.value ? Fact::known(std::move(*fact.value)) : Fact::absent());
  return "";
}

std::string parseFacts(std::string_view text, FactSet &facts, std::optional<std::string> *outRolloutKey) {
  std::vector<GivenFact> list;
  std::optional<std::string> rolloutKey;
  while (!trim(text).empty()) {
    Pair pair;
    if (std::string error = takePair(text, &pair); !error.empty())
      return error;
    if (pair.name != "rollout_key") {
      Value value = spelled(pair, findFact(pair.name));
      list.push_back({std::move(pair.name), std::move(value)});
      continue;
    }
    if (!outRolloutKey)
      return "`rollout_key` belongs to a running invocation and cannot be given here";
    if (rolloutKey)
      return "`rollout_key` is given twice";
    rolloutKey = std::move(pair.value);
  }
  std::string error = giveFacts(list, facts);
  if (error.empty() && rolloutKey)
    *outRolloutKey = std::move(rolloutKey);
  return error;
}

} // namespace lzrt
