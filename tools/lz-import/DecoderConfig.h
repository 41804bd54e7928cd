//===- DecoderConfig.h - What a decoder's config.json says -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TOOLS_LZ_IMPORT_DECODERCONFIG_H
#define LZ_TOOLS_LZ_IMPORT_DECODERCONFIG_H

#include "Reporter.h"

#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>

namespace lzimport {

/// What is computed by a decoder of the Llama kind: norms of root mean squares, rotary positions, grouped query heads,
/// a gated feed-forward part, and no more than what follows here. Families differ in what their configurations may
/// say, and in what they mean by silence; here nothing of the family is left.
struct DecoderConfig {
  int64_t vocabSize = 0, hiddenSize = 0, intermediateSize = 0, layers = 0;
  int64_t heads = 0, kvHeads = 0, headDim = 0;
  double epsilon = 0;
  /// By how much each pair of a head's numbers turns from one position to the next.
  llvm::SmallVector<float> rotation;
  /// Of each layer: how many keys a query sees, its own included; nothing where it sees all.
  llvm::SmallVector<std::optional<int64_t>> windows;
  bool tiesEmbeddings = false, hasQkvBias = false, hasOutputBias = false, hasMlpBias = false;
  /// Queries and keys are normalised, each head by itself, before they are turned.
  bool hasHeadNorms = false;
};

/// Reads the text of a config.json; `file` names it in diagnostics. A field that this importer does not know for the
/// model's family is an error, because it may change what the model computes; a field that is null counts as absent
/// unless its family says otherwise. Source: transformers, the configuration class of each family.
std::optional<DecoderConfig> readDecoderConfig(llvm::StringRef text, llvm::StringRef file, Reporter &reporter);

/// The architectures that can be imported, to be printed.
std::string supportedArchitectures();

} // namespace lzimport

#endif // LZ_TOOLS_LZ_IMPORT_DECODERCONFIG_H
