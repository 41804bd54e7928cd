//===- Pipelines.h - The order of the passes -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Order only: each pass is usable alone, and says in its description what must have run before it. Between the three
// parts other passes may stand; docs/embedding-the-compiler.md says which.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_PIPELINES_PIPELINES_H
#define LZ_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

#include <string>

namespace mlir::lz {

/// The command line of `--lz-pipeline` and `--lz-dispatch-pipeline`. A part that is not given is not imported: the
/// module's own then counts.
struct PipelineOptions : PassPipelineOptions<PipelineOptions> {
  Option<std::string> policy{*this, "policy", llvm::cl::desc("policy file to compile under"), llvm::cl::init("")};
  ListOption<std::string> kernels{*this, "kernels", llvm::cl::desc("kernel manifests, in order")};
  Option<std::string> environment{*this, "environment", llvm::cl::desc("environment of the policy to merge"),
                                  llvm::cl::init("")};
  Option<std::string> mode{*this, "mode", llvm::cl::desc("auto, static, config, dynamic or hot_reload"),
                           llvm::cl::init("")};
  Option<std::string> target{*this, "target", llvm::cl::desc("platform compiled for: cpu or cuda"), llvm::cl::init("")};
  Option<std::string> facts{*this, "facts", llvm::cl::desc("facts known when compiling, 'k=v,k=v'"),
                            llvm::cl::init("")};
  Option<bool> assume{*this, "assume", llvm::cl::desc("take the defaults of unset process facts in every mode"),
                      llvm::cl::init(false)};
};

/// Names sites, imports policy and kernels, decides, decomposes: tensors in, tensors out. What makes operations of the
/// dialect, or brings facts nearer to them (inlining, shapes), stands before it. Behind it each operation carries its
/// decision, and a pass that makes a new one breaks the next part.
void buildDispatchPipeline(OpPassManager &pm, const PipelineOptions &options);
/// Tensors to buffers with explicit memory, structured operations to loops, control flow to cf. What works on linalg on
/// tensors (fusion, tiling, vectorization) stands before it; what bufferizes is this part's own business.
void buildBufferPipeline(OpPassManager &pm);
/// Context and status, dispatch, the LLVM dialect. What works on memref and cf stands before it; behind it are
/// upstream's passes on the LLVM dialect and its translation.
void buildLoweringPipeline(OpPassManager &pm);
/// All three: from a model to the LLVM dialect.
void buildPipeline(OpPassManager &pm, const PipelineOptions &options);

/// Registers `lz-pipeline`, and its parts `lz-dispatch-pipeline`, `lz-buffer-pipeline` and `lz-lowering-pipeline`.
void registerPipelines();

} // namespace mlir::lz

#endif // LZ_PIPELINES_PIPELINES_H
