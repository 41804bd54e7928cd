//===- Options.h - The command line of lz-policy -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Change together with the help texts in Options.cpp and docs/policy-reference.md.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TOOLS_LZ_POLICY_OPTIONS_H
#define LZ_TOOLS_LZ_POLICY_OPTIONS_H

#include "lzrt/policy/Facts.h"

#include <optional>
#include <string>
#include <vector>

namespace lzpolicy {

/// Exit codes of every tool.
enum ExitCode : int { Done = 0, InputAtFault = 1, Usage = 2 };

enum class Command { Check, Explain };
enum class Format { Text, Json };

struct Options {
  Command command = Command::Check;
  std::string file;
  std::vector<std::string> kernels;
  std::string environment; // or ""
  // explain alone
  std::string operation, context;
  std::optional<std::string> contexts; // a file; then neither operation nor context
  lzrt::Mode mode = LZ_MODE_UNSET;
  Format format = Format::Text;
};

/// Options to run with, or an exit code where nothing is left to do: help and version were printed, or the usage is
/// wrong and stderr says why.
struct Parsed {
  std::optional<Options> options;
  ExitCode code = Done;
};
Parsed parseOptions(const std::vector<std::string> &arguments);

} // namespace lzpolicy
#endif // LZ_TOOLS_LZ_POLICY_OPTIONS_H
