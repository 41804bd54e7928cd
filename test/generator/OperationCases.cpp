//===- OperationCases.cpp - How to write each operation -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Body.h"

#include <cmath>

using namespace lz::generator;

namespace {

using Groups = std::vector<OperandGroup>;

std::string real(Body &body, double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.6e : %s", value, body.random.chance(50) ? "f64" : "f32");
  return text;
}

std::string integer(int64_t value) { return std::to_string(value) + " : i64"; }

Shape rowsOf(const Shape &shape) { return Shape(shape.begin(), shape.end() - 1); }

std::string idElement(Body &body) { return body.random.chance(50) ? "i32" : "i64"; }

/// The seed, or what `ranks` allow.
Tensor mainOf(Body &body, const Tensor *seed, int64_t minRank, int64_t maxRank) {
  return seed ? *seed : body.mainInput(minRank, maxRank);
}

std::vector<Tensor> writeRmsNorm(Body &body, lz_operation_t operation, const Tensor *seed) {
  Tensor x = mainOf(body, seed, 1, 5);
  std::vector<Tensor> ins = {x}, outs;
  if (operation == LZ_OP_ADD_RMS_NORM)
    ins.push_back(body.obtain(x.shape, x.element));
  ins.push_back(body.obtain({x.shape.back()}, body.parameterElement(x.element)));
  for (size_t i = 0; i + 1 < ins.size(); ++i)
    outs.push_back(body.destination(x.shape, x.element));
  return body.operation(operation, {{"ins", ins}, {"outs", outs}},
                        {"epsilon = " + real(body, body.random.chance(50) ? 1e-6 : 1e-5)});
}

std::vector<Tensor> writeAffineNorm(Body &body, lz_operation_t operation, const Tensor *seed) {
  const bool grouped = operation == LZ_OP_GROUP_NORM;
  Tensor x = mainOf(body, seed, grouped ? 2 : 1, 5);
  const int64_t channels = grouped ? x.shape[1] : x.shape.back();
  Groups groups = {{"ins", {x, body.obtain({channels}, body.parameterElement(x.element))}}};
  if (body.random.chance(50))
    groups.push_back({"bias", {body.obtain({channels}, body.parameterElement(x.element))}});
  groups.push_back({"outs", {body.destination(x.shape, x.element)}});
  std::vector<std::string> attributes = {"epsilon = " + real(body, 1e-5)};
  if (grouped) {
    int64_t number = body.random.pick({1, 2, 4, 8});
    while (channels % number != 0)
      number /= 2;
    attributes.push_back("groups = " + integer(number));
  }
  return body.operation(operation, groups, attributes);
}

std::vector<Tensor> writeActivation(Body &body, lz_operation_t operation, const Tensor *seed) {
  Tensor x = mainOf(body, seed, 1, 5);
  std::vector<Tensor> ins = {x};
  if (operation == LZ_OP_SWIGLU || operation == LZ_OP_GEGLU)
    ins.push_back(body.obtain(x.shape, x.element));
  std::vector<std::string> attributes;
  if (operation == LZ_OP_GELU || operation == LZ_OP_GEGLU)
    attributes.push_back(std::string("approximate = #lz.approximation<") +
                         (body.random.chance(50) ? "none>" : "tanh>"));
  return body.operation(operation, {{"ins", ins}, {"outs", {body.destination(x.shape, x.element)}}}, attributes);
}

/// The axes of a tensor with heads.
struct Heads {
  int64_t batch, sequence, heads, width;
  lz_layout_t layout;

  bool hasBatch() const { return layout == LZ_LAYOUT_BSHD || layout == LZ_LAYOUT_BHSD; }
  bool headsFirst() const { return layout == LZ_LAYOUT_BHSD || layout == LZ_LAYOUT_HND; }

