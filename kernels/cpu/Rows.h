//===- Rows.h - Row-wise operations, vectorised ---------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each function does the rows [begin, end) of a contiguous problem whose elements are float16, bfloat16 or float32.
// With `past`, which asks for outputs and rows aligned to `streamAlignment` (Streaming.h), results go to memory past
// the caches.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_KERNELS_CPU_ROWS_H
#define LZ_KERNELS_CPU_ROWS_H

#include "../common/Problems.h"

namespace lz::kernels::cpu {

/// Takes the next row in while it writes one.
void normRowsFused(const NormProblem &problem, int64_t begin, int64_t end, bool past);
/// One row after the other.
void normRowsTwoPass(const NormProblem &problem, int64_t begin, int64_t end, bool past);
/// Here begin and end count segments.
void affineSegments(const AffineNormProblem &problem, int64_t begin, int64_t end, bool past);

/// The positions whose heads are turned together: more than one where the positions of a head lie side by side.
constexpr int64_t maxRopeBlock = 64;
inline int64_t ropeBlock(const RopeProblem &problem) {
  const bool headMajor = problem.heads > 1 && problem.xStrides.head > problem.xStrides.position;
  return headMajor ? std::clamp<int64_t>(problem.positions, 1, maxRopeBlock) : 1;
}
/// Here begin and end count blocks of `ropeBlock` positions, those of a batch element after one another; `tables` has
/// room for 2 * headDim floats a position of a block.
void ropeBlocks(const RopeProblem &problem, int64_t begin, int64_t end, float *tables, bool past);
/// Here begin and end count elements.
void activateElements(const ActivationProblem &problem, int64_t begin, int64_t end, bool past);
void softmaxRows(const SoftmaxProblem &problem, int64_t begin, int64_t end, float *row, bool past);

} // namespace lz::kernels::cpu

#endif // LZ_KERNELS_CPU_ROWS_H
