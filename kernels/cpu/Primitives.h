//===- Primitives.h - Vectorised building blocks --------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each function runs the code of the best instruction set of this machine. Matrices are float32 in scratch memory; a
// width named "padded" is a multiple of `padding`, and the elements past the real width are finite.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_KERNELS_CPU_PRIMITIVES_H
#define LZ_KERNELS_CPU_PRIMITIVES_H

#include "../common/Element.h"

#include <cstdint>

namespace lz::kernels::cpu {

/// The widest vector in floats.
constexpr int64_t padding = 16;
constexpr int64_t padded(int64_t width) { return (width + padding - 1) / padding * padding; }

/// A read-only float32 matrix with any strides.
struct Matrix {
  const float *data;
  int64_t rowStride, columnStride;
};

/// c (+)= a * b with c of `rows` x `columns` and a shared extent `inner`. `columns` is padded; `b` and `c` have rows of
/// `ldb` and `ldc` floats.
void multiply(Matrix a, const float *b, int64_t ldb, float *c, int64_t ldc, int64_t rows, int64_t columns,
              int64_t inner, bool accumulate);

/// scores[j * ld + q] = row j of `rows` (contiguous, `width` floats) times row q of `queries`, for up to
/// `maxDotQueries` queries; the rest of a row of scores, up to `padding`, becomes zero.
void dotRows(Matrix rows, int64_t count, const float *queries, int64_t ldq, int64_t numQueries, int64_t width,
             float *scores, int64_t ld);
constexpr int64_t maxDotQueries = 4;

/// target[i] = source[i] * scale, of any narrow float type or a float8. The two may be the same memory where both are
/// float32.
void widen(Element element, const void *source, int64_t count, float scale, float *target);
/// target[i] = source[i] * scale, rounded.
void narrow(Element element, const float *source, int64_t count, float scale, void *target);

/// One step of online softmax down the columns of `scores` (keys x columns, rows of `ld`): updates the running maximum
/// and sum of each column, turns scores into exp(score - maximum), and leaves in `factors` what earlier results must be
/// multiplied with.
void onlineSoftmax(float *scores, int64_t ld, int64_t keys, int64_t columns, float *maxima, float *sums,
                   float *factors);
/// Multiplies column c of `matrix` with factors[c].
void scaleColumns(float *matrix, int64_t ld, int64_t rows, int64_t columns, const float *factors);
/// target[i] += source[i].
void add(float *target, const float *source, int64_t count);
/// x = cap * tanh(x / cap) for `count` (padded) scores.
void softcap(float *scores, int64_t count, float cap);

} // namespace lz::kernels::cpu

#endif // LZ_KERNELS_CPU_PRIMITIVES_H
