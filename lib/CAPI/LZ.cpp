//===- LZ.cpp - The compiler from C -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/CAPI/LZ.h"

#include "lz/Conversion/Passes.h"
#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "lz/Dialect/LZ/Transforms/Passes.h"
#include "lz/Pipelines/Pipelines.h"
#include "lz/Policy/DispatchReport.h"

#include "mlir/CAPI/IR.h"
#include "mlir/CAPI/Pass.h"
#include "mlir/CAPI/Registration.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/raw_ostream.h"

#include <cstddef>
#include <optional>

using namespace mlir;
using namespace mlir::lz;

MLIR_DEFINE_CAPI_DIALECT_REGISTRATION(LZ, lz, mlir::lz::LZDialect)

void lzRegisterAllDialects(MlirDialectRegistry registry) {
  DialectRegistry &into = *unwrap(registry);
  registerAllDialects(into);
  registerAllExtensions(into);
  into.insert<LZDialect>();
  registerBufferizableOpInterfaceExternalModels(into);
}

void lzRegisterAllPasses() {
  static const bool registered = [] {
    registerLZTransformsPasses();
    registerLZConversionPasses();
    registerPipelines();
    return true;
  }();
  (void)registered;
}

namespace {

/// The fields that the caller's struct has: one compiled against an older header is shorter.
template <typename Field> Field fieldOf(const LZPipelineOptions &options, Field LZPipelineOptions::*member) {
  auto *begin = reinterpret_cast<const char *>(&options);
  auto *end = reinterpret_cast<const char *>(&(options.*member) + 1);
  return size_t(end - begin) <= options.structSize ? options.*member : Field();
}

std::string textOf(const LZPipelineOptions &options, const char *LZPipelineOptions::*member) {
  const char *text = fieldOf(options, member);
  return text ? text : "";
}

/// Sets `to`, whose options cannot be copied as a whole.
void convert(const LZPipelineOptions *from, PipelineOptions &to) {
  if (!from)
    return;
  to.policy = textOf(*from, &LZPipelineOptions::policy);
  to.environment = textOf(*from, &LZPipelineOptions::environment);
  const char *const *kernels = fieldOf(*from, &LZPipelineOptions::kernels);
  const size_t numKernels = kernels ? fieldOf(*from, &LZPipelineOptions::numKernels) : 0;
  for (size_t i = 0; i < numKernels; ++i)
    to.kernels.push_back(kernels[i] ? kernels[i] : "");
  to.mode = textOf(*from, &LZPipelineOptions::mode);
  to.target = textOf(*from, &LZPipelineOptions::target);
  to.facts = textOf(*from, &LZPipelineOptions::facts);
  to.assume = fieldOf(*from, &LZPipelineOptions::assume);
}

StringRef severityName(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Note:
    return "note";
  case DiagnosticSeverity::Warning:
    return "warning";
  case DiagnosticSeverity::Error:
    return "error";
  case DiagnosticSeverity::Remark:
    return "remark";
  }
  llvm_unreachable("a severity that does not exist");
}

void print(Diagnostic &diagnostic, llvm::raw_ostream &out) {
  if (auto file = diagnostic.getLocation()->findInstanceOf<FileLineColLoc>())
    out << file.getFilename().getValue() << ":" << file.getLine() << ":" << file.getColumn() << ": ";
  out << severityName(diagnostic.getSeverity()) << ": " << diagnostic;
  for (Diagnostic &note : diagnostic.getNotes()) {
    out << "\n";
    print(note, out);
  }
}

} // namespace

void lzAddDispatchPipeline(MlirOpPassManager passManager, const LZPipelineOptions *options) {
  PipelineOptions converted;
  convert(options, converted);
  buildDispatchPipeline(*unwrap(passManager), converted);
}

void lzAddBufferPipeline(MlirOpPassManager passManager) { buildBufferPipeline(*unwrap(passManager)); }

void lzAddLoweringPipeline(MlirOpPassManager passManager) { buildLoweringPipeline(*unwrap(passManager)); }

void lzAddPipeline(MlirOpPassManager passManager, const LZPipelineOptions *options) {
  PipelineOptions converted;
  convert(options, converted);
  buildPipeline(*unwrap(passManager), converted);
}

MlirLogicalResult lzCompile(MlirModule module, const LZPipelineOptions *options, MlirStringCallback onDiagnostic,
                            void *userData) {
  MLIRContext *context = unwrap(module)->getContext();
  std::optional<ScopedDiagnosticHandler> handler;
  if (onDiagnostic)
    handler.emplace(context, [&](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Remark)
        return;
      std::string text;
      llvm::raw_string_ostream out(text);
      print(diagnostic, out);
      onDiagnostic(wrap(StringRef(text)), userData);
    });
  if (options && options->structSize == 0) {
    emitError(UnknownLoc::get(context)) << "`structSize` of the options is 0; set it to sizeof(LZPipelineOptions)";
    return mlirLogicalResultFailure();
  }
  PassManager passes(context);
  PipelineOptions converted;
  convert(options, converted);
  buildPipeline(passes, converted);
  return wrap(passes.run(unwrap(module)));
}

void lzGetDispatchReport(MlirModule module, MlirStringCallback callback, void *userData) {
  std::string text = toJson(collectDispatchReport(unwrap(module)));
  callback(wrap(StringRef(text)), userData);
}
