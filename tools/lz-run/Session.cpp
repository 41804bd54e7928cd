//===- Session.cpp - From files to a run -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Session.h"
#include "lz/IO/Npy.h"
#include "lz/Pipelines/Pipelines.h"
#include "lz/Policy/PolicyAnalysis.h"
#include "lzrt/ThreadPool.h"
#include "lzrt/lzrt.h"
#include "lzrt/policy/Reader.h"
#include "lzrt/telemetry/Coverage.h"
#include "mlir/IR/Builders.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"

#include <algorithm>
#include <chrono>

namespace mlir::lz::run {
namespace {

/// What a model without a policy runs under where no default.yaml is installed: of the kernels that fit the one of
/// highest priority.
constexpr StringRef defaultPolicyText = "version: \"1.0\"\n";
constexpr StringRef shippedManifests[] = {"lz_kernels_cpu.yaml", "lz_kernels_reference.yaml"};

/// Splits "k=v,k=v" at commas outside of quotes.
std::vector<std::string> splitFacts(StringRef text) {
  std::vector<std::string> list(1);
  bool quoted = false;
  for (char c : text) {
    quoted ^= c == '"';
    if (c == ',' && !quoted)
      list.emplace_back();
    else
      list.back() += c;
  }
  return list;
}

bool isRolloutKey(StringRef pair) { return pair.split('=').first.trim() == "rollout_key"; }

/// A context with its end.
class ContextScope {
public:
  ContextScope() { lzrt_context_init(&context); }
  ~ContextScope() { lzrt_context_release(&context); }
  lz_context_t context;
};

} // namespace

Session::Session(const Options &options, MLIRContext &context, std::string executableDirectory)
    : options(options), context(context), executableDirectory(std::move(executableDirectory)) {}
Session::~Session() { bound.reset(); }

LogicalResult Session::fail(const Twine &message) const {
  std::string text = message.str();
  llvm::errs() << "lz-run: error: " << StringRef(text).rtrim('\n') << "\n";
  return failure();
}
LogicalResult Session::fail(llvm::Error error) const { return fail(llvm::toString(std::move(error))); }

LogicalResult Session::readFacts() {
  // Names and types are checked against an operation that has every fact of a process.
  lzrt::FactSet given(LZ_OP_ATTENTION_DECODE);
  if (std::string error = lzrt::parseFacts(options.facts, given, &rolloutKey); !error.empty())
    return fail("--facts: " + error);
  for (const std::string &pair : splitFacts(options.facts))
    if (!isRolloutKey(pair))
      facts += (facts.empty() ? "" : ",") + pair;
  return success();
}

void Session::setContext(lz_context_t &into) const {
  lzrt::FactSet given(LZ_OP_ATTENTION_DECODE);
  (void)lzrt::parseFacts(facts, given, nullptr);
  auto integer = [&](lz_fact_t fact, uint32_t bit, int64_t *field) {
    if (!given.isGiven(fact) || !given.get(fact).isKnown())
      return;
    *field = std::get<int64_t>(given.get(fact).value());
    into.known |= bit;
  };
  auto flag = [&](lz_fact_t fact, uint32_t bit, uint8_t *field) {
    if (!given.isGiven(fact) || !given.get(fact).isKnown())
      return;
    *field = std::get<bool>(given.get(fact).value());
    into.known |= bit;
  };
  auto text = [&](lz_fact_t fact, uint32_t bit, const char **field) {
    if (!given.isGiven(fact) || !given.get(fact).isKnown())
      return;
    // An attribute's text lives as long as the MLIR context.
    *field = StringAttr::get(&context, std::get<std::string>(given.get(fact).value())).data();
    into.known |= bit;
  };
  integer(LZ_FACT_TP_SIZE, LZ_KNOWS_TP_SIZE, &into.tp_size);
  integer(LZ_FACT_PP_SIZE, LZ_KNOWS_PP_SIZE, &into.pp_size);
  integer(LZ_FACT_RANK, LZ_KNOWS_RANK, &into.rank);
  integer(LZ_FACT_SM, LZ_KNOWS_SM, &into.sm);
  integer(LZ_FACT_SEQ_LEN_K, LZ_KNOWS_SEQ_LEN_K, &into.seq_len_k);
  flag(LZ_FACT_REQUIRES_DETERMINISTIC, LZ_KNOWS_REQUIRES_DETERMINISTIC, &into.requires_deterministic);
  flag(LZ_FACT_IS_CUDA_GRAPH_CAPTURING, LZ_KNOWS_IS_CUDA_GRAPH_CAPTURING, &into.is_cuda_graph_capturing);
  text(LZ_FACT_TENANT, LZ_KNOWS_TENANT, &into.tenant);
  text(LZ_FACT_DEVICE, LZ_KNOWS_DEVICE, &into.device_name);
  text(LZ_FACT_ARCH, LZ_KNOWS_ARCH, &into.arch);
  text(LZ_FACT_PLATFORM, LZ_KNOWS_PLATFORM, &into.platform);
  if (rolloutKey) {
    into.rollout_key = rolloutKey->data();
    into.rollout_key_size = rolloutKey->size();
  }
}

LogicalResult Session::loadKernels() {
  manifests = options.kernels;
  if (manifests.empty() && !options.noKernels)
    for (StringRef name : shippedManifests) {
      std::string path = executableDirectory + "/../lib/lz/" + name.str();
      if (llvm::sys::fs::exists(path))
        manifests.push_back(path);
    }
  if (manifests.empty() && !options.noKernels)
    return fail("no kernel manifest stands in `" + executableDirectory +
                "/../lib/lz`; name some with --kernels, or give --no-kernels");
  for (const std::string &manifest : manifests)
    if (lzrt::Status status = registry.load(manifest); !status.isOk())
      return fail(status.message());
  lzrt::Status status = registry.freeze();
  return status.isOk() ? success() : fail(status.message());
}

LogicalResult Session::readInputs() {
  for (const std::string &path : options.inputs) {
    llvm::Expected<HostTensor> tensor = readNpy(path);
    if (!tensor)
      return fail(tensor.takeError());
    inputs.push_back(std::move(*tensor));
  }
  if (options.weights.empty())
    return success();
  llvm::Expected<std::unique_ptr<Weights>> opened = Weights::open(options.weights);
  if (!opened)
    return fail(opened.takeError());
  weights = std::move(*opened);
  return success();
}

LogicalResult Session::parseModel() {
  module = parseSourceFile<ModuleOp>(options.model, &context);
  if (!module)
    return failure(); // the parser has said why
  FailureOr<func::FuncOp> entry = findEntry(*module, options.entry);
  if (failed(entry))
    return failure();
  FailureOr<FunctionSignature> found = signatureOf(*entry);
  if (failed(found))
    return failure();
  signature = std::move(*found);
  if (llvm::Error error = checkInputs(signature, inputs))
    return fail(std::move(error));
  if (options.outputs.size() > signature.results.size())
    return fail("`@" + signature.name + "` has " + Twine(signature.results.size()) + " results, but " +
                Twine(options.outputs.size()) + " outputs are asked for");
  return success();
}

LogicalResult Session::addDefaultPolicy() {
  std::string path = executableDirectory + "/../lib/lz/default.yaml", name = "default policy";
  std::string text = defaultPolicyText.str();
  lzrt::Diagnostics diagnostics;
  if (llvm::sys::fs::exists(path)) {
    name = path;
    text = lzrt::readFile(path, diagnostics).value_or("");
  }
  std::shared_ptr<const lzrt::Policy> policy;
  if (!diagnostics.hasErrors())
    policy = lzrt::parsePolicy(text, name, options.environment, diagnostics);
  if (!policy)
    return fail(diagnostics.render());
  auto kernels = lzrt::KernelSet::create({}, diagnostics);
  context.loadDialect<LZDialect>(); // a model without an operation of ours has not
  OpBuilder builder = OpBuilder::atBlockBegin(module->getBody());
  PolicyOp::create(builder, module->getLoc(), "policy", lzrt::normalForm(*policy), lzrt::policyDigest(*policy),
                   lzrt::selectionDigest(*policy, *kernels));
  return success();
}

LogicalResult Session::compile() {
  PipelineOptions pipeline;
  if (findPolicy(*module) && options.policy.empty() && !options.environment.empty())
    return fail("the model brings its policy, in which environments are merged already; --environment needs --policy");
  bool hasKernels = !module->getOps<KernelDeclOp>().empty();
  bringsPolicy = findPolicy(*module) != nullptr;
  if (!bringsPolicy) {
    pipeline.policy = options.policy;
    if (!options.policy.empty())
      pipeline.environment = options.environment;
    else if (failed(addDefaultPolicy())) // merges the environment
      return failure();
  } else if (!options.policy.empty() && !options.watch) {
    // The model brings the policy that it is compiled under; binding compares.
    lzrt::Diagnostics diagnostics;
    if (std::optional<std::string> text = lzrt::readFile(options.policy, diagnostics))
      processPolicy = lzrt::parsePolicy(*text, options.policy, options.environment, diagnostics);
    if (!processPolicy)
      return fail(diagnostics.render());
  }
  if (!hasKernels)
    for (const std::string &manifest : manifests)
      pipeline.kernels.push_back(manifest);
  pipeline.mode = options.watch && options.mode.empty() ? "hot_reload" : options.mode;
  pipeline.target = options.target.empty() ? "cpu" : options.target;
  pipeline.facts = facts;
  pipeline.assume = true;
  PassManager passes(&context);
  buildPipeline(passes, pipeline);
  if (failed(passes.run(*module)))
    return failure(); // the passes have said why
  llvm::Expected<std::unique_ptr<CompiledModule>> code = CompiledModule::create(*module);
  if (!code)
    return fail(code.takeError());
  compiled = std::move(*code);
  return success();
}

lzrt::Status Session::parameter(const std::string &name, lzrt::ParameterData *out) const {
  const Weight *weight = weights ? weights->find(name) : nullptr;
  if (!weight)
    return lzrt::Status::error(LZ_STATUS_NOT_FOUND, "parameter `" + name + "` " +
                                                        (weights ? "is not in `" + options.weights + "`"
                                                                 : std::string("needs a checkpoint; give --weights")));
  *out = {weight->data, weight->dtype, std::vector<int64_t>(weight->shape.begin(), weight->shape.end())};
  return lzrt::Status();
}

LogicalResult Session::bind() {
  lzrt::BindOptions bind;
  bind.registry = &registry;
  bind.policy = processPolicy;
  if (options.watch) {
    watch.emplace(options);
    if (lzrt::Status status = watch->start(registry); !status.isOk())
      return fail(status.message());
    bind.dispatcher = watch->dispatcher();
  }
  // That the file has changed since it was compiled under is as if it changed now.
  if (options.warnOnMismatch || (options.watch && !bringsPolicy))
    bind.onMismatch = lzrt::BindOptions::OnMismatch::Warn;
  bind.parameter = [this](const std::string &name, lzrt::ParameterData *out) { return parameter(name, out); };
  bind.observeBakedCalls = true;
  std::vector<std::string> warnings;
  lzrt::Status status = lzrt::BoundModule::bind(compiled->record(), bind, &bound, &warnings);
  for (const std::string &warning : warnings)
    llvm::errs() << "lz-run: warning: " << warning << "\n";
  return status.isOk() ? success() : fail(status.message());
}

FailureOr<std::vector<HostTensor>> Session::takeInputs() {
  std::vector<HostTensor> taken = inputs;
  for (auto [tensor, spec] : llvm::zip_equal(taken, signature.inputs)) {
    if (!spec.donated || (!options.watch && options.repeat <= 1))
      continue;
    std::optional<HostTensor> own = tensor.clone();
    if (!own)
      return fail("an input that is donated does not fit into memory again");
    tensor = std::move(*own);
  }
  return taken;
}

LogicalResult Session::runOnce(const lz_executor_t *executor, const lz_observer_t *observer) {
  ContextScope scope;
  scope.context.executor = executor;
  scope.context.observer = observer;
  setContext(scope.context);
  if (lzrt::Status status = bound->admit(scope.context); !status.isOk())
    return fail(status.message());
  FailureOr<std::vector<HostTensor>> taken = takeInputs();
  if (failed(taken))
    return failure();
  auto start = RunTimes::Clock::now();
  llvm::Expected<std::vector<HostTensor>> results = compiled->invoke(signature, &scope.context, *taken);
  times.add(RunTimes::Clock::now() - start);
  if (!results)
    return fail(results.takeError());
  outputs = std::move(*results);
  return success();
}

LogicalResult Session::runTimes(const lz_executor_t *executor, Report &report) {
  const unsigned count = std::max(1u, options.repeat);
  for (unsigned i = 1; i <= count; ++i)
    if (failed(runOnce(executor, i == count ? report.observer() : nullptr)))
      return failure();
  return success();
}

void Session::warnWhereNothingIsLive() const {
  const lz_module_t &record = *compiled->record();
  if (record.num_sites == 0 ||
      llvm::any_of(llvm::seq(record.num_sites), [&](uint32_t site) { return record.sites[site]->live != nullptr; }))
    return;
  llvm::errs()
      << "lz-run: warning: no site is live, so only denies and breakers change what runs; leave out --mode, or "
         "compile with --mode hot_reload\n";
}

LogicalResult Session::runWatched(const lz_executor_t *executor, Report &report) {
  warnWhereNothingIsLive();
  watch->begin();
  for (uint64_t run = 1;; ++run) {
    const bool isLast = watch->isOver() || run == options.repeat;
    const Watch::Moment moment = watch->now();
    const bool isNews = watch->isNews(moment);
    if (isNews || isLast)
      report.beginRun();
    if (failed(runOnce(executor, isNews || isLast ? report.observer() : nullptr)))
      return failure();
    if (isNews)
      watch->tell(moment, report, *bound);
    if (isLast)
      return success();
  }
}

void Session::printCoverage() const {
  SmallVector<StringRef> lines;
  const std::string text = lzrt::coverageText(bound->telemetry());
  StringRef(text).split(lines, '\n', -1, /*KeepEmpty=*/false);
  for (StringRef line : lines)
    llvm::errs() << "lz-run: " << line << "\n";
}

LogicalResult Session::execute() {
  lzrt::ThreadPool pool(options.threads);
  DispatchReport decisions = collectDispatchReport(*module);
  // The symbol with the digests is gone; the module's record has them.
  decisions.policyDigest = compiled->record()->policy_digest;
  decisions.selectionDigest = compiled->record()->selection_digest;
  Report report(std::move(decisions), *bound, options.trace);
  if (failed(watch ? runWatched(pool.executor(), report) : runTimes(pool.executor(), report)))
    return failure();
  if (watch || options.repeat > 1)
    llvm::errs() << "lz-run: " << times.text() << "\n";
  if (failed(writeOutputs()))
    return failure();
  printCoverage();
  options.json ? report.printJson(llvm::outs()) : report.printText(llvm::outs());
  return success();
}

LogicalResult Session::writeOutputs() {
  for (auto [path, tensor] : llvm::zip(options.outputs, outputs))
    if (llvm::Error error = writeNpy(path, tensor))
      return fail(std::move(error));
  return success();
}

LogicalResult Session::run() {
  if (options.target == "cuda")
    return fail("this build has no CUDA; use --target cpu");
  for (auto step : {&Session::readFacts, &Session::loadKernels, &Session::readInputs, &Session::parseModel,
                    &Session::compile, &Session::bind, &Session::execute})
    if (failed((this->*step)()))
      return failure();
  return success();
}

} // namespace mlir::lz::run
