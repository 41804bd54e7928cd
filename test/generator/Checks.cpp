//===- Checks.cpp - What must hold of every valid module -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Checks.h"
#include "Run.h"

#include "lz/Conversion/Passes.h"
#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "lz/Dialect/LZ/Transforms/Passes.h"
#include "lz/Pipelines/Pipelines.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/raw_ostream.h"

#include <fstream>

using namespace lz::generator;
using namespace mlir;

void ::lz::generator::registerEverything(DialectRegistry &registry) {
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registerAllPasses();
  registry.insert<mlir::lz::LZDialect>();
  mlir::lz::registerLZTransformsPasses();
  mlir::lz::registerLZConversionPasses();
  mlir::lz::registerPipelines();
  mlir::lz::registerBufferizableOpInterfaceExternalModels(registry);
}

static std::string print(ModuleOp module, bool generic = false) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  OpPrintingFlags flags;
  if (generic)
    flags.printGenericOpForm();
  module->print(stream, flags);
  return text;
}

Checker::Checker(MLIRContext &context, std::string directory, Begin begin, Tally &tally)
    : context(context), directory(std::move(directory)), begin(std::move(begin)), tally(tally) {}

void Checker::fail(const std::string &step, const std::string &detail) {
  if (!failure)
    failure = Failure{step, detail};
}

std::string Checker::write(const std::string &name, const std::string &text) {
  const std::string path = directory + "/" + name;
  std::ofstream(path) << text;
  return path;
}

Checker::Module Checker::parse(const std::string &text) {
  begin("parse", "");
  Module module = parseSourceString<ModuleOp>(text, &context);
  if (!module || !errors.empty())
    fail("parse", errors);
  return module;
}

bool Checker::run(ModuleOp module, const std::string &pipeline) {
  begin(StringRef(pipeline).take_front(300).str(), pipeline);
  ++tally.steps;
  PassManager manager(&context, ModuleOp::getOperationName());
  std::string complaint;
  llvm::raw_string_ostream stream(complaint);
  if (failed(parsePassPipeline(pipeline, manager, stream))) {
    fail(pipeline, "no pipeline: " + complaint);
    return false;
  }
  if (succeeded(manager.run(module)) && errors.empty())
    return true;
  fail(pipeline, errors);
  return false;
}

