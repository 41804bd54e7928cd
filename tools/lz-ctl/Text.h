//===- Text.h - Results for people -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TOOLS_LZ_CTL_TEXT_H
#define LZ_TOOLS_LZ_CTL_TEXT_H

#include <nlohmann/json.hpp>

#include <string>

namespace lzctl {

using Json = nlohmann::ordered_json;

/// The result of a command as text, with its end of line. Throws nlohmann's exceptions where the result is not the
/// command's.
std::string textOf(const std::string &command, const Json &result);
/// With control characters but ends of lines made visible, as names come from models and files; without an end of line
/// at its own end.
std::string printable(const std::string &text);

} // namespace lzctl
#endif // LZ_TOOLS_LZ_CTL_TEXT_H