  static Heads of(Body &body, const Shape &shape) {
    const bool first = body.random.chance(50);
    const size_t at = shape.size() == 4 ? 1 : 0;
    const lz_layout_t layout = at ? (first ? LZ_LAYOUT_BHSD : LZ_LAYOUT_BSHD) : (first ? LZ_LAYOUT_HND : LZ_LAYOUT_NHD);
    return {at ? shape[0] : 1, shape[first ? at + 1 : at], shape[first ? at : at + 1], shape[at + 2], layout};
  }
  Shape shape() const {
    Shape extents = headsFirst() ? Shape{heads, sequence, width} : Shape{sequence, heads, width};
    if (hasBatch())
      extents.insert(extents.begin(), batch);
    return extents;
  }
  /// Batch where there is one, and `rest`.
  Shape withBatch(Shape rest) const {
    if (hasBatch())
      rest.insert(rest.begin(), batch);
    return rest;
  }
  std::string attribute() const {
    static const char *names[] = {"BSHD", "BHSD", "NHD", "HND"};
    return std::string("layout = #lz.layout<") + names[layout] + ">";
  }
};

std::vector<Tensor> writeRope(Body &body, lz_operation_t operation, const Tensor *seed) {
  Tensor x = mainOf(body, seed, 3, 4);
  if (x.shape.back() % 2) {
    if (seed)
      return writeActivation(body, LZ_OP_SILU, seed); // an odd head has no pairs
    Shape even = x.shape;
    even.back() += 1;
    x = body.obtain(even, x.element);
  }
  Heads axes = Heads::of(body, x.shape);
  Shape table = axes.withBatch({axes.sequence, axes.width / 2});
  if (axes.hasBatch() && body.random.chance(50))
    table[0] = 1;
  std::vector<Tensor> ins = {x};
  for (int i = 0; i < 2; ++i)
    ins.push_back(body.obtain(table, body.parameterElement(x.element)));
  return body.operation(operation, {{"ins", ins}, {"outs", {body.destination(x.shape, x.element)}}},
                        {axes.attribute()});
}

/// The keys' heads: each serves as many heads of the queries.
int64_t drawKeyHeads(Body &body, int64_t heads) {
  int64_t keyHeads = heads;
  for (int64_t divisor : {2, 3, 2})
    if (keyHeads % divisor == 0 && keyHeads > 1 && body.random.chance(40))
      keyHeads /= divisor;
  return keyHeads;
}

void addMask(Body &body, Groups &groups, const Heads &axes, int64_t keys, const std::string &element) {
  if (!body.random.chance(35))
    return;
  Shape shape = axes.withBatch({axes.heads, axes.sequence, keys});
  for (int64_t &extent : shape)
    extent = body.random.chance(40) ? 1 : extent;
  groups.push_back({"mask", {body.obtain(shape, body.parameterElement(element))}});
}

/// What an attention writes, for values of `width`.
void addAttentionOutputs(Body &body, Groups &groups, Heads axes, int64_t width, const std::string &element) {
  Shape sums = axes.withBatch({axes.heads, axes.sequence});
  axes.width = width;
  groups.push_back({"outs", {body.destination(axes.shape(), element)}});
  if (body.random.chance(35))
    groups.push_back({"lse", {body.destination(sums, "f32")}});
}

void addScores(Body &body, std::vector<std::string> &attributes) {
  if (body.random.chance(35))
    attributes.push_back("scale = " + real(body, double(body.random.draw(1, 8)) / 16));
  if (body.random.chance(30))
    attributes.push_back("softcap = " + real(body, double(body.random.draw(1, 40))));
}

std::string alignment(Body &body) {
  return std::string("causal_alignment = #lz.alignment<") + (body.random.chance(50) ? "top_left>" : "bottom_right>");
}

std::vector<Tensor> writeAttention(Body &body, lz_operation_t operation, const Tensor *seed) {
  Tensor q = mainOf(body, seed, 3, 4);
  Heads axes = Heads::of(body, q.shape), keys = axes;
  keys.heads = drawKeyHeads(body, axes.heads);
  keys.sequence = body.random.chance(50) ? axes.sequence : body.random.pick({0, 1, 2, 5, 9, 17});
  Heads values = keys;
  values.width = seed || body.random.chance(70) ? keys.width : body.random.pick({1, 4, 8});
  Groups groups = {{"ins", {q, body.obtain(keys.shape(), q.element), body.obtain(values.shape(), q.element)}}};
  if (operation == LZ_OP_ALIBI)
    groups[0].operands.push_back(body.obtain({axes.heads}, body.parameterElement(q.element), Data::Slope));
  addMask(body, groups, axes, keys.sequence, q.element);
  addAttentionOutputs(body, groups, axes, values.width, q.element);
  std::vector<std::string> attributes = {axes.attribute()};
  addScores(body, attributes);
  if (operation == LZ_OP_ATTENTION_CAUSAL || operation == LZ_OP_ATTENTION_SLIDING_WINDOW)
    attributes.push_back(alignment(body));
  if (operation == LZ_OP_ATTENTION_SLIDING_WINDOW)
    attributes.push_back("window_size = " + integer(body.random.pick({1, 2, 8, 1000, INT64_MAX})));
  return body.operation(operation, groups, attributes);
}

std::vector<Tensor> writeCrossEntropy(Body &body, lz_operation_t operation, const Tensor *) {
  Tensor logits = body.mainInput(1, 4);
  if (logits.shape.back() == 0) { // no target would be a class
    Shape shape = logits.shape;
    shape.back() = 3;
    logits = body.obtain(shape, logits.element);
  }
  Shape rows = rowsOf(logits.shape);
  Tensor targets = body.obtain(rows, idElement(body), Data::Index, logits.shape.back());
  std::vector<std::string> attributes;
  if (body.random.chance(50))
    attributes.push_back("ignore_index = " + integer(body.random.draw(-1, 2)));
  return body.operation(
      operation,
      {{"ins", {logits, targets}}, {"outs", {body.destination(rows, body.parameterElement(logits.element))}}},
      attributes);
}

/// Says that the last result holds numbers of tokens.
std::vector<Tensor> tokens(Body &body, std::vector<Tensor> results, int64_t vocabulary) {
  for (Tensor &token : results)
    token.data = Data::Index, token.limit = vocabulary;
  body.pool.back() = results.back();
  return results;
}

std::vector<Tensor> writeSample(Body &body, lz_operation_t operation, const Tensor *) {
  Tensor logits = body.mainInput(1, 4);
  Shape rows = rowsOf(logits.shape);
  Groups groups = {{"ins", {logits}}, {"outs", {}}};
  std::vector<std::string> attributes;
  if (operation != LZ_OP_SAMPLE_GREEDY) {
    groups[0].operands.push_back(body.obtain(rows, "f32", Data::Unit));
    if (body.random.chance(50))
      attributes.push_back("temperature = " + std::string(body.random.chance(50) ? "5.0e-1" : "1.5") + " : f64");
  }
  if (operation == LZ_OP_SAMPLE_TOP_K)
    attributes.push_back("top_k = " + integer(body.random.pick({1, 2, 5, 1000})));
  if (operation == LZ_OP_SAMPLE_TOP_P)
    attributes.push_back("top_p = " + std::string(body.random.chance(30) ? "1.0" : "7.5e-1") + " : f64");
  groups[1].operands.push_back(body.destination(rows, idElement(body)));
  return tokens(body, body.operation(operation, groups, attributes), logits.shape.back());
}

/// One number for a whole operand, or one for each of its rows or columns.
Tensor drawScale(Body &body, const Shape &lead, int64_t count) {
  Shape each = lead;
  each.push_back(count);
  const int64_t kind = body.random.draw(0, 2);
  return body.obtain(kind == 0 ? Shape{} : kind == 1 ? Shape{1} : each, "f32", Data::Slope);
}

std::string drawFloat8(Body &body) { return body.random.chance(50) ? "f8E4M3FN" : "f8E5M2"; }

std::vector<Tensor> writeMatmul(Body &body, lz_operation_t operation, const Tensor *) {
  Tensor a = body.mainInput(2, 4);
  const bool isFloat8 = body.random.chance(25);
  std::string out = a.element, elementB = body.random.chance(80) ? a.element : body.floatElement();
  if (isFloat8) {
    a = body.obtain(a.shape, drawFloat8(body));
    elementB = drawFloat8(body);
  }
  const size_t rank = a.shape.size();
  const Shape lead(a.shape.begin(), a.shape.end() - 2);
  const bool transposeA = body.random.chance(30), transposeB = body.random.chance(40), shared = body.random.chance(50);
  const int64_t m = a.shape[rank - (transposeA ? 1 : 2)], k = a.shape[rank - (transposeA ? 2 : 1)];
  const int64_t n = body.random.pick({0, 1, 4, 8, 17});
  auto matrix = [&](int64_t rows, int64_t columns, bool batched) {
    Shape shape = batched ? lead : Shape();
    shape.insert(shape.end(), {rows, columns});
    return shape;
  };
  Tensor b = body.obtain(transposeB ? matrix(n, k, !shared) : matrix(k, n, !shared), elementB);
  Groups groups = {{"ins", {a, b}}};
  if (body.random.chance(40))
    groups.push_back({"bias", {body.obtain({n}, body.parameterElement(out))}});
  if (isFloat8 && body.random.chance(60))
    groups.push_back({"scale_a", {drawScale(body, lead, m)}});
  if (isFloat8 && body.random.chance(60))
    groups.push_back({"scale_b", {drawScale(body, shared ? Shape() : lead, n)}});
  groups.push_back({"outs", {body.destination(matrix(m, n, true), out)}});
  std::vector<std::string> attributes;
  if (transposeA || body.random.chance(20))
    attributes.push_back(std::string("transpose_a = ") + (transposeA ? "true" : "false"));
  if (transposeB || body.random.chance(20))
    attributes.push_back(std::string("transpose_b = ") + (transposeB ? "true" : "false"));
  return body.operation(operation, groups, attributes);
}

std::vector<Tensor> writeEmbedding(Body &body, lz_operation_t operation, const Tensor *) {
  Tensor table = body.mainInput(2, 2);
  if (table.shape[0] == 0)
    table = body.obtain({5, table.shape[1]}, table.element);
  Shape shape = body.shape(body.random.draw(0, 2));
  Tensor ids = body.obtain(shape, idElement(body), Data::Index, table.shape[0]);
  shape.push_back(table.shape[1]);
  return body.operation(operation, {{"ins", {table, ids}}, {"outs", {body.destination(shape, table.element)}}}, {});
}

/// A cache for `batch` sequences with keys of `heads` and `width`; what its operations share.
struct CacheOperands {
  Tensor keys, values, lengths;
  Groups table; ///< Empty where the cache is dense.
  std::vector<std::string> attributes;
  int64_t capacity;
};

/// The tokens that stand in the caches: axes of the keys, whose sequence does not matter, and the values' width.
CacheOperands drawCache(Body &body, Heads keys, int64_t valueWidth, const std::string &element, bool isUpdated) {
  const int64_t batch = keys.batch;
  const bool paged = keys.hasBatch() && body.random.chance(40);
  CacheOperands cache;
  cache.capacity = keys.sequence = body.random.pick({1, 2, 5, 8, 9});
  cache.attributes = {keys.attribute(), std::string("kv_layout = #lz.kv_layout<") + (paged ? "paged>" : "dense>")};
  if (paged) {
    const int64_t columns = body.random.pick({1, 2, 3});
    // Tables step through the blocks by sevens.
    keys.batch = batch * columns + body.random.draw(0, 2);
    keys.batch += keys.batch % 7 == 0;
    cache.capacity *= columns;
    cache.table = {{"block_table", {body.obtain({batch, columns}, idElement(body), Data::Blocks, keys.batch)}}};
  }
  Heads values = keys;
  values.width = valueWidth;
  auto draw = [&](const Shape &shape) {
    return isUpdated ? body.updated(shape, element) : body.obtain(shape, element);
  };
  cache.keys = draw(keys.shape());
  cache.values = draw(values.shape());
  cache.lengths = body.obtain({batch}, idElement(body), Data::Lengths, cache.capacity);
  if (body.random.chance(25))
    cache.attributes.push_back("max_context_len = " + integer(cache.capacity + body.random.draw(0, 9)));
  return cache;
}

std::vector<Tensor> writeCachedAttention(Body &body, lz_operation_t operation, const Tensor *seed) {
  Tensor q = mainOf(body, seed, 3, 4);
  Heads axes = Heads::of(body, q.shape), keys = axes;
  keys.heads = drawKeyHeads(body, axes.heads);
  const int64_t valueWidth = seed || body.random.chance(70) ? keys.width : body.random.pick({1, 4, 8});
  CacheOperands cache = drawCache(body, keys, valueWidth, body.floatElement(), false);
  Groups groups = {{"ins", {q, cache.keys, cache.values, cache.lengths}}};
  groups.insert(groups.end(), cache.table.begin(), cache.table.end());
  addMask(body, groups, axes, cache.capacity, q.element);
  addAttentionOutputs(body, groups, axes, valueWidth, q.element);
  addScores(body, cache.attributes);
  cache.attributes.push_back(alignment(body));
  if (body.random.chance(30))
    cache.attributes.push_back("window_size = " + integer(body.random.pick({1, 2, 8, INT64_MAX})));
  return body.operation(operation, groups, cache.attributes);
}

std::vector<Tensor> writeCacheUpdate(Body &body, lz_operation_t operation, const Tensor *) {
  Tensor k = body.mainInput(3, 4);
  Heads axes = Heads::of(body, k.shape), values = axes;
  values.width = body.random.chance(70) ? axes.width : body.random.pick({1, 4, 8});
  Tensor v = body.obtain(values.shape(), k.element);
  CacheOperands cache = drawCache(body, axes, values.width, body.floatElement(), true);
  Groups groups = {{"ins", {k, v, cache.lengths}}};
  groups.insert(groups.end(), cache.table.begin(), cache.table.end());
  groups.push_back({"outs", {cache.keys, cache.values}});
  return body.operation(operation, groups, cache.attributes);
}

} // namespace

