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
// Threads: every function may be called from any thread at any time, also from the callbacks, but for what a comment
// says. Calls (dispatchCall) of one context belong to one thread at a time; calls at one site may overlap.
//
// Ownership: an orchestrator owns what it has opened (libraries stay loaded), the sites that were added, its threads,
// its sockets. It borrows the registry, and what site descriptions point to. End in this order: the threads that call;
// their contexts; bound modules; sites (the orchestrator's end removes what is left); the orchestrator; the registry.
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

/// What is told of a breaker that changes. The texts are the runtime's, valid during the callback alone.
struct BreakerNotice {
  std::string_view kernel, device, from, to; ///< States: closed, open, half_open, forced_open, forced_closed.
  uint32_t generation;
};

/// What an orchestrator is made of. A value: everything but `registry` is copied.
struct OrchestratorOptions {
  /// Manifests to load, in order; their libraries stand beside them. Not with `registry`.
  std::vector<std::string> manifests;
  /// Borrowed: frozen, outlives the orchestrator, may be shared by several. Instead of manifests.
  const KernelRegistry *registry = nullptr;
  /// The policy: a file, which reload() reads again; or a text; or, with neither, the empty policy.
  std::string policyPath, policyText;
  std::string environment;
  /// Of calls that neither their site, nor a call's context, nor the policy gives one. LZ_MODE_UNSET: AUTO, which is
  /// STATIC where the policy's static map has the operation, else HOT_RELOAD where the policy comes from a file and
  /// enables hot reload, else DYNAMIC.
  Mode defaultMode = LZ_MODE_UNSET;
  /// Follows the policy's file whatever the mode, and is an error without one. What is in mode HOT_RELOAD, by default,
  /// by the policy, or at a site, has the file followed anyway. Once it is, it is until the end.
  bool watch = false;
  /// HOST:PORT for Prometheus, nothing by default; a port alone listens on the loopback device.
  std::optional<std::string> metricsAddress;
  /// The control socket, nothing by default; "": PID.sock in the default directory.
  std::optional<std::string> controlPath;
  // Callbacks run under no lock and must not throw. They may call the orchestrator, but not destroy it, and are called
  // until its destructor returns. onReload and onError: one at a time, on the thread that asked for the reload or
  // rollback, or the one that follows the file. onBreaker: on any thread whose call, or whose force(), changed a
  // breaker, and so several at a time; the call waits for it.
  std::function<void(uint64_t version, const std::string &digest)> onReload;
  std::function<void(const Status &)> onError;
  std::function<void(const BreakerNotice &)> onBreaker;
};

/// The runtime of a process, or of a part of it: several are independent of each other, health included.
class Orchestrator {
public:
  /// Everything named must load: a bad manifest, a bad policy, an address in use is an error, `*out` stays as it was,
  /// and nothing is left open. The caller owns `*out`.
  static Status create(OrchestratorOptions options, std::unique_ptr<Orchestrator> *out);
  /// Stops its threads and waits for them. No call, no function of it and no module bound to it may be running or begin
  /// later.
  ~Orchestrator();
  Orchestrator(const Orchestrator &) = delete;
  Orchestrator &operator=(const Orchestrator &) = delete;

  // LayerZero's dispatch modes as ready-made options. Plain functions, from any thread.
  static OrchestratorOptions staticMode(std::vector<std::string> manifests, std::string policyPath);
  static OrchestratorOptions configMode(std::vector<std::string> manifests, std::string policyPath);
  static OrchestratorOptions dynamicMode(std::vector<std::string> manifests, std::string policyPath = "");
  static OrchestratorOptions hotReloadMode(std::vector<std::string> manifests, std::string policyPath);
  static OrchestratorOptions autoMode(std::vector<std::string> manifests, std::string policyPath = "");

  /// The instance that libraries of a process share; null until somebody installs one, and again after its end.
  /// Borrowed: whoever installs it keeps it alive until no library uses it. Any thread, without a lock.
  static Orchestrator *processWide();
  static void installProcessWide(Orchestrator *orchestrator);

