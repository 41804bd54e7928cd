//===- Orchestrator.cpp - The runtime of a process in one object -----------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "../dispatch/Observation.h"
#include "OrchestratorState.h"
#include "lzrt/abi/module.h"
#include "lzrt/policy/Reader.h"
#include "lzrt/telemetry/Coverage.h"

namespace lzrt {
namespace {

std::atomic<Orchestrator *> processInstance{nullptr};

OrchestratorOptions optionsOf(Mode mode, std::vector<std::string> manifests, std::string policyPath, bool watch) {
  OrchestratorOptions options;
  options.manifests = std::move(manifests);
  options.policyPath = std::move(policyPath);
  options.defaultMode = mode;
  options.watch = watch;
  return options;
}

} // namespace

//===----------------------------------------------------------------------===//
// Beginning and end
//===----------------------------------------------------------------------===//

Status Orchestrator::State::loadKernels() {
  if (options.registry && !options.manifests.empty())
    return Status::error(
        LZ_STATUS_INVALID_ARGUMENT,
        "kernels come from a registry or from manifests, not both; load the manifests into the registry");
  if (options.registry) {
    registry = options.registry;
    return registry->isFrozen() ? Status()
                                : Status::error(LZ_STATUS_INVALID_ARGUMENT,
                                                "the kernel registry must be frozen before an orchestrator uses it");
  }
  for (const std::string &manifest : options.manifests)
    if (Status status = ownRegistry.load(manifest); !status.isOk())
      return status;
  registry = &ownRegistry;
  return ownRegistry.freeze();
}

Status Orchestrator::State::readPolicy(std::shared_ptr<const Policy> *out) const {
  if (!options.policyPath.empty() && !options.policyText.empty())
    return Status::error(LZ_STATUS_INVALID_ARGUMENT, "a policy comes from a file or from a text; give one of them");
  if (options.policyText.empty()) {
    if (!options.environment.empty() && options.policyPath.empty())
      return Status::error(LZ_STATUS_INVALID_ARGUMENT, "environment `" + options.environment + "` needs a policy");
    *out = options.policyPath.empty() ? emptyPolicy() : nullptr;
    return Status();
  }
  Diagnostics diagnostics;
  *out = parsePolicy(options.policyText, "policy", options.environment, diagnostics);
  return *out ? Status() : Status::error(LZ_STATUS_MALFORMED, diagnostics.render());
}

bool Orchestrator::State::asksForWatching() const {
  std::shared_ptr<const Snapshot> snapshot = dispatcher->current();
  for (int operation = 0; operation < LZ_OP_COUNT; ++operation)
    if (snapshot->modeOf(Operation(operation), LZ_MODE_UNSET) == LZ_MODE_HOT_RELOAD)
      return true;
  return false;
}

Status Orchestrator::State::follow(bool isDemanded) {
  if (!reloader)
    return isDemanded ? Status::error(LZ_STATUS_INVALID_ARGUMENT,
                                      "mode `hot_reload` has no file to watch; give the policy as a file, or use mode "
                                      "`dynamic` and publish new policies")
                      : Status();
  std::lock_guard<std::mutex> lock(watchMutex);
  if (isWatching || (!isDemanded && !asksForWatching()))
    return Status();
  Status status = reloader->startWatching();
  isWatching = status.isOk();
  return status;
}

Status Orchestrator::State::publish(std::shared_ptr<const Policy> policy) {
  std::unique_ptr<PolicyHost::Prepared> prepared;
  // As for reloads: the live policy says how its successor is judged, the first one how it is itself.
  std::shared_ptr<const Policy> live = dispatcher->policy();
  const bool validate = (live ? live : policy)->hotReload.validateOnReload;
  Status status = dispatcher->prepare(std::move(policy), validate, &prepared);
  if (status.isOk())
    dispatcher->publish(std::move(prepared));
  return status;
}

Status Orchestrator::State::start() {
  if (Status status = loadKernels(); !status.isOk())
    return status;
  std::shared_ptr<const Policy> policy;
  if (Status status = readPolicy(&policy); !status.isOk())
    return status;
  dispatcher = std::make_shared<Dispatcher>(nullptr, registry);
  dispatcher->setHasPath(!options.policyPath.empty());
  dispatcher->setDefaultMode([](Operation) { return true; }, options.defaultMode);
  processMode = options.defaultMode;
  if (options.onBreaker)
    dispatcher->onBreaker([this](const BreakerEvent &event) {
      std::string device = deviceName(event.device);
      options.onBreaker({dispatcher->kernels().kernels()[size_t(event.kernel)].name, device,
                         breakerStateName(event.transition.from), breakerStateName(event.transition.to),
                         event.transition.generation});
    });
  if (!options.policyPath.empty()) {
    ReloadOptions reload;
    reload.environment = options.environment;
    reload.callbacks = {options.onReload, options.onError};
    if (Status status = PolicyReloader::create(*dispatcher, options.policyPath, std::move(reload), &reloader);
        !status.isOk())
      return status;
  } else if (Status status = publish(std::move(policy)); !status.isOk()) {
    return status;
  }
  if (Status status = follow(options.watch || options.defaultMode == LZ_MODE_HOT_RELOAD); !status.isOk())
    return status;
  if (options.metricsAddress) {
    metrics = std::make_unique<MetricsServer>([this] { return telemetry(); });
    if (Status status = metrics->start(*options.metricsAddress); !status.isOk())
      return status;
  }
  if (!options.controlPath)
    return Status();
  server = std::make_unique<ControlServer>(*this, *options.controlPath);
  return server->start();
}

Orchestrator::State::~State() {
  if (server)
    server->stop();
  if (metrics)
    metrics->stop();
  if (reloader)
    reloader->stop();
}

Orchestrator::Orchestrator(std::unique_ptr<State> state) : state(std::move(state)) {}
Orchestrator::~Orchestrator() {
  Orchestrator *self = this;
  processInstance.compare_exchange_strong(self, nullptr);
  if (state->owner == ::getpid())
    return;
  // A child process has none of the threads, and what they wait on cannot be destroyed: it is left as it is.
  if (state->server)
    state->server->stop();
  (void)state.release();
}

Status Orchestrator::create(OrchestratorOptions options, std::unique_ptr<Orchestrator> *out) {
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  Status status = state->start();
  if (status.isOk())
    out->reset(new Orchestrator(std::move(state)));
  return status;
}

OrchestratorOptions Orchestrator::staticMode(std::vector<std::string> manifests, std::string policyPath) {
  return optionsOf(LZ_MODE_STATIC, std::move(manifests), std::move(policyPath), false);
}
OrchestratorOptions Orchestrator::configMode(std::vector<std::string> manifests, std::string policyPath) {
  return optionsOf(LZ_MODE_CONFIG, std::move(manifests), std::move(policyPath), false);
}
OrchestratorOptions Orchestrator::dynamicMode(std::vector<std::string> manifests, std::string policyPath) {
  return optionsOf(LZ_MODE_DYNAMIC, std::move(manifests), std::move(policyPath), false);
}
OrchestratorOptions Orchestrator::hotReloadMode(std::vector<std::string> manifests, std::string policyPath) {
  return optionsOf(LZ_MODE_HOT_RELOAD, std::move(manifests), std::move(policyPath), true);
}
OrchestratorOptions Orchestrator::autoMode(std::vector<std::string> manifests, std::string policyPath) {
  return optionsOf(LZ_MODE_UNSET, std::move(manifests), std::move(policyPath), false);
}

Orchestrator *Orchestrator::processWide() { return processInstance.load(std::memory_order_acquire); }
void Orchestrator::installProcessWide(Orchestrator *orchestrator) {
  processInstance.store(orchestrator, std::memory_order_release);
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

Status Orchestrator::addSite(const lz_site_t &description, const lz_site_t **out) {
  if (Status status = checkSite(description); !status.isOk())
    return status;
  if (Mode(description.mode) == LZ_MODE_HOT_RELOAD)
    if (Status status = state->follow(true); !status.isOk())
      return status;
  auto made = std::make_unique<OwnSite>(description, state->dispatcher);
  *out = &made->site;
  std::lock_guard<std::mutex> lock(state->sitesMutex);
  state->ownSites.emplace(*out, std::move(made));
  return Status();
}

Status Orchestrator::removeSite(const lz_site_t *site) {
  std::lock_guard<std::mutex> lock(state->sitesMutex);
  return state->ownSites.erase(site) != 0
             ? Status()
             : Status::error(LZ_STATUS_NOT_FOUND, "the orchestrator did not add this site");
}

Status Orchestrator::begin(lz_context_t &context) const {
  if (context.struct_size < sizeof(lz_context_t) || context.abi_version != LZ_ABI_VERSION)
    return Status::error(LZ_STATUS_ABI_MISMATCH, "the context was not made by lzrt_context_init of this version");
  state->dispatcher->pin(context);
  return Status();
}

int32_t dispatchCall(lz_call_t *call) {
  const lz_site_t &site = *call->site;
  int64_t open[4] = {0, 0, 0, 0};
  unsigned count = 0;
  for (unsigned slot = 0; slot < site.num_arguments && count < 4; ++slot) {
    const lz_argument_t &argument = site.arguments[slot];
    if ((argument.flags & LZ_ARGUMENT_PRESENT) == 0 || argument.dims_index == LZ_NO_INDEX)
      continue;
    const int64_t *next = lz_call_dims(call) + argument.dims_index;
    for (unsigned dim = 0; dim < argument.rank && count < 4; ++dim)
      if (argument.shape[dim] == LZ_DYNAMIC)
        open[count++] = *next++;
  }
  call->ticket = 0;
  lz_stub_fn stub = __atomic_load_n(&site.live->stub, __ATOMIC_ACQUIRE);
  int32_t status = stub(call, site.live, open[0], open[1], open[2], open[3]);
  return status == LZ_STATUS_OK ? status : lzrt_live_continue(call, status);
}

//===----------------------------------------------------------------------===//
// The policy
//===----------------------------------------------------------------------===//

Status Orchestrator::reload() {
  std::string message;
  return state->reload(&message);
}
Status Orchestrator::rollback() {
  std::string message;
  return state->rollback(&message);
}

Status Orchestrator::publish(const std::string &text, const std::string &name) {
  if (state->reloader)
    return Status::error(LZ_STATUS_INVALID_ARGUMENT,
                         "the policy comes from `" + state->options.policyPath + "`; write it there and reload");
  Diagnostics diagnostics;
  std::shared_ptr<const Policy> policy = parsePolicy(text, name, state->options.environment, diagnostics);
  if (!policy)
    return Status::error(LZ_STATUS_MALFORMED, diagnostics.render());
  return state->publish(std::move(policy));
}

Status Orchestrator::setDefaultMode(const Pattern *operations, Mode mode) {
  std::string message;
  return state->setMode(operations ? std::optional(*operations) : std::nullopt, mode, &message);
}

std::shared_ptr<const Selector> Orchestrator::selector() const {
  std::shared_ptr<const Snapshot> snapshot = state->dispatcher->current();
  return {snapshot, &snapshot->selector};
}
uint64_t Orchestrator::version() const { return state->dispatcher->version(); }

//===----------------------------------------------------------------------===//
// Health and observation
//===----------------------------------------------------------------------===//

Status Orchestrator::force(std::string_view kernel, Force action, std::string_view device) {
  std::vector<BreakerAnswer> breakers;
  return state->force(std::string(kernel), std::string(device), lzrt::Force(int(action)), &breakers);
}

std::string Orchestrator::breakerState(std::string_view kernel, std::string_view device) const {
  int index = state->dispatcher->kernels().find(kernel);
  for (const BreakerAnswer &breaker : state->breakers())
    if (index >= 0 && breaker.device == device &&
        breaker.kernel == state->dispatcher->kernels().kernels()[size_t(index)].name)
      return breaker.state;
  return "";
}

TelemetrySnapshot Orchestrator::telemetry() const { return state->telemetry(); }
std::string Orchestrator::coverage() const { return coverageText(state->telemetry()); }

Status Orchestrator::explain(const std::string &operationOrSite, const std::string &facts, std::string *outJson) const {
  std::optional<Operation> operation = findOperation(operationOrSite);
  std::optional<std::string> site;
  if (!operation) {
    operation = state->operationOfSite(operationOrSite);
    site = operationOrSite;
  }
  if (!operation)
    return Status::error(LZ_STATUS_NOT_FOUND, "`" + operationOrSite + "` is neither an operation nor a site");
  ExplainQuestion question(*operation);
  question.site = site;
  if (std::string error = parseFacts(facts, question.facts, &question.rolloutKey); !error.empty())
    return Status::error(LZ_STATUS_INVALID_ARGUMENT, error);
  return state->explain(question, ExplainFormat::Json, outJson);
}

const KernelRegistry &Orchestrator::registry() const { return *state->registry; }
const std::shared_ptr<Dispatcher> &Orchestrator::dispatcher() const { return state->dispatcher; }
std::string Orchestrator::metricsAddress() const { return state->metrics ? state->metrics->address() : ""; }
std::string Orchestrator::controlPath() const { return state->server ? state->server->path() : ""; }

} // namespace lzrt
