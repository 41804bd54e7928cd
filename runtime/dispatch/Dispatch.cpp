//===- Dispatch.cpp - Selects, runs and continues one call -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The kernel is always chosen by lzrt::Selector; this only says what has failed so far, and when to end.
//
//===----------------------------------------------------------------------===//
#include "Dispatch.h"
#include "Admission.h"
#include "Errors.h"

#include <algorithm>

namespace lzrt {
namespace {

bool isKernelStatus(int32_t status) { return status >= LZ_STATUS_UNSUPPORTED && status <= LZ_STATUS_DEVICE_ERROR; }

/// What a kernel may not return counts as an internal error.
int32_t normalized(int32_t status) { return isKernelStatus(status) ? status : LZ_STATUS_INTERNAL; }

std::string statusName(int32_t status) {
  if (isKernelStatus(status))
    return std::string(statusText(status));
  return "internal error (status " + std::to_string(status) + ")";
}

std::string reasonText(const PathEntry &entry) {
  std::string text = "`" + entry.kernelName + "`: " + std::string(resultName(entry.result));
  for (const FailedCondition &condition : entry.failed)
    text += " (`" + condition.field + "` " + condition.op + " " + condition.expectedJson + ", is " +
            condition.actualJson + ")";
  return text;
}

std::string pathText(const std::vector<PathEntry> &path) {
  std::string text;
  for (const PathEntry &entry : path)
    if (entry.result != Result::OperationMismatch)
      text += (text.empty() ? "" : "; ") + reasonText(entry);
  return text.empty() ? "no kernel is registered for the operation" : text;
}

} // namespace

std::string describe(const lz_site_t &site) {
  std::string text = "`" + std::string(operationName(Operation(site.operation))) + "`";
  if (site.name && *site.name)
    text += " at `" + std::string(site.name) + "`";
  if (site.location && *site.location)
    text += " (" + std::string(site.location) + ")";
  return text;
}

Dispatch::Dispatch(lz_call_t *call, BoundModule::State &state, const Snapshot &snapshot, Mode mode, int32_t how,
                   bool isLive)
    : call(call), state(state), snapshot(snapshot),
      limits(isLive ? snapshot.limits : state.dispatcher->current()->limits), isLive(isLive),
      modes(modesToTry(snapshot, *call->site, mode)), how(how), facts(factsOf(call)), barred(snapshot.missing),
      failed(modes.size()) {
  if (isLive)
    return;
  std::shared_ptr<const std::vector<int>> denied = state.denied();
  barred.insert(barred.end(), denied->begin(), denied->end());
}

Dispatch Dispatch::live(lz_call_t *call, BoundModule::State &state, const Snapshot &snapshot, int32_t how) {
  return Dispatch(call, state, snapshot, liveMode(*call), how, true);
}

Dispatch Dispatch::baked(lz_call_t *call, BoundModule::State &state) {
  return Dispatch(call, state, *state.baked, Mode(call->site->mode), LZ_RAN_CONTINUATION, false);
}

KernelHealth &Dispatch::healthOf(int kernel) const {
  return state.dispatcher->health().of(processKernel(kernel), call->context->device);
}

Selection Dispatch::select(size_t mode, bool explain) {
  Query query = queryOf(snapshot, *call, facts, modes[mode]);
  query.failed = failed[mode];
  for (size_t other = 0; other < modes.size(); ++other)
    if (other != mode)
      query.excluded.insert(query.excluded.end(), failed[other].begin(), failed[other].end());
  query.excluded.insert(query.excluded.end(), barred.begin(), barred.end());
  query.admits = [this](int kernel) {
    if (std::find(barred.begin(), barred.end(), kernel) != barred.end())
      return true; // what is barred does not stand anyway
    if (std::find(refused.begin(), refused.end(), kernel) != refused.end())
      return false;
    CircuitBreaker &breaker = healthOf(kernel).breaker;
    bool admits = !breaker.isWatched() || breaker.wouldAdmit(limits, monotonicNow());
    if (!admits)
      refused.push_back(kernel);
    return admits;
  };
  query.explain = explain;
  return snapshot.selector.select(query);
}

int32_t Dispatch::executeAdmitted(int kernel, Decision &decision) {
  const LoadedKernel &loaded = *snapshot.loaded[size_t(kernel)];
  cells::add(decision.cell);
  if (how == LZ_RAN_CONTINUATION)
    decision.continuations.fetch_add(1, std::memory_order_relaxed);
  int32_t status = state.states.run(loaded.entry, call);
  if (status == LZ_STATUS_OK)
    ran = processKernel(kernel);
  else
    decision.failures.fetch_add(1, std::memory_order_relaxed);
  observe(call, loaded.name.c_str(), status, how);
  how = LZ_RAN_CONTINUATION;
  return status;
}

std::optional<int32_t> Dispatch::execute(const Selection &selection) {
  int kernel = selection.kernel();
  Decision &decision =
      state.dispatcher->decisions().of(state.sites[call->site->index].id, processKernel(kernel), selection.reason,
                                       ruleLabel(snapshot.selector.policy(), selection.rule));
  if (selection.panic) { // S11: past its breaker, whose state it does not change
    healthOf(kernel).panics.fetch_add(1, std::memory_order_relaxed);
    int32_t status = executeAdmitted(kernel, decision);
    if (isCharged(status))
      healthOf(kernel).charged.fetch_add(1, std::memory_order_relaxed);
    return status;
  }
  AdmittedCall admitted(*state.dispatcher, limits, processKernel(kernel), call->context->device);
  if (!admitted.isAdmitted())
    return std::nullopt;
  int32_t status = executeAdmitted(kernel, decision);
  admitted.report(status);
  return status;
}

bool Dispatch::mayFollow(int index, int32_t status) {
  const Kernel &kernel = snapshot.selector.kernels().kernels()[index];
  attempts.push_back({kernel.name, status});
  status = normalized(status);
  if (status == LZ_STATUS_INVALID_ARGUMENT || status == LZ_STATUS_DEVICE_ERROR)
    return false;
  bool isCapturing =
      (call->context->known & LZ_KNOWS_IS_CUDA_GRAPH_CAPTURING) != 0 && call->context->is_cuda_graph_capturing != 0;
  if (isCapturing && status != LZ_STATUS_UNSUPPORTED)
    return false;
  return (call->site->flags & LZ_SITE_IN_PLACE) == 0 || kernel.failureAtomic;
}

bool Dispatch::hasFailed(int kernel) const {
  const std::string &name = state.dispatcher->kernels().kernels()[size_t(kernel)].name;
  return std::any_of(attempts.begin(), attempts.end(), [&](const Attempt &attempt) { return attempt.kernel == name; });
}

std::string Dispatch::attemptsText() const {
  std::string text;
  for (const Attempt &attempt : attempts)
    text += (text.empty() ? "`" : "; `") + attempt.kernel + "`: " + statusName(attempt.status);
  return text;
}

int32_t Dispatch::stop() {
  int32_t status = normalized(attempts.back().status);
  const char *why = status == LZ_STATUS_INVALID_ARGUMENT
                        ? "the arguments do not fit (extents, lengths or indices), so no other may follow: "
                        : "a kernel failed and no other may follow: ";
  return recordError(call->context, status, describe(*call->site) + ": " + why + attemptsText(), call->site);
}

int32_t Dispatch::refuseStrict(const Selection &selection) {
  std::string text = describe(*call->site) + ": strict rule";
  if (selection.rule >= 0) {
    const Rule &rule = snapshot.selector.policy().rules[selection.rule];
    text += " " + std::to_string(selection.rule) + (rule.name.empty() ? "" : " `" + rule.name + "`");
  }
  text += " holds, but its kernel does not stand";
  text += attempts.empty() ? ": " + pathText(select(0, true).path) : "; tried " + attemptsText();
  return recordError(call->context, LZ_STATUS_STRICT, std::move(text), call->site);
}

void Dispatch::noteLock(Mode which, Reason reason) {
  if (!isLive || hasNotedLock || !attempts.empty() || which == LZ_MODE_STATIC || reason == Reason::KernelLock ||
      !snapshot.selector.isLocked(Operation(call->site->operation)))
    return;
  hasNotedLock = true;
  state.dispatcher->locksUnsatisfied.fetch_add(1, std::memory_order_relaxed);
}

std::optional<int32_t> Dispatch::runMode(size_t mode) {
  for (;;) {
    Selection selection = select(mode, false);
    noteLock(modes[mode], selection.reason);
    if (selection.reason == Reason::Strict)
      return refuseStrict(selection);
    if (selection.reason == Reason::Open)
      return recordError(call->context, LZ_STATUS_INTERNAL, describe(*call->site) + ": a running call has open facts",
                         call->site);
    int kernel = selection.kernel();
    if (kernel < 0 || (selection.panic && !mayPanic))
      return std::nullopt;
    std::optional<int32_t> status = execute(selection);
    if (!status) {
      refused.push_back(kernel);
      continue;
    }
    if (*status == LZ_STATUS_OK)
      return *status;
    if (!mayFollow(kernel, *status))
      return stop();
    failed[mode].push_back(kernel);
  }
}

std::optional<int32_t> Dispatch::runDecomposition() {
  if (!call->site->decomposition)
    return std::nullopt;
  int32_t status = call->site->decomposition(call);
  observe(call, nullptr, status, how);
  if (status == LZ_STATUS_OK) {
    ran = -1;
    return status;
  }
  attempts.push_back({"decomposition", status});
  return std::nullopt;
}

std::optional<int32_t> Dispatch::runModes() {
  for (size_t mode = 0; mode < modes.size(); ++mode)
    if (std::optional<int32_t> status = runMode(mode))
      return status;
  return std::nullopt;
}

int32_t Dispatch::run() {
  // Breakers alone leave nothing standing only where the fallbacks of the mode have nothing either.
  for (bool panic : {false, true}) {
    mayPanic = panic;
    if (std::optional<int32_t> status = runModes())
      return *status;
  }
  if (std::optional<int32_t> status = runDecomposition())
    return *status;
  if (attempts.empty())
    return refuse(LZ_STATUS_NO_KERNEL_AVAILABLE);
  return recordError(call->context, LZ_STATUS_EXHAUSTED,
                     describe(*call->site) + ": every candidate failed: " + attemptsText(), call->site);
}

int32_t Dispatch::runBehind(int kernel, int32_t status) {
  if (!mayFollow(kernel, status))
    return stop();
  failed.front().push_back(kernel);
  return run();
}

int32_t Dispatch::refuse(int32_t status) {
  Selection selection = select(0, true);
  if (status == LZ_STATUS_STRICT || selection.reason == Reason::Strict)
    return refuseStrict(selection);
  return recordError(call->context, status,
                     describe(*call->site) + ": " + std::string(statusText(status)) + ": " + pathText(selection.path),
                     call->site);
}

} // namespace lzrt
