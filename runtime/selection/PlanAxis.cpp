//===- PlanAxis.cpp - The cells of one fact --------------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "PlanAxis.h"

#include <cmath>
#include <cstring>

namespace lzrt {
namespace {

template <typename T> uint64_t load(const char *at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

/// The last start up to `value`; the first is the smallest integer. Without branches, as lengths are hard to predict.
uint32_t lastUpTo(const std::vector<int64_t> &starts, int64_t value) {
  const int64_t *base = starts.data();
  for (size_t count = starts.size(); count > 1;) {
    size_t half = count / 2;
    base += base[half] <= value ? half : 0;
    count -= half;
  }
  return uint32_t(base - starts.data());
}

uint32_t cellOfReal(const std::vector<double> &points, double value) {
  if (std::isnan(value)) // the evaluator's order has no place for it
    return PlanAxis::noCell;
  size_t at = size_t(std::lower_bound(points.begin(), points.end(), value) - points.begin());
  return uint32_t(1 + 2 * at + (at < points.size() && points[at] == value));
}

} // namespace

uint64_t hashText(std::string_view text) {
  constexpr uint64_t factor = 0x9e3779b97f4a7c15;
  const char *at = text.data();
  size_t left = text.size();
  uint64_t hash = left;
  for (; left > 8; left -= 8, at += 8) {
    hash = (hash ^ load<uint64_t>(at)) * factor;
    hash ^= hash >> 32;
  }
  uint64_t last = 0;
  if (left >= 4)
    last = load<uint32_t>(at) | load<uint32_t>(at + left - 4) << 32;
  else if (left > 0)
    last = uint8_t(at[0]) | uint8_t(at[left / 2]) << 8 | uint8_t(at[left - 1]) << 16;
  hash = (hash ^ last) * factor;
  return hash ^ hash >> 32;
}

uint32_t PlanAxis::cellOfText(std::string_view text) const {
  uint64_t hash = hashText(text);
  if (buckets)
    return 1 + uint32_t(hash & (buckets - 1));
  for (size_t at = hash & (slots.size() - 1); slots[at].cell; at = (at + 1) & (slots.size() - 1))
    if (slots[at].text == text)
      return slots[at].cell;
  return 1;
}

uint32_t PlanAxis::cellOf(const Fact &value, bool &isSettled) const {
  isSettled = true;
  if (!value.isKnown())
    return value.isAbsent() ? 0 : noCell;
  isSettled = !isJoined;
  if (auto *integer = std::get_if<int64_t>(&value.value())) {
    if (kind == Kind::Integer)
      return 1 + lastUpTo(starts, *integer);
    return kind == Kind::Multiple ? *integer % divisor == 0 : noCell;
  }
  if (auto *text = std::get_if<std::string>(&value.value())) {
    uint32_t cell = isText() ? cellOfText(*text) : noCell;
    isSettled = !isJoined && !(cell == 1 && hasPatterns);
    return cell;
  }
  if (auto *flag = std::get_if<bool>(&value.value()))
    return kind == Kind::Flag ? 1 + *flag : noCell;
  auto *real = std::get_if<double>(&value.value());
  return real && kind == Kind::Float ? cellOfReal(points, *real) : noCell;
}

} // namespace lzrt
