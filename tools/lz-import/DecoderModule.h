//===- DecoderModule.h - A decoder as a module of lz operations -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TOOLS_LZ_IMPORT_DECODERMODULE_H
#define LZ_TOOLS_LZ_IMPORT_DECODERMODULE_H

#include "Checkpoint.h"
#include "DecoderConfig.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace lzimport {

/// `@forward(ids: tensor<batch x sequence x i64>) -> logits: tensor<batch x sequence x vocabulary x f32>`, all extents
/// dynamic, weights as `lz.parameter`, every dispatched operation with its module path as `lz.site`. Computes in f32,
/// whatever the weights are stored in. `checkTensors` must have passed. Source: transformers, the causal language model
/// of each family.
mlir::OwningOpRef<mlir::ModuleOp> buildModule(mlir::MLIRContext &context, const DecoderConfig &config,
                                              const Checkpoint &checkpoint);

} // namespace lzimport

#endif // LZ_TOOLS_LZ_IMPORT_DECODERMODULE_H
