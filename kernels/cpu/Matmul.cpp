//===- Matmul.cpp - Blocked matrix multiplication -------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The operand with contiguous rows along k is read a scalar at a time, the other one is packed: so a transposed `b`, as
// checkpoints store weights, needs no transposition, and the product comes out transposed instead.
//
//===----------------------------------------------------------------------===//

#include "../common/Index.h"
#include "../common/Scratch.h"
#include "Kernels.h"
#include "Parallel.h"
#include "Primitives.h"

namespace lz::kernels::cpu {

namespace {

// A worker keeps a tile of the product and a packed panel in its caches; rows that need widening are widened `rowBlock`
// at a time.
constexpr int64_t tileRows = 384, tileColumns = 64, tileInner = 256, rowBlock = 96;

/// Scratch memory of one worker.
struct Workspace {
  static constexpr int64_t rowFloats = tileRows > tileInner ? tileRows : tileInner;
  static constexpr int64_t floats =
      rowBlock * tileInner + tileInner * tileColumns + tileRows * tileColumns + 3 * rowFloats;

  float *widened, *packed, *tile, *row, *bias, *scales;

  explicit Workspace(float *memory)
      : widened(memory), packed(widened + rowBlock * tileInner), tile(packed + tileInner * tileColumns),
        row(tile + tileRows * tileColumns), bias(row + rowFloats), scales(bias + rowFloats) {}
};

/// One operand, as a matrix of `extent` x k.
struct Operand {
  const Tensor *tensor;
  int64_t outer, inner; ///< Element strides along the extent and along k.
};

/// The product as rows x columns: (m, n), or (n, m) where `swapped`.
struct Plan {
  const MatmulProblem &p;
  bool swapped;
  Operand rows, columns;
  int64_t numRows, numColumns, rowTiles, columnTiles;

