//===- Prometheus.cpp - A snapshot as Prometheus reads it -----------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Families are made anew at each scrape. A new one wants a line in docs/metrics.md.
//
//===----------------------------------------------------------------------===//
#include "lzrt/telemetry/Prometheus.h"

#include "../health/CircuitBreaker.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <sstream>
#include <tuple>
#include <utility>

namespace lzrt {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

/// Collects families; those without a metric are left out.
class Families {
public:
  void counter(const char *name, const char *help, std::vector<std::pair<Labels, uint64_t>> values) {
    std::vector<ClientMetric> metrics;
    for (auto &[labels, value] : values) {
      metrics.emplace_back().label = std::move(labels);
      metrics.back().counter.value = double(value);
    }
    add(name, help, MetricType::Counter, std::move(metrics));
  }
  void gauge(const char *name, const char *help, std::vector<std::pair<Labels, double>> values) {
    std::vector<ClientMetric> metrics;
    for (auto &[labels, value] : values) {
      metrics.emplace_back().label = std::move(labels);
      metrics.back().gauge.value = value;
    }
    add(name, help, MetricType::Gauge, std::move(metrics));
  }
  void add(const char *name, const char *help, MetricType type, std::vector<ClientMetric> metrics) {
    if (!metrics.empty())
      families.push_back({name, help, type, std::move(metrics)});
  }
  std::vector<MetricFamily> take() { return std::move(families); }

private:
  std::vector<MetricFamily> families;
};

/// A pair of labels and value for each element of `range`.
auto valuesOf(const auto &range, auto labelsOf, auto valueOf) {
  std::vector<std::pair<Labels, decltype(valueOf(*range.begin()))>> values;
  std::transform(range.begin(), range.end(), std::back_inserter(values),
                 [&](const auto &element) { return std::pair(labelsOf(element), valueOf(element)); });
  return values;
}

/// Buckets 1, 2 and 5 of each decade: what tells arms of a rollout apart, at a third of the series.
ClientMetric::Histogram histogramOf(const LatencyCounts &counts) {
  ClientMetric::Histogram histogram;
  histogram.sample_count = counts.count();
  histogram.sample_sum = double(counts.sumNanoseconds) / 1e9;
  uint64_t below = 0;
  for (size_t index = 0; index != latency::numBounds; ++index) {
    below += counts.buckets[index];
    if (const size_t place = index % 10; place == 0 || place == 3 || place == 7)
      histogram.bucket.push_back({below, double(latency::bounds[index]) / 1e9});
  }
  return histogram;
}

std::vector<ClientMetric> durationsOf(const TelemetrySnapshot &snapshot) {
  std::map<std::tuple<std::string, std::string, std::string>, LatencyCounts> sums;
  for (const CallTelemetry &call : snapshot.calls)
    if (call.duration.count() != 0)
      sums[{call.operation, call.kernel, call.rule}] += call.duration;
  std::vector<ClientMetric> metrics;
  for (const auto &[key, counts] : sums) {
    const auto &[operation, kernel, rule] = key;
    metrics.emplace_back().label = {{"operation", operation}, {"kernel", kernel}, {"rule", rule}};
    metrics.back().histogram = histogramOf(counts);
  }
  return metrics;
}

void addCalls(const TelemetrySnapshot &snapshot, Families &families) {
  auto labels = [](const CallTelemetry &call) -> Labels {
    return {{"site", call.site},
            {"operation", call.operation},
            {"kernel", call.kernel},
            {"rule", call.rule},
            {"reason", call.reason}};
  };
  auto add = [&](const char *name, const char *help, uint64_t CallTelemetry::*count) {
    families.counter(name, help,
                     valuesOf(snapshot.calls, labels, [&](const CallTelemetry &call) { return call.*count; }));
  };
  add("lz_calls_total", "Calls that a kernel got at a site.", &CallTelemetry::calls);
  add("lz_failures_total", "Calls that a kernel did not end well.", &CallTelemetry::failures);
  add("lz_continuations_total", "Calls that a kernel got because one before it had failed.",
      &CallTelemetry::continuations);
  families.add("lz_call_duration_seconds", "Duration of a sample of the calls, over all sites.", MetricType::Histogram,
               durationsOf(snapshot));
}

void addSites(const TelemetrySnapshot &snapshot, Families &families) {
  auto labels = [](const SiteTelemetry &site) -> Labels {
    return {{"site", site.site}, {"operation", site.operation}, {"mode", site.mode}};
  };
  auto add = [&](const char *name, const char *help, uint64_t SiteTelemetry::*count) {
    families.counter(name, help,
                     valuesOf(snapshot.sites, labels, [&](const SiteTelemetry &site) { return site.*count; }));
  };
  add("lz_site_hits_total", "Calls that an entry of the site answered.", &SiteTelemetry::hits);
  add("lz_site_misses_total", "Calls of the site that went to selection.", &SiteTelemetry::misses);
  std::vector<std::pair<Labels, double>> choices;
  for (const SiteTelemetry &site : snapshot.sites)
    if (site.choice != SiteChoice::NotCalled)
      choices.emplace_back(labels(site), site.choice == SiteChoice::First);
  families.gauge("lz_site_first_choice", "Whether the site's last call ran its first choice.", std::move(choices));
}

void addBreakers(const TelemetrySnapshot &snapshot, Families &families) {
  constexpr BreakerState states[] = {BreakerState::Closed, BreakerState::Open, BreakerState::HalfOpen,
                                     BreakerState::ForcedOpen, BreakerState::ForcedClosed};
  auto labels = [](const BreakerTelemetry &breaker) -> Labels {
    return {{"kernel", breaker.kernel}, {"device", breaker.device}};
  };
  auto labelsWith = [&](const BreakerTelemetry &breaker, std::string_view state) {
    Labels all = labels(breaker);
    all.push_back({"state", std::string(state)});
    return all;
  };
  std::vector<std::pair<Labels, double>> present;
  std::vector<std::pair<Labels, uint64_t>> transitions;
  for (const BreakerTelemetry &breaker : snapshot.breakers) {
    for (BreakerState state : states)
      present.emplace_back(labelsWith(breaker, breakerStateName(state)), breaker.state == breakerStateName(state));
    for (const BreakerTelemetry::Transitions &transition : breaker.transitions)
      transitions.emplace_back(labelsWith(breaker, transition.to), transition.count);
  }
  families.gauge("lz_breaker_state", "1 for the state that the breaker is in, 0 for the others.", std::move(present));
  families.counter("lz_breaker_transitions_total", "Changes of the breaker into a state.", std::move(transitions));
  families.counter("lz_breaker_failures_total", "Failures charged to the kernel.",
                   valuesOf(snapshot.breakers, labels, [](const auto &breaker) { return breaker.failures; }));
  families.counter("lz_breaker_panics_total", "Calls that the kernel got although its breaker refused them.",
                   valuesOf(snapshot.breakers, labels, [](const auto &breaker) { return breaker.panics; }));
}

void addProcess(const TelemetrySnapshot &snapshot, Families &families) {
  const PolicyTelemetry &policy = snapshot.policy;
  families.gauge("lz_policy_version", "Publishes of a policy since the start.", {{{}, double(policy.version)}});
  families.gauge(
      "lz_policy_info", "The policy in force.",
      {{{{"policy_digest", policy.policyDigest}, {"selection_digest", policy.selectionDigest}, {"mode", policy.mode}},
        1}});
  families.counter("lz_reloads_total", "Attempts to reload the policy.",
                   {{{{"result", "success"}}, policy.reloads.total - policy.reloads.failed},
                    {{{"result", "failure"}}, policy.reloads.failed}});
  families.counter("lz_rollbacks_total", "Returns to an earlier policy.", {{{}, policy.reloads.rollbacks}});
  families.gauge("lz_last_reload_duration_seconds", "Duration of the last reload.",
                 {{{}, policy.reloads.lastMilliseconds / 1e3}});
  families.counter("lz_locks_unsatisfied_total", "Selections that passed over a lock.",
                   {{{}, snapshot.locksUnsatisfied}});
  families.counter("lz_panics_total", "Calls admitted although breakers refused every candidate.",
                   {{{}, snapshot.panics}});
}

std::vector<MetricFamily> familiesOf(const TelemetrySnapshot &snapshot) {
  Families families;
  addCalls(snapshot, families);
  addSites(snapshot, families);
  addBreakers(snapshot, families);
  addProcess(snapshot, families);
  return families.take();
}

class TelemetryCollectable : public prometheus::Collectable {
public:
  explicit TelemetryCollectable(TelemetryProvider provider) : provider(std::move(provider)) {}
  std::vector<MetricFamily> Collect() const override { return familiesOf(provider()); }

private:
  TelemetryProvider provider;
};

} // namespace

std::string prometheusText(const TelemetrySnapshot &snapshot) {
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, familiesOf(snapshot));
  return std::move(text).str();
}

std::shared_ptr<prometheus::Collectable> makePrometheusCollectable(TelemetryProvider provider) {
  return std::make_shared<TelemetryCollectable>(std::move(provider));
}

} // namespace lzrt
