//===- Module.cpp - Binds a compiled module -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything is checked before the first word of the module is written.
//
//===----------------------------------------------------------------------===//
#include "Observation.h"
#include "OpenTests.h"
#include "Trampolines.h"
#include "lzrt/policy/Reader.h"

namespace lzrt {
namespace {

using State = BoundModule::State;

Status malformed(std::string message) { return Status::error(LZ_STATUS_MALFORMED, std::move(message)); }
std::string quoted(const char *text) { return "`" + std::string(text ? text : "") + "`"; }
bool isEmpty(const char *text) { return !text || !*text; }

Status checkVersion(const lz_module_t *module) {
  if (module->abi_version != LZ_ABI_VERSION)
    return Status::error(LZ_STATUS_ABI_MISMATCH, "module " + quoted(module->name) + " has ABI version " +
                                                     std::to_string(module->abi_version) +
                                                     ", but this runtime speaks " + std::to_string(LZ_ABI_VERSION));
  // What was appended later, the runtime does not read.
  if (module->struct_size < offsetof(lz_module_t, exports) || !module->runtime)
    return malformed("module " + quoted(module->name) + " has a malformed record");
  if (*module->runtime)
    return Status::error(LZ_STATUS_INVALID_ARGUMENT, "module " + quoted(module->name) + " is bound already");
  return Status();
}

std::shared_ptr<const KernelSet> noKernels() {
  Diagnostics diagnostics;
  return KernelSet::create({}, diagnostics);
}

/// The policy and the kernels that a module was compiled under.
Status readOwnPolicy(const lz_module_t &module, const KernelRegistry *registry, std::unique_ptr<Snapshot> *out) {
  Diagnostics diagnostics;
  auto policy = isEmpty(module.policy) ? emptyPolicy() : parsePolicy(module.policy, "policy", "", diagnostics);
  auto kernels = isEmpty(module.kernels) ? noKernels() : parseKernels(module.kernels, "kernels", diagnostics);
  if (!policy || !kernels)
    return malformed("module " + quoted(module.name) + " carries a malformed policy: " + diagnostics.render());
  *out = std::make_unique<Snapshot>(std::move(policy), std::move(kernels), registry);
  return Status();
}

std::string list(const std::vector<std::string> &names) {
  std::string text;
  for (const std::string &name : names)
    text += (text.empty() ? "`" : ", `") + name + "`";
  return text;
}

/// Who decides live sites: as given, or of this module alone under the process's policy, or the module's own.
std::shared_ptr<Dispatcher> dispatcherOf(const State &state, const BindOptions &options) {
  if (options.dispatcher)
    return options.dispatcher;
  std::shared_ptr<const Policy> policy = options.policy;
  if (!policy)
    policy = std::make_shared<Policy>(state.baked->selector.policy());
  return std::make_shared<Dispatcher>(std::move(policy), options.registry);
}

/// Compares selection digests; on a mismatch that is let pass, warns.
Status checkDigest(State &state, const BindOptions &options, std::vector<std::string> *warnings) {
  const lz_module_t &module = *state.module;
  const Selector &own = state.baked->selector;
  std::shared_ptr<const Snapshot> process = state.dispatcher->current();
  std::string expected =
      isEmpty(module.selection_digest) ? selectionDigest(own.policy(), own.kernels()) : module.selection_digest;
  std::string actual = process->selectionDigest();
  if (expected == actual)
    return Status();
  std::vector<std::string> sites = differingSites(module, own, process->selector);
  std::string message = "module " + quoted(module.name) + " was compiled under selection digest " + expected +
                        ", but policy and kernels of this process have " + actual +
                        "; sites whose decision differs: " + (sites.empty() ? "none" : list(sites));
  if (options.onMismatch == BindOptions::OnMismatch::Refuse)
    return Status::error(LZ_STATUS_POLICY_MISMATCH, message + "; recompile it, or let the mismatch be a warning");
  if (warnings)
    warnings->push_back(std::move(message));
  return Status();
}

/// The numbers of the module's kernels among the process's.
void findProcessKernels(State &state) {
  const std::vector<Kernel> &kernels = state.baked->selector.kernels().kernels();
  for (size_t i = 0; i < kernels.size(); ++i)
    state.processKernels.push_back(state.baked->loaded[i] ? state.dispatcher->kernels().find(kernels[i].name) : -1);
}

Status findImports(State &state) {
  const KernelSet &kernels = state.baked->selector.kernels();
  std::vector<std::string> missing;
  for (uint32_t i = 0; i < state.module->num_imports; ++i) {
    int index = kernels.find(state.module->imports[i].kernel);
    if (index < 0 || !state.baked->loaded[index])
      missing.push_back(state.module->imports[i].kernel);
    state.importKernels.push_back(index);
  }
  if (missing.empty())
    return Status();
  return Status::error(LZ_STATUS_NOT_FOUND, "module " + quoted(state.module->name) +
                                                " needs kernels that are not loaded: " + list(missing) +
                                                "; load their manifests");
}

/// Gives trampolines to imports: to kernels that prepare first, which need one at each call, then to the others, which
/// need one when they are observed or their health is in doubt.
Status assignTrampolines(State &state, bool observe, std::vector<std::string> *warnings) {
  const uint32_t count = state.module->num_imports;
  state.trampolineOf.assign(count, -1);
  state.always.assign(count, false);
  auto prepares = [&](uint32_t i) {
    const lz_kernel_t &entry = state.baked->loaded[state.importKernels[i]]->entry;
    return entry.prepare || entry.workspace_size;
  };
  auto take = [&](uint32_t i) {
    if (state.trampolined.size() == numTrampolines)
      return false;
    state.trampolineOf[i] = int(state.trampolined.size());
    state.trampolined.push_back(i);
    return true;
  };
  uint32_t without = 0, first = 0;
  for (bool preparing : {true, false})
    for (uint32_t i = 0; i < count; ++i) {
      if (prepares(i) != preparing)
        continue;
      state.always[i] = preparing || observe;
      if (take(i))
        continue;
      if (preparing)
        return malformed("module " + quoted(state.module->name) + " has more than " + std::to_string(numTrampolines) +
                         " kernels that prepare");
      first = without++ == 0 ? i : first;
    }
  if (without != 0 && warnings)
    warnings->push_back("baked calls of " + std::to_string(without) + " of " + std::to_string(count) +
                        " imported kernels are neither observed nor guarded by breakers, from " +
                        quoted(state.module->imports[first].kernel) + " on");
  return Status();
}

std::string shapeText(const int64_t *shape, size_t rank) {
  std::string text = "[";
  for (size_t i = 0; i < rank; ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

std::string dtypeText(lz_dtype_t dtype) {
  std::string_view name = dtypeName(dtype);
  return name.empty() ? "type " + std::to_string(dtype.code) + "/" + std::to_string(dtype.bits) : std::string(name);
}

/// What is wrong with the data for a parameter, or "".
std::string faultOf(const lz_parameter_t &parameter, const ParameterData &data) {
  bool sameType = data.dtype.code == parameter.dtype.code && data.dtype.bits == parameter.dtype.bits &&
                  data.dtype.lanes == parameter.dtype.lanes;
  bool sameShape =
      data.shape.size() == parameter.rank && std::equal(data.shape.begin(), data.shape.end(), parameter.shape);
  if (!sameType || !sameShape)
    return "parameter " + quoted(parameter.name) + " must be " + dtypeText(parameter.dtype) + " " +
           shapeText(parameter.shape, parameter.rank) + ", got " + dtypeText(data.dtype) + " " +
           shapeText(data.shape.data(), data.shape.size());
  uint64_t alignment = std::max<uint64_t>(1, parameter.dtype.bits / 8);
  if (!data.data || reinterpret_cast<uintptr_t>(data.data) % alignment != 0)
    return "parameter " + quoted(parameter.name) + " is not aligned to " + std::to_string(alignment) + " bytes";
  return "";
}

/// Finds every parameter before any is bound; all faults are reported.
Status findParameters(const lz_module_t &module, const BindOptions &options, std::vector<const void *> *out) {
  std::string faults;
  for (uint32_t i = 0; i < module.num_parameters; ++i) {
    const lz_parameter_t &parameter = module.parameters[i];
    ParameterData data;
    Status status = options.parameter ? options.parameter(parameter.name, &data)
                                      : Status::error(LZ_STATUS_NOT_FOUND, "parameter " + quoted(parameter.name) +
                                                                               " is missing: no weights are given");
    std::string fault = status.isOk() ? faultOf(parameter, data) : status.message();
    if (!fault.empty())
      faults += (faults.empty() ? "" : "; ") + fault;
    out->push_back(data.data);
  }
  return faults.empty() ? Status() : Status::error(LZ_STATUS_NOT_FOUND, faults);
}

/// In an import slot of a module that is no longer bound.
int32_t unboundKernel(const lz_call_t *) { return LZ_STATUS_INTERNAL; }

void writeModule(State &state, const std::vector<const void *> &parameters) {
  const lz_module_t &module = *state.module;
  for (uint32_t i = 0; i < module.num_parameters; ++i)
    *module.parameters[i].slot = parameters[i];
  *module.runtime = &state;
  state.attach();
}

/// The facts that come from a context alone, completed; of an operation without arguments.
FactSet contextFacts(const lz_context_t &context) {
  lz_site_t site{};
  site.operation = LZ_OP_MATMUL;
  site.name = "";
  lz_call_t call{const_cast<lz_context_t *>(&context), &site, nullptr, 0};
  return factsOf(&call);
}

std::string factText(const Fact &fact) { return fact.isKnown() ? toJson(fact.value()) : "absent"; }

} // namespace

BoundModule::BoundModule(std::unique_ptr<State> state) : state(std::move(state)) {}

BoundModule::~BoundModule() {
  const lz_module_t &module = *state->module;
  state->detach();
  for (uint32_t i = 0; i < module.num_imports; ++i)
    std::atomic_ref<lz_kernel_fn>(*module.imports[i].slot).store(unboundKernel, std::memory_order_release);
  for (uint32_t i = 0; i < module.num_parameters; ++i)
    *module.parameters[i].slot = nullptr;
  *module.runtime = nullptr;
}

Status BoundModule::bind(const lz_module_t *module, const BindOptions &options, std::unique_ptr<BoundModule> *out,
                         std::vector<std::string> *warnings) {
  out->reset();
  if (Status status = checkVersion(module); !status.isOk())
    return status;
  if (options.registry && !options.registry->isFrozen())
    return Status::error(LZ_STATUS_INVALID_ARGUMENT, "the kernel registry must be frozen before a module is bound");
  auto state = std::make_unique<State>();
  state->module = module;
  if (Status status = readOwnPolicy(*module, options.registry, &state->baked); !status.isOk())
    return status;
  if (options.dispatcher && options.registry && &options.dispatcher->kernels() != options.registry->kernels().get())
    return Status::error(LZ_STATUS_INVALID_ARGUMENT,
                         "the dispatcher has another kernel registry; bind the module with the dispatcher's");
  state->dispatcher = dispatcherOf(*state, options);
  if (Status status = checkDigest(*state, options, warnings); !status.isOk())
    return status;
  findProcessKernels(*state);
  std::vector<const void *> parameters;
  if (Status status = findImports(*state); !status.isOk())
    return status;
  if (Status status = assignTrampolines(*state, options.observeBakedCalls, warnings); !status.isOk())
    return status;
  if (Status status = findParameters(*module, options, &parameters); !status.isOk())
    return status;
  writeModule(*state, parameters);
  out->reset(new BoundModule(std::move(state)));
  return Status();
}

Status BoundModule::admit(lz_context_t &context) const {
  if (context.struct_size < sizeof(lz_context_t) || context.abi_version != LZ_ABI_VERSION)
    return Status::error(LZ_STATUS_ABI_MISMATCH, "the context has ABI version " + std::to_string(context.abi_version) +
                                                     ", but this runtime speaks " + std::to_string(LZ_ABI_VERSION));
  FactSet actual = contextFacts(context);
  for (const char *text : {state->module->target_facts, state->module->assumed_facts}) {
    FactSet compiled(LZ_OP_MATMUL);
    if (std::string error = isEmpty(text) ? "" : parseFacts(text, compiled, nullptr); !error.empty())
      return malformed("module " + quoted(state->module->name) + " carries malformed facts: " + error);
    for (const SchemaRow &row : schemaOf(LZ_OP_MATMUL)) {
      if ((row.source != LZ_SOURCE_TARGET && row.source != LZ_SOURCE_CONTEXT) || !compiled.isGiven(row.fact))
        continue;
      std::string expected = factText(compiled.get(row.fact)), found = factText(actual.get(row.fact));
      if (expected != found)
        return Status::error(LZ_STATUS_FACT_MISMATCH, "module " + quoted(state->module->name) + " was compiled for `" +
                                                          std::string(factName(row.fact)) + "` = " + expected +
                                                          ", but the context has " + found);
    }
  }
  state->dispatcher->pin(context);
  return Status();
}

const Selector &BoundModule::selector() const { return state->baked->selector; }
std::shared_ptr<const Selector> BoundModule::liveSelector() const {
  std::shared_ptr<const Snapshot> snapshot = state->dispatcher->current();
  return {snapshot, &snapshot->selector};
}

std::vector<std::string> BoundModule::outdatedSites() const {
  return differingSites(*state->module, selector(), *liveSelector(), /*withLive=*/false);
}

TelemetrySnapshot BoundModule::telemetry() const { return lzrt::observe(*state->dispatcher); }

uint64_t BoundModule::chargedFailures(std::string_view kernel) const {
  int index = state->dispatcher->kernels().find(kernel);
  return index < 0 ? 0 : state->dispatcher->health().charged(index);
}

} // namespace lzrt
