//===- Value.cpp - Values of facts and conditions -------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Versions, and the one JSON spelling of a value that residual, path and digests share.
//
//===----------------------------------------------------------------------===//
#include "lzrt/policy/Facts.h"

#include <algorithm>
#include <charconv>

namespace lzrt {

std::optional<Version> Version::parse(std::string_view text) {
  Version version;
  const char *position = text.data(), *end = text.data() + text.size();
  while (true) {
    uint64_t part = 0;
    auto [next, error] = std::from_chars(position, end, part);
    if (error != std::errc())
      return std::nullopt;
    version.parts.push_back(part);
    if (next == end)
      return version;
    if (*next != '.')
      return std::nullopt;
    position = next + 1;
  }
}

std::string Version::str() const {
  std::string text;
  for (uint64_t part : parts)
    text += (text.empty() ? "" : ".") + std::to_string(part);
  return text;
}

int Version::compare(const Version &other) const {
  for (size_t i = 0, count = std::max(parts.size(), other.parts.size()); i < count; ++i) {
    uint64_t left = i < parts.size() ? parts[i] : 0;
    uint64_t right = i < other.parts.size() ? other.parts[i] : 0;
    if (left != right)
      return left < right ? -1 : 1;
  }
  return 0;
}

namespace {

template <typename Number> std::string spell(Number number) {
  char buffer[32];
  return std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr);
}

std::string quote(const std::string &text) {
  static constexpr char hex[] = "0123456789abcdef";
  std::string out = "\"";
  for (unsigned char byte : text) {
    if (byte == '"' || byte == '\\') {
      out += {'\\', char(byte)};
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte < 0x20) {
      out += {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
    } else {
      out += char(byte);
    }
  }
  return out += '"';
}

struct Speller {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(int64_t value) const { return spell(value); }
  std::string operator()(double value) const { return spell(value); }
  std::string operator()(const std::string &value) const { return quote(value); }
  std::string operator()(const Version &value) const { return quote(value.str()); }
};

} // namespace

std::string toJson(const Value &value) { return std::visit(Speller(), value); }

} // namespace lzrt
