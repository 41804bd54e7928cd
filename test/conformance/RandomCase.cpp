//===- RandomCase.cpp - Cases drawn at random -----------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RandomCase.h"
#include "Catalogue.h"

#include <cmath>
#include <numeric>
#include <stdexcept>

namespace lz::test {

using namespace kernels;

double rounded(Element element, double value) {
  return withFloatType(element, [&](auto type) { return toDouble(fromDouble<decltype(type)>(value)); });
}

std::vector<int64_t> byLayout(int64_t layout, int64_t b, int64_t s, int64_t h, int64_t d) {
  switch (layout) {
  case LZ_LAYOUT_BSHD:
    return {b, s, h, d};
  case LZ_LAYOUT_BHSD:
    return {b, h, s, d};
  case LZ_LAYOUT_NHD:
    return {s, h, d};
  default:
    return {h, s, d};
  }
}

const std::vector<lz_operation_t> &knownOperations() {
  // Whatever the shipped manifests name: a new kernel cannot stay untested, for `draw` knows no default.
  static const std::vector<lz_operation_t> operations = [] {
    std::vector<lz_operation_t> found;
    for (int operation = 0; operation < LZ_OP_COUNT; ++operation)
      if (!kernelsOf(lz_operation_t(operation)).empty())
        found.push_back(lz_operation_t(operation));
    return found;
  }();
  return operations;
}

Case CaseGenerator::draw(lz_operation_t operation) {
  Case result = {operation, {}, {}, {}, CallBuilder::Open(between(0, 2))};
  switch (operation) {
  case LZ_OP_RMS_NORM:
  case LZ_OP_ADD_RMS_NORM:
    norm(result);
    break;
  case LZ_OP_LAYER_NORM:
  case LZ_OP_GROUP_NORM:
    affineNorm(result);
    break;
  case LZ_OP_ROPE:
  case LZ_OP_ROPE_INTERLEAVED:
    rope(result);
    break;
  case LZ_OP_SWIGLU:
  case LZ_OP_GEGLU:
  case LZ_OP_GELU:
  case LZ_OP_SILU:
    activation(result);
    break;
  case LZ_OP_SOFTMAX:
    softmax(result);
    break;
  case LZ_OP_CROSS_ENTROPY:
    crossEntropy(result);
    break;
  case LZ_OP_SAMPLE_GREEDY:
    greedy(result);
    break;
  case LZ_OP_SAMPLE_TOP_K:
  case LZ_OP_SAMPLE_TOP_P:
    sample(result);
    break;
  case LZ_OP_MATMUL:
    matmul(result);
    break;
  case LZ_OP_EMBEDDING:
    embedding(result);
    break;
  case LZ_OP_ATTENTION_CAUSAL:
  case LZ_OP_ATTENTION_FULL:
  case LZ_OP_ATTENTION_CROSS:
  case LZ_OP_ATTENTION_SLIDING_WINDOW:
  case LZ_OP_ALIBI:
    attention(result);
    break;
  case LZ_OP_ATTENTION_PREFILL:
  case LZ_OP_ATTENTION_DECODE:
    cachedAttention(result);
    break;
  case LZ_OP_KV_CACHE_UPDATE:
    cacheUpdate(result);
    break;
  default:
    throw std::logic_error(std::string("no cases are known for `") + nameOf(operation) + "`");
  }
  place(result);
  return result;
}

int64_t CaseGenerator::pick(std::initializer_list<int64_t> values) {
  return values.begin()[between(0, int64_t(values.size()) - 1)];
}

Element CaseGenerator::drawType() {
  static constexpr Element types[] = {Element::F32, Element::F32,  Element::F32,  Element::F16,
                                      Element::F16, Element::BF16, Element::BF16, Element::F64};
  return types[between(0, 7)];
}

CaseArgument CaseGenerator::input(Element element, std::vector<int64_t> shape, bool positive) {
  CaseArgument argument;
  argument.element = element;
  argument.shape = std::move(shape);
  argument.values.resize(argument.count());
  std::normal_distribution<> normal;
  std::uniform_real_distribution<> uniform(0.5, 1.5);
  for (double &value : argument.values)
    value = rounded(element, positive ? uniform(random) : normal(random));
  return argument;
}

CaseArgument CaseGenerator::output(Element element, std::vector<int64_t> shape, int64_t reduction) {
  CaseArgument argument;
  argument.element = element;
  argument.shape = std::move(shape);
  argument.output = true;
  argument.reduction = reduction;
  return argument;
}

void CaseGenerator::place(Case &result) {
  if (chance(0.75))
    return;
  for (auto &[slot, argument] : result.arguments)
    argument.placement = Placement(between(0, 2));
}

std::vector<int64_t> CaseGenerator::shapeOfRank(int low, int high, std::initializer_list<int64_t> last) {
  std::vector<int64_t> shape(between(low, high) - 1);
  for (int64_t &extent : shape)
    extent = chance(0.06) ? 0 : pick({1, 1, 2, 3, 5, 9});
  shape.push_back(pick(last));
  return shape;
}

void CaseGenerator::norm(Case &result) {
  Element element = drawType();
  bool adds = result.operation == LZ_OP_ADD_RMS_NORM;
  std::vector<int64_t> shape = shapeOfRank(1, 4, {0, 1, 2, 3, 15, 16, 17, 64, 100, 1024, 4096});
  result.arguments[0] = input(element, shape);
  if (adds)
    result.arguments[1] = input(element, shape);
  result.arguments[adds ? 2 : 1] = input(parameterType(element), {shape.back()});
  result.arguments[adds ? 3 : 2] = output(element, shape, shape.back());
  if (adds)
    result.arguments[4] = output(element, shape, 1);
  result.reals[LZ_ATTR_EPSILON] = chance(0.5) ? 1e-6 : 1e-5;
}

void CaseGenerator::rope(Case &result) {
  Element element = drawType();
  int64_t layout = between(0, LZ_LAYOUT_COUNT - 1);
  bool withBatch = layout == LZ_LAYOUT_BSHD || layout == LZ_LAYOUT_BHSD;
  int64_t batch = withBatch ? pick({0, 1, 2, 3}) : 1, positions = pick({0, 1, 2, 7, 33}), heads = pick({0, 1, 2, 5});
  int64_t dim = pick({0, 2, 6, 32, 64, 66, 128});
  result.integers[LZ_ATTR_LAYOUT] = layout;
  result.arguments[0] = input(element, byLayout(layout, batch, positions, heads, dim));
  std::vector<int64_t> table = {chance(0.5) ? 1 : batch, positions, dim / 2};
  if (!withBatch)
    table.erase(table.begin());
  CaseArgument cosines = input(parameterType(element), table), sines = cosines;
  for (size_t i = 0; i < cosines.values.size(); ++i) {
    double angle = cosines.values[i] * 3;
    cosines.values[i] = rounded(cosines.element, std::cos(angle));
    sines.values[i] = rounded(sines.element, std::sin(angle));
  }
  result.arguments[1] = std::move(cosines);
  result.arguments[2] = std::move(sines);
  result.arguments[3] = output(element, result.arguments[0].shape, 2);
}

void CaseGenerator::affineNorm(Case &result) {
  Element element = drawType();
  bool grouped = result.operation == LZ_OP_GROUP_NORM;
  std::vector<int64_t> shape = shapeOfRank(1, 4, {0, 1, 2, 3, 15, 16, 17, 64, 100, 1024, 4096});
  int64_t channels = shape.back(), groups = pick({1, 1, 2, 4});
  if (grouped) {
    channels = groups * pick({1, 1, 2, 3, 20});
    shape = {chance(0.06) ? 0 : pick({1, 2, 3}), chance(0.06) ? 0 : channels};
    for (int64_t i = between(0, 2); i > 0; --i)
      shape.push_back(pick({0, 1, 2, 7, 16, 33}));
    channels = shape[1];
    result.integers[LZ_ATTR_GROUPS] = groups;
  }
  result.arguments[0] = input(element, shape);
  // Neighbours far apart: two elements that are nearly equal leave no difference to measure an error by.
  for (size_t i = 0; i < result.arguments[0].values.size(); ++i)
    result.arguments[0].values[i] = rounded(element, result.arguments[0].values[i] / 4 + (i % 2 ? 2 : -1));
  result.arguments[1] = input(parameterType(element), {channels});
  if (chance(0.7))
    result.arguments[2] = input(parameterType(element), {channels});
  result.arguments[3] = output(element, shape, std::max<int64_t>(result.arguments[0].count(), 1));
  result.arguments[3].floor = 1; // normed elements and biases are about that large, and may cancel
  result.reals[LZ_ATTR_EPSILON] = chance(0.5) ? 1e-6 : 1e-5;
}

void CaseGenerator::activation(Case &result) {
  Element element = drawType();
  bool gated = result.operation == LZ_OP_SWIGLU || result.operation == LZ_OP_GEGLU;
  bool gelu = result.operation == LZ_OP_GELU || result.operation == LZ_OP_GEGLU, tanh = gelu && chance(0.5);
  // Past these float32 runs out of exponents; the exponent of the tanh form is rounded before it is raised.
  double scale = gelu ? 6 : 40, least = tanh ? -3 : gelu ? -12 : -80;
  std::vector<int64_t> shape = shapeOfRank(1, 4, {0, 1, 2, 15, 16, 17, 100, 344, 5000});
  result.arguments[0] = input(element, shape);
  if (chance(0.3))
    for (double &value : result.arguments[0].values)
      value = rounded(element, value * scale);
  for (double &value : result.arguments[0].values)
    value = std::max(value, least);
  if (gated)
    result.arguments[1] = input(element, shape);
  result.arguments[gated ? 2 : 1] = output(element, shape, 1);
  if (gelu)
    result.integers[LZ_ATTR_APPROXIMATE] = tanh;
}

void CaseGenerator::softmax(Case &result) {
  Element element = drawType();
  std::vector<int64_t> shape = shapeOfRank(1, 4, {0, 1, 2, 15, 16, 17, 100, 1000, 5000});
  result.arguments[0] = input(element, shape);
  if (chance(0.3))
    for (double &value : result.arguments[0].values)
      value = chance(0.1) ? -1e4 : rounded(element, value * 20);
  result.arguments[1] = output(element, shape, std::max<int64_t>(shape.back(), 1));
}

CaseArgument CaseGenerator::ids(std::vector<int64_t> shape, int64_t end) {
  CaseArgument ids;
  ids.element = chance(0.5) ? Element::I32 : Element::I64;
  ids.shape = std::move(shape);
  ids.values.resize(ids.count());
  for (double &value : ids.values)
    value = double(between(0, end - 1));
  return ids;
}

void CaseGenerator::crossEntropy(Case &result) {
  Element element = drawType();
  std::vector<int64_t> shape = shapeOfRank(1, 4, {1, 2, 15, 16, 17, 100, 1000, 5000}),
                       lead(shape.begin(), shape.end() - 1);
  result.arguments[0] = input(element, shape);
  if (chance(0.3))
    for (double &value : result.arguments[0].values)
      value = rounded(element, value * 10);
  result.arguments[1] = ids(lead, shape.back());
  int64_t ignored = chance(0.5) ? -100 : shape.back() - 1;
  for (double &target : result.arguments[1].values)
    target = chance(0.2) ? double(ignored) : target;
  if (ignored != -100 || chance(0.5))
    result.integers[LZ_ATTR_IGNORE_INDEX] = ignored;
  result.arguments[2] = output(parameterType(element), lead, shape.back());
  result.arguments[2].floor = 10; // a difference of numbers that large, which may cancel
}

void CaseGenerator::greedy(Case &result) {
  Element element = drawType();
  std::vector<int64_t> shape = shapeOfRank(1, 4, {0, 1, 2, 15, 16, 17, 100, 1000, 5000}),
                       lead(shape.begin(), shape.end() - 1);
  result.arguments[0] = input(element, shape);
  if (chance(0.5))
    for (double &value : result.arguments[0].values) // ties
      value = chance(0.05) ? -INFINITY : std::round(value);
  result.arguments[1] = output(chance(0.5) ? Element::I32 : Element::I64, lead, 1);
}

namespace {

/// The weights of a row in the order of sample.top_k.
std::vector<double> weightsOf(const double *logits, int64_t width, double temperature) {
  std::vector<double> weights(logits, logits + width);
  std::sort(weights.begin(), weights.end(), std::greater<>());
  double greatest = weights.empty() ? 0 : weights[0];
  for (double &weight : weights)
    weight = std::exp((weight - greatest) / temperature);
  return weights;
}

/// How many of the weights are kept; 0 where rounding might change that.
size_t keptOf(const std::vector<double> &weights, int64_t topK, double topP) {
  constexpr double margin = 2e-5;
  double all = std::accumulate(weights.begin(), weights.end(), 0.0), sum = 0;
  for (size_t count = 1; count <= weights.size(); ++count) {
    sum += weights[count - 1];
    if (topP < 1 && std::fabs(sum - topP * all) < margin * all)
      return 0;
    if (sum >= topP * all || int64_t(count) == topK)
      return count;
  }
  return weights.size();
}

} // namespace

/// Draws a row of logits, and a random number in the middle of what falls to one token: a draw at a border would hang
/// on rounding.
void CaseGenerator::drawRow(CaseArgument &logits, CaseArgument &random, int64_t row, const Case &limits) {
  const int64_t width = logits.shape.back();
  double *values = logits.values.data() + row * width;
  auto limit = [](const auto &map, int32_t id, auto otherwise) { return map.count(id) ? map.at(id) : otherwise; };
  const double temperature = limit(limits.reals, LZ_ATTR_TEMPERATURE, 1.0);
  const bool ties = chance(0.3);
  std::vector<double> weights;
  size_t kept = 0;
  while (kept == 0) {
    for (int64_t i = 0; i < width; ++i) {
      double value = std::normal_distribution<>(0, 3)(this->random);
      values[i] = chance(0.03) ? -INFINITY : rounded(logits.element, ties ? std::round(value) : value);
    }
    values[between(0, width - 1)] = 1;
    weights = weightsOf(values, width, temperature);
    kept = keptOf(weights, limit(limits.integers, LZ_ATTR_TOP_K, INT64_MAX), limit(limits.reals, LZ_ATTR_TOP_P, 2.0));
  }
  weights.resize(kept);
  const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
  size_t chosen = size_t(between(0, int64_t(kept) - 1));
  while (weights[chosen] < 1e-4 * all)
    --chosen; // the first weighs enough
  const double before = std::accumulate(weights.begin(), weights.begin() + chosen, 0.0);
  random.values[row] = rounded(Element::F32, (before + weights[chosen] / 2) / all);
}

void CaseGenerator::sample(Case &result) {
  std::vector<int64_t> shape = shapeOfRank(1, 3, {1, 2, 15, 16, 17, 100, 1000}), lead(shape.begin(), shape.end() - 1);
  if (result.operation == LZ_OP_SAMPLE_TOP_K)
    result.integers[LZ_ATTR_TOP_K] = pick({1, 2, 5, 40, 5000});
  else
    result.reals[LZ_ATTR_TOP_P] = chance(0.1) ? 1 : std::uniform_real_distribution<>(0.01, 0.99)(random);
  if (chance(0.5))
    result.reals[LZ_ATTR_TEMPERATURE] = chance(0.5) ? 0.5 : 1.5;
  CaseArgument logits = input(drawType(), shape), numbers = input(Element::F32, lead);
  for (int64_t row = 0; row < numbers.count(); ++row)
    drawRow(logits, numbers, row, result);
  result.arguments[0] = std::move(logits);
  result.arguments[1] = std::move(numbers);
  result.arguments[2] = output(chance(0.5) ? Element::I32 : Element::I64, lead, 1);
}

/// One number for a whole operand, as a scalar or as a tensor, or one for each of `extent` rows or columns.
CaseArgument CaseGenerator::matmulScale(std::vector<int64_t> lead, int64_t extent) {
  lead.push_back(extent);
  const int64_t kind = between(0, 2);
  return input(Element::F32, kind == 0 ? std::vector<int64_t>() : kind == 1 ? std::vector<int64_t>{1} : lead, true);
}

void CaseGenerator::matmul(Case &result) {
  Element element = drawType();
  std::vector<int64_t> lead;
  for (int64_t i = between(0, 2); i > 0; --i)
    lead.push_back(chance(0.06) ? 0 : pick({1, 2, 3}));
  int64_t m, n, k;
  do {
    m = pick({0, 1, 1, 2, 6, 17, 64, 97, 150}), n = pick({0, 1, 3, 16, 64, 65, 130, 300});
    k = pick({0, 1, 2, 15, 64, 256, 257, 600});
  } while (m * n * k > budget / 4);
  bool transposeA = chance(0.3), transposeB = chance(0.5), shared = chance(0.5);
  auto with = [&](int64_t rows, int64_t columns, bool batched) {
    std::vector<int64_t> shape = batched ? lead : std::vector<int64_t>();
    shape.insert(shape.end(), {rows, columns});
    return shape;
  };
  bool positive = n < shortRow;
  Element a = element, b = element;
  if (element != Element::F64 && chance(0.15))
    b = chance(0.5) ? Element::F32 : chance(0.5) ? Element::F16 : Element::BF16;
  if (chance(0.3) && element != Element::F64) {
    a = chance(0.5) ? Element::F8E4M3FN : Element::F8E5M2, b = chance(0.5) ? Element::F8E4M3FN : Element::F8E5M2;
    for (unsigned slot : {3, 4})
      if (chance(0.6))
        result.arguments[slot] = matmulScale(slot == 4 && shared ? std::vector<int64_t>() : lead, slot == 3 ? m : n);
  }
  result.arguments[0] = input(a, transposeA ? with(k, m, true) : with(m, k, true), positive);
  result.arguments[1] = input(b, transposeB ? with(n, k, !shared) : with(k, n, !shared), positive);
  if (chance(0.4))
    result.arguments[2] = input(parameterType(element), {n}, positive);
  result.arguments[5] = output(element, with(m, n, true), k);
  if (transposeA || chance(0.3))
    result.integers[LZ_ATTR_TRANSPOSE_A] = transposeA;
  if (transposeB || chance(0.3))
    result.integers[LZ_ATTR_TRANSPOSE_B] = transposeB;
}

void CaseGenerator::embedding(Case &result) {
  Element element = drawType();
  int64_t vocabulary = pick({1, 2, 100, 513}), width = pick({0, 1, 7, 64, 300});
  std::vector<int64_t> shape = shapeOfRank(1, 3, {0, 1, 4, 50});
  if (chance(0.1))
    shape.clear();
  result.arguments[0] = input(element, {vocabulary, width});
  result.arguments[1] = ids(shape, vocabulary);
  shape.push_back(width);
  result.arguments[2] = output(element, shape, 1);
}

} // namespace lz::test
