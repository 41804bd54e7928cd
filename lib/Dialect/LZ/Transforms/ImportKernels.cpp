//===- ImportKernels.cpp - Embed the kernels of manifests in the module -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Dialect/LZ/Transforms/Passes.h"
#include "lz/Policy/Import.h"

namespace mlir::lz {
#define GEN_PASS_DEF_IMPORTKERNELSPASS
#include "lz/Dialect/LZ/Transforms/Passes.h.inc"
} // namespace mlir::lz

using namespace mlir;
using namespace mlir::lz;

namespace {
struct ImportKernels : lz::impl::ImportKernelsPassBase<ImportKernels> {
  using ImportKernelsPassBase::ImportKernelsPassBase;

  void runOnOperation() override {
    if (kernels.empty()) {
      getOperation().emitError("`lz-import-kernels` needs manifests; give them as `kernels=FILE,FILE`");
      return signalPassFailure();
    }
    FailureOr<unsigned> count = importKernels(getOperation(), llvm::to_vector(kernels));
    if (failed(count))
      return signalPassFailure();
    numImported += *count;
  }
};
} // namespace
