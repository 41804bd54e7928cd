//===- Surface.cpp - What an orchestrator answers to operators -------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "../dispatch/LiveDecision.h"
#include "../dispatch/Observation.h"
#include "OrchestratorState.h"
#include "lzrt/policy/Reader.h"

namespace lzrt {
namespace {

std::string versionText(uint64_t version, const std::string &digest) {
  return "version " + std::to_string(version) + ", policy digest " + digest;
}

} // namespace

TelemetrySnapshot Orchestrator::State::telemetry() const {
  TelemetrySnapshot out = observe(*dispatcher);
  out.policy.mode = modeName(defaultMode());
  if (!reloader)
    return out;
  ReloadStats stats = reloader->stats();
  out.policy.reloads = {stats.totalReloads + stats.failedReloads, stats.failedReloads, stats.rollbacks,
                        stats.lastReloadTimeMs};
  return out;
}

Mode Orchestrator::State::defaultMode() const {
  std::shared_ptr<const Snapshot> snapshot = dispatcher->current();
  Mode mode = snapshot->policy->mode != LZ_MODE_UNSET ? snapshot->policy->mode : processMode.load();
  if (mode != LZ_MODE_UNSET && mode != LZ_MODE_AUTO)
    return mode;
  return snapshot->modes.hasPath && snapshot->policy->hotReload.enabled ? LZ_MODE_HOT_RELOAD : LZ_MODE_DYNAMIC;
}

StatusAnswer Orchestrator::State::status() const {
  StatusAnswer out;
  TelemetrySnapshot now = telemetry();
  out.mode = defaultMode();
  out.configVersion = now.policy.version;
  out.policyDigest = now.policy.policyDigest;
  out.selectionDigest = now.policy.selectionDigest;
  out.policyFile = options.policyPath;
  out.reloadState = reloadStateName(reloader ? reloader->state() : ReloadState::Idle);
  if (reloader) {
    ReloadStats stats = reloader->stats();
    out.totalReloads = stats.totalReloads;
    out.failedReloads = stats.failedReloads;
    out.rollbacks = stats.rollbacks;
    out.lastReloadMilliseconds = stats.lastReloadTimeMs;
    out.lastReloadError = stats.lastError;
  }
  out.uptimeSeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  out.sites = now.sites.size();
  out.kernels = dispatcher->kernels().kernels().size();
  for (const CallTelemetry &calls : now.calls) {
    out.calls += calls.calls;
    out.failures += calls.failures;
  }
  return out;
}

std::vector<SiteAnswer> Orchestrator::State::sites() const {
  TelemetrySnapshot now = telemetry();
  std::vector<SiteAnswer> answers;
  std::shared_ptr<const Snapshot> snapshot = dispatcher->current();
  std::map<std::string, int> rules;
  for (size_t i = 0; i < snapshot->policy->rules.size(); ++i)
    rules.emplace(ruleLabel(*snapshot->policy, int(i)), int(i));
  size_t next = 0;
  dispatcher->forEachSite([&](uint32_t, const lz_site_t &site, const LiveSite *live) {
    // Sites that came or went since they were counted are left out.
    auto isCounted = [&](const SiteTelemetry &counted) { return counted.site == site.name; };
    auto found = std::find_if(now.sites.begin() + ptrdiff_t(next), now.sites.end(), isCounted);
    if (!live || found == now.sites.end())
      return;
    const SiteTelemetry &counted = *found;
    next = size_t(found - now.sites.begin()) + 1;
    SiteAnswer answer;
    answer.name = site.name;
    answer.operation = Operation(site.operation);
    answer.mode = findMode(counted.mode).value_or(LZ_MODE_UNSET);
    for (auto entry = live->cached().rbegin(); entry != live->cached().rend(); ++entry) {
      const std::string &name = dispatcher->kernels().kernels()[size_t(entry->decision->kernel)].name;
      if (std::find(answer.kernels.begin(), answer.kernels.end(), name) == answer.kernels.end())
        answer.kernels.push_back(name);
    }
    if (!live->cached().empty()) {
      const Decision &latest = *live->cached().back().decision;
      answer.reason = reasonName(latest.reason);
      if (auto rule = rules.find(latest.rule); rule != rules.end())
        answer.rule = rule->second;
    } else if (!counted.lastKernel.empty()) {
      answer.kernels.push_back(counted.lastKernel);
    }
    answer.hits = counted.hits;
    answer.misses = counted.misses;
    answer.calls = counted.hits + counted.misses;
    for (const CallTelemetry &calls : now.calls)
      if (calls.site == counted.site)
        answer.failures += calls.failures;
    if (counted.choice != SiteChoice::NotCalled)
      answer.ranFirstChoice = counted.choice == SiteChoice::First;
    answers.push_back(std::move(answer));
  });
  return answers;
}

std::vector<KernelAnswer> Orchestrator::State::kernels() const {
  std::vector<KernelAnswer> answers;
  std::shared_ptr<const Snapshot> snapshot = dispatcher->current();
  const KernelSet &set = dispatcher->kernels();
  for (size_t i = 0; i < set.kernels().size(); ++i) {
    const Kernel &kernel = set.kernels()[i];
    KernelAnswer answer;
    answer.name = kernel.name;
    answer.aliases = kernel.aliases;
    for (Operation operation : kernel.operations)
      answer.operations.emplace_back(operationName(operation));
    answer.library = kernel.library;
    answer.priority = kernel.priority;
    answer.loaded = snapshot->loaded[i] != nullptr;
    if (answer.loaded)
      answer.version = snapshot->loaded[i]->libraryVersion.str();
    for (const Pattern &deny : snapshot->policy->denies)
      answer.denied |= kernel.matches(deny.glob);
    answers.push_back(std::move(answer));
  }
  return answers;
}

std::vector<BreakerAnswer> Orchestrator::State::breakers() const {
  std::vector<BreakerAnswer> answers;
  for (const lz_device_t &device : dispatcher->health().devices())
    for (size_t i = 0; i < dispatcher->health().numKernels(); ++i) {
      const KernelHealth &health = dispatcher->health().of(int(i), device);
      BreakerAnswer answer;
      answer.kernel = dispatcher->kernels().kernels()[i].name;
      answer.device = deviceName(device);
      answer.state = breakerStateName(health.breaker.state());
      answer.generation = health.breaker.generation();
      answer.failuresInARow = health.breaker.failuresInARow();
      answer.chargedFailures = health.charged.load(std::memory_order_relaxed);
      if (std::optional<Nanoseconds> wait = health.breaker.untilRecovery(monotonicNow()))
        answer.retrySeconds = double(*wait) / 1e9;
      answers.push_back(std::move(answer));
    }
  return answers;
}

std::optional<Operation> Orchestrator::State::operationOfSite(std::string_view name) const {
  std::optional<Operation> found;
  dispatcher->forEachSite([&](uint32_t, const lz_site_t &site, const LiveSite *) {
    if (name == site.name)
      found = Operation(site.operation);
  });
  return found;
}

Status Orchestrator::State::explain(const ExplainQuestion &question, ExplainFormat format,
                                    std::string *out_answer) const {
  FactSet facts = question.facts;
  Mode mode = question.mode;
  bool isKnown = !question.site;
  dispatcher->forEachSite([&](uint32_t, const lz_site_t &site, const LiveSite *) {
    if (isKnown || *question.site != site.name)
      return;
    isKnown = true;
    FactSet own = factsOf(viewOf(site));
    for (const SchemaRow &row : schemaOf(Operation(site.operation)))
      if (!facts.isGiven(row.fact) && !own.get(row.fact).isOpen())
        facts.set(row.fact, own.get(row.fact));
    if (mode == LZ_MODE_UNSET)
      mode = Mode(site.mode);
  });
  if (!isKnown)
    return Status::error(LZ_STATUS_NOT_FOUND, "there is no site `" + *question.site + "`");
  // Where the sites run, if that is one place; else it is a fact like others, and stays open.
  if (question.site && dispatcher->health().devices().size() == 1 && facts.get(LZ_FACT_DEVICE).isOpen())
    facts.set(LZ_FACT_DEVICE, Fact::known(deviceName(dispatcher->health().devices().front())));
  facts.derive();
  facts.complete();
  std::shared_ptr<const Snapshot> snapshot = dispatcher->current();
  Query query;
  query.facts = &facts;
  query.mode = snapshot->modeOf(facts.operation(), mode);
  query.rolloutKey = question.rolloutKey;
  query.libraryVersion = [&](int kernel) { return snapshot->libraryVersion(kernel); };
  query.excluded = snapshot->missing;
  query.admits = [&](int kernel) {
    return dispatcher->health().of(kernel, {1, 0}).breaker.wouldAdmit(snapshot->limits, monotonicNow());
  };
  query.explain = true;
  Selection selection = snapshot->selector.select(query);
  *out_answer = format == ExplainFormat::Json ? explainJson(snapshot->selector, facts.operation(), selection)
                                              : explainText(snapshot->selector, facts.operation(), selection);
  return Status();
}

Status Orchestrator::State::reload(std::string *out_message) {
  if (!reloader)
    return Status::error(LZ_STATUS_NOT_FOUND, "the policy came from no file, so there is none to read again");
  const uint64_t before = dispatcher->version();
  // Who asks waits; and so does whatever else is asked of the socket.
  constexpr double longest = 5;
  double grace = std::min(dispatcher->current()->policy->hotReload.gracePeriodSeconds, longest);
  Status status = reloader->reload(std::nullopt, std::chrono::nanoseconds(int64_t(grace * 1e9)));
  std::shared_ptr<const Snapshot> snapshot = dispatcher->current();
  if (status.isOk())
    status = follow(false); // the new policy may be the first to ask for it
  if (status.isOk())
    *out_message = (snapshot->version == before ? "unchanged: " : "reloaded: ") +
                   versionText(snapshot->version, snapshot->selector.policyDigest());
  return status;
}

Status Orchestrator::State::rollback(std::string *out_message) {
  if (!reloader)
    return Status::error(LZ_STATUS_NOT_FOUND, "the policy came from no file, so there is no earlier one");
  Status status = reloader->rollback();
  std::shared_ptr<const Snapshot> snapshot = dispatcher->current();
  if (status.isOk())
    status = follow(false);
  if (status.isOk())
    *out_message = "rolled back: " + versionText(snapshot->version, snapshot->selector.policyDigest());
  return status;
}

Status Orchestrator::State::force(const std::string &kernel, const std::string &device, lzrt::Force action,
                                  std::vector<BreakerAnswer> *out_breakers) {
  const int index = dispatcher->kernels().find(kernel);
  if (index < 0) {
    std::vector<std::string> names;
    for (const Kernel &known : dispatcher->kernels().kernels())
      names.push_back(known.name);
    const std::string near = nearest(kernel, names);
    return Status::error(LZ_STATUS_NOT_FOUND, "there is no kernel `" + kernel + "`" +
                                                  (near.empty() ? "" : "; did you mean `" + near + "`?"));
  }
  bool isKnown = device.empty();
  for (const lz_device_t &used : dispatcher->health().devices()) {
    if (!device.empty() && deviceName(used) != device)
      continue;
    isKnown = true;
    CircuitBreaker &breaker = dispatcher->health().of(index, used).breaker;
    std::optional<BreakerTransition> transition = action == lzrt::Force::Open    ? breaker.forceOpen()
                                                  : action == lzrt::Force::Close ? breaker.forceClose()
                                                                                 : breaker.reset();
    dispatcher->changed(index, used, transition);
  }
  if (!isKnown)
    return Status::error(LZ_STATUS_NOT_FOUND, "device `" + device + "` has not been used");
  for (BreakerAnswer &answer : breakers())
    if (answer.kernel == dispatcher->kernels().kernels()[size_t(index)].name &&
        (device.empty() || answer.device == device))
      out_breakers->push_back(std::move(answer));
  return Status();
}

Status Orchestrator::State::setMode(const std::optional<Pattern> &operations, Mode mode, std::string *out_message) {
  std::string names;
  if (mode == LZ_MODE_HOT_RELOAD)
    if (Status status = follow(true); !status.isOk())
      return status;
  dispatcher->setDefaultMode(
      [&](Operation operation) {
        bool isMeant = !operations || operations->matchesOperation(operation);
        if (isMeant && operations)
          names += (names.empty() ? "" : ", ") + std::string(operationName(operation));
        return isMeant;
      },
      mode);
  if (operations && names.empty())
    return Status::error(LZ_STATUS_NOT_FOUND, "no operation matches `" + operations->glob.text() + "`");
  if (!operations)
    processMode = mode;
  *out_message = "default mode of " + (operations ? names : "every operation") + ": " + std::string(modeName(mode));
  Status status = dispatcher->republish();
  return status.isOk() ? follow(false) : status;
}

} // namespace lzrt
