//===- Problems.h - Calls of the other operations, checked ----------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One struct and one reader an operation; formulas stand at the structs. Changes with the slots in
// lzrt/abi/operations.h.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_KERNELS_COMMON_PROBLEMS_H
#define LZ_KERNELS_COMMON_PROBLEMS_H

#include "AttentionProblem.h"

namespace lz::kernels {

/// A parameter or a table may have the type of the data or float32.
inline bool isParameterOf(const Tensor &parameter, const Tensor &data) {
  return parameter.element == data.element || parameter.element == Element::F32;
}

/// rms_norm: out = h * rsqrt(mean(h^2) + epsilon) * weight over the last dimension, h = x.
/// add_rms_norm: the same of h = x + residual, which `sum` receives, rounded.
struct NormProblem {
  Tensor x, residual, weight, out, sum;
  double epsilon = 0;
  int64_t rows = 0, width = 0;
};

inline int32_t readNorm(const lz_call_t *call, NormProblem &problem) {
  ArgumentReader reader(call);
  if (!reader.ok())
    return reader.status();
  bool adds = call->site->operation == LZ_OP_ADD_RMS_NORM;
  reader.supported(adds || call->site->operation == LZ_OP_RMS_NORM);
  problem.x = reader.argument(0);
  if (adds)
    problem.residual = reader.argument(1);
  problem.weight = reader.argument(adds ? 2 : 1), problem.out = reader.argument(adds ? 3 : 2);
  if (adds)
    problem.sum = reader.argument(4);
  const lz_attribute_t *epsilon = reader.attribute(LZ_ATTR_EPSILON);
  reader.valid(epsilon && epsilon->value.f64 >= 0 && problem.x.rank >= 1 && sameShape(problem.x, problem.out));
  if (!reader.ok())
    return reader.status();
  problem.epsilon = epsilon->value.f64;
  problem.width = problem.x.last();
  problem.rows = problem.width ? problem.x.count / problem.width : 0;
  reader.valid(problem.weight.rank == 1 && problem.weight.shape[0] == problem.width);
  reader.supported(isFloat(problem.x.element) && problem.out.element == problem.x.element &&
                   isParameterOf(problem.weight, problem.x));
  if (adds) {
    reader.valid(sameShape(problem.x, problem.residual) && sameShape(problem.x, problem.sum));
    reader.supported(problem.residual.element == problem.x.element && problem.sum.element == problem.x.element);
  }
  return reader.status();
}

/// rope: with h = headDim / 2 and i < h, out[i] = x[i] cos[i] - x[i+h] sin[i] and out[i+h] = x[i+h] cos[i] + x[i]
/// sin[i].
struct RopeProblem {
  Tensor x, cosines, sines, out;
  AttentionProblem::Strides xStrides, outStrides;
  int64_t batch = 1, positions = 0, heads = 0, headDim = 0;
  int64_t cosStrides[3] = {}, sinStrides[3] = {}; ///< Batch (0 where broadcast), position, dim.
};

namespace detail {
inline void readRotation(ArgumentReader &reader, const RopeProblem &problem, const Tensor &table,
                         int64_t (&strides)[3]) {
  int skip = problem.x.rank == 3 ? 1 : 0;
  reader.valid(table.rank == 3 - skip);
  reader.supported(isParameterOf(table, problem.x));
  const int64_t extents[3] = {problem.batch, problem.positions, problem.headDim / 2};
  for (int i = skip; i < 3 && reader.ok(); ++i) {
    bool broadcast = i == 0 && table.shape[0] == 1;
    reader.valid(broadcast || table.shape[i - skip] == extents[i]);
    strides[i] = broadcast ? 0 : table.strides[i - skip];
  }
}
} // namespace detail

inline int32_t readRope(const lz_call_t *call, RopeProblem &problem) {
  ArgumentReader reader(call);
  if (!reader.ok())
    return reader.status();
  reader.supported(call->site->operation == LZ_OP_ROPE);
  problem.x = reader.argument(0), problem.cosines = reader.argument(1);
  problem.sines = reader.argument(2), problem.out = reader.argument(3);
  const detail::LayoutAxes *layout = detail::axesOf(reader.mandatory(LZ_ATTR_LAYOUT));
  detail::Extents x = detail::byAxis(reader, problem.x, layout, problem.xStrides);
  detail::byAxis(reader, problem.out, layout, problem.outStrides);
  reader.valid(sameShape(problem.x, problem.out) && x.dim % 2 == 0);
  reader.supported(isFloat(problem.x.element) && problem.out.element == problem.x.element);
  problem.batch = x.batch, problem.positions = x.position, problem.heads = x.head, problem.headDim = x.dim;
  detail::readRotation(reader, problem, problem.cosines, problem.cosStrides);
  detail::readRotation(reader, problem, problem.sines, problem.sinStrides);
  return reader.status();
}

/// swiglu: out = gate / (1 + exp(-gate)) * up, element by element.
struct GatedProblem {
  Tensor gate, up, out;
};

inline int32_t readGated(const lz_call_t *call, GatedProblem &problem) {
  ArgumentReader reader(call);
  if (!reader.ok())
    return reader.status();
  reader.supported(call->site->operation == LZ_OP_SWIGLU);
  problem.gate = reader.argument(0), problem.up = reader.argument(1), problem.out = reader.argument(2);
  reader.valid(sameShape(problem.gate, problem.up) && sameShape(problem.gate, problem.out));
  reader.supported(isFloat(problem.gate.element) && problem.up.element == problem.gate.element &&
                   problem.out.element == problem.gate.element);
  return reader.status();
}

/// softmax: out = exp(x - max x) / sum exp(x - max x) over the last dimension.
struct SoftmaxProblem {
  Tensor x, out;
  int64_t rows = 0, width = 0;
};

inline int32_t readSoftmax(const lz_call_t *call, SoftmaxProblem &problem) {
  ArgumentReader reader(call);
  if (!reader.ok())
    return reader.status();
  reader.supported(call->site->operation == LZ_OP_SOFTMAX);
  problem.x = reader.argument(0), problem.out = reader.argument(1);
  reader.valid(problem.x.rank >= 1 && sameShape(problem.x, problem.out));
  reader.supported(isFloat(problem.x.element) && problem.out.element == problem.x.element);
  if (!reader.ok())
    return reader.status();
  problem.width = problem.x.last();
  problem.rows = problem.width ? problem.x.count / problem.width : 0;
  return LZ_STATUS_OK;
}

/// matmul: out[.., m, n] = sum over k of a[.., m, k] * b[.., k, n] + bias[n]. `b` may lack the batch dimensions.
struct MatmulProblem {
  Tensor a, b, bias, out;
  bool transposeA = false, transposeB = false;
  int batchRank = 0;    ///< Leading dimensions of `a` and `out`.
  bool sharedB = false; ///< One `b` for every batch.
  int64_t batches = 1, m = 0, n = 0, k = 0;
  int64_t aM = 0, aK = 0, bK = 0, bN = 0, outM = 0, outN = 0; ///< Element strides.
};

namespace detail {
inline void readMatrices(ArgumentReader &reader, MatmulProblem &problem) {
  const Tensor &a = problem.a, &b = problem.b, &out = problem.out;
  int last = a.rank - 1, lastB = b.rank - 1;
  int am = problem.transposeA ? last : last - 1, ak = problem.transposeA ? last - 1 : last;
  int bk = problem.transposeB ? lastB : lastB - 1, bn = problem.transposeB ? lastB - 1 : lastB;
  problem.m = a.shape[am], problem.k = a.shape[ak], problem.n = b.shape[bn];
  problem.aM = a.strides[am], problem.aK = a.strides[ak], problem.bK = b.strides[bk], problem.bN = b.strides[bn];
  problem.outM = out.strides[last - 1], problem.outN = out.strides[last];
  reader.valid(b.shape[bk] == problem.k && out.shape[last - 1] == problem.m && out.shape[last] == problem.n);
  problem.batchRank = a.rank - 2;
  problem.sharedB = b.rank == 2;
  for (int i = 0; i < problem.batchRank; ++i) {
    reader.valid(out.shape[i] == a.shape[i] && (problem.sharedB || b.shape[i] == a.shape[i]));
    problem.batches *= a.shape[i];
  }
}
} // namespace detail

inline int32_t readMatmul(const lz_call_t *call, MatmulProblem &problem) {
  ArgumentReader reader(call);
  if (!reader.ok())
    return reader.status();
  reader.supported(call->site->operation == LZ_OP_MATMUL);
  problem.a = reader.argument(0), problem.b = reader.argument(1), problem.bias = reader.optional(2);
  problem.out = reader.argument(5);
  if (!reader.ok())
    return reader.status();
  reader.supported(!lz_call_has(call, 3) && !lz_call_has(call, 4));
  problem.transposeA = lz_call_i64(call, LZ_ATTR_TRANSPOSE_A, 0) != 0;
  problem.transposeB = lz_call_i64(call, LZ_ATTR_TRANSPOSE_B, 0) != 0;
  reader.valid(problem.a.rank >= 2 && problem.out.rank == problem.a.rank &&
               (problem.b.rank == 2 || problem.b.rank == problem.a.rank));
  if (reader.ok())
    detail::readMatrices(reader, problem);
  Element element = problem.a.element;
  reader.supported(isFloat(element) && problem.b.element == element && problem.out.element == element);
  if (problem.bias.present) {
    reader.valid(problem.bias.rank == 1 && problem.bias.shape[0] == problem.n);
    reader.supported(isParameterOf(problem.bias, problem.a));
  }
  return reader.status();
}

/// embedding: out[.., :] = table[ids[..], :]. An id outside [0, V) makes the call invalid.
struct EmbeddingProblem {
  Tensor table, ids, out;
  int64_t vocabulary = 0, width = 0;
};

inline int32_t readEmbedding(const lz_call_t *call, EmbeddingProblem &problem) {
  ArgumentReader reader(call);
  if (!reader.ok())
    return reader.status();
  reader.supported(call->site->operation == LZ_OP_EMBEDDING);
  problem.table = reader.argument(0), problem.ids = reader.argument(1), problem.out = reader.argument(2);
  reader.valid(problem.table.rank == 2 && problem.out.rank == problem.ids.rank + 1);
  if (!reader.ok())
    return reader.status();
  problem.vocabulary = problem.table.shape[0], problem.width = problem.table.shape[1];
  reader.valid(std::memcmp(problem.out.shape, problem.ids.shape, sizeof(int64_t) * problem.ids.rank) == 0 &&
               problem.out.last() == problem.width);
  reader.supported(isFloat(problem.table.element) && problem.out.element == problem.table.element &&
                   isInteger(problem.ids.element));
  return reader.status();
}

} // namespace lz::kernels

#endif // LZ_KERNELS_COMMON_PROBLEMS_H
