//===- ModuleState.h - What the runtime keeps of a bound module -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_DISPATCH_MODULESTATE_H
#define LZRT_DISPATCH_MODULESTATE_H

#include "KernelStates.h"
#include "Snapshot.h"
#include "lzrt/Module.h"

namespace lzrt {

struct ParsedTest;

/// Behind lz_module_t::runtime.
struct BoundModule::State {
  const lz_module_t *module = nullptr;
  std::unique_ptr<Snapshot> baked;
  /// What live sites obey; null: `baked`.
  std::unique_ptr<Snapshot> ownLive;
  const Snapshot &live() const { return ownLive ? *ownLive : *baked; }
  /// The kernel index, in `baked`, of each import.
  std::vector<int> importKernels;
  /// The imports whose slot holds a trampoline, by trampoline number.
  std::vector<uint32_t> trampolined;
  KernelStates states;
  std::mutex testsMutex;
  /// Parsed forms of open tests with the words that point to them, nulled when unbinding.
  std::vector<std::pair<void **, std::unique_ptr<ParsedTest>>> tests;

  State();
  ~State();
};

/// The state of the module that a call belongs to; null where it is not bound.
inline BoundModule::State *stateOf(const lz_call_t *call) {
  const lz_module_t *module = call->site->module;
  return module && module->runtime ? static_cast<BoundModule::State *>(*module->runtime) : nullptr;
}

/// Told to the observer, if there is one. `kernel` null: the decomposition.
inline void observe(const lz_call_t *call, const char *kernel, int32_t status, int32_t how) {
  const lz_observer_t *observer = call->context->observer;
  if (observer && observer->on_call)
    observer->on_call(observer->self, call, kernel, status, how);
}

/// The sites whose decision differs between two selectors, as far as what was known when compiling tells.
std::vector<std::string> differingSites(const lz_module_t &module, const Selector &left, const Selector &right);

} // namespace lzrt
#endif // LZRT_DISPATCH_MODULESTATE_H
