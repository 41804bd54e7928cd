//===- LiveDecision.cpp - What a live site does with one call --------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "LiveDecision.h"
#include "ModuleState.h"

namespace lzrt {
namespace {

/// A kernel of a live site that prepares or works in memory of the context. The ticket names it.
int32_t runPrepared(const lz_call_t *constant) {
  // The block is the caller's stack; kernels see it constant, the runtime owns its state word.
  auto *call = const_cast<lz_call_t *>(constant);
  return guarded(call->context, call->site, [&]() -> int32_t {
    BoundModule::State &state = *stateOf(call);
    Decision *decision = state.dispatcher->decisions().ofCell(cellOf(call->ticket));
    return state.states.run(state.dispatcher->loaded(decision->kernel)->entry, call);
  });
}

} // namespace

Mode liveMode(const lz_call_t &call) {
  Mode override = Mode(call.context->mode_override);
  return override == LZ_MODE_UNSET ? Mode(call.site->mode) : override;
}

std::vector<Mode> modesToTry(const Snapshot &snapshot, const lz_site_t &site, Mode mode) {
  const Operation operation = Operation(site.operation);
  std::vector<Mode> list{snapshot.modeOf(operation, mode)};
  for (Mode next : Selector::fallbackModes(snapshot.askedModeOf(operation, mode)))
    // Static is the one mode that evaluates other candidates than the rest.
    if (std::none_of(list.begin(), list.end(),
                     [&](Mode known) { return (known == LZ_MODE_STATIC) == (next == LZ_MODE_STATIC); }))
      list.push_back(next);
  return list;
}

Query queryOf(const Snapshot &snapshot, const lz_call_t &call, const FactSet &facts, Mode mode) {
  Query query;
  query.facts = &facts;
  query.mode = mode;
  if (call.context->rollout_key)
    query.rolloutKey = std::string(call.context->rollout_key, call.context->rollout_key_size);
  else
    query.rolloutDraw = uint32_t(call.context->rollout_draw);
  query.libraryVersion = [&snapshot](int kernel) { return snapshot.libraryVersion(kernel); };
  return query;
}

std::string ruleLabel(const Policy &policy, int rule) {
  if (rule < 0)
    return "";
  const std::string &name = policy.rules[size_t(rule)].name;
  return name.empty() ? "#" + std::to_string(rule) : name;
}

std::optional<LiveDecision> decide(const LiveSite &site, const Snapshot &snapshot, DecisionTable &decisions,
                                   const lz_call_t &call) {
  FactSet facts = factsOf(&call);
  Mode mode = snapshot.modeOf(Operation(call.site->operation), liveMode(call));
  const PlannedSite &planned = snapshot.planOf(site, mode == LZ_MODE_STATIC);
  SitePlan::Choice choice = planned.plan->choose(queryOf(snapshot, call, facts, mode));
  if (!choice.candidate || choice.candidate->kernel < 0)
    return std::nullopt;
  const PlanCandidate &candidate = *choice.candidate;
  std::atomic<Decision *> &known = planned.decisions[size_t(&candidate - planned.plan->candidates().data())];
  LiveDecision result{candidate.kernel, known.load(std::memory_order_acquire), site.boxes.boxOf(choice.region, call),
                      planned.hasLock && candidate.reason != Reason::KernelLock};
  if (!result.decision) {
    result.decision = &decisions.of(site.id, candidate.kernel, candidate.reason,
                                    ruleLabel(snapshot.selector.policy(), candidate.rule));
    known.store(result.decision, std::memory_order_release);
  }
  return result;
}

lz_kernel_fn entryOf(const LoadedKernel &kernel) {
  return kernel.entry.prepare || kernel.entry.workspace_size ? runPrepared : kernel.entry.execute;
}

} // namespace lzrt
