//===- LiveDecision.h - What a live site does with one call -----*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_DISPATCH_LIVEDECISION_H
#define LZRT_DISPATCH_LIVEDECISION_H

#include "Dispatcher.h"

namespace lzrt {

/// The mode of a call at a site, AUTO resolved; then its fallbacks, without those that would evaluate the same
/// candidates.
std::vector<Mode> modesToTry(const Snapshot &snapshot, const lz_site_t &site, Mode mode);
/// The mode of a live site in this invocation: the context's override first.
Mode liveMode(const lz_call_t &call);

/// The part of a query that a call and its context bring.
Query queryOf(const Snapshot &snapshot, const lz_call_t &call, const FactSet &facts, Mode mode);

/// The first choice of a call, whatever the health of kernels is.
struct LiveDecision {
  int kernel = -1;
  Decision *decision = nullptr;
  /// The calls for which it is the same, of this context's class; nullopt where a stub cannot tell them.
  std::optional<Box> box;
  bool passedLock = false; ///< The operation's lock does not stand (S5).
};
/// Nullopt: no kernel stands under the call's first mode, or a strict rule ends selection.
std::optional<LiveDecision> decide(const LiveSite &site, const Snapshot &snapshot, DecisionTable &decisions,
                                   const lz_call_t &call);

/// The label of a rule in metrics: its name or "#index"; "" where there is none.
std::string ruleLabel(const Policy &policy, int rule);

/// What a stub jumps to for a kernel: the kernel, or what prepares it.
lz_kernel_fn entryOf(const LoadedKernel &kernel);

} // namespace lzrt
#endif // LZRT_DISPATCH_LIVEDECISION_H
