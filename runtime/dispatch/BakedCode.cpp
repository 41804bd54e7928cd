//===- BakedCode.cpp - How denies and breakers reach compiled decisions ----===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Baked code calls a kernel through a slot, and nothing else stands in its way. What has to stand there, because the
// kernel is denied (S4) or its health is in doubt, is written into the slot.
//
//===----------------------------------------------------------------------===//
#include "LiveDecision.h"
#include "ModuleState.h"
#include "OpenTests.h"
#include "Trampolines.h"

namespace lzrt {
namespace {

/// In the import slot of a denied kernel: the call goes to the continuation.
int32_t refuseCall(const lz_call_t *) { return statusRefused; }

bool contains(const std::vector<int> &list, int value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

} // namespace

BoundModule::State::State() = default;

BoundModule::State::~State() {
  for (auto &[word, test] : tests)
    *word = nullptr;
}

void BoundModule::State::attach() {
  try {
    for (uint32_t i = 0; i < module->num_sites; ++i) {
      const lz_site_t &site = *module->sites[i];
      LiveSite *live = site.live ? &dispatcher->addLive(site, states) : nullptr;
      sites.push_back({live ? live->id : dispatcher->addSite(site), live});
    }
    dispatcher->addBaked(*this);
  } catch (...) {
    detach();
    throw;
  }
}

void BoundModule::State::detach() {
  dispatcher->removeBaked(*this);
  for (const Site &site : sites)
    dispatcher->removeSite(site.id);
}

std::vector<int> BoundModule::State::deniedUnder(const Policy &policy) const {
  std::vector<int> list;
  const std::vector<Kernel> &kernels = baked->selector.kernels().kernels();
  for (size_t i = 0; i < kernels.size(); ++i)
    if (std::any_of(policy.denies.begin(), policy.denies.end(),
                    [&](const Pattern &deny) { return kernels[i].matches(deny.glob); }))
      list.push_back(int(i));
  return list;
}

lz_kernel_fn BoundModule::State::targetOf(uint32_t import, const std::vector<int> &denied) const {
  int kernel = importKernels[import];
  if (contains(denied, kernel))
    return refuseCall;
  bool isWatched = false;
  for (const lz_device_t &device : dispatcher->health().devices())
    isWatched |= dispatcher->health().of(processKernels[kernel], device).breaker.isWatched();
  if (trampolineOf[import] >= 0 && (always[import] || isWatched))
    return trampoline(unsigned(trampolineOf[import]));
  return baked->loaded[kernel]->entry.execute;
}

void BoundModule::State::retarget() {
  std::vector<int> list = deniedUnder(dispatcher->current()->selector.policy());
  {
    std::lock_guard<std::mutex> lock(deniedMutex);
    if (list != *deniedKernels)
      deniedKernels = std::make_shared<const std::vector<int>>(list);
  }
  for (uint32_t i = 0; i < module->num_imports; ++i)
    std::atomic_ref<lz_kernel_fn>(*module->imports[i].slot).store(targetOf(i, list), std::memory_order_release);
}

std::string BoundModule::State::faultUnder(const Snapshot &next) const {
  std::vector<int> before = *denied(), after = deniedUnder(next.selector.policy());
  auto hasKernel = [&](const Site &site, const lz_site_t &record, const std::vector<int> &without) {
    Query query;
    FactSet facts = factsOf(viewOf(record));
    query.facts = &facts;
    query.excluded = baked->missing;
    query.excluded.insert(query.excluded.end(), without.begin(), without.end());
    if (site.live || record.decomposition)
      return true; // the dispatcher looks after live ones
    for (Mode mode : modesToTry(*baked, record, Mode(record.mode))) {
      query.mode = mode;
      for (const Candidate &candidate : baked->selector.select(query).candidates)
        if (candidate.kernel >= 0)
          return true;
    }
    return false;
  };
  std::string faults;
  if (before == after)
    return faults;
  for (size_t i = 0; i < sites.size(); ++i)
    if (const lz_site_t &record = *module->sites[i];
        !hasKernel(sites[i], record, after) && hasKernel(sites[i], record, before))
      faults += (faults.empty() ? "" : "; ") + describe(record) + ", which is compiled, would have no kernel left";
  return faults;
}

} // namespace lzrt
