//===- DecoderConfig.cpp - What a decoder's config.json says -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "DecoderConfig.h"

#include "FieldReader.h"
#include "Json.h"
#include "Rotation.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace lzimport;

namespace {

constexpr int64_t maxLayers = 10000;

/// Which layers see a window only.
enum class Windows { None, EveryLayer, ByLayer };

/// What sets a family apart. A new one is a row in `families`, and its differences fields here.
struct Family {
  StringLiteral architecture, modelType;
  bool alwaysHasQkvBias = false;   ///< whatever the configuration says
  bool readsAttentionBias = false; ///< `attention_bias`, which is for the output's projection too
  bool readsMlpBias = false;       ///< `mlp_bias`
  bool hasHeadNorms = false;
  Windows windows = Windows::None;
  std::optional<int64_t> headDim; ///< where the configuration does not say; else hidden_size / heads
  std::optional<int64_t> kvHeads; ///< where the configuration does not say; else as many as there are heads
};

const Family families[] = {
    {.architecture = "LlamaForCausalLM", .modelType = "llama", .readsAttentionBias = true, .readsMlpBias = true},
    {.architecture = "MistralForCausalLM", .modelType = "mistral", .windows = Windows::EveryLayer, .kvHeads = 8},
    {.architecture = "Qwen2ForCausalLM",
     .modelType = "qwen2",
     .alwaysHasQkvBias = true,
     .windows = Windows::ByLayer,
     .kvHeads = 32},
    {.architecture = "Qwen3ForCausalLM",
     .modelType = "qwen3",
     .readsAttentionBias = true,
     .hasHeadNorms = true,
     .windows = Windows::ByLayer,
     .headDim = 128,
     .kvHeads = 32},
};

/// Fields that say how a model was trained, stored, tokenised or sampled from, not what a forward pass computes.
/// `max_position_embeddings` bounds what the model was made for; positions beyond it are computed alike.
const StringLiteral withoutMeaning[] = {"_attn_implementation",
                                        "_name_or_path",
                                        "attention_dropout",
                                        "attn_implementation",
                                        "bos_token_id",
                                        "chunk_size_feed_forward",
                                        "decoder_start_token_id",
                                        "do_sample",
                                        "dtype",
                                        "eos_token_id",
                                        "finetuning_task",
                                        "id2label",
                                        "initializer_range",
                                        "label2id",
                                        "max_length",
                                        "max_position_embeddings",
                                        "max_sequence_length",
                                        "min_length",
                                        "output_attentions",
                                        "output_hidden_states",
                                        "pad_token_id",
                                        "pretraining_tp",
                                        "problem_type",
                                        "return_dict",
                                        "sep_token_id",
                                        "task_specific_params",
                                        "temperature",
                                        "tokenizer_class",
                                        "top_k",
                                        "top_p",
                                        "torch_dtype",
                                        "transformers_version",
                                        "unsloth_version",
                                        "use_cache"};

/// Switches that configurations carry along. Off they change nothing; on they ask for what is not computed here.
const StringLiteral mustBeOff[] = {"add_cross_attention", "is_encoder_decoder", "rope_interleaved", "use_mrope"};

/// Reads a configuration of one family.
class ConfigReader {
public:
  ConfigReader(const Family &family, FieldReader &fields, StringRef file, Reporter &reporter)
      : family(family), fields(fields), file(file), reporter(reporter) {}

  DecoderConfig read();

private:
  void readHeads();
  void readBiases();
  void readWindows();
  /// One entry a layer, where the configuration lists them.
  void readLayerTypes(const json::Value &types, std::optional<int64_t> window);
  std::optional<int64_t> readWindow();

  const Family &family;
  FieldReader &fields;
  StringRef file;
  Reporter &reporter;
  DecoderConfig config;
};

} // namespace

std::string lzimport::supportedArchitectures() {
  return join(map_range(families, [](const Family &family) { return ("`" + family.architecture + "`").str(); }), ", ");
}

static const Family *findFamily(StringRef name, StringLiteral Family::*key) {
  const Family *found = find_if(families, [&](const Family &family) { return family.*key == name; });
  return found == std::end(families) ? nullptr : found;
}

/// The family that `architectures` or `model_type` names; null after an error.
static const Family *readFamily(FieldReader &fields) {
  const json::Value *architectures = fields.find("architectures");
  StringRef type = fields.string("model_type"), architecture;
  if (const json::Array *names = architectures ? architectures->getAsArray() : nullptr; names && names->size() == 1)
    architecture = names->front().getAsString().value_or("");
  const Family *byName = findFamily(architecture, &Family::architecture),
               *byType = findFamily(type, &Family::modelType);
  if (!architectures && type.empty())
    fields.error("neither `architectures` nor `model_type` is given; expected one of " + supportedArchitectures());
  else if (architectures && architecture.empty())
    fields.error("`architectures` must be a list of one name");
  else if (architectures && !byName)
    fields.error("unsupported architecture `" + architecture + "`; expected one of " + supportedArchitectures());
  else if (!type.empty() && !byType)
    fields.error("unsupported `model_type`: `" + type + "`; expected that of one of " + supportedArchitectures());
  else if (byName && byType && byName != byType)
    fields.error("`architectures` names `" + architecture + "`, but `model_type` is `" + type + "`");
  else
    return byName ? byName : byType;
  return nullptr;
}