  //===--------------------------------------------------------------------===//
  // Calls
  //===--------------------------------------------------------------------===//

  /// A site without a compiler: of `description` are read operation, num_* and arguments, attributes, name, location,
  /// mode, decomposition and flags; it is copied, but what it points to is borrowed until the site has gone. Where
  /// `mode` is LZ_MODE_UNSET, policy and default mode rule. `*out` is what a call's block must name as its site, the
  /// orchestrator's own, valid until removeSite; any thread may call there. A description that fits no call of its
  /// operation is an error that names the argument.
  Status addSite(const lz_site_t &description, const lz_site_t **out);
  /// After the site's last call has returned, on all threads. An error where the orchestrator did not add it.
  Status removeSite(const lz_site_t *site);
  /// Begins an invocation: its calls all decide with the policy that is live now, until lzrt_context_reset; a context
  /// that is not begun begins with its first call. It keeps that policy in memory as long, and a reload's grace period
  /// waits for it. On the thread that the context belongs to.
  Status begin(lz_context_t &context) const;

  //===--------------------------------------------------------------------===//
  // The policy
  //===--------------------------------------------------------------------===//

  /// Reads the policy's file again, and waits for the grace period: up to `grace_period_seconds` where an invocation
  /// under an earlier policy goes on, as one of this very thread does until it resets its context. An error leaves the
  /// old policy serving, and onError is told too. Reloads and rollbacks wait for each other, but not calls for them.
  Status reload();
  /// Returns to the policy that the file held before; 8 times at most.
  Status rollback();
  /// Makes `text` the live policy, validated as a reload is; there is no grace period and no way back but another
  /// publish. `name` stands for the file in messages. Only where the policy came from no file.
  Status publish(const std::string &text, const std::string &name = "policy");
  /// The mode of calls that nothing else gives one: of the operations that `operations` matches by name or alias; null:
  /// of all. A publish of the live policy: version() rises. HOT_RELOAD needs a file, and has it followed from here on.
  Status setDefaultMode(const Pattern *operations, Mode mode);
  Status setDefaultMode(Mode mode) { return setDefaultMode(nullptr, mode); }
  /// The live policy with its kernels, shared: it may outlive the orchestrator and stays what it is when another goes
  /// live.
  std::shared_ptr<const Selector> selector() const;
  /// 1 with the first policy, and one more with each publish.
  uint64_t version() const;

  //===--------------------------------------------------------------------===//
  // Health and observation
  //===--------------------------------------------------------------------===//

  enum class Force { Open, Close, Reset };
  /// A kernel's breaker, by name or alias, on every device that has been used (the CPU always has) or on one ("cpu",
  /// "cuda:0"). In force for calls that begin afterwards. LZ_STATUS_NOT_FOUND for an unknown kernel or device.
  Status force(std::string_view kernel, Force action, std::string_view device = "");
  /// "closed", …; "" for an unknown kernel or device.
  std::string breakerState(std::string_view kernel, std::string_view device = "cpu") const;
  /// A value of its own. Sums the cells of all threads, and so costs some microseconds a site; calls do not wait for
  /// it.
  TelemetrySnapshot telemetry() const;
  /// How many sites ran their first choice, and why not.
  std::string coverage() const;
  /// The answer of `lz-policy explain` under the live policy and breakers: for an operation or a site by name.
  Status explain(const std::string &operationOrSite, const std::string &facts, std::string *outJson) const;

  /// Frozen; borrowed, valid as long as the orchestrator.
  const KernelRegistry &registry() const;
  /// What a module binds to (BindOptions::dispatcher). Shared for that alone: modules go before the orchestrator does.
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

/// Runs a call at a site that an orchestrator added: what generated code does at a live site. The block and its data
/// are the caller's until it returns; on the thread that the call's context belongs to. Returns an lz_status_t; what
/// went wrong stands in the context's error until that is reset. A hit takes no lock and allocates nothing.
int32_t dispatchCall(lz_call_t *call);

} // namespace lzrt
#endif // LZRT_ORCHESTRATOR_H
