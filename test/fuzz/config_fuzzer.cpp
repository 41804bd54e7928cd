//===- config_fuzzer.cpp - Any bytes as a model's config.json -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Oracle: a text is either refused with an error, or read into sizes of which a model can be made.
//
//===----------------------------------------------------------------------===//
#include "../../tools/lz-import/DecoderConfig.h"
#include "ScratchFile.h"

using namespace lz::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lzimport::Reporter reporter;
  llvm::StringRef text(reinterpret_cast<const char *>(data), size);
  auto config = lzimport::readDecoderConfig(text, "config.json", reporter);
  require(config.has_value() == (reporter.count() == 0), "a configuration or an error, never both", text.str());
  if (!config)
    return 0;
  for (int64_t extent : {config->vocabSize, config->hiddenSize, config->intermediateSize, config->layers, config->heads,
                         config->kvHeads, config->headDim})
    require(extent > 0, "sizes are above 0", text.str());
  require(config->heads % config->kvHeads == 0, "heads of queries share heads of keys evenly", text.str());
  require(config->headDim % 2 == 0, "a head has pairs", text.str());
  require(config->epsilon > 0, "epsilon is above 0", text.str());
  require(int64_t(config->rotation.size()) == config->headDim / 2, "each pair of a head turns", text.str());
  require(int64_t(config->windows.size()) == config->layers, "each layer has its window, or none", text.str());
  for (std::optional<int64_t> window : config->windows)
    require(!window || *window > 0, "windows are above 0", text.str());
  return 0;
}
