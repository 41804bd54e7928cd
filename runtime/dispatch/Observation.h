//===- Observation.h - What a dispatcher has counted ------------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_DISPATCH_OBSERVATION_H
#define LZRT_DISPATCH_OBSERVATION_H

#include "Dispatcher.h"
#include "lzrt/telemetry/Snapshot.h"

namespace lzrt {

/// The counters of sites, decisions and breakers, and the live policy's digests; reloads are the reloader's. Each value
/// is one that was true during the call.
TelemetrySnapshot observe(const Dispatcher &dispatcher);

/// The name of a device, as the fact `device` has it.
std::string deviceName(const lz_device_t &device);

} // namespace lzrt
#endif // LZRT_DISPATCH_OBSERVATION_H
