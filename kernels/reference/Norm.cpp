//===- Norm.cpp - RMS norm, with and without a residual -------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../common/Problems.h"
#include "Kernels.h"
#include "Typed.h"

using namespace lz::kernels;
using reference::load;
using reference::store;

namespace {

/// The input of the norm at (row, column), before any rounding.
double normed(const NormProblem &p, int64_t row, int64_t column) {
  int lead = p.x.rank - 1;
  double value = load(p.x, offsetOf(p.x, row, lead) + column * p.x.strides[lead]);
  if (p.residual.present)
    value += load(p.residual, offsetOf(p.residual, row, lead) + column * p.residual.strides[lead]);
  return value;
}

void normRow(const NormProblem &p, int64_t row) {
  int lead = p.x.rank - 1;
  double squares = 0;
  for (int64_t c = 0; c < p.width; ++c)
    squares += normed(p, row, c) * normed(p, row, c);
  double factor = 1 / std::sqrt(squares / double(p.width) + p.epsilon);
  int64_t out = offsetOf(p.out, row, lead), sum = p.sum.present ? offsetOf(p.sum, row, lead) : 0;
  for (int64_t c = 0; c < p.width; ++c) {
    double value = normed(p, row, c);
    store(p.out, out + c * p.out.strides[lead], value * factor * load(p.weight, c * p.weight.strides[0]));
    if (p.sum.present)
      store(p.sum, sum + c * p.sum.strides[lead], value);
  }
}

} // namespace

int32_t reference::norm(const lz_call_t *call) {
  NormProblem problem;
  if (int32_t status = readNorm(call, problem))
    return status;
  for (int64_t row = 0; row < problem.rows; ++row)
    normRow(problem, row);
  return LZ_STATUS_OK;
}
