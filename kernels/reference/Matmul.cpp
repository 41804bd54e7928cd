//===- Matmul.cpp - Matrix multiplication by its definition ---------------===//
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

int32_t reference::matmul(const lz_call_t *call) {
  MatmulProblem p;
  if (int32_t status = readMatmul(call, p))
    return status;
  for (int64_t batch = 0; batch < p.batches; ++batch) {
    int64_t a = offsetOf(p.a, batch, p.batchRank), out = offsetOf(p.out, batch, p.batchRank);
    int64_t b = p.sharedB ? 0 : offsetOf(p.b, batch, p.batchRank);
    for (int64_t m = 0; m < p.m; ++m)
      for (int64_t n = 0; n < p.n; ++n) {
        double sum = 0;
        for (int64_t k = 0; k < p.k; ++k)
          sum += load(p.a, a + m * p.aM + k * p.aK) * load(p.b, b + k * p.bK + n * p.bN);
        sum *= double(p.scaleA.at(batch, m)) * double(p.scaleB.at(batch, n));
        if (p.bias.present)
          sum += load(p.bias, n * p.bias.strides[0]);
        store(p.out, out + m * p.outM + n * p.outN, sum);
      }
  }
  return LZ_STATUS_OK;
}
