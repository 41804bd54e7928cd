//===- Oracle.cpp - What the policy says of one invocation -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Oracle.h"

#include <cstdlib>

using namespace lz::law;
using namespace lzrt;

static void setTarget(FactSet &facts) {
  facts.set(LZ_FACT_PLATFORM, Fact::known(std::string("cpu")));
  facts.set(LZ_FACT_DEVICE, Fact::known(std::string("cpu")));
  facts.set(LZ_FACT_IS_CUDA_GRAPH_CAPTURING, Fact::known(false));
  facts.set(LZ_FACT_SM, Fact::absent());
  facts.set(LZ_FACT_ARCH, Fact::absent());
}

FactSet lz::law::openFacts(const ModuleSpec &module, const SiteSpec &site) {
  FactSet facts = factsOf(module.view(site, {}));
  setTarget(facts);
  return facts;
}

FactSet lz::law::callFacts(const ModuleSpec &module, const SiteSpec &site, const std::vector<int64_t> &extents,
                           const ProcessFacts &process) {
  FactSet facts = factsOf(module.view(site, extents));
  setTarget(facts);
  facts.set(LZ_FACT_TENANT, Fact::known(process.tenant));
  facts.set(LZ_FACT_TP_SIZE, Fact::known(process.tpSize));
  facts.set(LZ_FACT_RANK, Fact::known(process.rank));
  facts.set(LZ_FACT_REQUIRES_DETERMINISTIC, Fact::known(process.requiresDeterministic));
  facts.complete();
  return facts;
}

Selection lz::law::compiled(const Selector &selector, const FactSet &facts, lz_mode_t mode) {
  Query query;
  query.facts = &facts;
  query.mode = mode;
  return selector.select(query);
}

/// Runs one mode's order; returns whether the call is over (a kernel succeeded, or a status stops it).
static bool runMode(const Selector &selector, Query query, const RecordingPlan &plan, std::vector<int> &failed,
                    Expectation &result) {
  while (true) {
    Selection selection = selector.select(query);
    int kernel = selection.kernel();
    if (kernel < 0)
      return selection.reason == Reason::Strict;
    const std::string &name = selector.kernels().kernels()[kernel].name;
    result.attempts.push_back(name);
    int32_t status = plan.status[std::atoi(name.c_str() + name.find('_') + 1)];
    result.succeeds = status == LZ_STATUS_OK;
    if (result.succeeds || status == LZ_STATUS_INVALID_ARGUMENT || status == LZ_STATUS_DEVICE_ERROR)
      return true;
    failed.push_back(kernel);
    query.failed.push_back(kernel);
  }
}

Expectation lz::law::expectation(const Selector &selector, const FactSet &facts, lz_mode_t mode,
                                 const ProcessFacts &process, const RecordingPlan &plan) {
  Query query;
  query.facts = &facts;
  query.mode = mode;
  query.rolloutKey = process.rolloutKey;
  if (!process.rolloutKey)
    query.rolloutDraw = process.rolloutDraw;
  query.libraryVersion = [](int) { return Version::parse(libraryVersion); };
  Expectation result;
  std::vector<int> failed;
  if (runMode(selector, query, plan, failed, result))
    return result;
  for (lz_mode_t next : Selector::fallbackModes(mode)) {
    query.mode = next;
    query.failed.clear();
    query.excluded = failed;
    if (runMode(selector, query, plan, failed, result))
      return result;
  }
  return result;
}
