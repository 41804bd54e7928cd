//===- Modes.h - Which mode rules an operation when compiling -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_POLICY_MODES_H
#define LZ_POLICY_MODES_H

#include "lz/Policy/PolicyAnalysis.h"

namespace mlir::lz {

/// What the compiler's options say about modes.
struct ModeOptions {
  std::optional<Mode> mode;       // rules where neither op nor function has `lz.mode`
  Mode otherwise = Mode::Dynamic; // what auto means where nothing else settles it
};

/// Reads a mode's name; a diagnostic at the module where there is none such.
FailureOr<Mode> parseMode(ModuleOp module, StringRef option, StringRef name);

/// The mode asked for, auto included: op attribute > function > option > policy `modes` > policy `mode` > module >
/// auto. A diagnostic where `lz.mode` is no mode.
FailureOr<Mode> requestedMode(KernelOpInterface op, const ModeOptions &options, const lzrt::Selector &selector);

/// The modes to try in order: the requested one, auto resolved, then its fallbacks (S7), without those that would
/// evaluate the same candidates.
SmallVector<Mode> modesToTry(KernelOpInterface op, Mode requested, const ModeOptions &options,
                             const PolicyAnalysis &policy);

inline bool isLive(Mode mode) { return mode == Mode::Dynamic || mode == Mode::HotReload; }

} // namespace mlir::lz

#endif // LZ_POLICY_MODES_H
