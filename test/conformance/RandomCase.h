//===- RandomCase.h - Cases drawn at random -------------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_CONFORMANCE_RANDOMCASE_H
#define LZ_TEST_CONFORMANCE_RANDOMCASE_H

#include "Case.h"

#include <random>

namespace lz::test {

/// Rows shorter than this are made of positive terms: cancellation in the only elements of a row leaves nothing to
/// measure an error by.
constexpr int64_t shortRow = 16;
/// Multiply-adds that a case may cost: the reference takes some nanoseconds for each.
constexpr int64_t budget = 2'000'000;

double rounded(Element element, double value);
/// The shape of a q-, k- or v-like tensor with these extents; without a batch where the layout has none.
std::vector<int64_t> byLayout(int64_t layout, int64_t b, int64_t s, int64_t h, int64_t d);

/// Draws calls of one operation after another: shapes (0 and 1 included), types, layouts, attributes, optional
/// arguments, placement.
class CaseGenerator {
public:
  explicit CaseGenerator(uint64_t seed) : random(seed) {}
  Case draw(lz_operation_t operation);

private:
  /// Extents of an attention call, whatever its operation.
  struct AttentionExtents {
    int64_t layout, batch, heads, queries, keys, dim, dimV;
    bool withBatch() const { return layout == LZ_LAYOUT_BSHD || layout == LZ_LAYOUT_BHSD; }
  };
  /// Sequences in a cache: `batch` and `positions` are the extents of the cache tensors.
  struct CacheExtents {
    int64_t layout, batch, positions, capacity;
    std::vector<int64_t> lengths;
  };
  void attention(Case &result);
  void attentionExtras(Case &result, const AttentionExtents &extents, unsigned maskSlot);
  void cachedAttention(Case &result);
  void cacheUpdate(Case &result);
  CacheExtents cache(Case &result, int64_t layout, unsigned lengthsSlot, int64_t batch, bool mayShare);
  void blockTable(Case &result, unsigned slot, const CacheExtents &extents, int64_t width, bool mayShare);
  void poison(Case &result, unsigned slot, const CacheExtents &extents);
  void norm(Case &result);
  void rope(Case &result);
  void affineNorm(Case &result);
  void activation(Case &result);
  void softmax(Case &result);
  void crossEntropy(Case &result);
  void greedy(Case &result);
  void sample(Case &result);
  void drawRow(CaseArgument &logits, CaseArgument &random, int64_t row, const Case &limits);
  void matmul(Case &result);
  void embedding(Case &result);

  bool chance(double probability) { return std::uniform_real_distribution<>(0, 1)(random) < probability; }
  int64_t pick(std::initializer_list<int64_t> values);
  int64_t between(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random); }
  std::vector<int64_t> shapeOfRank(int low, int high, std::initializer_list<int64_t> last);
  Element drawType();
  /// The type of a parameter beside data of type `element`.
  Element parameterType(Element element) { return chance(0.2) && element != Element::F64 ? Element::F32 : element; }
  /// Normally distributed, or in [0.5, 1.5) where `positive`.
  CaseArgument input(Element element, std::vector<int64_t> shape, bool positive = false);
  CaseArgument ids(std::vector<int64_t> shape, int64_t end);
  CaseArgument output(Element element, std::vector<int64_t> shape, int64_t reduction);
  void place(Case &result);
  CaseArgument mask(Element element, const int64_t (&extents)[4], bool withBatch);

  std::mt19937_64 random;
};

/// The operations that the generator knows.
const std::vector<lz_operation_t> &knownOperations();

} // namespace lz::test

#endif // LZ_TEST_CONFORMANCE_RANDOMCASE_H
