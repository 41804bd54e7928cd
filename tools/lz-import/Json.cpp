//===- Json.cpp - JSON of untrusted files -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Json.h"

using namespace llvm;
using namespace lzimport;

static constexpr unsigned maxDepth = 64;

/// The deepest nesting of brackets outside strings; malformed text gives some number.
static unsigned depthOf(StringRef text) {
  unsigned depth = 0, deepest = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (inString && c == '\\')
      ++i;
    else if (c == '"')
      inString = !inString;
    else if (!inString && (c == '[' || c == '{'))
      deepest = std::max(deepest, ++depth);
    else if (!inString && (c == ']' || c == '}') && depth > 0)
      --depth;
  }
  return deepest;
}

std::optional<json::Object> lzimport::parseObject(StringRef text, StringRef file, StringRef what, Reporter &reporter) {
  if (depthOf(text) > maxDepth) {
    reporter.error(file, what + "is nested deeper than " + Twine(maxDepth) + " levels");
    return std::nullopt;
  }
  Expected<json::Value> root = json::parse(text);
  if (!root) {
    reporter.error(file, what + toString(root.takeError()));
    return std::nullopt;
  }
  if (json::Object *object = root->getAsObject())
    return std::move(*object);
  reporter.error(file, what + "must be a JSON object");
  return std::nullopt;
}
