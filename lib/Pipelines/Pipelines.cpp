//===- Pipelines.cpp - The order of the passes -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Pipelines/Pipelines.h"

#include "lz/Conversion/Passes.h"
#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "lz/Dialect/LZ/Transforms/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Pipelines/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace mlir::lz;

void mlir::lz::buildDispatchPipeline(OpPassManager &pm, const PipelineOptions &options) {
  pm.addPass(createNameSitesPass());
  // What folds before it is decided is decided better: an extent behind a cast, a mask of zeros, a transposition.
  pm.addPass(createCanonicalizerPass());
  if (!options.policy.empty() || !options.environment.empty())
    pm.addPass(createImportPolicyPass({options.policy, options.environment}));
  if (!options.kernels.empty()) {
    ImportKernelsPassOptions kernels;
    llvm::append_range(kernels.kernels, options.kernels);
    pm.addPass(createImportKernelsPass(kernels));
  }
  ResolvePassOptions resolve;
  resolve.mode = options.mode;
  resolve.target = options.target;
  resolve.facts = options.facts;
  resolve.assume = options.assume;
  pm.addPass(createResolvePass(resolve));
  pm.addPass(createDecomposePass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

/// Arithmetic on floats of 8 and 16 bits is done in f32: a CPU need not have it, and what a conversion then calls need
/// not be linked.
static void addFloatEmulation(OpPassManager &pm) {
  pm.addPass(math::createMathExtendToSupportedTypes());
  arith::ArithEmulateUnsupportedFloatsOptions emulate;
  emulate.sourceTypeStrs = {"bf16", "f16", "f8E4M3FN", "f8E5M2"};
  emulate.targetTypeStr = "f32";
  pm.addPass(arith::createArithEmulateUnsupportedFloats(emulate));
  pm.addPass(createExpandFloat8Pass());
  arith::ArithExpandOpsPassOptions expand;
  expand.includeBf16 = true;
  pm.addPass(arith::createArithExpandOpsPass(expand));
}

void mlir::lz::buildBufferPipeline(OpPassManager &pm) {
  pm.addPass(createProtectArgumentsPass());
  // Plain arithmetic on whole tensors, as front ends write it.
  pm.addPass(createConvertElementwiseToLinalgPass());
  pm.addPass(bufferization::createEmptyTensorEliminationPass());
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.bufferizeFunctionBoundaries = true;
  bufferize.functionBoundaryTypeConversion = bufferization::LayoutMapOption::IdentityLayoutMap;
  bufferize.allowReturnAllocsFromLoops = true;
  pm.addPass(bufferization::createOneShotBufferizePass(bufferize));
  pm.addPass(createAliasResultsPass());
  pm.addPass(createForwardCopiesPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  bufferization::buildBufferDeallocationPipeline(pm);
  pm.addPass(createConvertBufferizationToMemRefPass());
  pm.addPass(createConvertLinalgToLoopsPass());
  addFloatEmulation(pm);
  pm.addPass(memref::createExpandOpsPass());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void mlir::lz::buildLoweringPipeline(OpPassManager &pm) {
  pm.addPass(createAddContextPass());
  pm.addPass(createLowerDispatchPass());
  pm.addPass(createConvertLZToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
}

void mlir::lz::buildPipeline(OpPassManager &pm, const PipelineOptions &options) {
  buildDispatchPipeline(pm, options);
  buildBufferPipeline(pm);
  buildLoweringPipeline(pm);
}

void mlir::lz::registerPipelines() {
  PassPipelineRegistration<PipelineOptions>(
      "lz-pipeline", "Compile a model under a policy to the LLVM dialect on the runtime's ABI",
      [](OpPassManager &pm, const PipelineOptions &options) { buildPipeline(pm, options); });
  PassPipelineRegistration<PipelineOptions>(
      "lz-dispatch-pipeline", "Decide which kernel runs each operation, and expand those that decompose",
      [](OpPassManager &pm, const PipelineOptions &options) { buildDispatchPipeline(pm, options); });
  PassPipelineRegistration<>("lz-buffer-pipeline",
                             "Bring decided operations on tensors to buffers with explicit memory and to cf",
                             [](OpPassManager &pm) { buildBufferPipeline(pm); });
  PassPipelineRegistration<>("lz-lowering-pipeline",
                             "Lower decided operations on buffers to the LLVM dialect on the runtime's ABI",
                             [](OpPassManager &pm) { buildLoweringPipeline(pm); });
}
