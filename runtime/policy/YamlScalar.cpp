//===- YamlScalar.cpp - YAML 1.2 core schema --------------------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The tables of section 10.3.2 of the YAML 1.2.2 specification, by hand: no locale, no YAML 1.1 booleans or octals.
//
//===----------------------------------------------------------------------===//
#include "YamlTree.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace lzrt::yaml {
namespace {
bool isDigit(char c) { return c >= '0' && c <= '9'; }

size_t skipDigits(std::string_view text, size_t at) {
  while (at < text.size() && isDigit(text[at]))
    ++at;
  return at;
}

bool hasSign(std::string_view text) { return !text.empty() && (text[0] == '+' || text[0] == '-'); }

enum class Shape { None, Integer, Float };
/// [-+]? (\.[0-9]+ | [0-9]+ (\.[0-9]*)?) ([eE] [-+]? [0-9]+)?
Shape shapeOf(std::string_view text) {
  size_t start = hasSign(text), at = skipDigits(text, start), whole = at - start;
  bool isFloat = at < text.size() && text[at] == '.';
  if (isFloat) {
    size_t end = skipDigits(text, at + 1);
    if (whole == 0 && end == at + 1)
      return Shape::None;
    at = end;
  } else if (whole == 0) {
    return Shape::None;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    isFloat = true;
    size_t digits = at + 1 + hasSign(text.substr(at + 1));
    at = skipDigits(text, digits);
    if (at == digits)
      return Shape::None;
  }
  if (at != text.size())
    return Shape::None;
  return isFloat ? Shape::Float : Shape::Integer;
}

/// from_chars without the plus sign that it does not know.
template <typename T, typename... Extra> Scalar number(std::string_view digits, Extra... extra) {
  if (!digits.empty() && digits[0] == '+')
    digits.remove_prefix(1);
  T value{};
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, extra...);
  if (error != std::errc() || end != digits.data() + digits.size())
    return OutOfRange{};
  return value;
}

/// 0o17 and 0x1f; no sign, as the schema has it.
bool isBased(std::string_view text, char letter, int base) {
  if (text.size() < 3 || text[0] != '0' || text[1] != letter)
    return false;
  return std::all_of(text.begin() + 2, text.end(), [&](char c) {
    int value = isDigit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
    return value < base;
  });
}
} // namespace

bool isNonFinite(std::string_view text) {
  if (text == ".nan" || text == ".NaN" || text == ".NAN")
    return true;
  if (hasSign(text))
    text.remove_prefix(1);
  return text == ".inf" || text == ".Inf" || text == ".INF";
}

Scalar resolve(const Node &node) {
  std::string_view text = node.text;
  if (node.quoted || text.empty())
    return text;
  if (text == "true" || text == "True" || text == "TRUE")
    return true;
  if (text == "false" || text == "False" || text == "FALSE")
    return false;
  if (!isDigit(text[0]) && !hasSign(text) && text[0] != '.')
    return text;
  if (isBased(text, 'o', 8))
    return number<int64_t>(text.substr(2), 8);
  if (isBased(text, 'x', 16))
    return number<int64_t>(text.substr(2), 16);
  switch (shapeOf(text)) {
  case Shape::None:
    return text;
  case Shape::Integer:
    return number<int64_t>(text);
  case Shape::Float:
    return number<double>(text);
  }
  return text;
}

} // namespace lzrt::yaml
