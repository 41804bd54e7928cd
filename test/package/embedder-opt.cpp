//===- embedder-opt.cpp - An opt tool with lz, upstream's passes and a pass of its own -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Conversion/Passes.h"
#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "lz/Dialect/LZ/Transforms/Passes.h"
#include "lz/Pipelines/Pipelines.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

using namespace mlir;

namespace {
/// Makes each function private, behind a public one that calls it.
struct Wrap : PassWrapper<Wrap, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(Wrap)
  StringRef getArgument() const override { return "embedder-wrap"; }
  void runOnOperation() override {
    for (auto function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      OpBuilder builder(function);
      auto wrapper = func::FuncOp::create(builder, function.getLoc(), "wrapped", function.getFunctionType());
      function.setPrivate();
      builder.setInsertionPointToStart(wrapper.addEntryBlock());
      auto call = func::CallOp::create(builder, function.getLoc(), function, wrapper.getArguments());
      func::ReturnOp::create(builder, function.getLoc(), call.getResults());
    }
  }
};
} // namespace

int main(int argc, char **argv) {
  DialectRegistry registry;
  registerAllDialects(registry);
  registerAllExtensions(registry);
  registry.insert<lz::LZDialect>();
  lz::registerBufferizableOpInterfaceExternalModels(registry);

  registerAllPasses();
  lz::registerLZTransformsPasses();
  lz::registerLZConversionPasses();
  lz::registerPipelines();
  PassRegistration<Wrap>();
  return asMainReturnCode(MlirOptMain(argc, argv, "an optimizer with lz in it\n", registry));
}
