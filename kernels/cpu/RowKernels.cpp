//===- RowKernels.cpp - Row-wise and element-wise kernels on threads -----===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../common/Index.h"
#include "../common/Scratch.h"
#include "Kernels.h"
#include "Parallel.h"
#include "Primitives.h"
#include "Rows.h"
#include "Streaming.h"

namespace lz::kernels::cpu {

namespace {

/// A row of floats for each worker.
class WorkerRows {
public:
  WorkerRows(const lz_call_t *call, int64_t width)
      : stride(padded(width)), memory(call->context, numWorkers(call) * stride * int64_t(sizeof(float))) {}
  explicit operator bool() const { return bool(memory); }
  float *of(uint32_t worker) const { return memory.as<float>() + worker * stride; }

private:
  int64_t stride;
  Scratch memory;
};

int32_t norm(const lz_call_t *call, void (*rows)(const NormProblem &, int64_t, int64_t, bool)) {
  NormProblem p;
  if (int32_t status = readNorm(call, p))
    return status;
  if (!isNarrowFloat(p.x.element) || !allContiguous(p.x, p.residual, p.weight, p.out, p.sum))
    return LZ_STATUS_UNSUPPORTED;
  const bool past = goesPast(2 * (bytesOf(p.x) + bytesOf(p.residual)), p.width, p.out, p.sum);
  parallelFor(call, p.rows, grainFor(p.width),
              [&](int64_t begin, int64_t end, uint32_t) { rows(p, begin, end, past); });
  return LZ_STATUS_OK;
}

} // namespace

int32_t fusedNorm(const lz_call_t *call) { return norm(call, normRowsFused); }
int32_t twoPassNorm(const lz_call_t *call) { return norm(call, normRowsTwoPass); }

int32_t affineNorm(const lz_call_t *call) {
  AffineNormProblem p;
  if (int32_t status = readAffineNorm(call, p))
    return status;
  if (!isNarrowFloat(p.x.element) || !allContiguous(p.x, p.weight, p.bias, p.out))
    return LZ_STATUS_UNSUPPORTED;
  const bool past = goesPast(2 * bytesOf(p.x), p.inner == 1 ? p.channels : p.inner, p.out);
  parallelFor(call, p.segments, grainFor(p.width()),
              [&](int64_t begin, int64_t end, uint32_t) { affineSegments(p, begin, end, past); });
  return LZ_STATUS_OK;
}

int32_t rope(const lz_call_t *call) {
  RopeProblem p;
  if (int32_t status = readRope(call, p))
    return status;
  if (!isNarrowFloat(p.x.element) || !allContiguous(p.x, p.cosines, p.sines, p.out))
    return LZ_STATUS_UNSUPPORTED;
  if (p.x.count == 0)
    return LZ_STATUS_OK;
  const int64_t block = ropeBlock(p), blocks = (p.positions + block - 1) / block;
  WorkerRows tables(call, block * 2 * p.headDim);
  if (!tables)
    return LZ_STATUS_OUT_OF_MEMORY;
  const bool past = goesPast(2 * bytesOf(p.x), p.interleaved ? p.headDim : p.headDim / 2, p.out);
  parallelFor(call, p.batch * blocks, grainFor(block * p.heads * p.headDim),
              [&](int64_t begin, int64_t end, uint32_t worker) { ropeBlocks(p, begin, end, tables.of(worker), past); });
  return LZ_STATUS_OK;
}

int32_t activation(const lz_call_t *call) {
  ActivationProblem p;
  if (int32_t status = readActivation(call, p))
    return status;
  if (!isNarrowFloat(p.out.element) || !allContiguous(p.x, p.up, p.out))
    return LZ_STATUS_UNSUPPORTED;
  // A grain of elements is a row of its own: it keeps the alignment.
  const int64_t grain = grainFor(1);
  const bool past = goesPast(2 * bytesOf(p.x) + bytesOf(p.up), grain, p.out);
  parallelFor(call, p.out.count, grain,
              [&](int64_t begin, int64_t end, uint32_t) { activateElements(p, begin, end, past); });
  return LZ_STATUS_OK;
}

int32_t softmax(const lz_call_t *call) {
  SoftmaxProblem p;
  if (int32_t status = readSoftmax(call, p))
    return status;
  if (!isNarrowFloat(p.x.element) || !allContiguous(p.x, p.out))
    return LZ_STATUS_UNSUPPORTED;
  WorkerRows rows(call, p.width);
  if (!rows)
    return LZ_STATUS_OUT_OF_MEMORY;
  const bool past = goesPast(2 * bytesOf(p.x), p.width, p.out);
  parallelFor(call, p.rows, grainFor(p.width),
              [&](int64_t begin, int64_t end, uint32_t worker) { softmaxRows(p, begin, end, rows.of(worker), past); });
  return LZ_STATUS_OK;
}

int32_t embedding(const lz_call_t *call) {
  EmbeddingProblem p;
  if (int32_t status = readEmbedding(call, p))
    return status;
  if (!allContiguous(p.table, p.ids, p.out))
    return LZ_STATUS_UNSUPPORTED;
  for (int64_t i = 0; i < p.ids.count; ++i)
    if (int64_t id = idAt(p.ids, i); id < 0 || id >= p.vocabulary)
      return LZ_STATUS_INVALID_ARGUMENT;
  if (p.out.count == 0)
    return LZ_STATUS_OK;
  const int64_t bytes = p.width * sizeOf(p.table.element);
  parallelFor(call, p.ids.count, grainFor(p.width), [&](int64_t begin, int64_t end, uint32_t) {
    for (int64_t i = begin; i < end; ++i)
      std::memcpy(p.out.data + i * bytes, p.table.data + idAt(p.ids, i) * bytes, bytes);
  });
  return LZ_STATUS_OK;
}

} // namespace lz::kernels::cpu
