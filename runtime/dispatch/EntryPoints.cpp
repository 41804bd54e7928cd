//===- EntryPoints.cpp - What compiled code calls when it cannot go on alone -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Admission.h"
#include "Dispatch.h"
#include "Errors.h"

using namespace lzrt;

namespace {

int32_t notBound(lz_call_t *call) {
  return recordError(call->context, LZ_STATUS_NOT_FOUND, describe(*call->site) + ": the module is not bound",
                     call->site);
}

/// A call of baked code that went to its slot, and what came back.
struct BakedFailure {
  explicit BakedFailure(int32_t returned)
      : refused(returned == statusRefused), reported(isReportedStatus(returned)),
        status(reported ? returned & ~statusReported : returned) {}
  bool refused, reported;
  int32_t status;
};

/// Charges a kernel whose slot nothing watched. Its health was beyond doubt when it was called; while its breaker is
/// open or half-open since, the outcome is late and changes it no more. Baked code leaves no ticket, so a failure that
/// comes after the breaker has closed again counts as one of that later generation.
void chargeUnwatched(Dispatcher &dispatcher, int kernel, const lz_device_t &device, int32_t status) {
  const CircuitBreaker &breaker = dispatcher.health().of(kernel, device).breaker;
  dispatcher.report(dispatcher.current()->limits, kernel, device, {breaker.generation(), false}, outcomeOf(status));
}

/// A miss: selects, caches what it may, runs.
class LiveCall {
public:
  LiveCall(lz_call_t *call, BoundModule::State &state)
      : call(call), state(state), dispatcher(*state.dispatcher), entered(dispatcher.enter(*call->context)),
        site(*state.sites[call->site->index].live) {}

  int32_t run() {
    site.misses.fetch_add(1, std::memory_order_relaxed);
    std::optional<LiveDecision> decided = decide(site, *entered.snapshot, dispatcher.decisions(), *call);
    if (decided) {
      health = &dispatcher.health().of(decided->kernel, call->context->device);
      // While a breaker matters, the general way asks it.
      if (std::optional<uint32_t> generation = health->breaker.unwatchedGeneration())
        return run(*decided, *generation);
    }
    Dispatch dispatch = Dispatch::live(call, state, *entered.snapshot, LZ_RAN_LIVE);
    int32_t status = dispatch.run();
    note(decided ? decided->kernel : -2, dispatch);
    return status;
  }

private:
  int32_t run(const LiveDecision &decided, uint32_t generation) {
    if (decided.passedLock)
      dispatcher.locksUnsatisfied.fetch_add(1, std::memory_order_relaxed);
    const LoadedKernel &kernel = *entered.snapshot->loaded[size_t(decided.kernel)];
    Decision &decision = *decided.decision;
    if (entered.contextClass && decision.cell != cells::none)
      cache(decided, generation, kernel);
    cells::add(decision.cell);
    Nanoseconds begin = monotonicNow();
    int32_t status = state.states.run(kernel.entry, call);
    decision.duration.add(monotonicNow() - begin);
    observe(call, kernel.name.c_str(), status, LZ_RAN_LIVE);
    if (status == LZ_STATUS_OK) {
      note(decided.kernel, decided.kernel, "");
      return status;
    }
    return goOn(decided.kernel, decision, generation, status);
  }

  void note(int firstChoice, int ran, const char *whyNot) {
    site.last.firstChoice.store(firstChoice, std::memory_order_relaxed);
    site.last.ran.store(ran, std::memory_order_relaxed);
    site.last.whyNot.store(whyNot, std::memory_order_relaxed);
  }
  void note(int firstChoice, const Dispatch &dispatch) {
    if (firstChoice == dispatch.ranKernel())
      return note(firstChoice, firstChoice, "");
    const char *whyNot = "no_kernel_available";
    if (firstChoice >= 0)
      whyNot = dispatch.hasFailed(firstChoice) ? "failed" : resultName(Result::CircuitOpen).data();
    note(firstChoice, dispatch.ranKernel(), whyNot);
  }

