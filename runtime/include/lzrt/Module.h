//===- Module.h - Binds a compiled module to kernels, parameters and a policy -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_MODULE_H
#define LZRT_MODULE_H

#include "lzrt/KernelRegistry.h"
#include "lzrt/Status.h"
#include "lzrt/abi/module.h"
#include "lzrt/policy/Selector.h"
#include "lzrt/telemetry/Snapshot.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lzrt {

class Dispatcher;

/// What a parameter of a module is bound to. The memory must outlive the bound module.
struct ParameterData {
  const void *data = nullptr;
  lz_dtype_t dtype{};
  std::vector<int64_t> shape;
};

struct BindOptions {
  /// Frozen, outlives the bound module. Null: no kernel at all.
  const KernelRegistry *registry = nullptr;
  /// Who holds the process's policy. Null: one is made for this module alone, with `policy`.
  std::shared_ptr<Dispatcher> dispatcher;
  /// The policy of the process, which live sites obey. Null: the module's own. Not read with a dispatcher.
  std::shared_ptr<const Policy> policy;
  /// What a selection digest other than the module's means: an error, or a warning that names the sites whose decision
  /// differs.
  enum class OnMismatch { Refuse, Warn } onMismatch = OnMismatch::Refuse;
  /// Finds the data of a parameter. Null: every parameter is missing.
  std::function<Status(const std::string &name, ParameterData *out)> parameter;
  /// Whether calls of baked code are told to the context's observer. It costs each of them an indirect call.
  bool observeBakedCalls = false;
};

/// A compiled module in use. Binding writes the module's import slots, parameter slots and runtime word; one bound
/// module exists for a lz_module_t at a time. Calls may come from several threads, each with a context of its own; the
/// bound module must outlive them.
class BoundModule {
public:
  /// Checks ABI version, digests, imports and parameters; every missing import and parameter is named. Nothing is
  /// written after an error. `warnings` receives what OnMismatch::Warn let pass.
  static Status bind(const lz_module_t *module, const BindOptions &options, std::unique_ptr<BoundModule> *out,
                     std::vector<std::string> *warnings);
  /// Unbinds: slots are nulled, kernel states released.
  ~BoundModule();
  BoundModule(const BoundModule &) = delete;
  BoundModule &operator=(const BoundModule &) = delete;

  /// Begins an invocation: checks that `context` has the facts that the module was compiled under (C6), and pins it to
  /// the present policy until it is reset. Settings that are changed afterwards are seen by the next invocation.
  Status admit(lz_context_t &context) const;
  /// The selector of baked sites: the module's own policy and kernels.
  const Selector &selector() const;
  /// The present selector of live sites.
  std::shared_ptr<const Selector> liveSelector() const;
  /// The compiled sites that the present policy would decide otherwise. They keep their decision, but for kernels that
  /// it denies, until the module is compiled again.
  std::vector<std::string> outdatedSites() const;
  /// What was counted at the sites of this module, and of all others under the same dispatcher.
  TelemetrySnapshot telemetry() const;
  /// How many failures of a kernel count against it (S9): not `unsupported`, not `invalid argument`.
  uint64_t chargedFailures(std::string_view kernel) const;

  struct State;

private:
  explicit BoundModule(std::unique_ptr<State> state);
  std::unique_ptr<State> state;
};

} // namespace lzrt
#endif // LZRT_MODULE_H
