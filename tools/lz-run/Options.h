//===- Options.h - The command line of lz-run -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TOOLS_LZ_RUN_OPTIONS_H
#define LZ_TOOLS_LZ_RUN_OPTIONS_H

#include <optional>
#include <string>
#include <vector>

namespace mlir::lz::run {

/// What a command line asks for; "" where an option is not given.
struct Options {
  std::string model, policy, entry, weights, mode, target, facts, environment;
  std::vector<std::string> kernels, inputs, outputs;
  bool noKernels = false, warnOnMismatch = false, json = false, trace = false, help = false;
  bool watch = false;
  /// HOST:PORT; and the control socket's path, "" where the runtime chooses. Not given: not served.
  std::optional<std::string> metrics, control;
  unsigned repeat = 0;  // not given: once, or without end under --watch
  unsigned threads = 0; // as many as the process may use
};

/// The usage text, 80 columns.
const char *usage();
/// Reads the command line. Returns the error, or "".
std::string parseOptions(int argc, char **argv, Options *out);

} // namespace mlir::lz::run
#endif // LZ_TOOLS_LZ_RUN_OPTIONS_H
