//===- RecordingKernels.cpp - Kernels that tell who was called and touch no data -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The library of the machine-code law: `recorder_<i>` reports its call to the context's observer with `how` =
// recordedByKernel, and returns what the plan in `lz_context_t::stream` says for it. Extents may be huge, because no
// pointer is followed.
//
//===----------------------------------------------------------------------===//
#include "RecordingPlan.h"

#include "lzrt/abi/kernel.h"

#include <array>
#include <cstdio>
#include <utility>

using namespace lz::law;

namespace {
constexpr std::array<const char *, kernelCount> names = {"recorder_0", "recorder_1", "recorder_2",  "recorder_3",
                                                         "recorder_4", "recorder_5", "recorder_6",  "recorder_7",
                                                         "recorder_8", "recorder_9", "recorder_10", "recorder_11"};

/// Whether every argument is row-major: the compiler counts tensors as contiguous and copies those that are not (C6).
bool isContiguous(const lz_call_t *call) {
  for (unsigned slot = 0; slot < call->site->num_arguments; ++slot) {
    if (!lz_call_has(call, slot))
      continue;
    lz_tensor_view_t view;
    lz_call_tensor(call, slot, &view);
    uint64_t stride = 1;
    for (int axis = view.tensor.ndim - 1; axis >= 0; --axis) {
      if (view.shape[axis] != 1 && view.strides[axis] != int64_t(stride))
        return false;
      stride *= uint64_t(view.shape[axis]);
    }
  }
  return true;
}

template <size_t index> int32_t record(const lz_call_t *call) {
  const auto *plan = static_cast<const RecordingPlan *>(call->context->stream);
  int32_t status = isContiguous(call) ? plan->status[index] : int32_t(LZ_STATUS_INVALID_ARGUMENT);
  call->context->observer->on_call(call->context->observer->self, call, names[index], status, recordedByKernel);
  return status;
}

template <size_t... index> constexpr std::array<lz_kernel_t, kernelCount> makeTable(std::index_sequence<index...>) {
  return {lz_kernel_t{sizeof(lz_kernel_t), flagsOf(index), names[index], record<index>, nullptr, nullptr, nullptr}...};
}
constexpr auto table = makeTable(std::make_index_sequence<kernelCount>());
constexpr lz_kernel_library_t library = {
    sizeof(lz_kernel_library_t), LZ_ABI_VERSION, "recording", libraryVersion, kernelCount,
    sizeof(lz_kernel_t),         table.data()};
} // namespace

extern "C" LZ_KERNEL_EXPORT const lz_kernel_library_t *lz_kernel_library_query(uint32_t maxAbiVersion) {
  return maxAbiVersion >= LZ_ABI_VERSION ? &library : nullptr;
}
