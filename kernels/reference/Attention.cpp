//===- Attention.cpp - Attention, one row of scores at a time -------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../common/AttentionProblem.h"
#include "../common/Scratch.h"
#include "Kernels.h"
#include "Typed.h"

using namespace lz::kernels;
using reference::load;
using reference::store;

namespace {

/// One query row: (batch, head, position).
struct Row {
  int64_t b, h, i;
};

double score(const AttentionProblem &p, const Visibility &sees, Row row, int64_t j) {
  int64_t q = row.b * p.qStrides.batch + row.h * p.qStrides.head + row.i * p.qStrides.position;
  int64_t k = p.rowOf(p.kStrides, row.b, row.h / p.group, j);
  double sum = 0;
  for (int64_t d = 0; d < p.headDim; ++d)
    sum += load(p.q, q + d * p.qStrides.dim) * load(p.k, k + d * p.kStrides.dim);
  double s = sum * p.scale;
  if (p.softcap > 0)
    s = p.softcap * std::tanh(s / p.softcap);
  if (p.slopes.present)
    s += load(p.slopes, row.h * p.slopes.strides[0]) * double(sees.distance(row.i, j));
  if (p.mask.present)
    s += load(p.mask,
              row.b * p.maskStrides[0] + row.h * p.maskStrides[1] + row.i * p.maskStrides[2] + j * p.maskStrides[3]);
  return s;
}

/// Turns the visible scores into weights exp(s - lse); returns lse, -inf where nothing is visible.
double normalise(double *scores, int64_t first, int64_t end) {
  double maximum = -INFINITY, sum = 0;
  bool visible = false;
  for (int64_t j = first; j < end; ++j) {
    visible |= scores[j] != -INFINITY; // NaN is a score like any other
    maximum = std::max(maximum, scores[j]);
  }
  if (!visible)
    return -INFINITY;
  for (int64_t j = first; j < end; ++j)
    sum += scores[j] = std::exp(scores[j] - maximum);
  for (int64_t j = first; j < end; ++j)
    scores[j] /= sum;
  return maximum + std::log(sum);
}

void attendRow(const AttentionProblem &p, Row row, double *scores) {
  const Visibility sees = p.visibility(row.b);
  int64_t first = sees.firstKey(row.i), end = sees.endKey(row.i);
  for (int64_t j = first; j < end; ++j)
    scores[j] = score(p, sees, row, j);
  double lse = normalise(scores, first, end);
  if (lse == -INFINITY)
    end = first;
  int64_t out = row.b * p.outStrides.batch + row.h * p.outStrides.head + row.i * p.outStrides.position;
  for (int64_t d = 0; d < p.headDimV; ++d) {
    double sum = 0;
    for (int64_t j = first; j < end; ++j)
      sum += scores[j] * load(p.v, p.rowOf(p.vStrides, row.b, row.h / p.group, j) + d * p.vStrides.dim);
    store(p.out, out + d * p.outStrides.dim, sum);
  }
  if (p.lse.present)
    store(p.lse, row.b * p.lseStrides[0] + row.h * p.lseStrides[1] + row.i * p.lseStrides[2], lse);
}

} // namespace

int32_t reference::attention(const lz_call_t *call) {
  AttentionProblem problem;
  if (int32_t status = readAttention(call, problem))
    return status;
  if (problem.out.count == 0 && problem.lse.count == 0)
    return LZ_STATUS_OK;
  Scratch scores(call->context, problem.mostKeys() * int64_t(sizeof(double)));
  if (!scores)
    return LZ_STATUS_OUT_OF_MEMORY;
  for (int64_t b = 0; b < problem.batch; ++b)
    for (int64_t h = 0; h < problem.heads; ++h)
      for (int64_t i = 0; i < problem.queries; ++i)
        attendRow(problem, {b, h, i}, scores.as<double>());
  return LZ_STATUS_OK;
}
