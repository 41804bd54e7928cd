//===- Pointwise.cpp - Activations, softmax and embedding -----------------===//
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

double activate(Activation activation, double x) {
  switch (activation) {
  case Activation::Silu:
    return x / (1 + std::exp(-x));
  case Activation::Gelu:
    return x * std::erfc(-x / std::sqrt(2.0)) / 2;
  case Activation::GeluTanh:
    // (1 + tanh u) / 2 = 1 / (1 + exp(-2u)), which loses nothing where tanh is near -1
    return x / (1 + std::exp(-2 * std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
  }
  return NAN;
}

} // namespace

int32_t reference::activation(const lz_call_t *call) {
  ActivationProblem p;
  if (int32_t status = readActivation(call, p))
    return status;
  for (int64_t i = 0; i < p.out.count; ++i) {
    double value = activate(p.activation, load(p.x, offsetOf(p.x, i, p.x.rank)));
    if (p.up.present)
      value *= load(p.up, offsetOf(p.up, i, p.up.rank));
    store(p.out, offsetOf(p.out, i, p.out.rank), value);
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
