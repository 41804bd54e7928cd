//===- LlamaConfig.h - What a Llama's config.json says -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TOOLS_LZ_IMPORT_LLAMACONFIG_H
#define LZ_TOOLS_LZ_IMPORT_LLAMACONFIG_H

#include "Reporter.h"

#include <cstdint>
#include <optional>

namespace lzimport {

/// The fields of a `LlamaForCausalLM` configuration that say what is computed. Source: transformers, `LlamaConfig`.
struct LlamaConfig {
  int64_t vocabSize = 0, hiddenSize = 0, intermediateSize = 0, layers = 0;
  int64_t heads = 0, kvHeads = 0, headDim = 0;
  double epsilon = 0, ropeTheta = 0;
  bool tiesEmbeddings = false, hasAttentionBias = false, hasMlpBias = false;
};

/// Reads the text of a config.json; `file` names it in diagnostics. A field that this importer does not know is an
/// error, because it may change what the model computes; a field that is null counts as absent.
std::optional<LlamaConfig> readLlamaConfig(llvm::StringRef text, llvm::StringRef file, Reporter &reporter);

} // namespace lzimport

#endif // LZ_TOOLS_LZ_IMPORT_LLAMACONFIG_H
