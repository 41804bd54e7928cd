//===- Json.cpp - JSON of untrusted files -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/IO/Json.h"

namespace mlir::lz {

static constexpr unsigned maxDepth = 64;

/// The deepest nesting of brackets outside strings; malformed text gives some number.
static unsigned depthOf(llvm::StringRef text) {
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

llvm::Expected<llvm::json::Value> parseJson(llvm::StringRef text) {
  if (depthOf(text) > maxDepth)
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   "is nested deeper than " + llvm::Twine(maxDepth) + " levels");
  return llvm::json::parse(text);
}

} // namespace mlir::lz
