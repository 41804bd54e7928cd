/* compile.c - The compiler from C: a model file to the LLVM dialect, its report, and a policy that cannot be read
 *
 * Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "lz/CAPI/LZ.h"
#include "mlir-c/RegisterEverything.h"

#include <stdio.h>
#include <string.h>

/* What callbacks gather: a text, cut where it is too long. */
typedef struct Text {
  char data[8192];
  size_t size;
} Text;

static void append(MlirStringRef part, void *self) {
  Text *text = self;
  size_t room = sizeof text->data - 1 - text->size, taken = part.length < room ? part.length : room;
  memcpy(text->data + text->size, part.data, taken);
  text->size += taken;
  text->data[text->size] = 0;
}

static MlirModule readModule(MlirContext context, const char *path) {
  static char source[8192];
  FILE *file = fopen(path, "r");
  size_t size = file ? fread(source, 1, sizeof source - 1, file) : 0;
  if (file)
    fclose(file);
  return mlirModuleCreateParse(context, mlirStringRefCreate(source, size));
}

static int check(int condition, const char *what, const Text *text) {
  if (!condition)
    fprintf(stderr, "compile: %s: %s\n", what, text->data);
  return condition;
}

/* The report of the compiled model; its name in `kernel` must be there. */
static int compileModel(MlirContext context, const char *model, const LZPipelineOptions *options, const char *kernel) {
  static Text diagnostics, report, lowered;
  MlirModule module = readModule(context, model);
  int ok = check(!mlirModuleIsNull(module), "the model cannot be read", &diagnostics);
  if (ok) {
    MlirLogicalResult result = lzCompile(module, options, append, &diagnostics);
    ok = check(mlirLogicalResultIsSuccess(result), "compiling failed", &diagnostics);
    lzGetDispatchReport(module, append, &report);
    ok = ok && check(strstr(report.data, kernel) != NULL, "the report lacks the kernel", &report);
    ok = ok && check(strstr(report.data, "_digest\": \"\"") == NULL, "the report lacks a digest", &report);
    mlirOperationPrint(mlirModuleGetOperation(module), append, &lowered);
    ok = ok && check(strstr(lowered.data, "lz_slot") != NULL, "no import slot", &lowered);
    mlirModuleDestroy(module);
  }
  return ok;
}

/* An error comes with its place, and nothing is printed. */
static int refuseModel(MlirContext context, const char *model, const LZPipelineOptions *options, const char *error) {
  static Text diagnostics;
  MlirModule module = readModule(context, model);
  MlirLogicalResult result = lzCompile(module, options, append, &diagnostics);
  mlirModuleDestroy(module);
  return check(mlirLogicalResultIsFailure(result), "compiled under a broken policy", &diagnostics) &&
         check(strstr(diagnostics.data, error) != NULL, "another error was expected", &diagnostics);
}

/* Options without a size are refused, not passed over; without an array there are no kernels. */
static int misuseOptions(MlirContext context, const char *model) {
  static Text diagnostics;
  LZPipelineOptions options = {.target = "cpu", .numKernels = 1};
  int ok = refuseModel(context, model, &options, "`structSize` of the options is 0");
  MlirModule module = readModule(context, model);
  options.structSize = sizeof options;
  ok = check(mlirLogicalResultIsSuccess(lzCompile(module, &options, append, &diagnostics)),
             "kernels were read from nowhere", &diagnostics) &&
       ok;
  mlirModuleDestroy(module);
  return ok;
}

/* The parts by themselves, as a text that names passes of both. */
static int composeModel(MlirContext context, const char *model, const LZPipelineOptions *options) {
  static Text errors, pipeline;
  MlirModule module = readModule(context, model);
  MlirPassManager passes = mlirPassManagerCreate(context);
  MlirOpPassManager top = mlirPassManagerGetAsOpPassManager(passes);
  int ok = mlirLogicalResultIsSuccess(
      mlirOpPassManagerAddPipeline(top, mlirStringRefCreateFromCString("inline,lz-name-sites"), append, &errors));
  lzAddDispatchPipeline(top, options);
  mlirPrintPassPipeline(top, append, &pipeline);
  ok = check(ok && strstr(pipeline.data, "lz-resolve") != NULL, "the passes are not known", &errors) &&
       check(mlirLogicalResultIsSuccess(mlirPassManagerRunOnOp(passes, mlirModuleGetOperation(module))),
             "running failed", &pipeline);
  mlirPassManagerDestroy(passes);
  mlirModuleDestroy(module);
  return ok;
}

int main(int argc, char **argv) {
  if (argc != 4)
    return 2;
  mlirRegisterAllPasses();
  lzRegisterAllPasses();
  MlirDialectRegistry registry = mlirDialectRegistryCreate();
  lzRegisterAllDialects(registry);
  MlirContext context = mlirContextCreateWithRegistry(registry, /*threadingEnabled=*/true);
  mlirDialectRegistryDestroy(registry);

  const char *const kernels[] = {argv[3]};
  LZPipelineOptions options = {.structSize = sizeof options,
                               .policy = argv[2],
                               .kernels = kernels,
                               .numKernels = 1,
                               .mode = "static",
                               .target = "cpu",
                               .facts = "num_tokens=8192"};
  int ok = compileModel(context, argv[1], &options, "\"liger_rms_norm\"") && composeModel(context, argv[1], &options);
  options.policy = argv[1]; /* a model is no policy */
  ok = ok && refuseModel(context, argv[1], &options, "model.mlir:1:") && misuseOptions(context, argv[1]);
  mlirContextDestroy(context);
  if (ok)
    puts("compiled, composed, refused");
  return !ok;
}
