//===- DecoderTensors.cpp - The tensors that a decoder reads -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "DecoderTensors.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;
using namespace lzimport;

namespace {

/// A tensor that the model reads.
struct RequiredTensor {
  std::string name;
  SmallVector<int64_t> shape;
};

} // namespace

std::string lzimport::layerPath(int64_t layer) { return ("model.layers." + Twine(layer)).str(); }

static void requireLinear(SmallVectorImpl<RequiredTensor> &tensors, const std::string &path, int64_t out, int64_t in,
                          bool hasBias) {
  tensors.push_back({path + ".weight", {out, in}});
  if (hasBias)
    tensors.push_back({path + ".bias", {out}});
}

static SmallVector<RequiredTensor> requiredTensors(const DecoderConfig &config) {
  SmallVector<RequiredTensor> tensors{{embeddingName.str(), {config.vocabSize, config.hiddenSize}}};
  int64_t hidden = config.hiddenSize, queries = config.heads * config.headDim, keys = config.kvHeads * config.headDim;
  for (int64_t layer = 0; layer < config.layers; ++layer) {
    std::string path = layerPath(layer), attention = path + ".self_attn.", mlp = path + ".mlp.";
    tensors.push_back({path + ".input_layernorm.weight", {hidden}});
    requireLinear(tensors, attention + "q_proj", queries, hidden, config.hasQkvBias);
    requireLinear(tensors, attention + "k_proj", keys, hidden, config.hasQkvBias);
    requireLinear(tensors, attention + "v_proj", keys, hidden, config.hasQkvBias);
    requireLinear(tensors, attention + "o_proj", hidden, queries, config.hasOutputBias);
    if (config.hasHeadNorms) {
      tensors.push_back({attention + "q_norm.weight", {config.headDim}});
      tensors.push_back({attention + "k_norm.weight", {config.headDim}});
    }
    tensors.push_back({path + ".post_attention_layernorm.weight", {hidden}});
    requireLinear(tensors, mlp + "gate_proj", config.intermediateSize, hidden, config.hasMlpBias);
    requireLinear(tensors, mlp + "up_proj", config.intermediateSize, hidden, config.hasMlpBias);
    requireLinear(tensors, mlp + "down_proj", hidden, config.intermediateSize, config.hasMlpBias);
  }
  tensors.push_back({"model.norm.weight", {hidden}});
  if (!config.tiesEmbeddings)
    tensors.push_back({"lm_head.weight", {config.vocabSize, hidden}});
  return tensors;
}

bool lzimport::checkTensors(const DecoderConfig &config, const Checkpoint &checkpoint, StringRef directory,
                            Reporter &reporter) {
  unsigned before = reporter.count();
  llvm::StringSet<> read;
  for (const RequiredTensor &required : requiredTensors(config)) {
    read.insert(required.name);
    const StoredTensor *stored = checkpoint.find(required.name);
    if (!stored) {
      reporter.error(directory, "missing tensor `" + required.name + "`");
      continue;
    }
    if (ArrayRef<int64_t>(stored->shape) != ArrayRef<int64_t>(required.shape))
      reporter.error(stored->file, "tensor `" + required.name + "` has shape " + shapeText(stored->shape) +
                                       ", expected " + shapeText(required.shape));
    if (!llvm::is_contained({"F32", "F16", "BF16"}, stored->dtype))
      reporter.error(stored->file,
                     "tensor `" + required.name + "` has type " + stored->dtype + ", expected F32, F16 or BF16");
  }
  SmallVector<StringRef> unused;
  for (const auto &entry : checkpoint.all())
    if (!read.contains(entry.getKey()))
      unused.push_back(entry.getKey());
  llvm::sort(unused);
  for (StringRef name : unused)
    reporter.warning(directory, "tensor `" + name + "` is not read");
  return reporter.count() == before;
}
