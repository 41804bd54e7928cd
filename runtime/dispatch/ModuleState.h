//===- ModuleState.h - What the runtime keeps of a bound module -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_DISPATCH_MODULESTATE_H
#define LZRT_DISPATCH_MODULESTATE_H

#include "Dispatcher.h"
#include "KernelStates.h"
#include "lzrt/Module.h"

namespace lzrt {

struct ParsedTest;

/// Behind lz_module_t::runtime.
struct BoundModule::State : BakedCode {
  const lz_module_t *module = nullptr;
  /// The module's own policy, which baked code was compiled under.
  std::unique_ptr<Snapshot> baked;
  /// Holds the process's policy, which live sites obey; its denies and breakers reach baked code too.
  std::shared_ptr<Dispatcher> dispatcher;
  KernelStates states;

  /// By kernel of `baked`, its number among the dispatcher's; -1: not loaded.
  std::vector<int> processKernels;
  /// The kernel index, in `baked`, of each import.
  std::vector<int> importKernels;
  /// The trampoline of each import, -1 where none was left; and the other way round.
  std::vector<int> trampolineOf;
  std::vector<uint32_t> trampolined;
  /// Imports whose calls always go through the trampoline: the kernel prepares, or calls are observed.
  std::vector<bool> always;

  /// By the index of the site: its number at the dispatcher, and what is live of it or null.
  struct Site {
    uint32_t id = 0;
    LiveSite *live = nullptr;
  };
  std::vector<Site> sites;

  /// Kernels of `baked` that the process's policy denies although the module's does not (S4).
  std::shared_ptr<const std::vector<int>> denied() const {
    std::lock_guard<std::mutex> lock(deniedMutex);
    return deniedKernels;
  }

  std::mutex testsMutex;
  /// Parsed forms of open tests with the words that point to them, nulled when unbinding.
  std::vector<std::pair<void **, std::unique_ptr<ParsedTest>>> tests;

  State();
  ~State() override;
  void retarget() override;
  std::string faultUnder(const Snapshot &next) const override;
  /// Gives every site a number; from here on the process's changes reach the slots.
  void attach();
  void detach();

private:
  std::vector<int> deniedUnder(const Policy &policy) const;
  lz_kernel_fn targetOf(uint32_t import, const std::vector<int> &denied) const;
  mutable std::mutex deniedMutex;
  std::shared_ptr<const std::vector<int>> deniedKernels = std::make_shared<const std::vector<int>>();
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

/// What a trampoline adds to a status, for lzrt_continue alone; no kernel status has these bits.
enum : int32_t {
  statusRefused = 1 << 29, ///< The kernel did not run: it is denied, or its breaker is open.
  statusReported = 1 << 30 ///< The failure has been charged.
};
/// A status that a trampoline has reported. Kernels may return any number, so one that could be mistaken for another
/// mark is replaced by what it counts as.
constexpr int32_t reportedStatus(int32_t status) {
  return (status >= 0 && status < statusRefused ? status : int32_t(LZ_STATUS_INTERNAL)) | statusReported;
}
constexpr bool isReportedStatus(int32_t status) {
  return status >= 0 && (status & statusReported) != 0 && (status & statusRefused) == 0;
}

/// The sites whose decision differs between two selectors, as far as what was known when compiling tells; live ones,
/// which follow the process's policy anyway, only `withLive`.
std::vector<std::string> differingSites(const lz_module_t &module, const Selector &left, const Selector &right,
                                        bool withLive = true);

} // namespace lzrt
#endif // LZRT_DISPATCH_MODULESTATE_H
