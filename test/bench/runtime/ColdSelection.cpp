//===- ColdSelection.cpp - A decision that no cache holds ------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "../../../runtime/selection/SitePlan.h"
#include "Figures.h"
#include "ManyRules.h"

namespace bench {
namespace {

struct Site {
  explicit Site(unsigned rules)
      : selector(parsePolicy(policyText(rules, 100)), parseKernels(manifestText(100))), facts(siteFacts()) {}

  lzrt::SitePlan plan() const {
    lzrt::Query query;
    query.facts = &facts;
    query.texts = false;
    return lzrt::SitePlan(selector, selector.select(query));
  }

  lzrt::Selector selector;
  lzrt::FactSet facts;
};

/// Nanoseconds a call, back to back. Few enough calls that their facts stay in the cache, as a new call's are.
template <typename Choose> double warm(const std::vector<lzrt::Query> &queries, Choose choose) {
  constexpr size_t few = 64, laps = 16;
  size_t count = std::min(few, queries.size());
  double start = now();
  for (size_t lap = 0; lap < laps; ++lap)
    for (size_t i = 0; i < count; ++i)
      choose(queries[i]);
  return (now() - start) / double(count * laps) * 1e9;
}

/// The median nanoseconds of a call after a sweep, the clock's own cost taken off.
template <typename Choose> double cold(const std::vector<lzrt::Query> &queries, Choose choose) {
  std::vector<double> calls, clocks;
  for (const lzrt::Query &query : queries) {
    sweepCaches();
    double start = now(), between = now();
    choose(query);
    double end = now();
    calls.push_back(end - between);
    clocks.push_back(between - start);
  }
  return (median(std::move(calls)) - median(std::move(clocks))) * 1e9;
}

} // namespace

std::vector<Row> coldSelection(const Options &options) {
  Site site(options.smoke ? 50 : 1000);
  lzrt::SitePlan plan = site.plan();
  std::vector<lzrt::FactSet> calls = drawCalls(options.smoke ? 10 : 1000);
  std::vector<lzrt::Query> queries(calls.size());
  for (size_t i = 0; i < calls.size(); ++i)
    queries[i].facts = &calls[i];
  auto choose = [&](const lzrt::Query &query) { keep(plan.choose(query)); };
  auto select = [&](const lzrt::Query &query) { keep(site.selector.select(query)); };
  std::vector<double> times = interleave(
      options.smoke ? 1 : 11, {[&] { return warm(queries, choose); }, [&] { return warm(queries, select); },
                               [&] { return cold(queries, choose); }, [&] { return cold(queries, select); }});
  return {{"warm", "ns", times[0], 300, "Selector::select", times[1]},
          {"out of L2", "ns", times[2], 1200, "Selector::select", times[3]}};
}

std::vector<Row> snapshotMemory(const Options &options) {
  unsigned rules = options.smoke ? 50 : 1000;
  std::string policy = policyText(rules, 100), kernels = manifestText(100);
  lzrt::FactSet facts = siteFacts();
  lzrt::Query query;
  query.facts = &facts;
  query.texts = false;
  { // What is built once a process is not the snapshot's.
    lzrt::Selector first(parsePolicy(policy), parseKernels(kernels));
    keep(first.select(query));
  }
  size_t before = liveBytes();
  lzrt::Selector selector(parsePolicy(policy), parseKernels(kernels));
  size_t parsed = liveBytes();
  lzrt::SitePlan plan(selector, selector.select(query));
  size_t planned = liveBytes();
  constexpr double kib = 1024;
  return {{"policy, kernels, selector and plan", "KiB", double(planned - before) / kib, 512, "the YAML text",
           double(policy.size() + kernels.size()) / kib},
          {"the plan of a site that knows nothing, alone", "KiB", double(plan.bytes()) / kib, std::nullopt, "",
           std::nullopt},
          {"policy, kernels and selector, before its first selection", "KiB", double(parsed - before) / kib,
           std::nullopt, "", std::nullopt}};
}

} // namespace bench
