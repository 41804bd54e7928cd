//===- Demo.cpp - Generates text with a model compiled once, and checks it -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// lz-demo MODEL.mlir --weights DIR --reference FILE.npz --policy FILE --mode MODE [--kernels FILE]… [--expect
// decided[,decided]]: compiles the model once under the policy, checks its logits against the stored ones, generates
// greedily with a growing sequence, and prints the dispatch report. `--expect` fails where a site was decided
// otherwise, or decomposed while kernels are given.
//
//===----------------------------------------------------------------------===//
#include "../../tools/lz-run/Report.h"
#include "../conformance/Npz.h"

#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "lz/IO/Weights.h"
#include "lz/JIT/CompiledModule.h"
#include "lz/Pipelines/Pipelines.h"
#include "lzrt/Module.h"
#include "lzrt/ThreadPool.h"
#include "lzrt/lzrt.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"

#include <chrono>
#include <cmath>
#include <stdexcept>

using namespace mlir;
using namespace mlir::lz;
using lz_npz = std::map<std::string, ::lz::test::NpyArray>;

namespace {

namespace cl = llvm::cl;
cl::OptionCategory category("lz-demo");
cl::opt<std::string> modelPath(cl::Positional, cl::desc("MODEL.mlir"), cl::Required, cl::cat(category));
cl::opt<std::string> weightsPath("weights", cl::desc("checkpoint directory"), cl::Required, cl::cat(category));
cl::opt<std::string> referencePath("reference", cl::desc("stored ids, logits and tokens"), cl::Required,
                                   cl::cat(category));
cl::opt<std::string> policyPath("policy", cl::desc("policy file"), cl::Required, cl::cat(category));
cl::opt<std::string> modeName("mode", cl::desc("dispatch mode"), cl::init("config"), cl::cat(category));
cl::list<std::string> manifests("kernels", cl::desc("kernel manifests; none: everything is decomposed"),
                                cl::cat(category));
cl::list<std::string> expected("expect", cl::desc("how every site must be decided"), cl::CommaSeparated,
                               cl::cat(category));

/// Largest difference between the model's logits and the stored ones that passes.
constexpr double logitsBound = 1e-4;

[[noreturn]] void fail(const llvm::Twine &message) { throw std::runtime_error(message.str()); }

/// The model, compiled and bound.
class Model {
public:
  explicit Model(MLIRContext &context) {
    module = parseSourceFile<ModuleOp>(modelPath, &context);
    if (!module)
      fail("cannot read " + modelPath);
    FailureOr<func::FuncOp> entry = findEntry(*module, "forward");
    if (failed(entry))
      fail("no @forward");
    FailureOr<FunctionSignature> found = signatureOf(*entry);
    if (failed(found))
      fail("@forward cannot be called");
    signature = *found;
    compile(context);
    bind();
  }
  ~Model() { bound.reset(); }

  HostTensor logits(const std::vector<int64_t> &ids, int64_t batch, const lz_observer_t *observer) {
    HostTensor input = *HostTensor::allocate({LZ_CODE_INT, 64, 1}, {batch, int64_t(ids.size()) / batch});
    std::copy(ids.begin(), ids.end(), static_cast<int64_t *>(input.data()));
    lz_context_t call;
    lzrt_context_init(&call);
    call.executor = pool.executor();
    call.observer = observer;
    auto results = compiled->invoke(signature, &call, {input});
    lzrt_context_release(&call);
    if (!results)
      fail(llvm::toString(results.takeError()));
    return results->front();
  }

  DispatchReport decisions() { return collectDispatchReport(*module); }
  const lzrt::BoundModule &boundModule() const { return *bound; }

private:
  void compile(MLIRContext &context) {
    PipelineOptions options;
    options.policy = policyPath.getValue();
    for (const std::string &manifest : manifests)
      options.kernels.push_back(manifest);
    options.mode = modeName.getValue();
    options.target = "cpu";
    options.assume = true;
    PassManager passes(&context);
    buildPipeline(passes, options);
    if (failed(passes.run(*module)))
      fail("compiling failed");
    auto code = CompiledModule::create(*module);
    if (!code)
      fail(llvm::toString(code.takeError()));
    compiled = std::move(*code);
  }

  void bind() {
    for (const std::string &manifest : manifests)
      check(registry.load(manifest));
    check(registry.freeze());
    auto opened = Weights::open(weightsPath);
    if (!opened)
      fail(llvm::toString(opened.takeError()));
    weights = std::move(*opened);
    lzrt::BindOptions options;
    options.registry = &registry;
    options.observeBakedCalls = true;
    options.parameter = [this](const std::string &name, lzrt::ParameterData *out) {
      const Weight *weight = weights->find(name);
      if (!weight)
        return lzrt::Status::error(LZ_STATUS_NOT_FOUND, "no parameter " + name);
      *out = {weight->data, weight->dtype, std::vector<int64_t>(weight->shape.begin(), weight->shape.end())};
      return lzrt::Status();
    };
    std::vector<std::string> warnings;
    check(lzrt::BoundModule::bind(compiled->record(), options, &bound, &warnings));
  }

