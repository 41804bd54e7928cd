//===- Orchestrator.h - The runtime of a process in one object --*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Kernels, a live policy, the sites that obey it, breakers, hot reload, metrics and a control socket. Compiled modules
// bind to it (BindOptions::dispatcher); a program without a compiler adds sites of its own and calls them.
//
// Every function may be called from any thread, but for what a comment says. Destroy it after the modules that are
// bound to it and after the last call of its sites.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_ORCHESTRATOR_H
#define LZRT_ORCHESTRATOR_H

#include "lzrt/KernelRegistry.h"
#include "lzrt/Status.h"
#include "lzrt/policy/Selector.h"
#include "lzrt/telemetry/Snapshot.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace lzrt {

class Dispatcher;

/// What is told of a breaker that changes. The texts outlive the call alone.
struct BreakerNotice {
  std::string_view kernel, device, from, to; ///< States: closed, open, half_open, forced_open, forced_closed.
  uint32_t generation;
};

struct OrchestratorOptions {
  /// Manifests to load, in order. Not with `registry`.
  std::vector<std::string> manifests;
  /// Frozen, outlives the orchestrator; instead of manifests.
  const KernelRegistry *registry = nullptr;
  /// The policy: a file, which reload() reads again; or a text; or, with neither, the empty policy.
  std::string policyPath, policyText;
  std::string environment;
  /// Of calls that neither their site, nor a call's context, nor the policy gives one. LZ_MODE_UNSET: AUTO, which is
  /// HOT_RELOAD where `watch` is on and the policy enables it, else DYNAMIC.
  Mode defaultMode = LZ_MODE_UNSET;
  /// Follows the policy's file. LZ_MODE_HOT_RELOAD as default mode, and `hot_reload: {enabled: true}` in the policy,
  /// turn it on as well.
  bool watch = false;
  /// HOST:PORT for Prometheus, nothing by default; a port alone listens on the loopback device.
  std::optional<std::string> metricsAddress;
  /// The control socket, nothing by default; "": PID.sock in the default directory.
  std::optional<std::string> controlPath;
  // Callbacks run under no lock, on the thread that caused the event, and must not throw. They may call the
  // orchestrator, but not destroy it.
  std::function<void(uint64_t version, const std::string &digest)> onReload;
  std::function<void(const Status &)> onError;
  std::function<void(const BreakerNotice &)> onBreaker;
};

class Orchestrator {
public:
  /// Everything named must load: a bad manifest, a bad policy, an address in use is an error, and nothing is left.
  static Status create(OrchestratorOptions options, std::unique_ptr<Orchestrator> *out);
  ~Orchestrator();
  Orchestrator(const Orchestrator &) = delete;
  Orchestrator &operator=(const Orchestrator &) = delete;

  // LayerZero's dispatch modes as ready-made options.
  static OrchestratorOptions staticMode(std::vector<std::string> manifests, std::string policyPath);
  static OrchestratorOptions configMode(std::vector<std::string> manifests, std::string policyPath);
  static OrchestratorOptions dynamicMode(std::vector<std::string> manifests, std::string policyPath = "");
  static OrchestratorOptions hotReloadMode(std::vector<std::string> manifests, std::string policyPath);
  static OrchestratorOptions autoMode(std::vector<std::string> manifests, std::string policyPath = "");

  /// The instance that libraries of a process share; null until somebody installs one. The installer keeps it alive.
  static Orchestrator *processWide();
  static void installProcessWide(Orchestrator *orchestrator);

  //===--------------------------------------------------------------------===//
  // Calls
  //===--------------------------------------------------------------------===//

  /// A site without a compiler: of `description` are read operation, arguments, attributes, name, location, mode and
  /// flags; what it points to must outlive the site. Where `mode` is LZ_MODE_UNSET, policy and default mode rule.
  /// `*out` is what a call's block must name as its site; it stays until removeSite.
  Status addSite(const lz_site_t &description, const lz_site_t **out);
  /// After the site's last call.
  Status removeSite(const lz_site_t *site);
  /// Begins an invocation: its calls all decide with the policy that is live now, until lzrt_context_reset.
  Status begin(lz_context_t &context) const;

  //===--------------------------------------------------------------------===//
  // The policy
  //===--------------------------------------------------------------------===//

  /// Reads the policy's file again. An error leaves the old policy serving, and onError is told too.
  Status reload();
  /// Returns to the policy that the file held before; 8 times at most.
  Status rollback();
  /// Makes `text` the live policy, validated as a reload is. Only where the policy came from no file.
  Status publish(const std::string &text, const std::string &name = "policy");
  /// Of the operations that `operations` matches by name or alias; null: of all.
  Status setDefaultMode(const Pattern *operations, Mode mode);
  Status setDefaultMode(Mode mode) { return setDefaultMode(nullptr, mode); }
  std::shared_ptr<const Selector> selector() const;
  uint64_t version() const;

  //===--------------------------------------------------------------------===//
  // Health and observation
  //===--------------------------------------------------------------------===//

  enum class Force { Open, Close, Reset };
  /// By name or alias, on every device that has been used or on one ("cpu", "cuda:0").
  Status force(std::string_view kernel, Force action, std::string_view device = "");
  /// "closed", …; "" for an unknown kernel.
  std::string breakerState(std::string_view kernel, std::string_view device = "cpu") const;
  TelemetrySnapshot telemetry() const;
  /// How many sites ran their first choice, and why not.
  std::string coverage() const;
  /// The answer of `lz-policy explain` under the live policy and breakers: for an operation or a site by name.
  Status explain(const std::string &operationOrSite, const std::string &facts, std::string *outJson) const;

  const KernelRegistry &registry() const;
  /// What a module binds to (BindOptions::dispatcher).
  const std::shared_ptr<Dispatcher> &dispatcher() const;
  /// Where metrics are served, "" where they are not.
  std::string metricsAddress() const;
  /// The control socket, "" where there is none.
  std::string controlPath() const;

  struct State;

private:
  explicit Orchestrator(std::unique_ptr<State> state);
  std::unique_ptr<State> state;
};

/// Runs a call at a site that an orchestrator added: what generated code does at a live site.
int32_t dispatchCall(lz_call_t *call);

} // namespace lzrt
#endif // LZRT_ORCHESTRATOR_H
