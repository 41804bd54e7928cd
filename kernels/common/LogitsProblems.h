//===- LogitsProblems.h - Calls over a vocabulary, checked ----------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Rows of logits, one for each index of the dimensions before the last. Changes with the slots in
// lzrt/abi/operations.h.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_KERNELS_COMMON_LOGITSPROBLEMS_H
#define LZ_KERNELS_COMMON_LOGITSPROBLEMS_H

#include "Index.h"

namespace lz::kernels {

namespace detail {
/// Checks the logits; returns the number of rows and sets their width.
inline int64_t readRows(ArgumentReader &reader, const Tensor &logits, int64_t &width) {
  reader.valid(logits.rank >= 1);
  reader.supported(isFloat(logits.element));
  if (!reader.ok())
    return 0;
  width = logits.last();
  int64_t rows = 1;
  for (int i = 0; i < logits.rank - 1; ++i)
    reader.valid(!__builtin_mul_overflow(rows, logits.shape[i], &rows));
  return rows;
}

/// Whether `tensor` has one element for each row of `logits`.
inline bool hasOneARow(const Tensor &tensor, const Tensor &logits) {
  return tensor.rank == logits.rank - 1 && std::memcmp(tensor.shape, logits.shape, sizeof(int64_t) * tensor.rank) == 0;
}
} // namespace detail

/// cross_entropy: out[r] = log(sum over j of exp(logits[r, j])) - logits[r, targets[r]], 0 where the target is
/// `ignored`.
struct CrossEntropyProblem {
  Tensor logits, targets, out;
  int64_t rows = 0, width = 0, ignored = -100;

  /// Whether each target is a token or ignored; anything else makes the call invalid.
  bool targetsAreKnown() const {
    for (int64_t row = 0; row < rows; ++row)
      if (int64_t target = idAt(targets, row); target != ignored && (target < 0 || target >= width))
        return false;
    return true;
  }
};

inline int32_t readCrossEntropy(const lz_call_t *call, CrossEntropyProblem &problem) {
  ArgumentReader reader(call);
  if (!reader.ok())
    return reader.status();
  reader.supported(call->site->operation == LZ_OP_CROSS_ENTROPY);
  problem.logits = reader.argument(0), problem.targets = reader.argument(1), problem.out = reader.argument(2);
  problem.rows = detail::readRows(reader, problem.logits, problem.width);
  reader.valid(detail::hasOneARow(problem.targets, problem.logits) && detail::hasOneARow(problem.out, problem.logits));
  reader.supported(isInteger(problem.targets.element) && isParameterOf(problem.out, problem.logits));
  if (reader.ok())
    problem.ignored = lz_call_i64(call, LZ_ATTR_IGNORE_INDEX, problem.ignored);
  return reader.status();
}

/// sample.greedy: the lowest token among those with the greatest logit. NaN is never the greatest; a row with nothing
/// above -inf gives 0.
///
/// sample.top_k, sample.top_p: tokens stand in the order of descending logits, ties by token, and weigh
/// w = exp((logit - greatest) / temperature). Kept are the first `topK`, or those before which the weights sum to less
/// than `topP` times the sum of all. The result is the first up to and with which the weights sum to more than random
/// times the sum of those kept; where rounding leaves none, the last kept one with a weight above 0. NaN counts as
/// -inf; a row without a greatest finite logit gives the first in the order, an empty one 0.
struct SampleProblem {
  Tensor logits, random, out;
  int64_t rows = 0, width = 0;
  int64_t topK = INT64_MAX;
  double topP = INFINITY, temperature = 1;
};

namespace detail {
inline void readLimits(ArgumentReader &reader, SampleProblem &problem, int operation) {
  if (operation == LZ_OP_SAMPLE_TOP_K)
    problem.topK = reader.mandatory(LZ_ATTR_TOP_K);
  const lz_attribute_t *topP = reader.attribute(LZ_ATTR_TOP_P), *temperature = reader.attribute(LZ_ATTR_TEMPERATURE);
  if (operation == LZ_OP_SAMPLE_TOP_P) {
    reader.valid(topP && topP->value.f64 > 0 && topP->value.f64 <= 1);
    problem.topP = topP ? topP->value.f64 : 1;
  }
  if (temperature)
    problem.temperature = temperature->value.f64;
  reader.valid(problem.topK >= 1 && problem.temperature > 0 && std::isfinite(problem.temperature));
}
} // namespace detail

inline int32_t readSample(const lz_call_t *call, SampleProblem &problem) {
  ArgumentReader reader(call);
  if (!reader.ok())
    return reader.status();
  int operation = call->site->operation;
  bool greedy = operation == LZ_OP_SAMPLE_GREEDY;
  if (!greedy && operation != LZ_OP_SAMPLE_TOP_K && operation != LZ_OP_SAMPLE_TOP_P)
    return LZ_STATUS_UNSUPPORTED;
  problem.logits = reader.argument(0), problem.out = reader.argument(greedy ? 1 : 2);
  problem.rows = detail::readRows(reader, problem.logits, problem.width);
  reader.valid(detail::hasOneARow(problem.out, problem.logits));
  reader.supported(isInteger(problem.out.element));
  if (greedy)
    return reader.status();
  problem.random = reader.argument(1);
  reader.valid(detail::hasOneARow(problem.random, problem.logits));
  reader.supported(isFloat(problem.random.element));
  detail::readLimits(reader, problem, operation);
  return reader.status();
}

} // namespace lz::kernels

#endif // LZ_KERNELS_COMMON_LOGITSPROBLEMS_H
