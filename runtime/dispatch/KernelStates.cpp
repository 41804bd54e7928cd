//===- KernelStates.cpp - Prepared plans and workspaces of kernels -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "KernelStates.h"
#include "Errors.h"
#include "lzrt/abi/module.h"

namespace lzrt {
namespace {

constexpr uint64_t workspaceAlignment = 256;

/// Restores the block's state word, which belongs to the caller's kernel.
class StateScope {
public:
  StateScope(lz_call_t *call, void *state) : call(call), before(call->state) { call->state = state; }
  ~StateScope() { call->state = before; }

private:
  lz_call_t *call;
  void *before;
};

int32_t executeWith(const lz_kernel_t &kernel, lz_call_t *call, void *prepared) {
  lz_kernel_state_t state{sizeof(lz_kernel_state_t), 0, prepared, nullptr, 0};
  if (kernel.workspace_size)
    state.workspace_size = kernel.workspace_size(call, prepared);
  if (state.workspace_size != 0) {
    state.workspace = allocateBlock(call->context, state.workspace_size, workspaceAlignment);
    if (!state.workspace)
      return LZ_STATUS_OUT_OF_MEMORY;
  }
  int32_t status;
  {
    StateScope scope(call, &state);
    status = kernel.execute(call);
  }
  lzrt_release(call->context, state.workspace);
  return status;
}

} // namespace

KernelStates::~KernelStates() {
  for (Entry &entry : idle)
    entry.release(entry.prepared);
}

size_t KernelStates::idleCount() const {
  std::lock_guard<std::mutex> lock(mutex);
  return idle.size();
}

int32_t KernelStates::acquire(const lz_kernel_t &kernel, const lz_call_t *call, std::list<Entry> *out) {
  const int64_t *dims = lz_call_dims(call);
  std::vector<int64_t> extents(dims, dims + call->site->num_dims);
  {
    std::lock_guard<std::mutex> lock(mutex);
    for (auto at = idle.begin(); at != idle.end(); ++at)
      if (at->kernel == kernel.execute && at->site == call->site && at->extents == extents) {
        out->splice(out->begin(), idle, at);
        return LZ_STATUS_OK;
      }
  }
  out->push_back({kernel.execute, call->site, std::move(extents), kernel.release, nullptr});
  int32_t status = kernel.prepare(call, &out->front().prepared);
  if (status != LZ_STATUS_OK)
    out->clear();
  return status;
}

void KernelStates::giveBack(std::list<Entry> held) {
  std::list<Entry> evicted;
  {
    std::lock_guard<std::mutex> lock(mutex);
    idle.splice(idle.begin(), held);
    while (idle.size() > capacity)
      evicted.splice(evicted.begin(), idle, std::prev(idle.end()));
  }
  for (Entry &entry : evicted)
    entry.release(entry.prepared);
}

int32_t KernelStates::run(const lz_kernel_t &kernel, lz_call_t *call) {
  if (!kernel.prepare)
    return kernel.workspace_size ? executeWith(kernel, call, nullptr) : kernel.execute(call);
  std::list<Entry> held;
  if (int32_t status = acquire(kernel, call, &held))
    return status;
  int32_t status = executeWith(kernel, call, held.front().prepared);
  giveBack(std::move(held));
  return status;
}

} // namespace lzrt
