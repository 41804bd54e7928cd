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

/// layer_norm: each row of the last dimension; group_norm: of x [N, C, ..], each of `groups` runs of C / groups
/// channels of a batch element. Such a segment of `channels` x `inner` elements, which lie together in row-major order,
/// becomes (x - mean) * rsqrt(variance + epsilon) * weight + bias, where a channel has one weight and one bias. The
/// variance is that of the population.
struct AffineNormProblem {
  Tensor x, weight, bias, out;
  double epsilon = 0;
  int64_t segments = 0, channels = 0, inner = 1;
  int64_t groups = 1; ///< Segment s begins with channel s % groups * channels.

  int64_t width() const { return channels * inner; }
  int64_t firstChannel(int64_t segment) const { return segment % groups * channels; }
};

namespace detail {
/// Cuts x into segments; returns the number of channels that weight and bias cover.
inline int64_t readSegments(ArgumentReader &reader, AffineNormProblem &problem, bool grouped) {
  problem.groups = grouped ? reader.mandatory(LZ_ATTR_GROUPS) : 1;
  reader.valid(problem.groups >= 1 && problem.x.rank >= (grouped ? 2 : 1));
  if (!reader.ok())
    return 0;
  int64_t covered = grouped ? problem.x.shape[1] : problem.x.last();
  reader.valid(covered % problem.groups == 0);
  if (!reader.ok())
    return 0;
  problem.channels = covered / problem.groups;
  for (int i = 2; grouped && i < problem.x.rank && problem.x.count; ++i)
    problem.inner *= problem.x.shape[i];
  problem.segments = problem.x.count ? problem.x.count / problem.width() : 0;
  return covered;
}
} // namespace detail

inline int32_t readAffineNorm(const lz_call_t *call, AffineNormProblem &problem) {
  ArgumentReader reader(call);
  if (!reader.ok())
    return reader.status();
  bool grouped = call->site->operation == LZ_OP_GROUP_NORM;
  reader.supported(grouped || call->site->operation == LZ_OP_LAYER_NORM);
  problem.x = reader.argument(0), problem.weight = reader.argument(1);
  problem.bias = reader.optional(2), problem.out = reader.argument(3);
  const lz_attribute_t *epsilon = reader.attribute(LZ_ATTR_EPSILON);
  reader.valid(epsilon && epsilon->value.f64 >= 0 && sameShape(problem.x, problem.out));
  int64_t covered = detail::readSegments(reader, problem, grouped);
  if (!reader.ok())
    return reader.status();
  problem.epsilon = epsilon->value.f64;
  reader.supported(isFloat(problem.x.element) && problem.out.element == problem.x.element);
  for (const Tensor *parameter : {&problem.weight, &problem.bias}) {
    reader.valid(!parameter->present || (parameter->rank == 1 && parameter->shape[0] == covered));
    reader.supported(!parameter->present || isParameterOf(*parameter, problem.x));
  }
  return reader.status();
}

