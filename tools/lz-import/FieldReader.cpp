//===- FieldReader.cpp - The fields of a JSON object, each asked for by name -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "FieldReader.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace llvm;
using namespace lzimport;

const json::Value *FieldReader::find(StringRef name) {
  known.insert(name);
  const json::Value *value = object.get(name);
  return value && value->kind() != json::Value::Null ? value : nullptr;
}

bool FieldReader::isNull(StringRef name) const {
  const json::Value *value = object.get(name);
  return value && value->kind() == json::Value::Null;
}

int64_t FieldReader::integer(StringRef name, std::optional<int64_t> otherwise, int64_t smallest, int64_t largest) {
  const json::Value *value = find(name);
  if (!value && otherwise)
    return *otherwise;
  std::optional<int64_t> integer = value ? value->getAsInteger() : std::nullopt;
  if (integer && *integer >= smallest && *integer <= largest)
    return *integer;
  if (!value)
    error("missing field " + quoted(name));
  else
    error(quoted(name) + " must be an integer from " + Twine(smallest) + " to " + Twine(largest));
  return smallest;
}

double FieldReader::positive(StringRef name, std::optional<double> otherwise) {
  const json::Value *value = find(name);
  if (!value && otherwise)
    return *otherwise;
  std::optional<double> number = value ? value->getAsNumber() : std::nullopt;
  if (number && std::isfinite(*number) && *number > 0)
    return *number;
  error(value ? quoted(name) + " must be a number above 0" : "missing field " + quoted(name));
  return 1;
}

bool FieldReader::boolean(StringRef name) {
  const json::Value *value = find(name);
  if (!value)
    return false;
  if (std::optional<bool> flag = value->getAsBoolean())
    return *flag;
  error(quoted(name) + " must be true or false");
  return false;
}

StringRef FieldReader::string(StringRef name) {
  const json::Value *value = find(name);
  if (!value)
    return "";
  if (std::optional<StringRef> text = value->getAsString())
    return *text;
  error(quoted(name) + " must be a string");
  return "";
}

StringRef FieldReader::oneOf(StringRef name, ArrayRef<StringRef> allowed, StringRef remedy) {
  StringRef text = string(name);
  if (text.empty() || is_contained(allowed, text))
    return text;
  error("unsupported " + quoted(name) + ": `" + text + "`; " + remedy);
  return "";
}

void FieldReader::ignore(ArrayRef<StringLiteral> names) {
  for (StringRef name : names)
    known.insert(name);
}

void FieldReader::rejectUnknown() {
  SmallVector<StringRef> unknown;
  for (const auto &[name, value] : object)
    if (value.kind() != json::Value::Null && !known.contains(name))
      unknown.push_back(name);
  llvm::sort(unknown);
  for (StringRef name : unknown)
    error("unknown field " + quoted(name) + ", which may change what the model computes; remove it if it does not");
}
