//===- Dispatch.h - Selects, runs and continues one call -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_DISPATCH_DISPATCH_H
#define LZRT_DISPATCH_DISPATCH_H

#include "ModuleState.h"

#include <optional>

namespace lzrt {

/// One call on its way through the candidates (S9). Lives on the stack of an entry point.
class Dispatch {
public:
  /// `mode` may be AUTO. `how` is told to the observer for the first kernel that this runs: LZ_RAN_LIVE or
  /// LZ_RAN_CONTINUATION.
  Dispatch(lz_call_t *call, BoundModule::State &state, const Snapshot &snapshot, Mode mode, int32_t how)
      : call(call), state(state), snapshot(snapshot), modes(modesToTry(mode)), how(how), facts(factsOf(call)) {}

  /// Selects and runs until a candidate succeeds, one stops the call, or all are exhausted.
  int32_t run();
  /// The same behind `kernel`, which has failed with `status`.
  int32_t runBehind(int kernel, int32_t status);
  /// Records the error of a call for which selection has nothing: `status` with every candidate's reason (S7).
  int32_t refuse(int32_t status);

private:
  struct Attempt {
    std::string kernel;
    int32_t status;
  };
  /// The mode and its fallbacks, without those that would evaluate the same candidates.
  std::vector<Mode> modesToTry(Mode mode) const;
  Selection select(Mode mode, bool explain) const;
  /// The candidates of one mode; nothing: the mode has none left.
  std::optional<int32_t> runMode(Mode mode);
  std::optional<int32_t> runDecomposition();
  int32_t execute(int kernel);
  /// Lists and charges a failure. Whether another candidate may follow.
  bool mayFollow(int kernel, int32_t status);
  /// Records that the last attempt ends the call.
  int32_t stop();
  int32_t refuseStrict(const Selection &selection);
  std::string attemptsText() const;

  lz_call_t *call;
  BoundModule::State &state;
  const Snapshot &snapshot;
  const std::vector<Mode> modes;
  int32_t how;
  FactSet facts;
  std::vector<Attempt> attempts;
  /// Failed under the present mode, and under those before it.
  std::vector<int> failed, failedBefore;
};

} // namespace lzrt
#endif // LZRT_DISPATCH_DISPATCH_H