  explicit Plan(const MatmulProblem &p) : p(p), swapped(p.bK == 1 && p.bN != 1) {
    rows = {&p.a, p.aM, p.aK}, columns = {&p.b, p.bN, p.bK};
    numRows = p.m, numColumns = p.n;
    if (swapped) {
      std::swap(rows, columns);
      std::swap(numRows, numColumns);
    }
    rowTiles = (numRows + tileRows - 1) / tileRows;
    columnTiles = (numColumns + tileColumns - 1) / tileColumns;
  }
};

struct Range {
  int64_t begin, size;
};

/// target[i * width + j] = element (begin + j, k.begin + i) of `operand`, zero where j is past the range.
void packColumns(const Operand &operand, int64_t offset, Range columns, Range k, float *target, int64_t width,
                 float *row) {
  const Tensor &tensor = *operand.tensor;
  const int64_t size = sizeOf(tensor.element);
  offset += columns.begin * operand.outer + k.begin * operand.inner;
  if (operand.outer == 1) {
    for (int64_t i = 0; i < k.size; ++i) {
      widen(tensor.element, tensor.data + (offset + i * operand.inner) * size, columns.size, 1.0f, target + i * width);
      std::fill(target + i * width + columns.size, target + (i + 1) * width, 0.0f);
    }
    return;
  }
  std::fill_n(target, k.size * width, 0.0f);
  for (int64_t j = 0; j < columns.size; ++j) {
    const char *source = tensor.data + (offset + j * operand.outer) * size;
    if (operand.inner == 1)
      widen(tensor.element, source, k.size, 1.0f, row);
    else
      for (int64_t i = 0; i < k.size; ++i)
        widen(tensor.element, source + i * operand.inner * size, 1, 1.0f, row + i);
    for (int64_t i = 0; i < k.size; ++i)
      target[i * width + j] = row[i];
  }
}

/// The rows of `operand` as float32, in place where they are that already.
Matrix rowsOf(const Operand &operand, int64_t offset, Range rows, Range k, float *target) {
  const Tensor &tensor = *operand.tensor;
  offset += rows.begin * operand.outer + k.begin * operand.inner;
  if (tensor.element == Element::F32)
    return {tensor.as<float>() + offset, operand.outer, operand.inner};
  const int64_t size = sizeOf(tensor.element);
  for (int64_t r = 0; r < rows.size; ++r) {
    const char *source = tensor.data + (offset + r * operand.outer) * size;
    if (operand.inner == 1)
      widen(tensor.element, source, k.size, 1.0f, target + r * k.size);
    else
      for (int64_t i = 0; i < k.size; ++i)
        widen(tensor.element, source + i * operand.inner * size, 1, 1.0f, target + r * k.size + i);
  }
  return {target, k.size, 1};
}

/// Row `index` of a tile as the output has it: along n.
const float *outputRow(const Plan &plan, const Workspace &work, int64_t index, int64_t count, int64_t width) {
  if (!plan.swapped)
    return work.tile + index * width;
  for (int64_t i = 0; i < count; ++i)
    work.row[i] = work.tile[i * width + index];
  return work.row;
}

/// Multiplies a row with the scales of a and b, into `work.row`.
void scaleRow(const float *row, float scale, int64_t count, const Workspace &work) {
  for (int64_t j = 0; j < count; ++j)
    work.row[j] = row[j] * (scale * work.scales[j]);
}

/// Scales a tile, adds the bias to it and writes it where it belongs.
void storeTile(const Plan &plan, int64_t batch, Range m, Range n, const Workspace &work, int64_t width) {
  const MatmulProblem &p = plan.p;
  const int64_t size = sizeOf(p.out.element), biasSize = p.bias.present ? sizeOf(p.bias.element) : 0;
  const bool scaled = p.scaleA.tensor.present || p.scaleB.tensor.present;
  const int64_t offset = offsetOf(p.out, batch, p.batchRank);
  for (int64_t j = 0; j < n.size && scaled; ++j)
    work.scales[j] = p.scaleB.at(batch, n.begin + j);
  for (int64_t i = 0; i < n.size && p.bias.present; ++i)
    widen(p.bias.element, p.bias.data + (n.begin + i) * p.bias.strides[0] * biasSize, 1, 1.0f, work.bias + i);
  for (int64_t i = 0; i < m.size; ++i) {
    const float *row = outputRow(plan, work, i, n.size, width);
    if (scaled) {
      scaleRow(row, p.scaleA.at(batch, m.begin + i), n.size, work);
      row = work.row;
    }
    if (p.bias.present) {
      std::copy_n(row, row == work.row ? 0 : n.size, work.row);
      add(work.row, work.bias, n.size);
      row = work.row;
    }
    char *target = p.out.data + (offset + (m.begin + i) * p.outM + n.begin * p.outN) * size;
    if (p.outN == 1)
      narrow(p.out.element, row, n.size, 1.0f, target);
    else
      for (int64_t j = 0; j < n.size; ++j)
        narrow(p.out.element, row + j, 1, 1.0f, target + j * p.outN * size);
  }
}

void multiplyTile(const Plan &plan, int64_t index, const Workspace &work) {
  const MatmulProblem &p = plan.p;
  int64_t columnTile = index % plan.columnTiles, rest = index / plan.columnTiles;
  int64_t rowTile = rest % plan.rowTiles, batch = rest / plan.rowTiles;
  Range rows{rowTile * tileRows, std::min(tileRows, plan.numRows - rowTile * tileRows)};
  Range columns{columnTile * tileColumns, std::min(tileColumns, plan.numColumns - columnTile * tileColumns)};
  int64_t a = offsetOf(p.a, batch, p.batchRank), b = p.sharedB ? 0 : offsetOf(p.b, batch, p.batchRank);
  int64_t width = padded(columns.size);
  for (int64_t k = 0; k == 0 || k < p.k; k += tileInner) {
    Range inner{k, std::min(tileInner, p.k - k)};
    packColumns(plan.columns, plan.swapped ? a : b, columns, inner, work.packed, width, work.row);
    for (int64_t r = 0; r < rows.size; r += rowBlock) {
      Range block{rows.begin + r, std::min(rowBlock, rows.size - r)};
      Matrix left = rowsOf(plan.rows, plan.swapped ? b : a, block, inner, work.widened);
      multiply(left, work.packed, width, work.tile + r * width, width, block.size, width, inner.size, k > 0);
    }
  }
  storeTile(plan, batch, plan.swapped ? columns : rows, plan.swapped ? rows : columns, work, width);
}

} // namespace

int32_t matmul(const lz_call_t *call) {
  MatmulProblem problem;
  if (int32_t status = readMatmul(call, problem))
    return status;
  if (!isNarrowFloat(problem.out.element) || problem.b.element == Element::F64)
    return LZ_STATUS_UNSUPPORTED;
  if (problem.out.count == 0)
    return LZ_STATUS_OK;
  Plan plan(problem);
  Scratch memory(call->context, numWorkers(call) * Workspace::floats * int64_t(sizeof(float)));
  if (!memory)
    return LZ_STATUS_OUT_OF_MEMORY;
  parallelFor(call, problem.batches * plan.rowTiles * plan.columnTiles, 1,
              [&](int64_t begin, int64_t end, uint32_t worker) {
                for (int64_t index = begin; index < end; ++index)
                  multiplyTile(plan, index, Workspace(memory.as<float>() + worker * Workspace::floats));
              });
  return LZ_STATUS_OK;
}

} // namespace lz::kernels::cpu
