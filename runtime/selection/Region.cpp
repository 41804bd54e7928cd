//===- Region.cpp - The calls for which a decision holds -------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Region.h"

#include <cmath>
#include <optional>

namespace lzrt {
namespace {

constexpr int64_t smallest = std::numeric_limits<int64_t>::min(), largest = std::numeric_limits<int64_t>::max();

/// The largest integer below a number, or up to it; nothing where there is none.
std::optional<int64_t> lastBelow(const Value &number, bool orEqual) {
  int64_t last = 0;
  if (auto *integer = std::get_if<int64_t>(&number)) {
    last = *integer;
  } else {
    double real = std::get<double>(number), cut = orEqual ? std::floor(real) : std::ceil(real);
    if (cut >= 0x1p63)
      return largest;
    if (cut < -0x1p63)
      return std::nullopt;
    last = int64_t(cut);
  }
  if (orEqual)
    return last;
  return last == smallest ? std::nullopt : std::optional(last - 1);
}

/// The side of `value` when the line is cut behind `last`.
Interval sideOf(std::optional<int64_t> last, int64_t value) {
  if (!last || *last == largest)
    return {};
  return value <= *last ? Interval{smallest, *last} : Interval{*last + 1, largest};
}

/// The integer that equals a number, if there is one.
std::optional<int64_t> integerOf(const Value &number) {
  if (auto *integer = std::get_if<int64_t>(&number))
    return *integer;
  auto *real = std::get_if<double>(&number);
  if (!real || *real != std::floor(*real) || *real >= 0x1p63 || *real < -0x1p63)
    return std::nullopt;
  return int64_t(*real);
}

/// Around `value` without the listed points; the point itself where it is one of them.
Interval amongPoints(const std::vector<Value> &points, int64_t value) {
  Interval interval;
  for (const Value &number : points) {
    std::optional<int64_t> point = integerOf(number);
    if (!point)
      continue;
    if (*point == value)
      return {value, value};
    interval.narrow(*point < value ? Interval{*point + 1, largest} : Interval{smallest, *point - 1});
  }
  return interval;
}

bool isNumber(const Value &value) {
  return std::holds_alternative<int64_t>(value) || std::holds_alternative<double>(value);
}

template <typename List, typename T> void insertSorted(List &list, T value) {
  auto at = std::lower_bound(list.begin(), list.end(), value);
  if (at == list.end() || *at != value)
    list.insert(at, value);
}

} // namespace

Interval intervalOfMultiples(int64_t divisor, int64_t value) {
  int64_t rest = value % divisor;
  if (rest == 0)
    return {value, value};
  if (rest < 0)
    rest += divisor;
  Interval interval;
  if (value >= smallest + rest)
    interval.low = value - rest + 1;
  if (value <= largest - (divisor - rest))
    interval.high = value + (divisor - rest) - 1;
  return interval;
}

Interval intervalOfTruth(const Condition &condition, int64_t value) {
  auto cutBehind = [&](bool orEqual) {
    const Value &bound = condition.values.front();
    return isNumber(bound) ? sideOf(lastBelow(bound, orEqual), value) : Interval();
  };
  switch (condition.op) {
  case Operator::Eq:
  case Operator::Ne:
  case Operator::In:
  case Operator::NotIn:
    return amongPoints(condition.values, value); // a list may be empty
  case Operator::Gt:
  case Operator::Lte:
    return cutBehind(true);
  case Operator::Gte:
  case Operator::Lt:
    return cutBehind(false);
  case Operator::MultipleOf:
    return intervalOfMultiples(std::get<int64_t>(condition.values.front()), value);
  case Operator::Match:
  case Operator::Regex:
    break; // on texts alone: false of every integer
  }
  return {};
}

void Region::addInteger(FactId fact, const Interval &interval) {
  Bound *at = std::lower_bound(integers.begin(), integers.end(), fact,
                               [](const Bound &bound, FactId wanted) { return bound.fact < wanted; });
  if (at == integers.end() || at->fact != fact)
    at = integers.insert(at, {fact, Interval()});
  at->interval.narrow(interval);
}

void Region::addExact(FactId fact) { insertSorted(exact, fact); }
void Region::addRollout(int rule) { insertSorted(rollouts, rule); }
void Region::addVersion(int kernel) { insertSorted(versionsOf, kernel); }

} // namespace lzrt
