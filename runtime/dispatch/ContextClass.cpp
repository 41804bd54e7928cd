//===- ContextClass.cpp - Contexts that a policy cannot tell apart ---------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ContextClass.h"
#include "lzrt/policy/Selector.h"

#include <cstring>
#include <set>

namespace lzrt {
namespace {

bool knows(const lz_context_t &context, uint32_t bit) { return (context.known & bit) != 0; }
std::string textOf(const lz_context_t &context, uint32_t bit, const char *text) {
  return knows(context, bit) && text ? text : "";
}
/// Null and empty are two facts: Absent, and a text.
bool isText(const lz_context_t &context, uint32_t bit, const char *text, const std::string &known) {
  return !knows(context, bit) || !text || known == text;
}

/// What makes a fact's value known in a context; 0 where it does not come from one.
uint32_t bitOf(FactId fact) {
  switch (fact) {
  case LZ_FACT_TP_SIZE:
    return LZ_KNOWS_TP_SIZE;
  case LZ_FACT_PP_SIZE:
    return LZ_KNOWS_PP_SIZE;
  case LZ_FACT_RANK:
    return LZ_KNOWS_RANK;
  case LZ_FACT_TENANT:
    return LZ_KNOWS_TENANT;
  case LZ_FACT_DEVICE:
    return LZ_KNOWS_DEVICE;
  case LZ_FACT_SM:
    return LZ_KNOWS_SM;
  case LZ_FACT_ARCH:
    return LZ_KNOWS_ARCH;
  case LZ_FACT_SEQ_LEN_K:
    return LZ_KNOWS_SEQ_LEN_K;
  case LZ_FACT_PLATFORM: // follows from the device where it is not given
    return LZ_KNOWS_PLATFORM | LZ_KNOWS_DEVICE;
  default:
    return 0;
  }
}

/// Numbers of classes that are alive. A word of a stub has 24 bits for one, so they come round.
class Pins {
public:
  uint32_t take() {
    std::lock_guard<std::mutex> lock(mutex);
    do
      next = next == lastNumber ? 1 : next + 1;
    while (!taken.insert(next).second);
    return next << 8;
  }
  void giveBack(uint32_t pin) {
    std::lock_guard<std::mutex> lock(mutex);
    taken.erase(pin >> 8);
  }

private:
  static constexpr uint32_t lastNumber = (1u << 24) - 1;
  std::mutex mutex;
  uint32_t next = 0;
  std::set<uint32_t> taken;
};

Pins &pins() {
  static auto *process = new Pins; // contexts may end after static objects
  return *process;
}

uint64_t nextClassId() {
  static std::atomic<uint64_t> next{0};
  return ++next;
}

} // namespace

ContextSettings::ContextSettings(const lz_context_t &context)
    : plain(context), tenant(textOf(context, LZ_KNOWS_TENANT, context.tenant)),
      deviceName(textOf(context, LZ_KNOWS_DEVICE, context.device_name)),
      arch(textOf(context, LZ_KNOWS_ARCH, context.arch)),
      platform(textOf(context, LZ_KNOWS_PLATFORM, context.platform)), hasRolloutKey(context.rollout_key != nullptr) {
  if (hasRolloutKey)
    rolloutKey.assign(context.rollout_key, context.rollout_key_size);
}

bool ContextSettings::matches(const lz_context_t &context) const {
  auto sameText = [&](uint32_t bit, const char *theirs, const char *mine, const std::string &text) {
    return !knows(context, bit) || ((theirs == nullptr) == (mine == nullptr) && isText(context, bit, theirs, text));
  };
  bool sameKey = hasRolloutKey ? context.rollout_key &&
                                     std::string_view(context.rollout_key, context.rollout_key_size) == rolloutKey
                               : !context.rollout_key && context.rollout_draw == plain.rollout_draw;
  return sameKey && context.known == plain.known && context.mode_override == plain.mode_override &&
         context.device.type == plain.device.type && context.device.id == plain.device.id &&
         context.tp_size == plain.tp_size && context.pp_size == plain.pp_size && context.rank == plain.rank &&
         context.sm == plain.sm && context.seq_len_k == plain.seq_len_k &&
         context.requires_deterministic == plain.requires_deterministic &&
         context.is_cuda_graph_capturing == plain.is_cuda_graph_capturing &&
         sameText(LZ_KNOWS_TENANT, context.tenant, plain.tenant, tenant) &&
         sameText(LZ_KNOWS_DEVICE, context.device_name, plain.device_name, deviceName) &&
         sameText(LZ_KNOWS_ARCH, context.arch, plain.arch, arch) &&
         sameText(LZ_KNOWS_PLATFORM, context.platform, plain.platform, platform);
}

lz_context_t ContextSettings::sample() const {
  lz_context_t context{};
  context.struct_size = sizeof(context);
  context.abi_version = LZ_ABI_VERSION;
  context.device = plain.device;
  context.rollout_draw = plain.rollout_draw;
  context.mode_override = plain.mode_override;
  context.known = plain.known;
  context.tp_size = plain.tp_size;
  context.pp_size = plain.pp_size;
  context.rank = plain.rank;
  context.sm = plain.sm;
  context.seq_len_k = plain.seq_len_k;
  context.requires_deterministic = plain.requires_deterministic;
  context.is_cuda_graph_capturing = plain.is_cuda_graph_capturing;
  context.tenant = plain.tenant ? tenant.c_str() : nullptr;
  context.device_name = plain.device_name ? deviceName.c_str() : nullptr;
  context.arch = plain.arch ? arch.c_str() : nullptr;
  context.platform = plain.platform ? platform.c_str() : nullptr;
  if (hasRolloutKey) {
    context.rollout_key = rolloutKey.data();
    context.rollout_key_size = rolloutKey.size();
  }
  return context;
}

ContextClass::~ContextClass() { pins().giveBack(pin); }

ContextClasses::ContextClasses(const Policy &policy, const KernelSet &kernels) : policy(policy) {
  auto read = [&](const std::vector<Condition> &conditions) {
    for (const Condition &condition : conditions)
      relevant |= bitOf(condition.fact);
  };
  for (size_t i = 0; i < policy.rules.size(); ++i) {
    read(policy.rules[i].conditions);
    if (policy.rules[i].enabled && policy.rules[i].rollout > 0 && policy.rules[i].rollout < 10000)
      rollouts.push_back(int(i));
  }
  for (const Kernel &kernel : kernels.kernels())
    read(kernel.requires_);
}

std::string ContextClasses::keyOf(const lz_context_t &context) const {
  std::string key;
  auto add = [&](const auto &value) { key.append(reinterpret_cast<const char *>(&value), sizeof(value)); };
  auto addText = [&](uint32_t bit, const char *text) {
    if (knows(context, bit) && (relevant & bit) != 0)
      key.append(text ? "=" : "-").append(text ? text : "").push_back('\0');
  };
  auto addInteger = [&](uint32_t bit, int64_t value) {
    if (knows(context, bit) && (relevant & bit) != 0)
      add(value);
  };
  add(context.known & relevant);
  add(context.mode_override);
  add(context.device);
  addInteger(LZ_KNOWS_REQUIRES_DETERMINISTIC, context.requires_deterministic != 0);
  addInteger(LZ_KNOWS_IS_CUDA_GRAPH_CAPTURING, context.is_cuda_graph_capturing != 0);
  addInteger(LZ_KNOWS_TP_SIZE, context.tp_size);
  addInteger(LZ_KNOWS_PP_SIZE, context.pp_size);
  addInteger(LZ_KNOWS_RANK, context.rank);
  addInteger(LZ_KNOWS_SM, context.sm);
  addInteger(LZ_KNOWS_SEQ_LEN_K, context.seq_len_k);
  addText(LZ_KNOWS_TENANT, context.tenant);
  addText(LZ_KNOWS_DEVICE, context.device_name);
  addText(LZ_KNOWS_ARCH, context.arch);
  addText(LZ_KNOWS_PLATFORM, context.platform);
  std::string_view rolloutKey(context.rollout_key ? context.rollout_key : "", context.rollout_key_size);
  for (int index : rollouts) {
    const Rule &rule = policy.rules[index];
    bool admitted = context.rollout_key ? rolloutAdmits(rule.name, rule.rollout, rolloutKey)
                                        : int(context.rollout_draw) < rule.rollout;
    key.push_back(admitted ? '1' : '0');
  }
  return key;
}

const ContextClass *ContextClasses::classOf(const lz_context_t &context) const {
  std::string key = keyOf(context);
  std::lock_guard<std::mutex> lock(mutex);
  if (auto found = classes.find(key); found != classes.end())
    return found->second.get();
  if (classes.size() >= maxClasses)
    return nullptr;
  auto made = std::make_unique<ContextClass>(nextClassId(), pins().take(), context);
  return classes.emplace(std::move(key), std::move(made)).first->second.get();
}

} // namespace lzrt
