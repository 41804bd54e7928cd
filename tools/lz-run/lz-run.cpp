//===- lz-run.cpp - Compiles a model under a policy, runs it, reports -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Session.h"
#include "lz/Dialect/LZ/IR/LZDialect.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace mlir::lz;

namespace {

int runSession(const run::Options &options, const char *executable, void *anchor) {
  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registry.insert<LZDialect>();
  registerBufferizableOpInterfaceExternalModels(registry);
  MLIRContext context(registry);
  context.printOpOnDiagnostic(false); // a diagnostic says what is wrong; a module is long
  llvm::SourceMgr sources;
  SourceMgrDiagnosticHandler printer(sources, &context, llvm::errs());
  // Decisions are in the report; remarks would say them twice.
  context.getDiagEngine().registerHandler(
      [](Diagnostic &diagnostic) { return success(diagnostic.getSeverity() == DiagnosticSeverity::Remark); });
  std::string path = llvm::sys::fs::getMainExecutable(executable, anchor);
  run::Session session(options, context, llvm::sys::path::parent_path(path).str());
  return succeeded(session.run()) ? 0 : 1;
}

} // namespace

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  run::Options options;
  if (std::string error = run::parseOptions(argc, argv, &options); !error.empty()) {
    llvm::errs() << "lz-run: error: " << error << "\n" << run::usage();
    return 2;
  }
  if (options.help) {
    llvm::outs() << run::usage();
    return 0;
  }
  return runSession(options, argv[0], reinterpret_cast<void *>(&runSession));
}
