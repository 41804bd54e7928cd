//===- EntryPoints.cpp - What compiled code calls when it cannot go on alone -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Dispatch.h"
#include "Errors.h"

using namespace lzrt;

namespace {

int32_t notBound(lz_call_t *call) {
  return recordError(call->context, LZ_STATUS_NOT_FOUND, describe(*call->site) + ": the module is not bound",
                     call->site);
}

/// The mode of a live site in this invocation: the context's override first.
Mode liveMode(const lz_call_t *call) {
  Mode override = Mode(call->context->mode_override);
  return override == LZ_MODE_UNSET ? Mode(call->site->mode) : override;
}

} // namespace

extern "C" {

int32_t lzrt_continue(lz_call_t *call, uint32_t import_index, int32_t status) {
  return guarded(call->context, call->site, [&]() -> int32_t {
    BoundModule::State *state = stateOf(call);
    if (!state)
      return notBound(call);
    if (import_index >= state->importKernels.size())
      return recordError(call->context, LZ_STATUS_MALFORMED,
                         describe(*call->site) + ": import " + std::to_string(import_index) + " of " +
                             std::to_string(state->importKernels.size()),
                         call->site);
    Dispatch dispatch(call, *state, *state->baked, Mode(call->site->mode), LZ_RAN_CONTINUATION);
    int kernel = state->importKernels[import_index];
    // A denied kernel did not run: its slot refused the call (S4).
    return state->baked->isDenied(kernel) ? dispatch.run() : dispatch.runBehind(kernel, status);
  });
}

int32_t lzrt_no_kernel(lz_call_t *call, int32_t status) {
  return guarded(call->context, call->site, [&]() -> int32_t {
    BoundModule::State *state = stateOf(call);
    if (!state)
      return notBound(call);
    return Dispatch(call, *state, *state->baked, Mode(call->site->mode), LZ_RAN_CONTINUATION).refuse(status);
  });
}

int32_t lzrt_run_decomposition(lz_call_t *call) {
  return guarded(call->context, call->site, [&]() -> int32_t {
    if (!call->site->decomposition)
      return recordError(call->context, LZ_STATUS_MALFORMED, describe(*call->site) + ": the site has no decomposition",
                         call->site);
    int32_t status = call->site->decomposition(call);
    observe(call, nullptr, status, LZ_RAN_BAKED);
    return status;
  });
}

int32_t lzrt_live_miss(lz_call_t *call, lz_live_site_t *, int64_t, int64_t, int64_t, int64_t) {
  return guarded(call->context, call->site, [&]() -> int32_t {
    BoundModule::State *state = stateOf(call);
    if (!state)
      return notBound(call);
    const void *pinned = call->context->snapshot;
    const Snapshot &snapshot = pinned ? *static_cast<const Snapshot *>(pinned) : state->live();
    return Dispatch(call, *state, snapshot, liveMode(call), LZ_RAN_LIVE).run();
  });
}

} // extern "C"
