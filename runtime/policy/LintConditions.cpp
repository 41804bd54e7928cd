//===- LintConditions.cpp - What follows from conditions, certainly ------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// See LintConditions.h. One fact at a time: a finite domain is enumerated, integers and ordered values are intervals
// with holes, the rest is taken to be satisfiable.
//
//===----------------------------------------------------------------------===//
#include "LintConditions.h"

#include "lzrt/policy/Selector.h"

#include <cmath>
#include <numeric>

namespace lzrt::lints {
namespace {

using Wide = __int128;
constexpr Wide least = INT64_MIN, greatest = INT64_MAX;
/// Evaluations that one question may cost; past it the answer is "may hold" (P2 allows lists of 100,000 values).
constexpr size_t evaluationBudget = 1u << 16;

/// `seq_len` and `seq_len_q` of attention are one fact (C4).
FactId canonicalFact(Operation operation, FactId fact) {
  return fact == LZ_FACT_SEQ_LEN && schemaRow(operation, LZ_FACT_SEQ_LEN_Q) ? LZ_FACT_SEQ_LEN_Q : fact;
}

bool allTrue(const Conjunction &conditions, const Fact &fact) {
  for (const Condition *condition : conditions)
    if (evaluate(*condition, fact) != Truth::True)
      return false;
  return true;
}

size_t weight(const Conjunction &conditions) {
  size_t sum = 1;
  for (const Condition *condition : conditions)
    sum += condition->values.size();
  return sum;
}

/// The values that alone can make `conditions` true, where they are finitely many.
std::optional<std::vector<Value>> finiteDomain(FactType type, const Conjunction &conditions) {
  for (const Condition *condition : conditions)
    if (condition->op == Operator::Eq || condition->op == Operator::In)
      return condition->values;
  if (type == LZ_TYPE_BOOL)
    return std::vector<Value>{false, true};
  std::vector<Value> listed;
  for (std::string_view name : listedValues(type))
    listed.emplace_back(std::string(name));
  if (listed.empty())
    return std::nullopt;
  return listed;
}

/// The greatest integer not above a number.
Wide floorOf(const Value &value) {
  if (const int64_t *integer = std::get_if<int64_t>(&value))
    return *integer;
  double number = std::floor(std::get<double>(value));
  if (number >= 0x1p63)
    return greatest + 1;
  return number < -0x1p63 ? least - 1 : static_cast<Wide>(number);
}

bool isIntegral(const Value &value) {
  const double *number = std::get_if<double>(&value);
  return !number || std::floor(*number) == *number;
}

bool isNumber(const Value &value) {
  return std::holds_alternative<int64_t>(value) || std::holds_alternative<double>(value);
}

/// The integers that bounds and divisors leave.
struct IntegerRange {
  Wide low = least, high = greatest;
  Wide step = 1;
  size_t holes = 0;
  bool understood = true;

