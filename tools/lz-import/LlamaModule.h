//===- LlamaModule.h - A Llama as a module of lz operations -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TOOLS_LZ_IMPORT_LLAMAMODULE_H
#define LZ_TOOLS_LZ_IMPORT_LLAMAMODULE_H

#include "Checkpoint.h"
#include "LlamaConfig.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace lzimport {

/// Checks that every tensor of the model is in the checkpoint, in the right shape and of f32, f16 or bf16. Tensors that
/// the model does not read are warned of. False after an error.
bool checkLlamaTensors(const LlamaConfig &config, const Checkpoint &checkpoint, llvm::StringRef directory,
                       Reporter &reporter);

/// `@forward(ids: tensor<batch x sequence x i64>) -> logits: tensor<batch x sequence x vocabulary x f32>`, all extents
/// dynamic, weights as `lz.parameter`, every dispatched operation with its module path as `lz.site`. Computes in f32,
/// whatever the weights are stored in. `checkLlamaTensors` must have passed. Source: transformers, `LlamaForCausalLM`.
mlir::OwningOpRef<mlir::ModuleOp> buildLlama(mlir::MLIRContext &context, const LlamaConfig &config,
                                             const Checkpoint &checkpoint);

} // namespace lzimport

#endif // LZ_TOOLS_LZ_IMPORT_LLAMAMODULE_H
