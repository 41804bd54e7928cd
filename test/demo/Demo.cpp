//===- Demo.cpp - Generates text with a model compiled once, and checks it -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// lz-demo MODEL.mlir --weights DIR --reference FILE.npz --policy FILE --mode MODE [--kernels FILE]… [--expect
// decided[,decided]]: compiles the model once under the policy, checks @forward's logits against the stored ones,
// generates greedily, with @prefill and @decode where the model has them and else with a growing sequence, and prints
// the dispatch report. `--expect` fails where a site was decided otherwise, or decomposed while kernels are given.
//
//===----------------------------------------------------------------------===//
#include "../../tools/lz-run/Report.h"
#include "../conformance/Npz.h"
#include "Generation.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"

#include <chrono>
#include <cmath>

using mlir::lz::DispatchReport;
using namespace lz::test;

namespace {

namespace cl = llvm::cl;
ModelOptions options;
cl::opt<std::string> referencePath("reference", cl::desc("stored ids, logits and tokens"), cl::Required,
                                   cl::cat(options.category));
cl::list<std::string> expected("expect", cl::desc("how every site must be decided"), cl::CommaSeparated,
                               cl::cat(options.category));

using Arrays = std::map<std::string, NpyArray>;

/// Largest difference between the model's logits and the stored ones that passes.
constexpr double logitsBound = 1e-4;

Tokens integers(const NpyArray &array) { return {array.values.begin(), array.values.end()}; }

/// The logits of the stored prompt batch; returns the largest difference.
double checkLogits(Model &model, const Arrays &reference) {
  const NpyArray &ids = reference.at("input_ids"), &stored = reference.at("logits");
  HostTensor input = *HostTensor::allocate({LZ_CODE_INT, 64, 1}, ids.shape);
  llvm::copy(integers(ids), static_cast<int64_t *>(input.data()));
  HostTensor logits = model.call("forward", {input})[0];
  if (llvm::ArrayRef(logits.shape) != llvm::ArrayRef(stored.shape))
    fail("logits have shape " + mlir::lz::shapeText(logits.shape));
  double worst = 0;
  for (size_t i = 0; i < stored.values.size(); ++i)
    worst = std::fmax(worst, std::fabs(static_cast<const float *>(logits.data())[i] - stored.values[i]));
  if (!(worst <= logitsBound))
    fail(llvm::formatv("logits differ by {0:E2}, allowed are {1:E1}", worst, logitsBound).str());
  return worst;
}

/// Greedy tokens after the stored prompt.
void generate(Model &model, const Arrays &reference, const lz_observer_t *observer) {
  const Tokens stored = integers(reference.at("generate_greedy")), prompt = integers(reference.at("generate_prompt"));
  const size_t count = stored.size() - prompt.size();
  const bool hasCache = model.has("prefill") && model.has("decode");
  const Tokens tokens =
      (hasCache ? generateCached(model, prompt, count, int64_t(stored.size()), /*padding=*/0, observer)
                : generateWhole(model, prompt, count, observer))
          .sequences[0];
  llvm::outs() << (hasCache ? "  tokens, each from one decoding step:\n   " : "  tokens");
  for (size_t i = prompt.size(); i < tokens.size(); ++i) {
    llvm::outs() << " " << tokens[i];
    if (tokens[i] != stored[i])
      fail("\ntoken " + llvm::Twine(i) + " is stored as " + llvm::Twine(stored[i]));
  }
  llvm::outs() << "\n  all " << count << " tokens equal the stored ones\n";
}

void checkDecisions(const DispatchReport &decisions) {
  for (const DispatchReport::Row &row : decisions.rows) {
    if (!llvm::is_contained(expected, row.decided))
      fail("site " + row.site + " is decided by " + row.decided);
    if (row.decomposes != options.kernels.empty())
      fail("site " + row.site + (row.decomposes ? " is decomposed" : " is not decomposed"));
    if (!row.requestedMode.empty() && row.requestedMode != row.mode)
      fail("site " + row.site + " fell back from " + row.requestedMode + " to " + row.mode);
  }
}

/// What generating with a cache runs, of the layers the first one, for a reader; everything where there is no cache.
DispatchReport readable(DispatchReport decisions) {
  auto isShown = [](const DispatchReport::Row &row) {
    llvm::StringRef site = row.site;
    return site.contains('@') && (site.starts_with("model.layers.0.") || !site.starts_with("model.layers."));
  };
  if (llvm::any_of(decisions.rows, isShown))
    llvm::erase_if(decisions.rows, [&](const DispatchReport::Row &row) { return !isShown(row); });
  return decisions;
}

void demonstrate() {
  Arrays reference = readNpz(referencePath);
  auto start = std::chrono::steady_clock::now();
  ModelContext context;
  Model model(context.get(), options);
  double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  llvm::outs() << llvm::formatv("  compiled once, in {0:F2} s\n", seconds);
  double worst = checkLogits(model, reference);
  const std::vector<int64_t> &shape = reference.at("logits").shape;
  llvm::outs() << llvm::formatv("  logits of a {0} x {1} batch: max abs error {2:E2} (allowed {3:E1})\n", shape[0],
                                shape[1], worst, logitsBound);
  DispatchReport decisions = model.decisions();
  mlir::lz::run::Report report(readable(decisions), model.boundModule(), /*trace=*/false);
  generate(model, reference, report.observer());
  llvm::outs() << "\n";
  report.printText(llvm::outs(), /*width=*/80);
  llvm::outs() << "\n";
  if (!expected.empty())
    checkDecisions(decisions);
}

} // namespace

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(options.category);
  cl::ParseCommandLineOptions(argc, argv, "generate with a model compiled once, and check it\n");
  try {
    demonstrate();
  } catch (const std::exception &error) {
    llvm::outs().flush();
    llvm::errs() << "lz-demo: error: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
