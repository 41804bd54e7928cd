//===- ContextLine.h - One line of --contexts -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TOOLS_LZ_POLICY_CONTEXTLINE_H
#define LZ_TOOLS_LZ_POLICY_CONTEXTLINE_H

#include "lzrt/policy/Facts.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lzpolicy {

/// {"operation": …, "context": {…}}. JSON numbers without fraction or exponent are integers; null is Absent (C8).
struct ContextLine {
  std::string operation;
  std::vector<lzrt::GivenFact> facts;
  std::optional<std::string> rolloutKey;
};

/// Checks the shape; names and types of facts are giveFacts' matter. Overwrites *out, whose memory it reuses. Returns
/// the error, or "".
std::string parseContextLine(std::string_view text, ContextLine *out);

} // namespace lzpolicy
#endif // LZ_TOOLS_LZ_POLICY_CONTEXTLINE_H
