//===- PrintReport.cpp - The dispatch report for readers and tests -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Dialect/LZ/Transforms/Passes.h"
#include "lz/Policy/DispatchReport.h"

#include "llvm/Support/raw_ostream.h"

namespace mlir::lz {
#define GEN_PASS_DEF_PRINTREPORTPASS
#include "lz/Dialect/LZ/Transforms/Passes.h.inc"
} // namespace mlir::lz

using namespace mlir;
using namespace mlir::lz;

namespace {
struct PrintReport : lz::impl::PrintReportPassBase<PrintReport> {
  using PrintReportPassBase::PrintReportPassBase;

  void runOnOperation() override {
    if (format != "text" && format != "json") {
      getOperation().emitError("unknown report format `") << format << "`, expected `text` or `json`";
      return signalPassFailure();
    }
    DispatchReport report = collectDispatchReport(getOperation());
    llvm::errs() << (format == "json" ? toJson(report) : toText(report));
    markAllAnalysesPreserved();
  }
};
} // namespace