  static void check(const lzrt::Status &status) {
    if (!status.isOk())
      fail(status.message());
  }

  OwningOpRef<ModuleOp> module;
  FunctionSignature signature;
  lzrt::KernelRegistry registry;
  std::unique_ptr<Weights> weights;
  std::unique_ptr<CompiledModule> compiled;
  std::unique_ptr<lzrt::BoundModule> bound;
  lzrt::ThreadPool pool{0};
};

std::vector<int64_t> integers(const ::lz::test::NpyArray &array) { return {array.values.begin(), array.values.end()}; }

/// The logits of the stored prompt batch; returns the largest difference.
double checkLogits(Model &model, lz_npz &reference) {
  const ::lz::test::NpyArray &ids = reference.at("input_ids"), &stored = reference.at("logits");
  HostTensor logits = model.logits(integers(ids), ids.shape[0], nullptr);
  if (llvm::ArrayRef(logits.shape) != llvm::ArrayRef(stored.shape))
    fail("logits have shape " + shapeText(logits.shape));
  double worst = 0;
  for (size_t i = 0; i < stored.values.size(); ++i)
    worst = std::fmax(worst, std::fabs(static_cast<const float *>(logits.data())[i] - stored.values[i]));
  if (!(worst <= logitsBound))
    fail(llvm::formatv("logits differ by {0:E2}, allowed are {1:E1}", worst, logitsBound).str());
  return worst;
}

/// Greedy tokens after the stored prompt, each from a pass over the whole sequence so far.
void generate(Model &model, lz_npz &reference, run::Report &report) {
  const std::vector<int64_t> stored = integers(reference.at("generate_greedy"));
  std::vector<int64_t> ids = integers(reference.at("generate_prompt"));
  llvm::outs() << "  tokens";
  while (ids.size() < stored.size()) {
    HostTensor logits = model.logits(ids, 1, report.observer());
    const int64_t vocabulary = logits.shape[2];
    const float *last = static_cast<const float *>(logits.data()) + (int64_t(ids.size()) - 1) * vocabulary;
    ids.push_back(std::max_element(last, last + vocabulary) - last);
    llvm::outs() << " " << ids.back();
    llvm::outs().flush();
    if (ids.back() != stored[ids.size() - 1])
      fail("\ntoken " + llvm::Twine(ids.size() - 1) + " is stored as " + llvm::Twine(stored[ids.size() - 1]));
  }
  llvm::outs() << "\n  all " << stored.size() - reference.at("generate_prompt").values.size()
               << " tokens equal the stored ones\n";
}

void checkDecisions(const DispatchReport &decisions) {
  for (const DispatchReport::Row &row : decisions.rows) {
    if (!llvm::is_contained(expected, row.decided))
      fail("site " + row.site + " is decided by " + row.decided);
    if (row.decomposes != manifests.empty())
      fail("site " + row.site + (row.decomposes ? " is decomposed" : " is not decomposed"));
    if (!row.requestedMode.empty() && row.requestedMode != row.mode)
      fail("site " + row.site + " fell back from " + row.requestedMode + " to " + row.mode);
  }
}

void demonstrate(MLIRContext &context) {
  lz_npz reference = ::lz::test::readNpz(referencePath);
  auto start = std::chrono::steady_clock::now();
  Model model(context);
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  llvm::outs() << llvm::formatv("  compiled once, in {0:F2} s\n", seconds);
  double worst = checkLogits(model, reference);
  const std::vector<int64_t> &shape = reference.at("logits").shape;
  llvm::outs() << llvm::formatv("  logits of a {0} x {1} batch: max abs error {2:E2} (allowed {3:E1})\n", shape[0],
                                shape[1], worst, logitsBound);
  DispatchReport decisions = model.decisions();
  run::Report report(decisions, model.boundModule(), /*trace=*/false);
  generate(model, reference, report);
  llvm::outs() << "\n";
  report.printText(llvm::outs(), /*width=*/80);
  llvm::outs() << "\n";
  if (!expected.empty())
    checkDecisions(decisions);
}

} // namespace

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, "generate with a model compiled once, and check it\n");
  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registry.insert<LZDialect>();
  registerBufferizableOpInterfaceExternalModels(registry);
  MLIRContext context(registry);
  try {
    demonstrate(context);
  } catch (const std::exception &error) {
    llvm::outs().flush();
    llvm::errs() << "lz-demo: error: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
