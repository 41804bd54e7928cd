//===- Rope.cpp - Rotary position embedding -------------------------------===//
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

void rotateRow(const RopeProblem &p, int64_t b, int64_t s, int64_t h) {
  int64_t half = p.headDim / 2;
  int64_t x = b * p.xStrides.batch + s * p.xStrides.position + h * p.xStrides.head;
  int64_t out = b * p.outStrides.batch + s * p.outStrides.position + h * p.outStrides.head;
  for (int64_t i = 0; i < half; ++i) {
    double cosine = load(p.cosines, b * p.cosStrides[0] + s * p.cosStrides[1] + i * p.cosStrides[2]);
    double sine = load(p.sines, b * p.sinStrides[0] + s * p.sinStrides[1] + i * p.sinStrides[2]);
    int64_t l = p.interleaved ? 2 * i : i, u = p.interleaved ? 2 * i + 1 : i + half;
    double low = load(p.x, x + l * p.xStrides.dim), high = load(p.x, x + u * p.xStrides.dim);
    store(p.out, out + l * p.outStrides.dim, low * cosine - high * sine);
    store(p.out, out + u * p.outStrides.dim, high * cosine + low * sine);
  }
}

} // namespace

int32_t reference::rope(const lz_call_t *call) {
  RopeProblem problem;
  if (int32_t status = readRope(call, problem))
    return status;
  for (int64_t b = 0; b < problem.batch; ++b)
    for (int64_t s = 0; s < problem.positions; ++s)
      for (int64_t h = 0; h < problem.heads; ++h)
        rotateRow(problem, b, s, h);
  return LZ_STATUS_OK;
}