  void cache(const LiveDecision &decided, uint32_t generation, const LoadedKernel &kernel) {
    // A context that was changed since it was pinned decides as it is now, which is not what its class stands for.
    if (entered.snapshot->classOf(*call->context) != entered.contextClass)
      return;
    CachedDecision entry;
    entry.contextClass = entered.contextClass;
    entry.decision = decided.decision;
    entry.generation = generation;
    entry.kernel = entryOf(kernel);
    entry.dims.assign(lz_call_dims(call), lz_call_dims(call) + call->site->num_dims);
    dispatcher.cache(site, *entered.snapshot, decided.box, std::move(entry), *call, *health);
  }

public:
  /// S9 behind a kernel whose breaker had no doubts.
  int32_t goOn(int kernel, Decision &decision, uint32_t generation, int32_t status) {
    decision.failures.fetch_add(1, std::memory_order_relaxed);
    dispatcher.report(entered.snapshot->limits, kernel, call->context->device, {generation, false}, outcomeOf(status));
    Dispatch dispatch = Dispatch::live(call, state, *entered.snapshot, LZ_RAN_CONTINUATION);
    status = dispatch.runBehind(kernel, status);
    note(kernel, dispatch);
    return status;
  }

private:
  lz_call_t *call;
  BoundModule::State &state;
  Dispatcher &dispatcher;
  const Dispatcher::Entered entered;
  LiveSite &site;
  const KernelHealth *health = nullptr;
};

} // namespace

namespace lzrt {

int32_t runSampled(lz_call_t *call, lz_kernel_fn kernel) {
  return guarded(call->context, call->site, [&]() -> int32_t {
    const uint64_t ticket = call->ticket;
    cells::add(cellOf(ticket));
    Nanoseconds begin = monotonicNow();
    int32_t status = kernel(call);
    BoundModule::State *state = stateOf(call);
    if (Decision *decision = state ? state->dispatcher->decisions().ofCell(cellOf(ticket)) : nullptr)
      decision->duration.add(monotonicNow() - begin);
    return status;
  });
}

} // namespace lzrt

extern "C" {

int32_t lzrt_continue(lz_call_t *call, uint32_t import_index, int32_t status) {
  return guarded(call->context, call->site, [&]() -> int32_t {
    BoundModule::State *state = stateOf(call);
    if (!state)
      return notBound(call);
    if (import_index >= state->importKernels.size())
      return recordError(call->context, LZ_STATUS_MALFORMED,
                         describe(*call->site) + ": import " + std::to_string(import_index) + " of " +
                             std::to_string(state->importKernels.size()),
                         call->site);
    const int kernel = state->importKernels[import_index];
    const BakedFailure failure(status);
    // What refused the call stands in the slot; the kernel has not run.
    if (failure.refused)
      return Dispatch::baked(call, *state).run();
    if (!failure.reported)
      chargeUnwatched(*state->dispatcher, state->processKernels[kernel], call->context->device, failure.status);
    return Dispatch::baked(call, *state).runBehind(kernel, failure.status);
  });
}

int32_t lzrt_no_kernel(lz_call_t *call, int32_t status) {
  return guarded(call->context, call->site, [&]() -> int32_t {
    BoundModule::State *state = stateOf(call);
    if (!state)
      return notBound(call);
    return Dispatch::baked(call, *state).refuse(status);
  });
}

int32_t lzrt_run_decomposition(lz_call_t *call) {
  return guarded(call->context, call->site, [&]() -> int32_t {
    if (!call->site->decomposition)
      return recordError(call->context, LZ_STATUS_MALFORMED, describe(*call->site) + ": the site has no decomposition",
                         call->site);
    int32_t status = call->site->decomposition(call);
    observe(call, nullptr, status, LZ_RAN_BAKED);
    return status;
  });
}

int32_t lzrt_live_miss(lz_call_t *call, lz_live_site_t *, int64_t, int64_t, int64_t, int64_t) {
  BoundModule::State *state = stateOf(call);
  if (state)
    if (std::optional<SharedTable::Hit> hit = state->dispatcher->lookUp(*state->sites[call->site->index].live, *call)) {
      call->ticket = hit->tag;
      return runCounted(call, hit->kernel);
    }
  int32_t status = guarded(call->context, call->site,
                           [&]() -> int32_t { return state ? LiveCall(call, *state).run() : notBound(call); });
  call->ticket = settledTicket;
  return status;
}

int32_t lzrt_live_continue(lz_call_t *call, int32_t status) {
  if (call->ticket == settledTicket)
    return status;
  return guarded(call->context, call->site, [&]() -> int32_t {
    BoundModule::State *state = stateOf(call);
    if (!state)
      return notBound(call);
    Decision *decision = state->dispatcher->decisions().ofCell(cellOf(call->ticket));
    if (!decision)
      return recordError(call->context, LZ_STATUS_MALFORMED, describe(*call->site) + ": the ticket names no decision",
                         call->site);
    return LiveCall(call, *state).goOn(decision->kernel, *decision, generationOf(call->ticket), status);
  });
}

} // extern "C"
