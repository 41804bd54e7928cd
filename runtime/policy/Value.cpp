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

bool needsEscape(char c) { return c == '"' || c == '\\' || uint8_t(c) < 0x20; }

void appendEscape(std::string &out, uint8_t byte) {
  static constexpr char hex[] = "0123456789abcdef";
  if (byte == '"' || byte == '\\')
    out += {'\\', char(byte)};
  else if (byte == '\n')
    out += "\\n";
  else
    out += {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
}

std::string quote(std::string_view text) {
  std::string out;
  appendJson(out, text);
  return out;
}

struct Speller {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(int64_t value) const { return spell(value); }
  std::string operator()(double value) const { return spell(value); }
  std::string operator()(const std::string &value) const { return quote(value); }
  std::string operator()(const Version &value) const { return quote(value.str()); }
};

} // namespace

/// By runs, as texts that need escapes are rare and answers are printed in bulk.
void appendJson(std::string &out, std::string_view text) {
  out += '"';
  while (true) {
    size_t run = size_t(std::find_if(text.begin(), text.end(), needsEscape) - text.begin());
    out.append(text.data(), run);
    if (run == text.size())
      break;
    appendEscape(out, uint8_t(text[run]));
    text.remove_prefix(run + 1);
  }
  out += '"';
}

std::string toJson(const Value &value) { return std::visit(Speller(), value); }

} // namespace lzrt
