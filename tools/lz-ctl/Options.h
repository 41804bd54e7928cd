//===- Options.h - The command line of lz-ctl -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Change together with runtime/control/Commands.cpp and docs/operating.md.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TOOLS_LZ_CTL_OPTIONS_H
#define LZ_TOOLS_LZ_CTL_OPTIONS_H

#include "../../runtime/control/Protocol.h"

#include <chrono>

namespace lzctl {

/// Exit codes.
enum ExitCode : int { Done = 0, Failed = 1, Usage = 2 };

struct Options {
  std::optional<std::string> socket; // none: the only live one of the default directory
  bool json = false;
  std::chrono::milliseconds timeout = std::chrono::seconds(30);
  lzrt::Request request;
};

/// Options to run with, or an exit code where nothing is left to do: help and version were printed, or the usage is
/// wrong and stderr says why.
struct Parsed {
  std::optional<Options> options;
  ExitCode code = Done;
};
Parsed parseOptions(const std::vector<std::string> &arguments);

} // namespace lzctl
#endif // LZ_TOOLS_LZ_CTL_OPTIONS_H
