//===- RecordingPlan.h - What the law tells its kernels -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_LAW_RECORDINGPLAN_H
#define LZ_TEST_LAW_RECORDINGPLAN_H

#include "lzrt/abi/kernel.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace lz::law {
inline constexpr size_t kernelCount = 12;
inline constexpr const char *libraryVersion = "2.10.1";
/// `how` of the observer when a recording kernel itself reports.
inline constexpr int32_t recordedByKernel = 100;

/// Every second kernel is deterministic, every third capture safe; the manifest says the same.
constexpr uint32_t flagsOf(size_t kernel) {
  return (kernel % 2 == 0 ? LZ_KERNEL_DETERMINISTIC : 0u) | (kernel % 3 == 0 ? LZ_KERNEL_GRAPH_CAPTURE_SAFE : 0u);
}

/// The status that each kernel returns in this invocation; `lz_context_t::stream` points to it.
struct RecordingPlan {
  std::array<int32_t, kernelCount> status{};
};
} // namespace lz::law
#endif // LZ_TEST_LAW_RECORDINGPLAN_H
