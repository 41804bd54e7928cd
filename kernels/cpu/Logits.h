//===- Logits.h - Rows over a vocabulary, vectorised ----------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Logits are contiguous and float16, bfloat16 or float32.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_KERNELS_CPU_LOGITS_H
#define LZ_KERNELS_CPU_LOGITS_H

#include "../common/LogitsProblems.h"

namespace lz::kernels::cpu {

/// Does the rows [begin, end).
void crossEntropyRows(const CrossEntropyProblem &problem, int64_t begin, int64_t end);
/// The token of one row of sample.greedy.
int64_t greatestOf(const SampleProblem &problem, int64_t row);
/// Turns the logits of one row into `logits`, NaN being -inf, and into weights exp((logit - greatest) / temperature);
/// returns their sum.
float weighRow(const SampleProblem &problem, int64_t row, float *logits, float *weights);

} // namespace lz::kernels::cpu

#endif // LZ_KERNELS_CPU_LOGITS_H
