/* The compiler from C: dialect, passes, pipelines, dispatch report.
 *
 * Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Complements MLIR's C API (mlir-c/), whose conventions it follows; the library lz-c holds both. Objects are created
 * and destroyed by MLIR's functions, and nothing here takes or hands out ownership: texts and structs that are passed
 * in are read during the call, texts that are handed to a callback are valid until it returns. A context, and what
 * lives in it, is used by one thread at a time; several contexts may be used by several threads. */
#ifndef LZ_CAPI_LZ_H
#define LZ_CAPI_LZ_H

#include "mlir-c/IR.h"
#include "mlir-c/Pass.h"
#include "mlir-c/Support.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The dialect alone, enough to read, build and write modules: mlirGetDialectHandle__lz__. */
MLIR_DECLARE_CAPI_DIALECT_REGISTRATION(LZ, lz);

/* The dialect with what compiling needs of it and of upstream: every upstream dialect, every extension. */
MLIR_CAPI_EXPORTED void lzRegisterAllDialects(MlirDialectRegistry registry);

/* Makes the passes and pipelines of lz known to mlirParsePassPipeline and mlirOpPassManagerAddPipeline, for the whole
 * process. May be called again, and from several threads. Upstream's passes are mlirRegisterAllPasses' business. */
MLIR_CAPI_EXPORTED void lzRegisterAllPasses(void);

/* What to compile under; the options of `--lz-pipeline`. A field that is null or 0 is not given. Append-only. */
typedef struct LZPipelineOptions {
  size_t structSize;          /* sizeof(LZPipelineOptions); lzCompile refuses 0 */
  const char *policy;         /* policy file; not given: the policy that the module brings, or the empty one */
  const char *environment;    /* environment of the policy to merge */
  const char *const *kernels; /* kernel manifests, in order; not given: the kernels that the module brings, or none */
  size_t numKernels;
  const char *mode;   /* auto, static, config, dynamic or hot_reload */
  const char *target; /* platform compiled for: cpu */
  const char *facts;  /* facts known when compiling: "k=v,k=v" */
  bool assume;        /* take the defaults of unset process facts in every mode */
} LZPipelineOptions;

/* The parts of the pipeline in their order, and all of them, added to a pass manager of `builtin.module`; other passes
 * may stand before, between and behind them (docs/embedding-the-compiler.md). `options` may be null: nothing given. */
MLIR_CAPI_EXPORTED void lzAddDispatchPipeline(MlirOpPassManager passManager, const LZPipelineOptions *options);
MLIR_CAPI_EXPORTED void lzAddBufferPipeline(MlirOpPassManager passManager);
MLIR_CAPI_EXPORTED void lzAddLoweringPipeline(MlirOpPassManager passManager);
MLIR_CAPI_EXPORTED void lzAddPipeline(MlirOpPassManager passManager, const LZPipelineOptions *options);

/* Brings a module from tensors to the LLVM dialect. Errors and warnings go to `onDiagnostic`, one call each, as
 * "file:line:column: error: text" with its notes in lines of their own; remarks are dropped. Where `onDiagnostic` is
 * null, the context's handlers get all of them. After a failure the module is valid IR, but between two passes. */
MLIR_CAPI_EXPORTED MlirLogicalResult lzCompile(MlirModule module, const LZPipelineOptions *options,
                                               MlirStringCallback onDiagnostic, void *userData);

/* Hands the dispatch report to `callback`, in one piece, as the JSON of `lz-run --report json` without calls. The
 * report is there from lz-resolve on, also in the LLVM dialect; before, it has no sites. */
MLIR_CAPI_EXPORTED void lzGetDispatchReport(MlirModule module, MlirStringCallback callback, void *userData);

#ifdef __cplusplus
}
#endif
#endif /* LZ_CAPI_LZ_H */
