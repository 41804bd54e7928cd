//===- Evaluator.cpp - One condition on one fact ---------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// C1..C3 and C7 for a single condition. Guards that the compiler emits must agree with this (lib/Policy).
//
//===----------------------------------------------------------------------===//
#include "lzrt/policy/Selector.h"

#include <re2/re2.h>

#include <algorithm>
#include <cmath>

namespace lzrt {
namespace {

template <typename T> int sign(const T &left, const T &right) { return left < right ? -1 : right < left ? 1 : 0; }

/// Compares exactly: an int64_t beyond 2^53 is never rounded to a double.
int compareNumbers(int64_t left, double right) {
  if (right >= 0x1p63)
    return -1;
  if (right < -0x1p63)
    return 1;
  double whole = std::floor(right);
  int order = sign(left, int64_t(whole));
  return order == 0 && right > whole ? -1 : order;
}

/// < 0, 0, > 0; nullopt where the two have no common order (P4: a boolean is no number).
std::optional<int> compareValues(const Value &left, const Value &right) {
  const int64_t *leftInteger = std::get_if<int64_t>(&left), *rightInteger = std::get_if<int64_t>(&right);
  if (leftInteger && rightInteger)
    return sign(*leftInteger, *rightInteger);
  if (left.index() == right.index())
    return std::visit(
        [&](const auto &value) {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, Version>)
            return value.compare(std::get<T>(right));
          else
            return sign(value, std::get<T>(right));
        },
        left);
  const double *leftNumber = std::get_if<double>(&left), *rightNumber = std::get_if<double>(&right);
  if (leftInteger && rightNumber)
    return compareNumbers(*leftInteger, *rightNumber);
  if (leftNumber && rightInteger)
    return -compareNumbers(*rightInteger, *leftNumber);
  return std::nullopt;
}

bool isOneOf(const Value &fact, const std::vector<Value> &values) {
  return std::any_of(values.begin(), values.end(), [&](const Value &value) { return compareValues(fact, value) == 0; });
}

bool isMultiple(const Value &fact, const Value &divisor) {
  const int64_t *value = std::get_if<int64_t>(&fact), *by = std::get_if<int64_t>(&divisor);
  return value && by && *by > 0 && *value % *by == 0;
}

/// The operators that take one value.
bool holdsFor(const Condition &condition, const Value &fact, const Value &value) {
  std::optional<int> order = compareValues(fact, value);
  switch (condition.op) {
  case Operator::Eq:
    return order == 0;
  case Operator::Ne:
    return order != 0;
  case Operator::Gt:
    return order && *order > 0;
  case Operator::Gte:
    return order && *order >= 0;
  case Operator::Lt:
    return order && *order < 0;
  case Operator::Lte:
    return order && *order <= 0;
  case Operator::MultipleOf:
    return isMultiple(fact, value);
  default:
    return false;
  }
}

bool holds(const Condition &condition, const Value &fact) {
  const std::string *text = std::get_if<std::string>(&fact);
  switch (condition.op) {
  case Operator::In:
    return isOneOf(fact, condition.values);
  case Operator::NotIn:
    return !isOneOf(fact, condition.values);
  case Operator::Match:
    return text && condition.values.glob().matches(*text);
  case Operator::Regex:
    return text && re2::RE2::PartialMatch(*text, condition.values.regex());
  default:
    return holdsFor(condition, fact, condition.values.front());
  }
}

} // namespace

Truth evaluate(const Condition &condition, const Fact &fact) {
  if (fact.isOpen())
    return Truth::Open;
  bool value = fact.isAbsent() ? condition.op == Operator::Ne || condition.op == Operator::NotIn
                               : holds(condition, fact.value());
  return value ? Truth::True : Truth::False;
}

} // namespace lzrt
