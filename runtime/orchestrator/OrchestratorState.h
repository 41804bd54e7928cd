//===- OrchestratorState.h - The parts of an orchestrator -------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_ORCHESTRATOR_ORCHESTRATORSTATE_H
#define LZRT_ORCHESTRATOR_ORCHESTRATORSTATE_H

#include "../control/ControlServer.h"
#include "../dispatch/ModuleState.h"
#include "../reload/PolicyReloader.h"
#include "lzrt/Orchestrator.h"
#include "lzrt/telemetry/MetricsServer.h"

#include <mutex>
#include <unistd.h>

namespace lzrt {

/// A site that a program added. Its module is a record of its own, so that a call finds its way without a table.
struct OwnSite {
  OwnSite(const lz_site_t &description, std::shared_ptr<Dispatcher> dispatcher);
  ~OwnSite();
  OwnSite(const OwnSite &) = delete;
  OwnSite &operator=(const OwnSite &) = delete;

  alignas(64) lz_live_site_t live{};
  lz_site_t site;
  lz_module_t module{};
  void *runtime = nullptr;
  BoundModule::State state;
};

/// An error where a descriptor does not describe a call of its operation.
Status checkSite(const lz_site_t &site);

struct Orchestrator::State final : ControlSurface {
  const pid_t owner = ::getpid();
  OrchestratorOptions options;
  KernelRegistry ownRegistry;
  const KernelRegistry *registry = nullptr;
  std::shared_ptr<Dispatcher> dispatcher;
  std::unique_ptr<PolicyReloader> reloader; ///< Null: the policy came from no file.
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
  mutable std::mutex sitesMutex;
  std::map<const lz_site_t *, std::unique_ptr<OwnSite>> ownSites;
  /// What setMode() and the options say of every operation, beneath what the policy says.
  std::atomic<Mode> processMode{LZ_MODE_UNSET};
  std::mutex watchMutex;
  bool isWatching = false; ///< Under `watchMutex`.
  std::unique_ptr<MetricsServer> metrics;
  std::unique_ptr<ControlServer> server;

  ~State() override;
  Status start();
  TelemetrySnapshot telemetry() const;
  Mode defaultMode() const;
  Status publish(std::shared_ptr<const Policy> policy);
  /// Follows the file from here on, where something is in mode HOT_RELOAD. `isDemanded`: in any case, and having no
  /// file is an error.
  Status follow(bool isDemanded);

  StatusAnswer status() const override;
  std::vector<SiteAnswer> sites() const override;
  std::vector<KernelAnswer> kernels() const override;
  std::vector<BreakerAnswer> breakers() const override;
  std::optional<Operation> operationOfSite(std::string_view site) const override;
  Status explain(const ExplainQuestion &question, ExplainFormat format, std::string *out_answer) const override;
  Status reload(std::string *out_message) override;
  Status rollback(std::string *out_message) override;
  Status force(const std::string &kernel, const std::string &device, lzrt::Force action,
               std::vector<BreakerAnswer> *out_breakers) override;
  Status setMode(const std::optional<Pattern> &operations, Mode mode, std::string *out_message) override;

private:
  Status loadKernels();
  Status readPolicy(std::shared_ptr<const Policy> *out) const;
  /// Whether the live policy or a default mode has an operation in mode HOT_RELOAD.
  bool asksForWatching() const;
};

} // namespace lzrt
#endif // LZRT_ORCHESTRATOR_ORCHESTRATORSTATE_H
