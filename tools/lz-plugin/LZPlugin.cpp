//===- LZPlugin.cpp - The lz dialect and passes for any mlir-opt -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The two entry points are all that the library exports (exports.map). MLIR is the host's: both use the shared library.
// A host that has the dialect or the passes already, such as lz-opt, keeps its own.
//
//===----------------------------------------------------------------------===//
#include "lz/Conversion/Passes.h"
#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "lz/Dialect/LZ/Transforms/Passes.h"
#include "lz/Pipelines/Pipelines.h"

#include "mlir/Pass/PassRegistry.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"

using namespace mlir;
using namespace mlir::lz;

static void registerDialect(DialectRegistry *registry) {
  if (registry->getDialectAllocator(LZDialect::getDialectNamespace()))
    return;
  registry->insert<LZDialect>();
  registerBufferizableOpInterfaceExternalModels(*registry);
}

static void registerPasses() {
  if (PassInfo::lookup("lz-resolve"))
    return;
  registerLZTransformsPasses();
  registerLZConversionPasses();
  registerPipelines();
}

extern "C" DialectPluginLibraryInfo mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "LZ", LZ_VERSION, registerDialect};
}

extern "C" PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "LZ", LZ_VERSION, registerPasses};
}