/// Turns the pairs (x[l], x[u]) by an angle each, i < headDim / 2: out[l] = x[l] cos[i] - x[u] sin[i] and out[u] = x[u]
/// cos[i] + x[l] sin[i]. rope: l = i and u = i + headDim / 2; rope_interleaved: l = 2i and u = 2i + 1.
struct RopeProblem {
  Tensor x, cosines, sines, out;
  AttentionProblem::Strides xStrides, outStrides;
  int64_t batch = 1, positions = 0, heads = 0, headDim = 0;
  int64_t cosStrides[3] = {}, sinStrides[3] = {}; ///< Batch (0 where broadcast), position, dim.
  bool interleaved = false;
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
  problem.interleaved = call->site->operation == LZ_OP_ROPE_INTERLEAVED;
  reader.supported(problem.interleaved || call->site->operation == LZ_OP_ROPE);
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

/// How an activation bends its input. Silu: x / (1 + exp(-x)). Gelu: x (1 + erf(x / sqrt 2)) / 2. GeluTanh: x (1 +
/// tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.
enum class Activation : uint8_t { Silu, Gelu, GeluTanh };

/// gelu, silu: out = activation(x). geglu, swiglu: out = activation(gate) * up, element by element; `x` is the gate.
struct ActivationProblem {
  Tensor x, up, out;
  Activation activation = Activation::Silu;
};

namespace detail {
/// The operations that bend elements: whether they gate a second input, and whether `approximate` applies.
struct ActivationRow {
  int operation;
  bool gated, isGelu;
};
inline const ActivationRow *activationOf(int operation) {
  static constexpr ActivationRow rows[] = {
      {LZ_OP_SWIGLU, true, false}, {LZ_OP_GEGLU, true, true}, {LZ_OP_GELU, false, true}, {LZ_OP_SILU, false, false}};
  for (const ActivationRow &row : rows)
    if (row.operation == operation)
      return &row;
  return nullptr;
}
} // namespace detail

/// With gelu, `approximate` is mandatory.
inline int32_t readActivation(const lz_call_t *call, ActivationProblem &problem) {
  ArgumentReader reader(call);
  if (!reader.ok())
    return reader.status();
  const detail::ActivationRow *row = detail::activationOf(call->site->operation);
  if (!row)
    return LZ_STATUS_UNSUPPORTED;
  problem.x = reader.argument(0), problem.out = reader.argument(row->gated ? 2 : 1);
  if (row->gated)
    problem.up = reader.argument(1);
  reader.valid(sameShape(problem.x, problem.out) && (!row->gated || sameShape(problem.x, problem.up)));
  reader.supported(isFloat(problem.x.element) && problem.out.element == problem.x.element &&
                   (!row->gated || problem.up.element == problem.x.element));
  if (!reader.ok() || !row->isGelu)
    return reader.status();
  int64_t approximate = reader.mandatory(LZ_ATTR_APPROXIMATE);
  reader.valid(approximate == LZ_APPROXIMATION_NONE || approximate == LZ_APPROXIMATION_TANH);
  problem.activation = approximate == LZ_APPROXIMATION_TANH ? Activation::GeluTanh : Activation::Gelu;
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

/// What multiplies the products of a float8 operand: one number for all of it, or one a row of a or a column of b.
struct OperandScale {
  Tensor tensor;
  bool whole = true;

  /// Of row or column `i` in batch `batch`; 1 where there is no scale.
  float at(int64_t batch, int64_t i) const {
    if (!tensor.present)
      return 1;
    int64_t offset = whole ? 0 : offsetOf(tensor, batch, tensor.rank - 1) + i * tensor.strides[tensor.rank - 1];
    return tensor.as<float>()[offset];
  }
};

/// matmul: out[.., m, n] = scale_a[.., m] * scale_b[.., n] * (sum over k of a[.., m, k] * b[.., k, n]) + bias[n]. `b`
/// and its scale may lack the batch dimensions. Only float8 operands have scales.
struct MatmulProblem {
  Tensor a, b, bias, out;
  OperandScale scaleA, scaleB;
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
/// A scale of `operand`, which has one for each of `extent` rows or columns, or one for all.
inline void readScale(ArgumentReader &reader, const Tensor &operand, int64_t extent, OperandScale &scale) {
  const Tensor &tensor = scale.tensor;
  if (!tensor.present || !reader.ok())
    return;
  reader.supported(isFloat8(operand.element) && tensor.element == Element::F32);
  scale.whole = tensor.rank == 0 || (tensor.rank == 1 && tensor.shape[0] == 1);
  if (scale.whole)
    return;
  int lead = operand.rank - 2;
  reader.valid(tensor.rank == lead + 1 && tensor.last() == extent &&
               std::memcmp(tensor.shape, operand.shape, sizeof(int64_t) * lead) == 0);
}

/// a and b are of float types, and out of a's; or both are of a float8 type, and out of a wider one.
inline bool matmulTypesAreKnown(const MatmulProblem &problem) {
  Element a = problem.a.element, b = problem.b.element, out = problem.out.element;
  return isFloat(out) && (isFloat8(a) ? isFloat8(b) : isFloat(b) && out == a);
}
} // namespace detail

inline int32_t readMatmul(const lz_call_t *call, MatmulProblem &problem) {
  ArgumentReader reader(call);
  if (!reader.ok())
    return reader.status();
  reader.supported(call->site->operation == LZ_OP_MATMUL);
  problem.a = reader.argument(0), problem.b = reader.argument(1), problem.bias = reader.optional(2);
  problem.scaleA.tensor = reader.optional(3), problem.scaleB.tensor = reader.optional(4);
  problem.out = reader.argument(5);
  if (!reader.ok())
    return reader.status();
  problem.transposeA = lz_call_i64(call, LZ_ATTR_TRANSPOSE_A, 0) != 0;
  problem.transposeB = lz_call_i64(call, LZ_ATTR_TRANSPOSE_B, 0) != 0;
  reader.valid(problem.a.rank >= 2 && problem.out.rank == problem.a.rank &&
               (problem.b.rank == 2 || problem.b.rank == problem.a.rank));
  if (reader.ok())
    detail::readMatrices(reader, problem);
  reader.supported(detail::matmulTypesAreKnown(problem));
  if (problem.bias.present) {
    reader.valid(problem.bias.rank == 1 && problem.bias.shape[0] == problem.n);
    reader.supported(isParameterOf(problem.bias, problem.out));
  }
  detail::readScale(reader, problem.a, problem.m, problem.scaleA);
  detail::readScale(reader, problem.b, problem.n, problem.scaleB);
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
