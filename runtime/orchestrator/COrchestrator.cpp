//===- COrchestrator.cpp - The C API of the orchestrator -------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "CHandles.h"
#include "lzrt/telemetry/Prometheus.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>

using namespace lzrt;

namespace {

std::atomic<lzrt_orchestrator *> processHandle{nullptr};

std::string textOf(const char *text) { return text ? text : ""; }

/// The options as far as the caller knows them; defaults for what was appended later.
lzrt_orchestrator_options_t completed(const lzrt_orchestrator_options_t *given) {
  lzrt_orchestrator_options_t options{};
  if (given)
    std::memcpy(&options, given, std::min<size_t>(given->struct_size, sizeof(options)));
  return options;
}

OrchestratorOptions optionsOf(const lzrt_orchestrator_options_t &from) {
  OrchestratorOptions options;
  if (from.registry)
    options.registry = &from.registry->registry;
  for (uint64_t i = 0; i < from.num_manifests; ++i)
    options.manifests.push_back(textOf(from.manifests[i]));
  options.policyPath = textOf(from.policy_path);
  options.policyText = textOf(from.policy_text);
  options.environment = textOf(from.environment);
  if (from.flags & LZRT_DEFAULT_MODE)
    options.defaultMode = Mode(from.default_mode);
  options.watch = (from.flags & LZRT_WATCH) != 0;
  if (from.flags & LZRT_METRICS)
    options.metricsAddress = from.metrics_address ? from.metrics_address : "127.0.0.1:0";
  if (from.flags & LZRT_CONTROL)
    options.controlPath = textOf(from.control_path);
  if (from.on_reload)
    options.onReload = [from](uint64_t version, const std::string &digest) {
      from.on_reload(from.self, version, digest.c_str());
    };
  if (from.on_error)
    options.onError = [from](const Status &status) {
      from.on_error(from.self, status.code(), status.message().c_str());
    };
  if (from.on_breaker)
    options.onBreaker = [from](const BreakerNotice &notice) {
      from.on_breaker(from.self, std::string(notice.kernel).c_str(), std::string(notice.device).c_str(),
                      std::string(notice.from).c_str(), std::string(notice.to).c_str());
    };
  return options;
}

/// Runs `body`, which fills a text, and hands that to the caller.
template <typename Body> int32_t giveText(char **out, Body body) {
  *out = nullptr;
  return caught([&]() -> Status {
    std::string text;
    if (Status status = body(&text); !status.isOk())
      return status;
    *out = ::strdup(text.c_str());
    return *out ? Status() : Status::error(LZ_STATUS_OUT_OF_MEMORY, "no memory for the text");
  });
}

bool isMode(int32_t mode) { return mode >= LZ_MODE_UNSET && mode < LZ_MODE_COUNT; }

} // namespace

