//===- Json.cpp - JSON of untrusted files -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Json.h"

#include "lz/IO/Json.h"

using namespace llvm;
using namespace lzimport;

std::optional<json::Object> lzimport::parseObject(StringRef text, StringRef file, StringRef what, Reporter &reporter) {
  Expected<json::Value> root = mlir::lz::parseJson(text);
  if (!root) {
    reporter.error(file, what + toString(root.takeError()));
    return std::nullopt;
  }
  if (json::Object *object = root->getAsObject())
    return std::move(*object);
  reporter.error(file, what + "must be a JSON object");
  return std::nullopt;
}
