//===- PlanBuilder.cpp - Cutting the axes of an index ----------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The cells come from intervalOfTruth and the listed values, and their bits from evaluate(): nothing here has a meaning
// of its own for an operator.
//
//===----------------------------------------------------------------------===//
#include "PlanBuilder.h"

#include <cmath>
#include <utility>

namespace lzrt {
namespace {

constexpr int64_t smallest = std::numeric_limits<int64_t>::min(), largest = std::numeric_limits<int64_t>::max();
/// Longer lists are tested, not cut: each value would make two cells.
constexpr size_t longestList = 32;
/// One bit of a candidate's axes says that it has tests on none.
constexpr size_t maxAxes = 63;
/// Each divisor is an axis; odd ones among them must not take the places of other facts.
constexpr long maxDivisors = 16;

bool isFree(FactType type) { return type == LZ_TYPE_STRING; }

/// A constant at which doubles can be cut.
std::optional<double> realOf(const Value &value) {
  if (auto *real = std::get_if<double>(&value))
    return *real;
  auto *integer = std::get_if<int64_t>(&value);
  constexpr int64_t exact = int64_t(1) << 53;
  if (!integer || *integer > exact || *integer < -exact)
    return std::nullopt;
  return double(*integer);
}

bool isListOperator(Operator op) {
  return op == Operator::Eq || op == Operator::Ne || op == Operator::In || op == Operator::NotIn;
}
bool isPattern(Operator op) { return op == Operator::Match || op == Operator::Regex; }

/// How a test's fact is cut; nothing: the test has no axis.
std::optional<PlanAxis::Kind> kindOf(const Test &test) {
  if (test.kind == Test::Kind::Mark)
    return PlanAxis::Kind::Flag;
  if (test.kind != Test::Kind::Condition)
    return std::nullopt;
  const Condition &condition = *test.condition;
  FactType type = factType(test.fact());
  if (type == LZ_TYPE_BOOL)
    return PlanAxis::Kind::Flag;
  if (type == LZ_TYPE_VERSION || condition.values.size() > longestList)
    return std::nullopt;
  if (type == LZ_TYPE_INT)
    return condition.op == Operator::MultipleOf ? PlanAxis::Kind::Multiple : PlanAxis::Kind::Integer;
  if (type == LZ_TYPE_FLOAT) {
    bool isCut = condition.op != Operator::MultipleOf &&
                 std::all_of(condition.values.begin(), condition.values.end(),
                             [](const Value &value) { return realOf(value).has_value(); });
    return isCut ? std::optional(PlanAxis::Kind::Float) : std::nullopt;
  }
  if (!isListOperator(condition.op) && !isPattern(condition.op))
    return std::nullopt;
  return isFree(type) ? PlanAxis::Kind::Text : PlanAxis::Kind::Listed;
}

/// Visits the runs of integers within which the condition keeps its truth.
template <typename Visit> void forEachInterval(const Condition &condition, Visit visit) {
  for (int64_t low = smallest;;) {
    Interval interval{low, intervalOfTruth(condition, low).high};
    visit(interval);
    if (interval.high == largest)
      return;
    low = interval.high + 1;
  }
}

template <typename T> void makeSet(std::vector<T> &list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

/// Some double of each cell of points in turn; of an empty gap, its lower point.
std::vector<double> samplesOf(const std::vector<double> &points) {
  std::vector<double> samples{std::nextafter(points.front(), -HUGE_VAL)};
  for (size_t i = 0; i < points.size(); ++i) {
    double above = std::nextafter(points[i], HUGE_VAL);
    bool isEmpty = i + 1 < points.size() && above == points[i + 1];
    samples.insert(samples.end(), {points[i], isEmpty ? points[i] : above});
  }
  return samples;
}

size_t powerOfTwo(size_t atLeast) {
  size_t power = 1;
  while (power < atLeast)
    power *= 2;
  return power;
}

} // namespace

PlanBuilder::PlanBuilder(CandidateTests &tests) : tests(tests) {
  for (size_t candidate = 0; candidate < tests.size(); ++candidate)
    for (Test &test : tests.of(candidate))
      test.axis = assign(test);
  for (Draft &draft : drafts) {
    makeSet(draft.axis.starts);
    makeSet(draft.axis.points);
    makeSet(draft.texts);
  }
  sortAxes();
}

uint8_t PlanBuilder::assign(const Test &test) {
  std::optional<PlanAxis::Kind> kind = kindOf(test);
  if (!kind)
    return Test::noAxis;
  int64_t divisor = *kind == PlanAxis::Kind::Multiple ? std::get<int64_t>(test.condition->values.front()) : 0;
  auto at = std::find_if(drafts.begin(), drafts.end(), [&](const Draft &draft) {
    return draft.axis.fact == test.fact() && draft.axis.kind == *kind && draft.axis.divisor == divisor;
  });
  if (at == drafts.end()) {
    auto isMultiple = [](const Draft &draft) { return draft.axis.kind == PlanAxis::Kind::Multiple; };
    if (drafts.size() == maxAxes || (divisor && std::count_if(drafts.begin(), drafts.end(), isMultiple) == maxDivisors))
      return Test::noAxis;
    at = drafts.emplace(at);
    at->axis.fact = test.fact();
    at->axis.kind = *kind;
    at->axis.divisor = divisor;
  }
  if (test.condition)
    cut(*test.condition, *at);
  return uint8_t(at - drafts.begin());
}

/// Notes the places at which a condition's truth changes.
void PlanBuilder::cut(const Condition &condition, Draft &draft) {
  switch (draft.axis.kind) {
  case PlanAxis::Kind::Flag:
  case PlanAxis::Kind::Multiple:
    return;
  case PlanAxis::Kind::Integer:
    return forEachInterval(condition, [&](const Interval &interval) { draft.axis.starts.push_back(interval.low); });
  case PlanAxis::Kind::Float:
    for (const Value &value : condition.values)
      draft.axis.points.push_back(*realOf(value));
    return;
  case PlanAxis::Kind::Listed:
  case PlanAxis::Kind::Text:
    draft.axis.hasPatterns |= isPattern(condition.op);
    if (isPattern(condition.op))
      draft.texts.insert(draft.texts.end(), listedValues(factType(draft.axis.fact)).begin(),
                         listedValues(factType(draft.axis.fact)).end());
    else
      for (const Value &value : condition.values)
        if (auto *text = std::get_if<std::string>(&value))
          draft.texts.push_back(*text);
  }
}

void PlanBuilder::sortAxes() {
  std::vector<uint8_t> order(drafts.size()), place(drafts.size());
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = uint8_t(i);
  std::sort(order.begin(), order.end(), [&](uint8_t left, uint8_t right) {
    PlanAxis::Kind first = drafts[left].axis.kind, second = drafts[right].axis.kind;
    return first != second ? first < second : left < right;
  });
  std::vector<Draft> sorted;
  for (size_t i = 0; i < order.size(); ++i) {
    place[order[i]] = uint8_t(i);
    sorted.push_back(std::move(drafts[order[i]]));
  }
  drafts = std::move(sorted);
  for (size_t candidate = 0; candidate < tests.size(); ++candidate)
    for (Test &test : tests.of(candidate))
      if (test.axis != Test::noAxis)
        test.axis = place[test.axis];
}

bool PlanBuilder::fit(size_t rows) {
  for (size_t most = 4096; most >= 8; most /= 2) {
    size_t total = 0;
    for (Draft &draft : drafts)
      total += cellsUnder(draft, most);
    if (total > rows)
      continue;
    for (Draft &draft : drafts)
      join(draft, most);
    return true;
  }
  return false;
}

/// How many cells an axis has where `most` are allowed; only integers and texts can be joined.
size_t PlanBuilder::cellsUnder(const Draft &draft, size_t most) {
  switch (draft.axis.kind) {
  case PlanAxis::Kind::Flag:
    return 3;
  case PlanAxis::Kind::Multiple:
    return 2;
  case PlanAxis::Kind::Float:
    return 2 + 2 * draft.axis.points.size();
  case PlanAxis::Kind::Integer:
    return 1 + std::min(draft.axis.starts.size(), most - 1);
  case PlanAxis::Kind::Listed:
  case PlanAxis::Kind::Text:
    return draft.texts.size() + 2 <= most ? draft.texts.size() + 2 : 1 + most / 2;
  }
  return 0;
}

void PlanBuilder::join(Draft &draft, size_t most) {
  PlanAxis &axis = draft.axis;
  axis.cells = uint32_t(cellsUnder(draft, most));
  if (axis.isText() && draft.texts.size() + 2 > most) {
    axis.isJoined = true;
    axis.buckets = uint32_t(most / 2);
  } else if (axis.isText()) {
    axis.slots.resize(powerOfTwo(2 * draft.texts.size() + 2));
    for (size_t i = 0; i < draft.texts.size(); ++i) {
      size_t at = hashText(draft.texts[i]) & (axis.slots.size() - 1);
      while (axis.slots[at].cell)
        at = (at + 1) & (axis.slots.size() - 1);
      axis.slots[at] = {draft.texts[i], uint32_t(2 + i)};
    }
  } else if (axis.starts.size() > most - 1) {
    axis.isJoined = true;
    std::vector<int64_t> kept;
    for (size_t i = 0; i < most - 1; ++i)
      kept.push_back(axis.starts[i * axis.starts.size() / (most - 1)]);
    axis.starts = std::move(kept);
  }
  axis.starts.shrink_to_fit();
}

void PlanBuilder::clear(uint32_t cell, size_t candidate) {
  current->rows[cell * words + candidate / 64] &= ~(uint64_t(1) << candidate % 64);
}

void PlanBuilder::clearWhereFalse(uint32_t cell, const Test &test, const Fact &sample, size_t candidate) {
  bool stands = test.condition ? evaluate(*test.condition, sample) == Truth::True
                               : !sample.isKnown() || !std::get<bool>(sample.value());
  if (!stands)
    clear(cell, candidate);
}

void PlanBuilder::fillIntegers(const Condition &condition, size_t candidate) {
  const std::vector<int64_t> &starts = current->axis.starts;
  forEachInterval(condition, [&](const Interval &interval) {
    if (evaluate(condition, Fact::known(interval.low)) == Truth::True)
      return;
    size_t at = size_t(std::lower_bound(starts.begin(), starts.end(), interval.low) - starts.begin());
    for (; at < starts.size() && current->axis.intervalOf(uint32_t(at + 1)).high <= interval.high; ++at)
      clear(uint32_t(at + 1), candidate);
  });
}

void PlanBuilder::fillTexts(const Test &test, size_t candidate) {
  const Condition &condition = *test.condition;
  const PlanAxis &axis = current->axis;
  bool namesAll = condition.op == Operator::Eq || condition.op == Operator::In;
  if (!axis.buckets) {
    if (namesAll)
      clear(1, candidate);
    for (uint32_t i = 0; i < current->samples.size(); ++i)
      clearWhereFalse(2 + i, test, current->samples[i], candidate);
  } else if (namesAll) {
    std::vector<bool> mayBe(axis.cells);
    for (const Value &value : condition.values)
      if (auto *text = std::get_if<std::string>(&value))
        mayBe[axis.cellOfText(*text)] = true;
    for (uint32_t cell = 1; cell < axis.cells; ++cell)
      if (!mayBe[cell])
        clear(cell, candidate);
  }
}

void PlanBuilder::fill(const Test &test, size_t candidate) {
  current = &drafts[test.axis];
  clearWhereFalse(0, test, Fact::absent(), candidate);
  switch (current->axis.kind) {
  case PlanAxis::Kind::Integer:
    return fillIntegers(*test.condition, candidate);
  case PlanAxis::Kind::Listed:
  case PlanAxis::Kind::Text:
    return fillTexts(test, candidate);
  case PlanAxis::Kind::Flag:
  case PlanAxis::Kind::Float:
    for (uint32_t i = 0; i < current->samples.size(); ++i)
      clearWhereFalse(1 + i, test, current->samples[i], candidate);
    return;
  case PlanAxis::Kind::Multiple:
    return; // the second cell holds them all
  }
}

void PlanBuilder::makeSamples(Draft &draft) {
  if (draft.axis.kind == PlanAxis::Kind::Flag)
    draft.samples = {Fact::known(false), Fact::known(true)};
  else if (draft.axis.kind == PlanAxis::Kind::Float)
    for (double sample : samplesOf(draft.axis.points))
      draft.samples.push_back(Fact::known(sample));
  else if (draft.axis.isText() && !draft.axis.buckets)
    for (std::string_view text : draft.texts)
      draft.samples.push_back(Fact::known(std::string(text)));
}

std::vector<PlanAxis> PlanBuilder::finish(uint64_t *rows, size_t wordsOfRow) {
  words = wordsOfRow;
  for (Draft &draft : drafts) {
    draft.axis.rows = draft.rows = rows;
    rows += draft.axis.cells * words;
    makeSamples(draft);
  }
  for (size_t candidate = 0; candidate < tests.size(); ++candidate)
    for (const Test &test : std::as_const(tests).of(candidate))
      if (test.axis != Test::noAxis)
        fill(test, candidate);
  std::vector<PlanAxis> axes;
  axes.reserve(drafts.size());
  for (Draft &draft : drafts)
    axes.push_back(std::move(draft.axis));
  return axes;
}

size_t PlanBuilder::rows() const {
  size_t total = 0;
  for (const Draft &draft : drafts)
    total += draft.axis.cells;
  return total;
}

} // namespace lzrt
