//===- Answers.cpp - Answers as JSON -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Json.h"

#include <unistd.h>

namespace lzrt {
namespace {

/// What is not there is null.
Json textOrNull(const std::string &text) { return text.empty() ? Json() : Json(text); }
template <typename T> Json valueOrNull(const std::optional<T> &value) { return value ? Json(*value) : Json(); }

std::string_view nameOf(Operation operation) { return operation < LZ_OP_COUNT ? operationName(operation) : ""; }
Json nameOf(Mode mode) { return mode == LZ_MODE_UNSET ? Json() : Json(modeName(mode)); }

Json reloadOf(const StatusAnswer &answer) {
  return {{"state", answer.reloadState},
          {"total", answer.totalReloads},
          {"failed", answer.failedReloads},
          {"rollbacks", answer.rollbacks},
          {"last_ms", answer.lastReloadMilliseconds},
          {"last_error", textOrNull(answer.lastReloadError)}};
}

} // namespace

Json toJson(const StatusAnswer &answer) {
  return {{"pid", ::getpid()},
          {"version", LZ_VERSION},
          {"uptime_seconds", answer.uptimeSeconds},
          {"mode", nameOf(answer.mode)},
          {"policy_file", textOrNull(answer.policyFile)},
          {"config_version", answer.configVersion},
          {"policy_digest", answer.policyDigest},
          {"selection_digest", answer.selectionDigest},
          {"reload", reloadOf(answer)},
          {"sites", answer.sites},
          {"kernels", answer.kernels},
          {"calls", answer.calls},
          {"failures", answer.failures}};
}

Json toJson(const SiteAnswer &answer) {
  return {{"site", answer.name},
          {"operation", nameOf(answer.operation)},
          {"mode", nameOf(answer.mode)},
          {"kernels", answer.kernels},
          {"reason", textOrNull(answer.reason)},
          {"rule", valueOrNull(answer.rule)},
          {"hits", answer.hits},
          {"misses", answer.misses},
          {"calls", answer.calls},
          {"failures", answer.failures},
          {"ran_first_choice", valueOrNull(answer.ranFirstChoice)}};
}

Json toJson(const KernelAnswer &answer) {
  return {{"kernel", answer.name},
          {"aliases", answer.aliases},
          {"operations", answer.operations},
          {"library", textOrNull(answer.library)},
          {"version", textOrNull(answer.version)},
          {"priority", answer.priority},
          {"loaded", answer.loaded},
          {"denied", answer.denied}};
}

Json toJson(const BreakerAnswer &answer) {
  return {{"kernel", answer.kernel},
          {"device", answer.device},
          {"state", answer.state},
          {"generation", answer.generation},
          {"failures_in_a_row", answer.failuresInARow},
          {"charged_failures", answer.chargedFailures},
          {"retry_seconds", valueOrNull(answer.retrySeconds)}};
}

} // namespace lzrt
