//===- embed.cpp - Compiles a model, binds it to kernels, calls it, checks the numbers -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "lz/JIT/CompiledModule.h"
#include "lz/Pipelines/Pipelines.h"
#include "lz/Policy/DispatchReport.h"
#include "lzrt/Module.h"
#include "lzrt/lzrt.h"

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

#include <cmath>

using namespace mlir;
using namespace mlir::lz;

static int fail(const Twine &message) {
  llvm::errs() << "embed: " << message << "\n";
  return 1;
}

static HostTensor tensorOf(ArrayRef<int64_t> shape, ArrayRef<float> values) {
  HostTensor tensor = *HostTensor::allocate({LZ_CODE_FLOAT, 32, 1}, shape);
  llvm::copy(values, static_cast<float *>(tensor.data()));
  return tensor;
}

int main(int argc, char **argv) {
  if (argc != 4)
    return fail("usage: embed MODEL POLICY KERNELS");

  // The dialects that a model may be written in, and what bufferizes them.
  DialectRegistry dialects;
  registerAllDialects(dialects);
  registerAllExtensions(dialects);
  dialects.insert<LZDialect>();
  registerBufferizableOpInterfaceExternalModels(dialects);
  MLIRContext context(dialects);

  OwningOpRef<ModuleOp> model = parseSourceFile<ModuleOp>(argv[1], &context);
  if (!model)
    return 1; // the parser has said why
  FailureOr<func::FuncOp> entry = findEntry(*model, "norm");
  if (failed(entry))
    return 1;
  FailureOr<FunctionSignature> signature = signatureOf(*entry);
  if (failed(signature))
    return 1;

  // Other passes may stand before, between and behind the three parts.
  PipelineOptions options;
  options.policy = argv[2];
  options.kernels.push_back(argv[3]);
  options.mode = "config";
  options.target = "cpu";
  options.assume = true;
  PassManager passes(&context);
  passes.addPass(createInlinerPass());
  buildDispatchPipeline(passes, options);
  passes.addPass(createCSEPass());
  buildBufferPipeline(passes);
  buildLoweringPipeline(passes);
  if (failed(passes.run(*model)))
    return 1; // the passes have said why
  for (const DispatchReport::Row &row : collectDispatchReport(*model).rows)
    llvm::outs() << row.site << ": " << row.decided << "\n";

  // Machine code, and the kernels that it asks for.
  llvm::Expected<std::unique_ptr<CompiledModule>> code = CompiledModule::create(*model);
  if (!code)
    return fail(llvm::toString(code.takeError()));
  lzrt::KernelRegistry kernels;
  if (lzrt::Status status = kernels.load(argv[3]); !status.isOk())
    return fail(status.message());
  if (lzrt::Status status = kernels.freeze(); !status.isOk())
    return fail(status.message());
  lzrt::BindOptions bind;
  bind.registry = &kernels;
  std::unique_ptr<lzrt::BoundModule> bound;
  if (lzrt::Status status = lzrt::BoundModule::bind((*code)->record(), bind, &bound, nullptr); !status.isOk())
    return fail(status.message());

  // A call: one context a thread, any number of rows.
  lz_context_t call;
  lzrt_context_init(&call);
  if (lzrt::Status status = bound->admit(call); !status.isOk())
    return fail(status.message());
  llvm::Expected<std::vector<HostTensor>> results =
      (*code)->invoke(*signature, &call, {tensorOf({2, 2}, {3, 4, 0, 5}), tensorOf({2}, {1, 2})});
  lzrt_context_release(&call);
  if (!results)
    return fail(llvm::toString(results.takeError()));

  // x / sqrt(mean(x²)) · weight, and the mean is 12.5 in both rows.
  const float root = std::sqrt(12.5f), expected[] = {3 / root, 4 / root * 2, 0, 5 / root * 2};
  auto *actual = static_cast<const float *>(results->front().data());
  for (int i = 0; i < 4; ++i)
    if (!(std::fabs(actual[i] - expected[i]) < 1e-6f))
      return fail("element " + Twine(i) + " is " + std::to_string(actual[i]));
  llvm::outs() << "4 numbers are right\n";
  return 0;
}
