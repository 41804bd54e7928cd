//===- GenerationTest.cpp - Generating with a cache is generating without one -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// lz-generation-test MODEL.mlir --weights DIR --reference FILE.npz --policy FILE --mode MODE [--kernels FILE]…
// --tokens N: exits with 1 at the first claim that does not hold.
//
//===----------------------------------------------------------------------===//
#include "../demo/Generation.h"
#include "../conformance/Npz.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"

#include <cmath>
#include <stdexcept>

using namespace lz::test;

namespace {

namespace cl = llvm::cl;
ModelOptions options;
cl::opt<std::string> referencePath("reference", cl::desc("stored prompt and tokens"), cl::Required,
                                   cl::cat(options.category));
cl::opt<unsigned> numTokens("tokens", cl::desc("how many to generate"), cl::init(256), cl::cat(options.category));

/// As for the logits of a pass that are compared with stored ones.
constexpr double logitsBound = 1e-4;

Tokens integers(const NpyArray &array) { return {array.values.begin(), array.values.end()}; }

/// Item `item` of the `batch` in `got` is the one sequence of `wanted`, token by token, its logits within the bound.
/// Logits count as long as the tokens before them are equal. Returns their largest difference.
double checkSame(const char *what, const Generation &got, size_t item, const Generation &wanted) {
  double worst = 0;
  const size_t batch = got.sequences.size(), vocabulary = wanted.logits[0].size();
  const size_t promptSize = wanted.sequences[0].size() - wanted.logits.size();
  for (size_t i = 0; i < wanted.logits.size(); ++i) {
    if (got.logits[i].size() != batch * vocabulary)
      fail(llvm::Twine(what) + ": there are logits of another size");
    for (size_t j = 0; j < vocabulary; ++j)
      worst = std::fmax(worst, std::fabs(got.logits[i][item * vocabulary + j] - wanted.logits[i][j]));
    if (!(worst <= logitsBound))
      fail(llvm::formatv("{0}: logits of token {1} differ by {2:E2}", what, i, worst).str());
    if (int64_t token = got.sequences[item][promptSize + i]; token != wanted.sequences[0][promptSize + i])
      fail(llvm::formatv("{0}: token {1} is {2}, expected {3}", what, i, token, wanted.sequences[0][promptSize + i])
               .str());
  }
  llvm::outs() << llvm::formatv("{0}: {1} tokens, logits within {2:E2}\n", what, wanted.logits.size(), worst);
  return worst;
}

/// What Transformers generated.
void checkStored(const Generation &got, const Tokens &stored) {
  for (size_t i = 0; i < std::min(stored.size(), got.sequences[0].size()); ++i)
    if (got.sequences[0][i] != stored[i])
      fail(llvm::formatv("token {0} is {1}, but {2} is stored", i, got.sequences[0][i], stored[i]).str());
}

/// A shorter prompt, in a batch with a longer one, is generated from as if it were alone; whatever pads it.
void checkRagged(Model &model, const Tokens &prompt, size_t count) {
  const Tokens other(prompt.rbegin(), prompt.rbegin() + int64_t(prompt.size()) / 2);
  const auto capacity = int64_t(prompt.size() + count + 5);
  Generation first = generateCached(model, prompt, count, capacity);
  Generation second = generateCached(model, other, count, capacity);
  Generation both = generateCached(model, {other, prompt}, count, capacity, /*padding=*/3);
  checkSame("the longer prompt of a batch", both, 1, first);
  checkSame("the shorter prompt of a batch", both, 0, second);
}

/// A cache that is full refuses another token, and says so.
void checkCapacity(Model &model, const Tokens &prompt) {
  try {
    generateCached(model, prompt, /*count=*/2, /*capacity=*/int64_t(prompt.size()));
  } catch (const std::runtime_error &error) {
    llvm::outs() << "a full cache: " << error.what() << "\n";
    return;
  }
  fail("a full cache took another token");
}

void test() {
  std::map<std::string, NpyArray> reference = readNpz(referencePath);
  const Tokens prompt = integers(reference.at("generate_prompt"));
  ModelContext context;
  Model model(context.get(), options);
  Generation whole = generateWhole(model, prompt, numTokens);
  Generation cached = generateCached(model, prompt, numTokens, int64_t(prompt.size() + numTokens));
  checkSame("with the cache", cached, 0, whole);
  checkStored(cached, integers(reference.at("generate_greedy")));
  checkRagged(model, prompt, std::min(numTokens.getValue(), 24U));
  checkCapacity(model, prompt);
}

} // namespace

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(options.category);
  cl::ParseCommandLineOptions(argc, argv, "generate with a cache and without, and compare\n");
  try {
    test();
  } catch (const std::exception &error) {
    llvm::outs().flush();
    llvm::errs() << "lz-generation-test: error: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
