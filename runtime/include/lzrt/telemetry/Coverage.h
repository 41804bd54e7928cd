//===- Coverage.h - How many sites ran their first choice -------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_TELEMETRY_COVERAGE_H
#define LZRT_TELEMETRY_COVERAGE_H

#include "lzrt/telemetry/Snapshot.h"

#include <string>

namespace lzrt {

/// How many of how many sites ran their first choice in their last call, and a line a reason for the others with at
/// most `sitesPerReason` of them by name, the most frequent reason first. Lines end with a newline; no sites, no text.
///
///     2 of 4 sites ran their first choice
///       circuit_open: 2 sites: model.layers.0.mlp (fast_gelu -> gelu), model.layers.1.mlp (fast_gelu -> gelu)
std::string coverageText(const TelemetrySnapshot &snapshot, size_t sitesPerReason = 8);

} // namespace lzrt
#endif // LZRT_TELEMETRY_COVERAGE_H