void ConfigReader::readHeads() {
  config.heads = fields.integer("num_attention_heads");
  bool hasAsManyKvHeads = !family.kvHeads || fields.isNull("num_key_value_heads");
  config.kvHeads = fields.integer("num_key_value_heads", hasAsManyKvHeads ? config.heads : *family.kvHeads);
  if (config.heads % config.kvHeads != 0)
    fields.error("`num_attention_heads` (" + Twine(config.heads) + ") is no multiple of `num_key_value_heads` (" +
                 Twine(config.kvHeads) + ")");
  std::optional<int64_t> headDim = family.headDim;
  if (!headDim && config.hiddenSize % config.heads == 0)
    headDim = config.hiddenSize / config.heads;
  config.headDim = fields.integer("head_dim", headDim);
  if (config.headDim % 2 != 0)
    fields.error("the head dimension is " + Twine(config.headDim) + ", which rotary embedding needs to be even");
}

void ConfigReader::readBiases() {
  config.hasOutputBias = family.readsAttentionBias && fields.boolean("attention_bias");
  config.hasQkvBias = family.alwaysHasQkvBias || config.hasOutputBias;
  config.hasMlpBias = family.readsMlpBias && fields.boolean("mlp_bias");
}

std::optional<int64_t> ConfigReader::readWindow() {
  constexpr StringLiteral name = "sliding_window";
  constexpr int64_t whereAbsent = 4096;
  int64_t window = fields.integer(name, whereAbsent);
  return fields.isNull(name) ? std::nullopt : std::optional(window);
}

void ConfigReader::readLayerTypes(const json::Value &types, std::optional<int64_t> window) {
  const json::Array *list = types.getAsArray();
  if (!list || int64_t(list->size()) != config.layers)
    return fields.error("`layer_types` must be a list of " + Twine(config.layers) + " names, one a layer");
  for (auto [layer, value] : enumerate(*list)) {
    StringRef type = value.getAsString().value_or("");
    bool slides = type == "sliding_attention";
    if (!slides && type != "full_attention")
      fields.error("unsupported `layer_types` entry " + Twine(layer) +
                   "; expected `full_attention` or `sliding_attention`");
    if (slides && !window)
      return fields.error("`layer_types` has a `sliding_attention`, but there is no window; set `use_sliding_window` "
                          "and `sliding_window`, or make it `full_attention`");
    config.windows[layer] = slides ? window : std::nullopt;
  }
}

void ConfigReader::readWindows() {
  config.windows.assign(config.layers, std::nullopt);
  if (family.windows == Windows::None)
    return;
  std::optional<int64_t> window = readWindow();
  if (family.windows == Windows::EveryLayer)
    return config.windows.assign(config.layers, window);
  if (!fields.boolean("use_sliding_window"))
    window = std::nullopt;
  constexpr int64_t firstSlidingWhereAbsent = 28;
  int64_t firstSliding = fields.integer("max_window_layers", firstSlidingWhereAbsent, /*smallest=*/0);
  if (const json::Value *types = fields.find("layer_types"))
    return readLayerTypes(*types, window);
  for (int64_t layer = firstSliding; layer < config.layers; ++layer)
    config.windows[layer] = window;
}

DecoderConfig ConfigReader::read() {
  config.vocabSize = fields.integer("vocab_size");
  config.hiddenSize = fields.integer("hidden_size");
  config.intermediateSize = fields.integer("intermediate_size");
  config.layers = fields.integer("num_hidden_layers", std::nullopt, 1, maxLayers);
  readHeads();
  readBiases();
  readWindows();
  config.hasHeadNorms = family.hasHeadNorms;
  config.epsilon = fields.positive("rms_norm_eps", 1e-6);
  config.rotation = readRotation(fields, config.headDim, file, reporter);
  config.tiesEmbeddings = fields.boolean("tie_word_embeddings");
  fields.oneOf("hidden_act", {"silu", "swish"}, "expected `silu`");
  for (StringRef name : mustBeOff)
    if (fields.boolean(name))
      fields.error("unsupported `" + name + "`: true; expected false");
  fields.ignore(withoutMeaning);
  fields.rejectUnknown();
  return config;
}

std::optional<DecoderConfig> lzimport::readDecoderConfig(StringRef text, StringRef file, Reporter &reporter) {
  unsigned before = reporter.count();
  std::optional<json::Object> object = parseObject(text, file, "", reporter);
  if (!object)
    return std::nullopt;
  FieldReader fields(*object, file, "", reporter);
  const Family *family = readFamily(fields);
  if (!family)
    return std::nullopt;
  DecoderConfig config = ConfigReader(*family, fields, file, reporter).read();
  return reporter.count() == before ? std::optional(std::move(config)) : std::nullopt;
}
