//===- Norm.cpp - Root mean square, layer and group norms -----------------===//
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

double elementOf(const AffineNormProblem &p, int64_t segment, int64_t i) {
  return load(p.x, offsetOf(p.x, segment * p.width() + i, p.x.rank));
}

void affineSegment(const AffineNormProblem &p, int64_t segment) {
  double sum = 0, squares = 0;
  for (int64_t i = 0; i < p.width(); ++i)
    sum += elementOf(p, segment, i);
  double mean = sum / double(p.width());
  for (int64_t i = 0; i < p.width(); ++i)
    squares += (elementOf(p, segment, i) - mean) * (elementOf(p, segment, i) - mean);
  double factor = 1 / std::sqrt(squares / double(p.width()) + p.epsilon);
  for (int64_t i = 0; i < p.width(); ++i) {
    int64_t channel = p.firstChannel(segment) + i / p.inner;
    double weight = load(p.weight, channel * p.weight.strides[0]);
    double bias = p.bias.present ? load(p.bias, channel * p.bias.strides[0]) : 0;
    store(p.out, offsetOf(p.out, segment * p.width() + i, p.out.rank),
          (elementOf(p, segment, i) - mean) * factor * weight + bias);
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

int32_t reference::affineNorm(const lz_call_t *call) {
  AffineNormProblem problem;
  if (int32_t status = readAffineNorm(call, problem))
    return status;
  for (int64_t segment = 0; segment < problem.segments; ++segment)
    affineSegment(problem, segment);
  return LZ_STATUS_OK;
}