const std::vector<OperationCase> &lz::generator::operationCases() {
  static const std::vector<OperationCase> cases = {
      {LZ_OP_ATTENTION_CAUSAL, writeAttention, 3, 4},
      {LZ_OP_ATTENTION_FULL, writeAttention, 3, 4},
      {LZ_OP_ATTENTION_CROSS, writeAttention, 3, 4},
      {LZ_OP_ATTENTION_SLIDING_WINDOW, writeAttention, 3, 4},
      {LZ_OP_ATTENTION_PREFILL, writeCachedAttention, 3, 4},
      {LZ_OP_ATTENTION_DECODE, writeCachedAttention, 3, 4},
      {LZ_OP_KV_CACHE_UPDATE, writeCacheUpdate, 0, 0},
      {LZ_OP_ALIBI, writeAttention, 3, 4},
      {LZ_OP_RMS_NORM, writeRmsNorm, 1, 5},
      {LZ_OP_ADD_RMS_NORM, writeRmsNorm, 1, 5},
      {LZ_OP_LAYER_NORM, writeAffineNorm, 1, 5},
      {LZ_OP_GROUP_NORM, writeAffineNorm, 2, 5},
      {LZ_OP_ROPE, writeRope, 3, 4},
      {LZ_OP_ROPE_INTERLEAVED, writeRope, 3, 4},
      {LZ_OP_SWIGLU, writeActivation, 1, 5},
      {LZ_OP_GEGLU, writeActivation, 1, 5},
      {LZ_OP_GELU, writeActivation, 1, 5},
      {LZ_OP_SILU, writeActivation, 1, 5},
      {LZ_OP_SOFTMAX, writeActivation, 1, 5},
      {LZ_OP_CROSS_ENTROPY, writeCrossEntropy, 0, 0},
      {LZ_OP_SAMPLE_GREEDY, writeSample, 0, 0},
      {LZ_OP_SAMPLE_TOP_K, writeSample, 0, 0},
      {LZ_OP_SAMPLE_TOP_P, writeSample, 0, 0},
      {LZ_OP_MATMUL, writeMatmul, 0, 0},
      {LZ_OP_EMBEDDING, writeEmbedding, 0, 0},
  };
  return cases;
}

std::string lz::generator::nameOf(lz_operation_t operation) {
  static const char *names[] = {
#define LZ_X(id, name) name,
      LZ_OPERATIONS(LZ_X)
#undef LZ_X
  };
  return names[operation];
}

Tensor lz::generator::writeAlike(Body &body, const Tensor &like) {
  std::vector<OperationCase> fitting;
  const int64_t rank = int64_t(like.shape.size());
  for (const OperationCase &one : operationCases())
    if (one.minRank <= rank && rank <= one.maxRank)
      fitting.push_back(one);
  Tensor seed = body.obtain(like.shape, like.element);
  if (body.random.chance(50))
    seed = like;
  const OperationCase &chosen = body.random.pick(fitting);
  return chosen.write(body, chosen.operation, &seed).front();
}
