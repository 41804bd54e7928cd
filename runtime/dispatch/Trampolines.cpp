//===- Trampolines.cpp - What stands in an import slot in place of a kernel -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Trampolines.h"
#include "Admission.h"
#include "Errors.h"
#include "ModuleState.h"

#include <array>
#include <utility>

namespace lzrt {
namespace {

int32_t runImport(const lz_call_t *constant, unsigned number) {
  // The block is the caller's stack; kernels see it constant, the runtime owns its state word.
  auto *call = const_cast<lz_call_t *>(constant);
  return guarded(call->context, call->site, [&]() -> int32_t {
    BoundModule::State &state = *stateOf(call);
    Dispatcher &dispatcher = *state.dispatcher;
    const int own = state.importKernels[state.trampolined[number]], kernel = state.processKernels[own];
    const LoadedKernel &loaded = *state.baked->loaded[own];
    const bool isWatched = dispatcher.health().of(kernel, call->context->device).breaker.isWatched();
    std::optional<AdmittedCall> admitted;
    if (isWatched) {
      std::shared_ptr<const Snapshot> snapshot = dispatcher.current();
      admitted.emplace(dispatcher, snapshot->limits, kernel, call->context->device);
      if (!admitted->isAdmitted())
        return statusRefused;
    }
    int32_t status = state.states.run(loaded.entry, call);
    observe(call, loaded.name.c_str(), status, LZ_RAN_BAKED);
    if (!admitted)
      return status;
    admitted->report(status);
    return status == LZ_STATUS_OK ? status : reportedStatus(status);
  });
}

template <unsigned Number> int32_t trampolineOf(const lz_call_t *call) { return runImport(call, Number); }

template <unsigned... Numbers>
constexpr std::array<lz_kernel_fn, sizeof...(Numbers)> tableOf(std::integer_sequence<unsigned, Numbers...>) {
  return {trampolineOf<Numbers>...};
}
constexpr auto table = tableOf(std::make_integer_sequence<unsigned, numTrampolines>());

} // namespace

lz_kernel_fn trampoline(unsigned number) { return table[number]; }

} // namespace lzrt
