//===- Glob.cpp - Anchored byte-wise globs ----------------------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lzrt/policy/Policy.h"

namespace lzrt {
namespace {
uint8_t byteAt(std::string_view text, size_t i) { return static_cast<uint8_t>(text[i]); }

/// Parses the members of a class, which stand between its brackets.
std::string parseClass(std::string_view members, std::bitset<256> &set) {
  bool negated = !members.empty() && members.front() == '!';
  if (negated)
    members.remove_prefix(1);
  if (members.empty())
    return "empty class in the glob";
  for (size_t i = 0; i < members.size(); ++i) {
    uint8_t low = byteAt(members, i), high = low;
    if (i + 2 < members.size() && members[i + 1] == '-') {
      high = byteAt(members, i + 2);
      i += 2;
    }
    if (high < low)
      return "reversed range `" + std::string(members.substr(i - 2, 3)) + "` in the glob";
    for (unsigned byte = low; byte <= high; ++byte)
      set.set(byte);
  }
  if (negated)
    set.flip();
  return "";
}
} // namespace

std::string Glob::parse(std::string_view pattern, Glob *out) {
  Parsed glob;
  glob.source = pattern;
  glob.plain = pattern.find_first_of("*?[") == std::string_view::npos;
  for (size_t i = 0; !glob.plain && i < pattern.size(); ++i) {
    if (pattern[i] == '*') {
      // Neighbouring stars mean what one does.
      if (glob.elements.empty() || glob.elements.back().kind != Element::Kind::Star)
        glob.elements.push_back({Element::Kind::Star, 0, nullptr});
    } else if (pattern[i] == '?') {
      glob.elements.push_back({Element::Kind::Any, 0, nullptr});
    } else if (pattern[i] == '[') {
      size_t close = pattern.find(']', i + 1);
      if (close == std::string_view::npos)
        return "unclosed `[` in the glob";
      auto set = std::make_shared<std::bitset<256>>();
      if (std::string error = parseClass(pattern.substr(i + 1, close - i - 1), *set); !error.empty())
        return error;
      glob.elements.push_back({Element::Kind::Class, 0, std::move(set)});
      i = close;
    } else {
      glob.elements.push_back({Element::Kind::Byte, byteAt(pattern, i), nullptr});
    }
  }
  out->parsed = Shared<Parsed>(std::move(glob));
  return "";
}

bool Glob::matches(std::string_view text) const {
  if (isPlain())
    return text == this->text();
  const std::vector<Element> &elements = parsed->elements;
  auto fits = [&](const Element &element, size_t at) {
    return element.kind == Element::Kind::Any ||
           (element.kind == Element::Kind::Byte ? element.byte == byteAt(text, at)
                                                : element.set->test(byteAt(text, at)));
  };
  constexpr size_t none = ~size_t(0);
  // Only the last star is ever retried: an earlier one has the leftmost match already, so no other choice of it can
  // help.
  size_t at = 0, element = 0, star = none, retry = 0;
  while (at < text.size()) {
    if (element < elements.size() && elements[element].kind == Element::Kind::Star) {
      star = element++;
      retry = at;
    } else if (element < elements.size() && fits(elements[element], at)) {
      ++element;
      ++at;
    } else if (star != none) {
      element = star + 1;
      at = ++retry;
    } else {
      return false;
    }
  }
  while (element < elements.size() && elements[element].kind == Element::Kind::Star)
    ++element;
  return element == elements.size();
}

} // namespace lzrt
