//===- RandomCase.cpp - Cases drawn at random -----------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RandomCase.h"
#include "Catalogue.h"

#include <cmath>
#include <stdexcept>

namespace lz::test {

using namespace kernels;

namespace {

/// Rows shorter than this are made of positive terms: cancellation in the only elements of a row leaves nothing to
/// measure an error by.
constexpr int64_t shortRow = 16;
/// Multiply-adds that a case may cost: the reference takes some nanoseconds for each.
constexpr int64_t budget = 2'000'000;

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

} // namespace

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
    attention(result);
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

void CaseGenerator::addMask(Case &result, const int64_t (&extents)[4], bool withBatch) {
  std::vector<int64_t> shape;
  for (int i = withBatch ? 0 : 1; i < 4; ++i)
    shape.push_back(chance(0.4) ? 1 : extents[i]);
  CaseArgument mask = input(parameterType(result.arguments[0].element), shape);
  if (chance(0.5))
    for (double &value : mask.values)
      value = value > 0.3 ? -INFINITY : value;
  result.arguments[3] = std::move(mask);
}

void CaseGenerator::attention(Case &result) {
  Element element = drawType();
  int64_t layout = between(0, LZ_LAYOUT_COUNT - 1);
  bool withBatch = layout == LZ_LAYOUT_BSHD || layout == LZ_LAYOUT_BHSD;
  int64_t batch = withBatch ? pick({0, 1, 1, 1, 2, 3}) : 1, kvHeads = pick({0, 1, 1, 2, 3});
  int64_t heads = kvHeads * pick({1, 1, 2, 4, 7}), queries, keys, dim, dimV;
  do {
    queries = pick({0, 1, 1, 2, 5, 17, 33, 64, 65, 130, 200});
    keys = chance(0.3) ? queries : pick({0, 1, 2, 7, 16, 31, 64, 65, 129, 300, 700, 1100});
    dim = pick({0, 1, 3, 8, 16, 24, 64, 80, 128, 129});
    dimV = chance(0.7) ? dim : pick({0, 1, 5, 16, 32, 96});
  } while (batch * heads * queries * keys * (dim + dimV) > budget);
  result.integers[LZ_ATTR_LAYOUT] = layout;
  result.arguments[0] = input(element, byLayout(layout, batch, queries, heads, dim));
  result.arguments[1] = input(element, byLayout(layout, batch, keys, kvHeads, dim));
  result.arguments[2] = input(element, byLayout(layout, batch, keys, kvHeads, dimV), dimV < shortRow);
  if (chance(0.35))
    addMask(result, {batch, heads, queries, keys}, withBatch);
  result.arguments[4] = output(element, byLayout(layout, batch, queries, heads, dimV), keys + dim);
  if (chance(0.4)) {
    result.arguments[5] = output(Element::F32, byLayout(LZ_LAYOUT_BHSD, batch, queries, heads, 0), keys + dim);
    result.arguments[5].shape.pop_back();
    if (!withBatch)
      result.arguments[5].shape.erase(result.arguments[5].shape.begin());
    result.arguments[5].floor = 1;
  }
  if (chance(0.4))
    result.reals[LZ_ATTR_SCALE] = dim ? std::uniform_real_distribution<>(0.2, 2)(random) / std::sqrt(double(dim)) : 0.7;
  if (chance(0.3))
    result.reals[LZ_ATTR_SOFTCAP] = pick({0, 1, 5, 30});
  if (result.operation == LZ_OP_ATTENTION_CAUSAL || result.operation == LZ_OP_ATTENTION_SLIDING_WINDOW)
    result.integers[LZ_ATTR_CAUSAL_ALIGNMENT] = between(0, 1);
  if (result.operation == LZ_OP_ATTENTION_SLIDING_WINDOW)
    result.integers[LZ_ATTR_WINDOW_SIZE] = pick({1, 2, 8, 63, 64, 100, 1000, INT64_MAX});
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
  result.arguments[0] = input(element, transposeA ? with(k, m, true) : with(m, k, true), positive);
  result.arguments[1] = input(element, transposeB ? with(n, k, !shared) : with(k, n, !shared), positive);
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
  CaseArgument ids;
  ids.element = chance(0.5) ? Element::I32 : Element::I64;
  ids.shape = shape;
  ids.values.resize(ids.count());
  for (double &value : ids.values)
    value = double(between(0, vocabulary - 1));
  result.arguments[0] = input(element, {vocabulary, width});
  result.arguments[1] = std::move(ids);
  shape.push_back(width);
  result.arguments[2] = output(element, shape, 1);
}

} // namespace lz::test
