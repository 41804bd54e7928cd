//===- CApi.cpp - The C API over the C++ API -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "CHandles.h"
#include "lzrt/policy/Reader.h"

#include <cstring>

using namespace lzrt;

std::string &lzrt::lastMessage() {
  thread_local std::string message;
  return message;
}

namespace {

template <typename T, typename... Arguments> T *createOrNull(Arguments... arguments) noexcept {
  try {
    return new T(arguments...);
  } catch (const std::exception &) {
    return nullptr;
  }
}

Status readPolicy(const lzrt_bind_options_t &options, std::shared_ptr<const Policy> *out) {
  if (!options.policy_path)
    return Status();
  Diagnostics diagnostics;
  if (auto text = readFile(options.policy_path, diagnostics))
    *out = parsePolicy(*text, options.policy_path, options.environment ? options.environment : "", diagnostics);
  return *out ? Status() : Status::error(LZ_STATUS_MALFORMED, diagnostics.render());
}

Status findParameter(const lzrt_bind_options_t &options, const std::string &name, ParameterData *out) {
  for (uint64_t i = 0; i < options.num_parameters; ++i) {
    const lzrt_parameter_data_t &data = options.parameters[i];
    if (name != data.name)
      continue;
    *out = {data.data, data.dtype, std::vector<int64_t>(data.shape, data.shape + data.rank)};
    return Status();
  }
  return Status::error(LZ_STATUS_NOT_FOUND, "parameter `" + name + "` is missing");
}

Status bindModule(const lz_module_t *module, const lzrt_bind_options_t *given, std::unique_ptr<BoundModule> *out) {
  lzrt_bind_options_t options{};
  if (given)
    std::memcpy(&options, given, std::min<size_t>(given->struct_size, sizeof(options)));
  BindOptions bind;
  bind.registry = options.registry ? &options.registry->registry : nullptr;
  if (options.orchestrator && options.policy_path)
    return Status::error(LZ_STATUS_INVALID_ARGUMENT, "the policy of live sites is the orchestrator's; give no other");
  if (options.orchestrator) {
    bind.dispatcher = options.orchestrator->orchestrator->dispatcher();
    bind.registry = &options.orchestrator->orchestrator->registry();
  }
  if (Status status = readPolicy(options, &bind.policy); !status.isOk())
    return status;
  if (options.flags & LZRT_BIND_WARN_ON_MISMATCH)
    bind.onMismatch = BindOptions::OnMismatch::Warn;
  bind.observeBakedCalls = (options.flags & LZRT_BIND_OBSERVE_BAKED) != 0;
  bind.parameter = [&](const std::string &name, ParameterData *data) { return findParameter(options, name, data); };
  std::vector<std::string> warnings;
  Status status = BoundModule::bind(module, bind, out, &warnings);
  for (const std::string &warning : warnings)
    if (options.on_warning)
      options.on_warning(options.self, warning.c_str());
  return status;
}

} // namespace

extern "C" {

const char *lzrt_last_message(void) { return lastMessage().c_str(); }

lzrt_registry_t *lzrt_registry_create(void) { return createOrNull<lzrt_registry>(); }
int32_t lzrt_registry_load(lzrt_registry_t *registry, const char *manifest_path) {
  return caught([&] { return registry->registry.load(manifest_path); });
}
int32_t lzrt_registry_freeze(lzrt_registry_t *registry) {
  return caught([&] { return registry->registry.freeze(); });
}
void lzrt_registry_release(lzrt_registry_t *registry) { delete registry; }

lzrt_thread_pool_t *lzrt_thread_pool_create(uint32_t num_threads) {
  return createOrNull<lzrt_thread_pool>(num_threads);
}
const lz_executor_t *lzrt_thread_pool_executor(const lzrt_thread_pool_t *pool) { return pool->pool.executor(); }
void lzrt_thread_pool_release(lzrt_thread_pool_t *pool) { delete pool; }

int32_t lzrt_module_bind(const lz_module_t *module, const lzrt_bind_options_t *options, lzrt_module_t **out_module) {
  *out_module = nullptr;
  return caught([&]() -> Status {
    auto bound = std::make_unique<lzrt_module>();
    Status status = bindModule(module, options, &bound->module);
    if (status.isOk())
      *out_module = bound.release();
    return status;
  });
}
int32_t lzrt_module_admit(const lzrt_module_t *module, lz_context_t *context) {
  return caught([&] { return module->module->admit(*context); });
}
void lzrt_module_release(lzrt_module_t *module) { delete module; }

} // extern "C"
