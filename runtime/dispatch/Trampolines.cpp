//===- Trampolines.cpp - What stands in an import slot in place of a kernel -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Trampolines.h"
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
    const LoadedKernel &kernel = *state.baked->loaded[state.importKernels[state.trampolined[number]]];
    int32_t status = state.states.run(kernel.entry, call);
    observe(call, kernel.name.c_str(), status, LZ_RAN_BAKED);
    return status;
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
