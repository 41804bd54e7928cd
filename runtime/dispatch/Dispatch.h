//===- Dispatch.h - Selects, runs and continues one call -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_DISPATCH_DISPATCH_H
#define LZRT_DISPATCH_DISPATCH_H

#include "LiveDecision.h"
#include "ModuleState.h"

#include <optional>

namespace lzrt {

/// One call on its way through the candidates (S9). Lives on the stack of an entry point.
class Dispatch {
public:
  /// A call at a live site: `how` is told to the observer for the first kernel that this runs, LZ_RAN_LIVE or
  /// LZ_RAN_CONTINUATION.
  static Dispatch live(lz_call_t *call, BoundModule::State &state, const Snapshot &snapshot, int32_t how);
  /// What is left to do of a call at a baked site.
  static Dispatch baked(lz_call_t *call, BoundModule::State &state);

  /// Selects and runs until a candidate succeeds, one stops the call, or all are exhausted.
  int32_t run();
  /// The same behind `kernel`, which has failed with `status` and was charged for that.
  int32_t runBehind(int kernel, int32_t status);
  /// The kernel, by its number among the dispatcher's, that ended the call well; -1: the decomposition; -2: none did.
  int ranKernel() const { return ran; }
  bool hasFailed(int kernel) const;
  /// Records the error of a call for which selection has nothing: `status` with every candidate's reason (S7).
  int32_t refuse(int32_t status);

private:
  Dispatch(lz_call_t *call, BoundModule::State &state, const Snapshot &snapshot, Mode mode, int32_t how, bool isLive);
  struct Attempt {
    std::string kernel;
    int32_t status;
  };
  /// The number of a kernel of the snapshot among the dispatcher's.
  int processKernel(int kernel) const { return isLive ? kernel : state.processKernels[size_t(kernel)]; }
  KernelHealth &healthOf(int kernel) const;
  /// `mode`: the index of one of `modes`.
  Selection select(size_t mode, bool explain);
  /// The candidates of one mode; nothing: the mode has none left, or none but one that only its breaker refuses.
  std::optional<int32_t> runMode(size_t mode);
  std::optional<int32_t> runModes();
  std::optional<int32_t> runDecomposition();
  /// S5: counts a lock that this call has passed over, once, although none has failed.
  void noteLock(Mode which, Reason reason);
  /// Nullopt: its breaker has refused the call since it was selected.
  std::optional<int32_t> execute(const Selection &selection);
  int32_t executeAdmitted(int kernel, Decision &decision);
  /// Lists a failure. Whether another candidate may follow.
  bool mayFollow(int kernel, int32_t status);
  /// Records that the last attempt ends the call.
  int32_t stop();
  int32_t refuseStrict(const Selection &selection);
  std::string attemptsText() const;

  lz_call_t *call;
  BoundModule::State &state;
  const Snapshot &snapshot;
  const BreakerLimits limits;
  const bool isLive;
  const std::vector<Mode> modes;
  int32_t how;
  FactSet facts;
  /// Kernels that may not run, whatever the policy of `snapshot` says.
  std::vector<int> barred;
  std::vector<Attempt> attempts;
  int ran = -2;
  bool hasNotedLock = false;
  /// The kernels that have failed, by the mode that had chosen them.
  std::vector<std::vector<int>> failed;
  /// What a breaker has refused to this call it does not get later, when another has run in its place.
  std::vector<int> refused;
  /// S11: no mode has a kernel that its breaker admits, so one that it does not may run.
  bool mayPanic = false;
};

} // namespace lzrt
#endif // LZRT_DISPATCH_DISPATCH_H
