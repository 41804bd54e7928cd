//===- GenerationBench.cpp - What a token costs, early and late -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// lz-bench-generation MODEL.mlir --weights DIR --policy FILE --mode MODE [--kernels FILE]… [--tokens N] [--range N]
// [--prompt N]: generates with the cache and without in one run, and prints what a token costs in each range of them.
//
//===----------------------------------------------------------------------===//
#include "../../demo/Generation.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"

using namespace lz::test;

namespace {

namespace cl = llvm::cl;
ModelOptions options;
cl::opt<unsigned> numTokens("tokens", cl::desc("how many to generate"), cl::init(256), cl::cat(options.category));
cl::opt<unsigned> rangeSize("range", cl::desc("tokens a line"), cl::init(32), cl::cat(options.category));
cl::opt<unsigned> promptSize("prompt", cl::desc("tokens of the prompt"), cl::init(8), cl::cat(options.category));

/// What a token of a range costs: "median (fastest)" in milliseconds.
std::string costText(const Generation &generation, size_t begin, size_t count) {
  std::vector<double> part(generation.seconds.begin() + begin, generation.seconds.begin() + begin + count);
  llvm::sort(part);
  return llvm::formatv("{0:F3} ({1:F3})", 1e3 * part[part.size() / 2], 1e3 * part.front()).str();
}

void measure() {
  ModelContext context;
  Model model(context.get(), options);
  Tokens prompt;
  for (unsigned i = 0; i < promptSize; ++i)
    prompt.push_back(1 + i % 7);
  const auto capacity = int64_t(prompt.size()) + numTokens;
  generateCached(model, prompt, /*count=*/2, capacity); // pages in code and weights
  Generation cached = generateCached(model, prompt, numTokens, capacity);
  Generation whole = generateWhole(model, prompt, numTokens);
  llvm::outs() << llvm::formatv("prompt of {0} tokens, capacity {1}; median (fastest) ms a token\n",
                                promptSize.getValue(), capacity)
               << llvm::formatv("{0,-12}{1,22}{2,22}\n", "tokens", "with cache", "without");
  for (size_t begin = 0; begin < numTokens; begin += rangeSize) {
    size_t count = std::min<size_t>(rangeSize, numTokens - begin);
    llvm::outs() << llvm::formatv("{0,-12}{1,22}{2,22}\n", llvm::formatv("{0}-{1}", begin + 1, begin + count).str(),
                                  costText(cached, begin, count), costText(whole, begin, count));
  }
}

} // namespace

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::HideUnrelatedOptions(options.category);
  cl::ParseCommandLineOptions(argc, argv, "measure generation with a cache and without\n");
  try {
    measure();
  } catch (const std::exception &error) {
    llvm::outs().flush();
    llvm::errs() << "lz-bench-generation: error: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
