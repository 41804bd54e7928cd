//===- Model.cpp - A model compiled once, for demos and tests of whole models -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Model.h"

#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "lz/Pipelines/Pipelines.h"
#include "lzrt/lzrt.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <stdexcept>

using namespace mlir;
using namespace mlir::lz;
using namespace ::lz::test;
namespace cl = llvm::cl;

void ::lz::test::fail(const llvm::Twine &message) { throw std::runtime_error(message.str()); }

static void check(const lzrt::Status &status) {
  if (!status.isOk())
    fail(status.message());
}

ModelOptions::ModelOptions()
    : model(cl::Positional, cl::desc("MODEL.mlir"), cl::Required, cl::cat(category)),
      weights("weights", cl::desc("checkpoint directory"), cl::Required, cl::cat(category)),
      policy("policy", cl::desc("policy file"), cl::Required, cl::cat(category)),
      mode("mode", cl::desc("dispatch mode"), cl::init("config"), cl::cat(category)),
      kernels("kernels", cl::desc("kernel manifests; none: everything is decomposed"), cl::cat(category)) {}

static DialectRegistry allDialects() {
  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registry.insert<LZDialect>();
  registerBufferizableOpInterfaceExternalModels(registry);
  return registry;
}

ModelContext::ModelContext() : context(allDialects()) {}

Model::Model(MLIRContext &context, const ModelOptions &options) {
  module = parseSourceFile<ModuleOp>(options.model, &context);
  if (!module)
    fail("cannot read " + options.model);
  for (auto function : module->getOps<func::FuncOp>()) {
    if (!function.isPublic() || function.isExternal())
      continue;
    FailureOr<FunctionSignature> signature = signatureOf(function);
    if (failed(signature))
      fail("@" + function.getName() + " cannot be called");
    signatures[function.getName()] = *signature;
  }
  compile(context, options);
  bind(options);
}

Model::~Model() { bound.reset(); }

void Model::compile(MLIRContext &context, const ModelOptions &options) {
  PipelineOptions pipeline;
  pipeline.policy = options.policy.getValue();
  for (const std::string &manifest : options.kernels)
    pipeline.kernels.push_back(manifest);
  pipeline.mode = options.mode.getValue();
  pipeline.target = "cpu";
  pipeline.assume = true;
  PassManager passes(&context);
  buildPipeline(passes, pipeline);
  if (failed(passes.run(*module)))
    fail("compiling failed");
  auto code = CompiledModule::create(*module);
  if (!code)
    fail(llvm::toString(code.takeError()));
  compiled = std::move(*code);
}

void Model::bind(const ModelOptions &options) {
  for (const std::string &manifest : options.kernels)
    check(registry.load(manifest));
  check(registry.freeze());
  auto opened = Weights::open(options.weights);
  if (!opened)
    fail(llvm::toString(opened.takeError()));
  weights = std::move(*opened);
  lzrt::BindOptions bind;
  bind.registry = &registry;
  bind.observeBakedCalls = true;
  bind.parameter = [this](const std::string &name, lzrt::ParameterData *out) {
    const Weight *weight = weights->find(name);
    if (!weight)
      return lzrt::Status::error(LZ_STATUS_NOT_FOUND, "no parameter " + name);
    *out = {weight->data, weight->dtype, std::vector<int64_t>(weight->shape.begin(), weight->shape.end())};
    return lzrt::Status();
  };
  std::vector<std::string> warnings;
  check(lzrt::BoundModule::bind(compiled->record(), bind, &bound, &warnings));
}

const FunctionSignature &Model::signature(llvm::StringRef entry) const {
  auto found = signatures.find(entry);
  if (found == signatures.end())
    fail("the model has no @" + entry);
  return found->second;
}

std::vector<HostTensor> Model::call(llvm::StringRef entry, llvm::ArrayRef<HostTensor> inputs,
                                    const lz_observer_t *observer) {
  lz_context_t context;
  lzrt_context_init(&context);
  context.executor = pool.executor();
  context.observer = observer;
  auto results = compiled->invoke(signature(entry), &context, inputs);
  lzrt_context_release(&context);
  if (!results)
    fail(llvm::toString(results.takeError()));
  return std::move(*results);
}