  void narrow(const Condition &condition) {
    if (condition.op == Operator::Ne || condition.op == Operator::NotIn) {
      holes += condition.values.size();
      return;
    }
    if (condition.values.size() != 1 || !isNumber(condition.values.front())) {
      understood = false;
      return;
    }
    const Value &bound = condition.values.front();
    Wide floor = floorOf(bound);
    if (condition.op == Operator::Gt)
      low = std::max(low, floor + 1);
    else if (condition.op == Operator::Gte)
      low = std::max(low, isIntegral(bound) ? floor : floor + 1);
    else if (condition.op == Operator::Lt)
      high = std::min(high, isIntegral(bound) ? floor - 1 : floor);
    else if (condition.op == Operator::Lte)
      high = std::min(high, floor);
    else if (condition.op == Operator::MultipleOf && isIntegral(bound) && floor > 0)
      step = step / std::gcd(static_cast<int64_t>(step), static_cast<int64_t>(floor)) * floor;
    else
      understood = false;
    understood = understood && step <= greatest;
  }
};

bool integerCanHold(const Conjunction &conditions) {
  IntegerRange range;
  for (const Condition *condition : conditions) {
    range.narrow(*condition);
    if (!range.understood)
      return true;
  }
  Wide remainder = range.low % range.step;
  Wide candidate = remainder == 0 ? range.low : range.low - remainder + (range.low > 0 ? range.step : 0);
  size_t limit = std::min<size_t>(range.holes, evaluationBudget / weight(conditions));
  for (size_t tried = 0; tried <= limit; ++tried, candidate += range.step) {
    if (candidate > range.high)
      return false;
    if (allTrue(conditions, Fact::known(static_cast<int64_t>(candidate))))
      return true;
  }
  return true;
}

/// `left op right`, as the evaluator orders values of the fact's type.
bool holds(Operator op, FactId fact, const Value &left, const Value &right) {
  Condition condition;
  condition.fact = fact;
  condition.op = op;
  condition.values = {right};
  return evaluate(condition, Fact::known(left)) == Truth::True;
}

/// Dense orders: fractions and versions.
bool orderedCanHold(const Conjunction &conditions) {
  for (const Condition *low : conditions) {
    if (low->op != Operator::Gt && low->op != Operator::Gte)
      continue;
    for (const Condition *high : conditions) {
      if (high->op != Operator::Lt && high->op != Operator::Lte)
        continue;
      const Value &bottom = low->values.front(), &top = high->values.front();
      if (holds(Operator::Gt, low->fact, bottom, top))
        return false;
      if (holds(Operator::Eq, low->fact, bottom, top))
        return allTrue(conditions, Fact::known(bottom));
    }
  }
  return true;
}

/// Whether some value makes all of `conditions`, which test one fact, true.
bool valueCanHold(FactType type, const Conjunction &conditions) {
  if (auto domain = finiteDomain(type, conditions)) {
    if (domain->size() * weight(conditions) > evaluationBudget)
      return true;
    for (const Value &value : *domain)
      if (allTrue(conditions, Fact::known(value)))
        return true;
    return false;
  }
  if (type == LZ_TYPE_INT)
    return integerCanHold(conditions);
  return type != LZ_TYPE_FLOAT && type != LZ_TYPE_VERSION ? true : orderedCanHold(conditions);
}

Conjunction onFact(Operation operation, const Conjunction &conditions, FactId fact) {
  Conjunction result;
  for (const Condition *condition : conditions)
    if (canonicalFact(operation, condition->fact) == fact)
      result.push_back(condition);
  return result;
}

bool factCanHold(Operation operation, const Conjunction &conditions) {
  if (allTrue(conditions, Fact::absent()))
    return true;
  FactId fact = conditions.front()->fact;
  return schemaRow(operation, fact) && valueCanHold(factType(fact), conditions);
}

std::optional<Operator> opposite(Operator op) {
  switch (op) {
  case Operator::Eq:
    return Operator::Ne;
  case Operator::Ne:
    return Operator::Eq;
  case Operator::Gt:
    return Operator::Lte;
  case Operator::Gte:
    return Operator::Lt;
  case Operator::Lt:
    return Operator::Gte;
  case Operator::Lte:
    return Operator::Gt;
  case Operator::In:
    return Operator::NotIn;
  case Operator::NotIn:
    return Operator::In;
  case Operator::Match:
  case Operator::Regex:
  case Operator::MultipleOf:
    return std::nullopt;
  }
  return std::nullopt;
}

bool divides(const Condition &given, const Condition &wanted) {
  if (given.op != Operator::MultipleOf || wanted.op != Operator::MultipleOf)
    return false;
  Wide divisor = floorOf(wanted.values.front());
  return divisor > 0 && floorOf(given.values.front()) % divisor == 0;
}

/// Whether each value that makes all of `given` true makes `wanted` true.
bool valueFollows(FactType type, const Conjunction &given, const Condition &wanted) {
  for (const Condition *condition : given)
    if (divides(*condition, wanted) || (condition->op == wanted.op && condition->valueJson() == wanted.valueJson()))
      return true;
  if (auto domain = finiteDomain(type, given)) {
    if (domain->size() * (weight(given) + wanted.values.size()) > evaluationBudget)
      return false;
    for (const Value &value : *domain)
      if (allTrue(given, Fact::known(value)) && evaluate(wanted, Fact::known(value)) != Truth::True)
        return false;
    return true;
  }
  std::optional<Operator> op = opposite(wanted.op);
  if (!op)
    return false;
  Condition negated;
  negated.fact = wanted.fact;
  negated.op = *op;
  negated.values = wanted.values;
  Conjunction both = given;
  both.push_back(&negated);
  return !valueCanHold(type, both);
}

} // namespace

bool canHold(Operation operation, const Conjunction &conditions) { return conflict(operation, conditions).empty(); }

Conjunction conflict(Operation operation, const Conjunction &conditions) {
  for (const Condition *first : conditions) {
    FactId fact = canonicalFact(operation, first->fact);
    Conjunction group = onFact(operation, conditions, fact);
    if (group.front() != first || factCanHold(operation, group))
      continue;
    for (size_t i = 0; i < group.size(); ++i)
      for (size_t j = 0; j < i; ++j)
        if (!factCanHold(operation, {group[j], group[i]}))
          return {group[j], group[i]};
    return group;
  }
  return {};
}

bool follows(Operation operation, const Conjunction &given, const Condition &wanted) {
  FactId fact = canonicalFact(operation, wanted.fact);
  Conjunction group = onFact(operation, given, fact);
  if (allTrue(group, Fact::absent()) && evaluate(wanted, Fact::absent()) != Truth::True)
    return false;
  return !schemaRow(operation, fact) || valueFollows(factType(fact), group, wanted);
}

std::string spelled(const Condition &condition) {
  std::string text = "`" + std::string(condition.field());
  if (condition.op != Operator::Eq && condition.op != Operator::In)
    text += "_" + std::string(operatorName(condition.op));
  return text + ": " + condition.valueJson() + "`";
}

} // namespace lzrt::lints
