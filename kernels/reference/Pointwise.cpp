//===- Pointwise.cpp - SwiGLU, softmax and embedding ----------------------===//
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

int32_t reference::swiglu(const lz_call_t *call) {
  GatedProblem p;
  if (int32_t status = readGated(call, p))
    return status;
  for (int64_t i = 0; i < p.out.count; ++i) {
    double gate = load(p.gate, offsetOf(p.gate, i, p.gate.rank));
    double up = load(p.up, offsetOf(p.up, i, p.up.rank));
    store(p.out, offsetOf(p.out, i, p.out.rank), gate / (1 + std::exp(-gate)) * up);
  }
  return LZ_STATUS_OK;
}

int32_t reference::softmax(const lz_call_t *call) {
  SoftmaxProblem p;
  if (int32_t status = readSoftmax(call, p))
    return status;
  int lead = p.x.rank - 1;
  for (int64_t row = 0; row < p.rows; ++row) {
    int64_t x = offsetOf(p.x, row, lead), out = offsetOf(p.out, row, lead);
    auto at = [&](int64_t c) { return load(p.x, x + c * p.x.strides[lead]); };
    double maximum = at(0), sum = 0;
    for (int64_t c = 1; c < p.width; ++c)
      maximum = std::max(maximum, at(c));
    for (int64_t c = 0; c < p.width; ++c)
      sum += std::exp(at(c) - maximum);
    for (int64_t c = 0; c < p.width; ++c)
      store(p.out, out + c * p.out.strides[lead], std::exp(at(c) - maximum) / sum);
  }
  return LZ_STATUS_OK;
}

int32_t reference::embedding(const lz_call_t *call) {
  EmbeddingProblem p;
  if (int32_t status = readEmbedding(call, p))
    return status;
  for (int64_t i = 0; i < p.ids.count; ++i)
    if (int64_t id = idAt(p.ids, i); id < 0 || id >= p.vocabulary)
      return LZ_STATUS_INVALID_ARGUMENT;
  int lead = p.out.rank - 1;
  for (int64_t i = 0; i < p.ids.count; ++i)
    for (int64_t c = 0; c < p.width; ++c)
      store(p.out, offsetOf(p.out, i, lead) + c * p.out.strides[lead],
            load(p.table, idAt(p.ids, i) * p.table.strides[0] + c * p.table.strides[1]));
  return LZ_STATUS_OK;
}
