//===- Selector.cpp - What a Selector answers beside selections ------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Names of reasons and results, and the modes. Selector::select stands in Selection.cpp.
//
//===----------------------------------------------------------------------===//
#include "SelectorIndex.h"
#include "lzrt/policy/Reader.h"

namespace lzrt {

std::string_view reasonName(Reason reason) {
  static constexpr std::string_view names[] = {"kernel_lock", "dispatch_rule",      "fallback_chain",
                                               "default",     "static_kernel_map",  "strict",
                                               "open",        "no_kernel_available"};
  static_assert(std::size(names) == size_t(Reason::NoKernelAvailable) + 1);
  return names[size_t(reason)];
}

std::string_view resultName(Result result) {
  static constexpr std::string_view names[] = {"selected",           "open",
                                               "disabled",           "operation_mismatch",
                                               "condition_mismatch", "kernel_denied",
                                               "kernel_not_allowed", "kernel_not_found",
                                               "kernel_unsupported", "nondeterministic",
                                               "not_capture_safe",   "circuit_open",
                                               "rollout_excluded",   "lock_unsatisfied"};
  static_assert(std::size(names) == size_t(Result::LockUnsatisfied) + 1);
  return names[size_t(result)];
}

Selector::Selector(std::shared_ptr<const Policy> policy, std::shared_ptr<const KernelSet> kernels)
    : index(std::make_unique<const Index>(std::move(policy), std::move(kernels))) {}

Selector::~Selector() = default;

const Policy &Selector::policy() const { return *index->policy; }

const KernelSet &Selector::kernels() const { return *index->kernels; }

const std::string &Selector::policyDigest() const {
  std::call_once(index->digestOnce, [&] { index->digest = lzrt::policyDigest(*index->policy); });
  return index->digest;
}

Mode Selector::modeOf(Operation operation) const {
  const Mode *mode = lookUpOperation(policy().modes, operation);
  return mode ? *mode : policy().mode;
}

bool Selector::isLocked(Operation operation) const { return lookUpOperation(policy().locks, operation) != nullptr; }

Mode Selector::resolveAuto(Operation operation, bool hasPath, Mode otherwise) const {
  if (lookUpOperation(policy().staticKernelMap, operation))
    return LZ_MODE_STATIC;
  return policy().hotReload.enabled && hasPath ? LZ_MODE_HOT_RELOAD : otherwise;
}

std::vector<Mode> Selector::fallbackModes(Mode mode) {
  switch (mode) {
  case LZ_MODE_STATIC:
    return {LZ_MODE_DYNAMIC};
  case LZ_MODE_AUTO:
    return {LZ_MODE_DYNAMIC, LZ_MODE_STATIC};
  default:
    // CONFIG, DYNAMIC and HOT_RELOAD evaluate the same candidates.
    return {};
  }
}

} // namespace lzrt