bool Checker::roundTrip(ModuleOp module, const std::string &where) {
  ++tally.roundTrips;
  const std::string step = "round trip " + where;
  begin(step, "");
  const std::string pretty = print(module), generic = print(module, true);
  std::string bytes;
  llvm::raw_string_ostream stream(bytes);
  if (failed(writeBytecodeToFile(module, stream))) {
    fail(step, "no bytecode");
    return false;
  }
  for (const std::string &text : {pretty, generic, bytes}) {
    Module again = parseSourceString<ModuleOp>(text, &context);
    if (again && print(*again) == pretty && errors.empty())
      continue;
    fail(step, errors + "\n" + pretty + "\nis read back as\n" + (again ? print(*again) : "nothing"));
    return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Pipelines as steps
//===----------------------------------------------------------------------===//

/// The passes of "any(a,b{c d},e(f,g))".
static std::vector<std::string> split(StringRef pipeline) {
  pipeline = pipeline.drop_front(pipeline.find('(') + 1).drop_back();
  std::vector<std::string> parts(1);
  int depth = 0;
  for (char c : pipeline) {
    depth += (c == '(' || c == '{') - (c == ')' || c == '}');
    if (c == ',' && depth == 0)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

std::vector<std::string> Checker::steps(const CompileSpec &compilation, bool assume) {
  mlir::lz::PipelineOptions options;
  if (!compilation.policy.empty())
    options.policy = write("policy.yaml", compilation.policy);
  std::vector<std::string> kernels = compilation.kernels;
  if (!compilation.manifest.empty())
    kernels.push_back(write("manifest.yaml", compilation.manifest));
  for (const std::string &path : kernels)
    options.kernels.push_back(path);
  options.mode = compilation.mode;
  options.target = std::string("cpu");
  options.assume = assume;
  PassManager manager(&context);
  mlir::lz::buildPipeline(manager, options);
  std::string text;
  llvm::raw_string_ostream stream(text);
  manager.printAsTextualPipeline(stream);
  return split(text);
}

static std::string join(const std::vector<std::string> &passes) {
  std::string text;
  for (const std::string &pass : passes)
    text += (text.empty() ? "" : ",") + pass;
  return text;
}

bool Checker::lower(ModuleOp module, const CompileSpec &compilation, bool assume) {
  return run(module, join(steps(compilation, assume))) && isLowered(module);
}

bool Checker::isLowered(ModuleOp module) {
  for (Operation &op : *module.getBody())
    if (!isa<LLVM::LLVMDialect>(op.getDialect()))
      fail("lowered", "`" + op.getName().getStringRef().str() + "` is left");
  return !failure;
}

/// Whether `pass` is `name`, with or without options.
static bool isPass(StringRef pass, StringRef name) {
  return pass.consume_front(name) && (pass.empty() || pass.front() == '{');
}

namespace {
/// Passes that may stand anywhere in a part of the pipeline, which ends in front of the pass `end`.
struct Part {
  StringRef end;
  std::vector<std::string> extras;
};
} // namespace

static const std::vector<Part> &parts() {
  static const std::vector<Part> list = {
      {"lz-resolve",
       {"canonicalize",
        "cse",
        "inline",
        "sccp",
        "symbol-dce",
        "loop-invariant-code-motion",
        "control-flow-sink",
        "convert-elementwise-to-linalg",
        "resolve-ranked-shaped-type-result-dims",
        "linalg-fuse-elementwise-ops",
        "func.func(linalg-generalize-named-ops)",
        "fold-tensor-subset-ops",
        "int-range-optimizations",
        "duplicate-function-elimination",
        "topological-sort",
        "lz-name-sites",
        "lz-protect-arguments",
        "lz-decompose",
        "func.func(scf-for-loop-peeling)",
        "eliminate-empty-tensors",
        "reify-result-shapes"}},
      {"one-shot-bufferize",
       {"canonicalize", "cse", "inline", "sccp", "symbol-dce", "loop-invariant-code-motion", "control-flow-sink",
        "resolve-ranked-shaped-type-result-dims", "linalg-fuse-elementwise-ops", "fold-tensor-subset-ops",
        "int-range-optimizations", "topological-sort", "lz-name-sites", "lz-protect-arguments", "lz-decompose",
        "lz-print-report"}},
      {"convert-linalg-to-loops", {"canonicalize", "cse", "sccp", "symbol-dce", "control-flow-sink"}},
      {"lz-add-context", {"canonicalize", "cse", "sccp", "symbol-dce"}},
      {"lz-lower-dispatch", {"canonicalize", "cse", "sccp", "symbol-dce", "lz-add-context", "inline"}},
      {"lz-to-llvm", {"canonicalize", "cse", "sccp", "lz-print-report"}},
      {"", {"canonicalize", "cse"}}};
  return list;
}

/// Running these again changes nothing.
static constexpr StringRef repeatable[] = {"lz-name-sites",        "lz-resolve",       "lz-decompose",
                                           "lz-protect-arguments", "lz-alias-results", "lz-add-context",
                                           "lz-lower-dispatch",    "lz-expand-float8", "lz-forward-copies"};

const std::vector<std::string> & ::lz::generator::drivenPasses() {
  static const std::vector<std::string> list = {
      "lz-name-sites",    "lz-import-policy",     "lz-import-kernels", "lz-resolve",     "lz-decompose",
      "lz-print-report",  "lz-protect-arguments", "lz-alias-results",  "lz-add-context", "lz-lower-dispatch",
      "lz-expand-float8", "lz-forward-copies",    "lz-to-llvm"};
  return list;
}

bool Checker::runAgain(ModuleOp module, const std::string &pass) {
  ++tally.repeated;
  const std::string before = print(module);
  if (!run(module, join({pass})))
    return false;
  const std::string after = print(module);
  if (before == after)
    return true;
  fail("again " + pass, before + "\nbecomes\n" + after);
  return false;
}

bool Checker::sequence(ModuleOp module, const CompileSpec &compilation, Random &random) {
  size_t part = 0;
  for (const std::string &pass : steps(compilation, random.chance(50))) {
    while (random.chance(20))
      if (!run(module, join({random.pick(parts()[part].extras)})))
        return false;
    if (!run(module, join({pass})))
      return false;
    if (isPass(pass, parts()[part].end))
      ++part;
    if (llvm::any_of(repeatable, [&](StringRef name) { return isPass(pass, name); }) && random.chance(30) &&
        !runAgain(module, pass))
      return false;
    if (random.chance(6) && !roundTrip(module, "after " + pass))
      return false;
  }
  return isLowered(module);
}

bool Checker::passesAlone(const std::string &text, const CompileSpec &compilation) {
  std::vector<std::string> alone = {"lz-name-sites", "lz-protect-arguments", "lz-decompose", "lz-print-report"};
  for (const std::string &pass : steps(compilation, false))
    if (StringRef(pass).starts_with("lz-import") || isPass(pass, "lz-resolve"))
      alone.push_back(pass);
  for (const std::string &pass : alone) {
    // Without kernels resolve decides on decompositions, which what is on buffers has not.
    Module module = parse(text);
    if (!module || !run(*module, join({pass})))
      return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

/// Leaves every argument to the caller: a module must compute the same whether or not it may write what it is given.
static void withdrawDonations(ModuleOp module) {
  for (auto function : module.getOps<func::FuncOp>())
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      function.removeArgAttr(i, mlir::lz::LZDialect::getDonatedAttrName());
}

bool Checker::execute(const ModuleSpec &spec, const CompileSpec &compilation, Random &random) {
  const uint64_t data = uint64_t(random.draw(0, INT32_MAX));
  CompileSpec reference, variant = compilation;
  Module decomposed = parse(spec.text), other = parse(spec.text);
  if (!decomposed || !other)
    return false;
  Comparison comparison(spec, *decomposed);
  if (random.chance(50))
    withdrawDonations(*decomposed);
  if (!lower(*decomposed, reference, true))
    return false;
  const int64_t kind = random.draw(0, 2);
  if (kind == 0 || !compilation.isRunnable())
    variant = generateCompilation(random, spec);
  if (!variant.isRunnable())
    variant = reference;
  if (!(kind == 1 ? sequence(*other, variant, random) : lower(*other, variant, true)))
    return false;
  begin("run", "");
  ++tally.runs;
  std::string complaint = comparison.compare(*decomposed, *other, variant, data, tally);
  if (complaint.empty())
    return true;
  fail("run", complaint + "\n" + errors + "policy:\n" + variant.policy);
  return false;
}

std::optional<Failure> Checker::check(const ModuleSpec &spec, const CompileSpec &compilation, uint64_t seed,
                                      bool runs) {
  failure.reset();
  errors.clear();
  ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
      errors += diagnostic.str() + "\n";
  });
  Random random(seed);
  ++tally.modules;
  tally.operations += spec.operations;
  if (Module module = parse(spec.text); !module || !roundTrip(*module, "as parsed"))
    return failure;
  if (!passesAlone(spec.text, compilation))
    return failure;
  if (Module module = parse(spec.text); !module || !sequence(*module, compilation, random))
    return failure;
  if (runs && !spec.hasBuffers && !execute(spec, compilation, random))
    return failure;
  return std::nullopt;
}
