//===- FaultKernels.cpp - A kernel library that fails as it is told to -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "FaultKernels.h"

#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <string>
#include <thread>
#include <vector>

namespace {

uint64_t nowNs() { return uint64_t(std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1)); }

constexpr std::string_view slots = "abcdefghpq";

/// What a slot does. Tests set it while kernels run: each word alone is consistent, and that is enough.
struct Slot {
  std::atomic<int32_t> status{0};
  std::atomic<uint32_t> every{0}, oneIn{0}, hold{0};
  std::atomic<uint64_t> afterNs{0}, untilNs{0}, sleepNs{0}, spinNs{0}, setAtNs{0}, callsAtSet{0};
  std::atomic<uint64_t> calls{0}, failures{0}, held{0}, prepared{0}, released{0};

  void set(const lz_fault_t &fault) {
    every = fault.every;
    oneIn = fault.one_in;
    afterNs = fault.after_ns;
    untilNs = fault.until_ns;
    sleepNs = fault.sleep_ns;
    spinNs = fault.spin_ns;
    setAtNs = nowNs();
    callsAtSet = calls.load();
    status = fault.status;
    hold = fault.hold;
    hold.notify_all();
  }
};
std::array<Slot, slots.size()> table;

Slot *slotOf(char name) {
  size_t index = slots.find(name);
  return index == slots.npos ? nullptr : &table[index];
}

/// xorshift, another sequence in each thread.
uint64_t draw() {
  static std::atomic<uint64_t> seed{0x9e3779b97f4a7c15};
  thread_local uint64_t state = seed.fetch_add(0x9e3779b97f4a7c15);
  state ^= state << 13;
  state ^= state >> 7;
  return state ^= state << 17;
}

bool fails(const Slot &slot, uint64_t number) {
  if (slot.status == LZ_STATUS_OK)
    return false;
  if (uint32_t every = slot.every; every > 1 && number % every != 0)
    return false;
  if (uint32_t oneIn = slot.oneIn; oneIn > 1 && draw() % oneIn != 0)
    return false;
  uint64_t after = slot.afterNs, until = slot.untilNs;
  if (after == 0 && until == 0)
    return true;
  uint64_t age = nowNs() - slot.setAtNs;
  return age >= after && (until == 0 || age < until);
}

void linger(Slot &slot) {
  if (slot.hold != 0) {
    ++slot.held;
    slot.hold.wait(1);
    --slot.held;
  }
  if (uint64_t time = slot.sleepNs)
    std::this_thread::sleep_for(std::chrono::nanoseconds(time));
  if (uint64_t time = slot.spinNs)
    for (uint64_t begin = nowNs(); nowNs() - begin < time;) {
    }
}

void log(const lz_call_t *call, char name, int32_t status) {
  auto *list = static_cast<lz_fault_log_t *>(call->context->stream);
  if (!list)
    return;
  if (list->count < list->capacity)
    list->entries[list->count] = {call->site, call->context->snapshot, name, status};
  ++list->count;
}

int32_t runSlot(const lz_call_t *call, char name) {
  Slot &slot = *slotOf(name);
  uint64_t number = ++slot.calls - slot.callsAtSet;
  int32_t status = fails(slot, number) ? slot.status.load() : int32_t(LZ_STATUS_OK);
  linger(slot);
  if (status != LZ_STATUS_OK)
    ++slot.failures;
  log(call, name, status);
  return status;
}

template <char Name> int32_t run(const lz_call_t *call) { return runSlot(call, Name); }

/// A prepared state remembers the extents that it was made for; the runtime must not hand it to others.
struct Plan {
  std::vector<int64_t> dims;
};
std::vector<int64_t> dimsOf(const lz_call_t *call) {
  const int64_t *dims = lz_call_dims(call);
  return {dims, dims + call->site->num_dims};
}
template <char Name> int32_t prepare(const lz_call_t *call, void **out) {
  ++slotOf(Name)->prepared;
  *out = new Plan{dimsOf(call)};
  return LZ_STATUS_OK;
}
uint64_t workspaceSize(const lz_call_t *, void *) { return 64; }
template <char Name> void release(void *prepared) {
  ++slotOf(Name)->released;
  delete static_cast<Plan *>(prepared);
}
template <char Name> int32_t runPrepared(const lz_call_t *call) {
  auto *state = static_cast<const lz_kernel_state_t *>(call->state);
  if (!state || !state->prepared || !state->workspace || static_cast<Plan *>(state->prepared)->dims != dimsOf(call))
    return LZ_STATUS_DEVICE_ERROR; // never set by a test of these kernels: it stops the call
  return runSlot(call, Name);
}

constexpr uint32_t numFlags = 8;

class Entries {
public:
  Entries() {
    addPlain<'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'>();
    addPreparing<'p', 'q'>();
  }
  std::vector<lz_kernel_t> list;

private:
  template <char... Names> void addPlain() {
    (add({sizeof(lz_kernel_t), 0, nullptr, run<Names>, nullptr, nullptr, nullptr}, Names), ...);
  }
  template <char... Names> void addPreparing() {
    (add({sizeof(lz_kernel_t), 0, nullptr, runPrepared<Names>, prepare<Names>, workspaceSize, release<Names>}, Names),
     ...);
  }
  void add(lz_kernel_t entry, char name) {
    for (uint32_t flags = 0; flags < numFlags; ++flags) {
      symbols.push_back(std::string("lz_fault_") + name + std::to_string(flags));
      entry.flags = flags;
      entry.symbol = symbols.back().c_str();
      list.push_back(entry);
    }
  }
  std::deque<std::string> symbols;
};

void set(char name, const lz_fault_t *fault) {
  if (Slot *slot = slotOf(name))
    slot->set(*fault);
}
void reset() {
  for (Slot &slot : table) {
    slot.set({});
    slot.calls = slot.failures = slot.callsAtSet = 0;
  }
}
uint64_t calls(char name) { return slotOf(name) ? slotOf(name)->calls.load() : 0; }
uint64_t failures(char name) { return slotOf(name) ? slotOf(name)->failures.load() : 0; }
uint64_t prepared(char name) { return slotOf(name) ? slotOf(name)->prepared.load() : 0; }
uint64_t alive(char name) { return slotOf(name) ? slotOf(name)->prepared - slotOf(name)->released : 0; }
uint64_t held(char name) { return slotOf(name) ? slotOf(name)->held.load() : 0; }
void open(char name) {
  if (Slot *slot = slotOf(name)) {
    slot->hold = 0;
    slot->hold.notify_all();
  }
}

constexpr lz_faults_t faults = {set, reset, calls, failures, prepared, alive, held, open};

} // namespace

extern "C" LZ_KERNEL_EXPORT const lz_faults_t *lz_faults_query(void) { return &faults; }

extern "C" LZ_KERNEL_EXPORT const lz_kernel_library_t *lz_kernel_library_query(uint32_t) {
  static const Entries entries;
  static const lz_kernel_library_t library = {
      sizeof(lz_kernel_library_t),   LZ_ABI_VERSION,      "lz_fault_kernels", "1.2.3",
      uint32_t(entries.list.size()), sizeof(lz_kernel_t), entries.list.data()};
  return &library;
}