extern "C" {

int32_t lzrt_orchestrator_create(const lzrt_orchestrator_options_t *options, lzrt_orchestrator_t **out_orchestrator) {
  *out_orchestrator = nullptr;
  return caught([&]() -> Status {
    auto made = std::make_unique<lzrt_orchestrator>();
    const lzrt_orchestrator_options_t given = completed(options);
    if ((given.flags & LZRT_DEFAULT_MODE) != 0 && !isMode(given.default_mode))
      return Status::error(LZ_STATUS_INVALID_ARGUMENT, std::to_string(given.default_mode) + " is no mode of lz_mode_t");
    Status status = Orchestrator::create(optionsOf(given), &made->orchestrator);
    if (status.isOk())
      *out_orchestrator = made.release();
    return status;
  });
}

void lzrt_orchestrator_release(lzrt_orchestrator_t *orchestrator) {
  lzrt_orchestrator *self = orchestrator;
  processHandle.compare_exchange_strong(self, nullptr);
  delete orchestrator;
}

int32_t lzrt_orchestrator_add_site(lzrt_orchestrator_t *orchestrator, const lz_site_t *description,
                                   const lz_site_t **out_site) {
  *out_site = nullptr;
  return caught([&] { return orchestrator->orchestrator->addSite(*description, out_site); });
}

int32_t lzrt_orchestrator_remove_site(lzrt_orchestrator_t *orchestrator, const lz_site_t *site) {
  return caught([&] { return orchestrator->orchestrator->removeSite(site); });
}

int32_t lzrt_orchestrator_begin(const lzrt_orchestrator_t *orchestrator, lz_context_t *context) {
  return caught([&] { return orchestrator->orchestrator->begin(*context); });
}

int32_t lzrt_call(lz_call_t *call) { return dispatchCall(call); }

int32_t lzrt_orchestrator_reload(lzrt_orchestrator_t *orchestrator) {
  return caught([&] { return orchestrator->orchestrator->reload(); });
}

int32_t lzrt_orchestrator_rollback(lzrt_orchestrator_t *orchestrator) {
  return caught([&] { return orchestrator->orchestrator->rollback(); });
}

int32_t lzrt_orchestrator_publish(lzrt_orchestrator_t *orchestrator, const char *policy_text) {
  return caught([&] { return orchestrator->orchestrator->publish(textOf(policy_text)); });
}

int32_t lzrt_orchestrator_set_mode(lzrt_orchestrator_t *orchestrator, const char *operations, int32_t mode) {
  return caught([&]() -> Status {
    if (!isMode(mode))
      return Status::error(LZ_STATUS_INVALID_ARGUMENT, std::to_string(mode) + " is no mode of lz_mode_t");
    if (!operations)
      return orchestrator->orchestrator->setDefaultMode(Mode(mode));
    Pattern pattern;
    if (std::string error = Glob::parse(operations, &pattern.glob); !error.empty())
      return Status::error(LZ_STATUS_INVALID_ARGUMENT, error);
    return orchestrator->orchestrator->setDefaultMode(&pattern, Mode(mode));
  });
}

uint64_t lzrt_orchestrator_version(const lzrt_orchestrator_t *orchestrator) {
  return orchestrator->orchestrator->version();
}

int32_t lzrt_orchestrator_force(lzrt_orchestrator_t *orchestrator, const char *kernel, const char *device,
                                int32_t action) {
  return caught([&]() -> Status {
    if (action < LZRT_FORCE_OPEN || action > LZRT_FORCE_RESET)
      return Status::error(LZ_STATUS_INVALID_ARGUMENT, std::to_string(action) + " is none of LZRT_FORCE_*");
    return orchestrator->orchestrator->force(textOf(kernel), Orchestrator::Force(action), textOf(device));
  });
}

int32_t lzrt_orchestrator_explain(const lzrt_orchestrator_t *orchestrator, const char *operation_or_site,
                                  const char *facts, char **out_json) {
  return giveText(out_json, [&](std::string *text) {
    return orchestrator->orchestrator->explain(textOf(operation_or_site), textOf(facts), text);
  });
}

int32_t lzrt_orchestrator_metrics(const lzrt_orchestrator_t *orchestrator, char **out_text) {
  return giveText(out_text, [&](std::string *text) {
    *text = prometheusText(orchestrator->orchestrator->telemetry());
    return Status();
  });
}

int32_t lzrt_orchestrator_coverage(const lzrt_orchestrator_t *orchestrator, char **out_text) {
  return giveText(out_text, [&](std::string *text) {
    *text = orchestrator->orchestrator->coverage();
    return Status();
  });
}

int32_t lzrt_orchestrator_metrics_address(const lzrt_orchestrator_t *orchestrator, char **out_text) {
  return giveText(out_text, [&](std::string *text) {
    *text = orchestrator->orchestrator->metricsAddress();
    return Status();
  });
}

int32_t lzrt_orchestrator_control_path(const lzrt_orchestrator_t *orchestrator, char **out_text) {
  return giveText(out_text, [&](std::string *text) {
    *text = orchestrator->orchestrator->controlPath();
    return Status();
  });
}

void lzrt_text_release(char *text) { std::free(text); }

void lzrt_install_process_wide(lzrt_orchestrator_t *orchestrator) {
  processHandle.store(orchestrator);
  Orchestrator::installProcessWide(orchestrator ? orchestrator->orchestrator.get() : nullptr);
}

lzrt_orchestrator_t *lzrt_process_wide(void) { return processHandle.load(); }

} // extern "C"
