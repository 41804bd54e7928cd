//===- DecoderTensors.h - The tensors that a decoder reads -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TOOLS_LZ_IMPORT_DECODERTENSORS_H
#define LZ_TOOLS_LZ_IMPORT_DECODERTENSORS_H

#include "Checkpoint.h"
#include "DecoderConfig.h"

namespace lzimport {

inline constexpr llvm::StringLiteral embeddingName = "model.embed_tokens.weight";

/// Names of the tensors of a layer start with this.
std::string layerPath(int64_t layer);

/// Checks that every tensor of the model is in the checkpoint, in the right shape and of f32, f16 or bf16. Tensors that
/// the model does not read are warned of. False after an error.
bool checkTensors(const DecoderConfig &config, const Checkpoint &checkpoint, llvm::StringRef directory,
                  Reporter &reporter);

} // namespace lzimport

#endif // LZ_TOOLS_LZ_IMPORT_DECODERTENSORS_H
