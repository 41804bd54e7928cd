//===- Commands.h - What lz-policy does -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each command returns the exit code and has told stderr what is at fault.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TOOLS_LZ_POLICY_COMMANDS_H
#define LZ_TOOLS_LZ_POLICY_COMMANDS_H

#include "Options.h"

#include "lzrt/policy/Selector.h"

#include <memory>

namespace lzpolicy {

ExitCode check(const Options &options);
ExitCode explain(const Options &options);
/// `explain --contexts`.
ExitCode explainAll(const Options &options, const lzrt::Selector &selector);

/// The inputs of a command, null after an error.
struct Inputs {
  std::shared_ptr<const lzrt::Policy> policy;
  std::shared_ptr<const lzrt::KernelSet> kernels; // null too where no manifest is named
};
/// Reads and validates all files and puts every error of each of them into `diagnostics`.
Inputs load(const Options &options, lzrt::Diagnostics &diagnostics);

/// The mode to select with: --mode, where auto is resolved for the operation.
lzrt::Mode modeFor(const Options &options, const lzrt::Selector &selector, lzrt::Operation operation);
/// "unknown operation `…`", with a suggestion.
std::string unknownOperation(const std::string &name);
/// Flushes stdout; false, with a line on stderr, where not all could be written.
bool finishOutput();

} // namespace lzpolicy
#endif // LZ_TOOLS_LZ_POLICY_COMMANDS_H
