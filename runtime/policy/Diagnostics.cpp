//===- Diagnostics.cpp - Rendering, ordering and suggestions ----*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lzrt/policy/Diagnostics.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace lzrt {

std::string Diagnostic::render() const {
  std::string text = location.file.str();
  if (location.line != 0)
    text += ":" + std::to_string(location.line) + ":" + std::to_string(location.column);
  text += severity == Severity::Error ? ": error: " : ": lint: ";
  text += message;
  if (!label.empty())
    text += " [" + label + "]";
  if (!suggestion.empty())
    text += "; did you mean `" + suggestion + "`?";
  return text;
}

void Diagnostics::error(Location where, std::string label, std::string message, std::string suggestion) {
  ++errors;
  list.push_back(
      {Diagnostic::Severity::Error, std::move(where), std::move(label), std::move(message), std::move(suggestion)});
}

void Diagnostics::lint(Location where, std::string label, std::string message, std::string suggestion) {
  list.push_back(
      {Diagnostic::Severity::Lint, std::move(where), std::move(label), std::move(message), std::move(suggestion)});
}

void Diagnostics::sort() {
  std::vector<size_t> order(list.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const Location &left = list[a].location, &right = list[b].location;
    return std::tie(left.file, left.line, left.column, a) < std::tie(right.file, right.line, right.column, b);
  });
  std::vector<Diagnostic> sorted;
  sorted.reserve(list.size());
  for (size_t index : order)
    sorted.push_back(std::move(list[index]));
  list = std::move(sorted);
}

std::string Diagnostics::render() const {
  std::string text;
  for (const Diagnostic &diagnostic : list)
    text += diagnostic.render() + "\n";
  return text;
}

namespace {
std::string folded(std::string text) {
  for (char &c : text)
    c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  return text;
}

/// Optimal string alignment distance; swapping two neighbours counts once.
size_t distance(const std::string &a, const std::string &b) {
  std::vector<size_t> older(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  std::iota(previous.begin(), previous.end(), size_t(0));
  for (size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        current[j] = std::min(current[j], older[j - 2] + 1);
    }
    std::swap(older, previous);
    std::swap(previous, current);
  }
  return previous[b.size()];
}
} // namespace

std::string nearest(const std::string &word, const std::vector<std::string> &candidates) {
  constexpr size_t longest = 128; // beyond, nothing in a policy's vocabulary is near
  if (word.size() > longest)
    return "";
  std::string wanted = folded(word), best;
  size_t bestDistance = word.size() / 3 + 1;
  for (const std::string &candidate : candidates) {
    size_t gap = candidate.size() > word.size() ? candidate.size() - word.size() : word.size() - candidate.size();
    if (gap >= bestDistance)
      continue;
    size_t d = distance(wanted, folded(candidate));
    if (d < bestDistance) {
      bestDistance = d;
      best = candidate;
    }
  }
  return best;
}

} // namespace lzrt
