//===- Prometheus.h - A snapshot as Prometheus reads it ---------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Metrics are named lz_*. Each family stands in one table of Prometheus.cpp; docs/metrics.md lists them.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_TELEMETRY_PROMETHEUS_H
#define LZRT_TELEMETRY_PROMETHEUS_H

#include "lzrt/telemetry/Snapshot.h"

#include <functional>
#include <memory>
#include <string>

namespace prometheus {
class Collectable;
}

namespace lzrt {

/// Takes a snapshot now.
using TelemetryProvider = std::function<TelemetrySnapshot()>;

/// The media type of prometheusText().
inline constexpr char prometheusMediaType[] = "text/plain; version=0.0.4; charset=utf-8";

/// The snapshot in Prometheus's text format. Latencies are summed over sites, all else is by site.
std::string prometheusText(const TelemetrySnapshot &snapshot);

/// For a program that serves metrics of its own with prometheus-cpp: to be registered with its registry or exposer,
/// which then calls the provider on the threads that it collects on.
std::shared_ptr<prometheus::Collectable> makePrometheusCollectable(TelemetryProvider provider);

} // namespace lzrt
#endif // LZRT_TELEMETRY_PROMETHEUS_H
