//===- Rows.h - Row-wise operations, vectorised ---------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each function does the rows [begin, end) of a contiguous problem whose elements are float16, bfloat16 or float32.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_KERNELS_CPU_ROWS_H
#define LZ_KERNELS_CPU_ROWS_H

#include "../common/Problems.h"

namespace lz::kernels::cpu {

/// Keeps each row of sums in `row` (width floats), so that x and residual are read once.
void normRowsFused(const NormProblem &problem, int64_t begin, int64_t end, float *row);
/// Reads x and residual twice and needs no memory.
void normRowsTwoPass(const NormProblem &problem, int64_t begin, int64_t end);
/// Here begin and end count segments.
void affineSegments(const AffineNormProblem &problem, int64_t begin, int64_t end);
/// Rows are (batch, position, head) triples in that order; `table` has room for 2 * headDim floats.
void ropeRows(const RopeProblem &problem, int64_t begin, int64_t end, float *table);
/// Here begin and end count elements.
void activateElements(const ActivationProblem &problem, int64_t begin, int64_t end);
void softmaxRows(const SoftmaxProblem &problem, int64_t begin, int64_t end, float *row);

} // namespace lz::kernels::cpu

#endif // LZ_KERNELS_CPU_ROWS_H
