//===- ImportPolicy.cpp - Embed a policy in the module -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Dialect/LZ/Transforms/Passes.h"
#include "lz/Policy/Import.h"

namespace mlir::lz {
#define GEN_PASS_DEF_IMPORTPOLICYPASS
#include "lz/Dialect/LZ/Transforms/Passes.h.inc"
} // namespace mlir::lz

using namespace mlir;
using namespace mlir::lz;

namespace {
struct ImportPolicy : lz::impl::ImportPolicyPassBase<ImportPolicy> {
  using ImportPolicyPassBase::ImportPolicyPassBase;

  void runOnOperation() override {
    if (policy.empty() && !environment.empty()) {
      getOperation().emitError("environment `")
          << environment << "` is one of a policy, but none is given; add `policy=FILE` or leave `environment` out";
      return signalPassFailure();
    }
    if (policy.empty()) {
      getOperation().emitError("`lz-import-policy` needs a file; give it as `policy=FILE`");
      return signalPassFailure();
    }
    if (failed(importPolicy(getOperation(), policy, environment)))
      signalPassFailure();
  }
};
} // namespace
