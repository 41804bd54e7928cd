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

/// What the process offers: its policy, or the module's, over the kernels that it has loaded.
std::unique_ptr<Snapshot> processSnapshot(const State &state, const BindOptions &options) {
  const Selector &own = state.baked->selector;
  std::shared_ptr<const Policy> policy = options.policy;
  if (!policy)
    policy = std::make_shared<Policy>(own.policy());
  auto kernels = options.registry && options.registry->kernels() ? options.registry->kernels() : noKernels();
  return std::make_unique<Snapshot>(std::move(policy), std::move(kernels), options.registry);
}

/// Compares selection digests; on a mismatch that is let pass, warns.
Status checkDigest(State &state, const BindOptions &options, std::vector<std::string> *warnings) {
  const lz_module_t &module = *state.module;
  const Selector &own = state.baked->selector;
  std::unique_ptr<Snapshot> process = processSnapshot(state, options);
  std::string expected =
      isEmpty(module.selection_digest) ? selectionDigest(own.policy(), own.kernels()) : module.selection_digest;
  std::string actual = selectionDigest(process->selector.policy(), process->selector.kernels());
  bool isSame = expected == actual;
  std::string message;
  if (!isSame) {
    std::vector<std::string> sites = differingSites(module, own, process->selector);
    message = "module " + quoted(module.name) + " was compiled under selection digest " + expected +
              ", but policy and kernels of this process have " + actual +
              "; sites whose decision differs: " + (sites.empty() ? "none" : list(sites));
  }
  if (options.policy || !isSame)
    state.ownLive = std::move(process);
  if (isSame)
    return Status();
  if (options.onMismatch == BindOptions::OnMismatch::Refuse)
    return Status::error(LZ_STATUS_POLICY_MISMATCH, message + "; recompile it, or let the mismatch be a warning");
  if (warnings)
    warnings->push_back(std::move(message));
  return Status();
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

/// S4 reaches baked code: what the process denies, the module's own policy must not bring back.
void denyAsTheProcess(State &state) {
  if (!state.ownLive)
    return;
  const std::vector<Kernel> &kernels = state.baked->selector.kernels().kernels();
  for (const Pattern &deny : state.live().selector.policy().denies)
    for (size_t i = 0; i < kernels.size(); ++i)
      if (kernels[i].matches(deny.glob) && !state.baked->isDenied(int(i)))
        state.baked->denied.push_back(int(i));
}

/// In the import slot of a denied kernel: the call goes to the continuation.
int32_t refuseCall(const lz_call_t *) { return LZ_STATUS_UNSUPPORTED; }

/// The functions of the import slots: the kernel itself, or a trampoline where there is something to do around it.
Status chooseTargets(State &state, bool observe, std::vector<lz_kernel_fn> *targets) {
  for (uint32_t i = 0; i < state.module->num_imports; ++i) {
    const lz_kernel_t &entry = state.baked->loaded[state.importKernels[i]]->entry;
    if (state.baked->isDenied(state.importKernels[i])) {
      targets->push_back(refuseCall);
      continue;
    }
    if (!observe && !entry.prepare && !entry.workspace_size) {
      targets->push_back(entry.execute);
      continue;
    }
    if (state.trampolined.size() == numTrampolines)
      return malformed("module " + quoted(state.module->name) + " has more than " + std::to_string(numTrampolines) +
                       " kernels that prepare or are observed");
    targets->push_back(trampoline(unsigned(state.trampolined.size())));
    state.trampolined.push_back(i);
  }
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

void writeModule(State &state, const std::vector<lz_kernel_fn> &targets, const std::vector<const void *> &parameters) {
  const lz_module_t &module = *state.module;
  for (uint32_t i = 0; i < module.num_imports; ++i)
    std::atomic_ref<lz_kernel_fn>(*module.imports[i].slot).store(targets[i], std::memory_order_release);
  for (uint32_t i = 0; i < module.num_parameters; ++i)
    *module.parameters[i].slot = parameters[i];
  for (uint32_t i = 0; i < module.num_sites; ++i)
    if (module.sites[i]->live)
      module.sites[i]->live->stub = lzrt_live_miss;
  *module.runtime = &state;
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

BoundModule::State::State() = default;
BoundModule::State::~State() {
  for (auto &[word, test] : tests)
    *word = nullptr;
}

BoundModule::BoundModule(std::unique_ptr<State> state) : state(std::move(state)) {}

BoundModule::~BoundModule() {
  const lz_module_t &module = *state->module;
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
  if (Status status = checkDigest(*state, options, warnings); !status.isOk())
    return status;
  denyAsTheProcess(*state);
  std::vector<lz_kernel_fn> targets;
  std::vector<const void *> parameters;
  if (Status status = findImports(*state); !status.isOk())
    return status;
  if (Status status = chooseTargets(*state, options.observeBakedCalls, &targets); !status.isOk())
    return status;
  if (Status status = findParameters(*module, options, &parameters); !status.isOk())
    return status;
  writeModule(*state, targets, parameters);
  out->reset(new BoundModule(std::move(state)));
  return Status();
}

Status BoundModule::admit(const lz_context_t &context) const {
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
  return Status();
}

const Selector &BoundModule::selector() const { return state->baked->selector; }
const Selector &BoundModule::liveSelector() const { return state->live().selector; }

uint64_t BoundModule::chargedFailures(std::string_view kernel) const {
  uint64_t count = 0;
  for (const Snapshot *snapshot : {state->baked.get(), state->ownLive.get()})
    if (int index = snapshot ? snapshot->selector.kernels().find(kernel) : -1; index >= 0)
      count += snapshot->charged[index].load(std::memory_order_relaxed);
  return count;
}

} // namespace lzrt
