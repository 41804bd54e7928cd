//===- LlamaConfig.cpp - What a Llama's config.json says -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "LlamaConfig.h"

#include "Json.h"

#include "llvm/ADT/StringSet.h"

#include <cmath>

using namespace llvm;
using namespace lzimport;

namespace {

/// Larger sizes are a mistake, and products of two of them must not overflow.
constexpr int64_t maxSize = int64_t(1) << 30;
constexpr int64_t maxLayers = 10000;

/// Fields that say how a model was trained, stored, tokenised or sampled from, not what a forward pass computes.
const StringLiteral withoutMeaning[] = {"_name_or_path",
                                        "add_cross_attention",
                                        "attention_dropout",
                                        "attn_implementation",
                                        "_attn_implementation",
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
                                        "max_sequence_length",
                                        "max_position_embeddings",
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

/// Reads the fields of one JSON object and remembers which were asked for.
class FieldReader {
public:
  FieldReader(const json::Object &object, std::string file, Reporter &reporter)
      : object(object), file(std::move(file)), reporter(reporter) {}

  /// The value of a field, null where it is absent or null.
  const json::Value *find(StringRef name) {
    known.insert(name);
    const json::Value *value = object.get(name);
    return value && value->kind() != json::Value::Null ? value : nullptr;
  }

  int64_t size(StringRef name, std::optional<int64_t> otherwise = std::nullopt, int64_t largest = maxSize) {
    const json::Value *value = find(name);
    if (!value)
      return absent(name, otherwise);
    std::optional<int64_t> integer = value->getAsInteger();
    if (integer && *integer >= 1 && *integer <= largest)
      return *integer;
    error("`" + name + "` must be an integer from 1 to " + Twine(largest));
    return 1;
  }

  double positive(StringRef name, double otherwise) {
    const json::Value *value = find(name);
    if (!value)
      return otherwise;
    std::optional<double> number = value->getAsNumber();
    if (number && std::isfinite(*number) && *number > 0)
      return *number;
    error("`" + name + "` must be a number above 0");
    return otherwise;
  }

  bool boolean(StringRef name) {
    const json::Value *value = find(name);
    if (!value)
      return false;
    if (std::optional<bool> flag = value->getAsBoolean())
      return *flag;
    error("`" + name + "` must be true or false");
    return false;
  }

  /// The field's value must be one of `allowed`, the first of which stands for an absent one.
  void oneOf(StringRef name, ArrayRef<StringRef> allowed, StringRef remedy) {
    const json::Value *value = find(name);
    if (!value)
      return;
    std::optional<StringRef> text = value->getAsString();
    if (!text)
      return error("`" + name + "` must be a string");
    if (!is_contained(allowed, *text))
      error("unsupported `" + name + "`: `" + *text + "`; " + remedy);
  }

  void ignore(ArrayRef<StringLiteral> names) {
    for (StringRef name : names)
      known.insert(name);
  }

  void rejectUnknown(StringRef within = "") {
    SmallVector<StringRef> unknown;
    for (const auto &[name, value] : object)
      if (value.kind() != json::Value::Null && !known.contains(name))
        unknown.push_back(name);
    llvm::sort(unknown);
    for (StringRef name : unknown)
      error("unknown field `" + within + name + "`, which may change what the model computes");
  }

  void error(const Twine &message) { reporter.error(file, message); }

private:
  int64_t absent(StringRef name, std::optional<int64_t> otherwise) {
    if (!otherwise)
      error("missing field `" + name + "`");
    return otherwise.value_or(1);
  }

  const json::Object &object;
  std::string file;
  Reporter &reporter;
  StringSet<> known;
};

} // namespace

static void readArchitecture(FieldReader &fields) {
  const json::Value *architectures = fields.find("architectures");
  const json::Value *type = fields.find("model_type");
  if (!architectures && !type)
    return fields.error("neither `architectures` nor `model_type` is given; expected `LlamaForCausalLM` or `llama`");
  if (architectures) {
    const json::Array *names = architectures->getAsArray();
    std::optional<StringRef> name =
        names && names->size() == 1 ? names->front().getAsString() : std::optional<StringRef>();
    if (!name)
      fields.error("`architectures` must be a list of one name");
    else if (*name != "LlamaForCausalLM")
      fields.error("unsupported architecture `" + *name + "`; expected `LlamaForCausalLM`");
  }
  fields.oneOf("model_type", {"llama"}, "expected `llama`");
}

/// `rope_parameters`, or the older `rope_scaling` with `rope_theta` beside it.
static double readRope(FieldReader &fields, const std::string &file, Reporter &reporter) {
  constexpr double defaultTheta = 10000;
  double outerTheta = fields.positive("rope_theta", 0), theta = 0;
  for (StringRef name : {"rope_parameters", "rope_scaling"}) {
    const json::Value *value = fields.find(name);
    if (!value)
      continue;
    const json::Object *object = value->getAsObject();
    if (!object) {
      fields.error("`" + name + "` must be an object");
      continue;
    }
    FieldReader rope(*object, file, reporter);
    for (StringRef type : {"rope_type", "type"})
      rope.oneOf(type, {"default"}, "expected `default`");
    theta = rope.positive("rope_theta", theta);
    rope.rejectUnknown((name + ".").str());
  }
  if (theta && outerTheta && theta != outerTheta)
    fields.error("`rope_theta` is given twice, with different values");
  return theta ? theta : outerTheta ? outerTheta : defaultTheta;
}

static void readHeads(FieldReader &fields, LlamaConfig &config) {
  config.heads = fields.size("num_attention_heads");
  config.kvHeads = fields.size("num_key_value_heads", config.heads);
  if (config.heads % config.kvHeads != 0)
    fields.error("`num_attention_heads` (" + Twine(config.heads) + ") is no multiple of `num_key_value_heads` (" +
                 Twine(config.kvHeads) + ")");
  std::optional<int64_t> derived;
  if (config.hiddenSize % config.heads == 0)
    derived = config.hiddenSize / config.heads;
  config.headDim = fields.size("head_dim", derived);
  if (config.headDim % 2 != 0)
    fields.error("the head dimension is " + Twine(config.headDim) + ", which rotary embedding needs to be even");
}

std::optional<LlamaConfig> lzimport::readLlamaConfig(StringRef text, StringRef file, Reporter &reporter) {
  unsigned before = reporter.count();
  std::optional<json::Object> object = parseObject(text, file, "", reporter);
  if (!object)
    return std::nullopt;
  FieldReader fields(*object, file.str(), reporter);
  readArchitecture(fields);
  if (reporter.count() != before)
    return std::nullopt;
  LlamaConfig config;
  config.vocabSize = fields.size("vocab_size");
  config.hiddenSize = fields.size("hidden_size");
  config.intermediateSize = fields.size("intermediate_size");
  config.layers = fields.size("num_hidden_layers", std::nullopt, maxLayers);
  readHeads(fields, config);
  config.epsilon = fields.positive("rms_norm_eps", 1e-6);
  config.ropeTheta = readRope(fields, file.str(), reporter);
  config.tiesEmbeddings = fields.boolean("tie_word_embeddings");
  config.hasAttentionBias = fields.boolean("attention_bias");
  config.hasMlpBias = fields.boolean("mlp_bias");
  fields.oneOf("hidden_act", {"silu", "swish"}, "expected `silu`");
  fields.ignore(withoutMeaning);
  fields.rejectUnknown();
  return reporter.count() == before ? std::optional(config) : std::nullopt;
}
