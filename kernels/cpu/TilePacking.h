//===- TilePacking.h - Operands of tile products --------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What stands between attention and the products of TileProducts.h: keys, values and weights in the layouts that these
// read. As with Primitives.h, each function runs the code of the best instruction set of this machine.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_KERNELS_CPU_TILEPACKING_H
#define LZ_KERNELS_CPU_TILEPACKING_H

#include "../common/AttentionProblem.h"
#include "TileProducts.h"

namespace lz::kernels::cpu {

/// target[c * ldt + r] = source[r * lds + c], of numbers of 32 bits.
void transpose(const float *source, int64_t lds, int64_t rows, int64_t columns, float *target, int64_t ldt);

/// As `onlineSoftmax` (Primitives.h) for an even number of keys and `tileColumns` columns, rows of which follow one
/// another without gaps, and for scores that are yet to be multiplied with `scale` > 0. Leaves each weight as the sum
/// of two bfloat16 numbers, exact to 2^-15 of it: rows 2p and 2p + 1 of `scores` hold the pairs of keys 2p and 2p + 1
/// as a right operand wants them, the former of the larger parts, the latter of the rest.
void onlineSoftmaxPairs(float *scores, int64_t keys, float scale, float *maxima, float *sums, float *factors);

/// Keys and values of one key head of a sequence as left operands; a tile has its depth along the head dimension for
/// keys, along keys for values. What is past the extents is zero.
struct PackedHead {
  const BFloat *keys, *values;
  const uint8_t *finite;      ///< Of the values of `tileDepth` keys each.
  int64_t keyStep, valueStep; ///< Elements of `tileRows` keys, and of `tileRows` dimensions of all values.

  /// `key` is a multiple of `tileRows`, or of `tileDepth`. Tiles along the depth follow one another.
  const BFloat *keysFrom(int64_t key) const { return keys + key / tileRows * keyStep; }
  const BFloat *valuesFrom(int64_t key) const { return values + key / tileDepth * tileElements; }
  /// Whether the values of the keys [first, first + count) hold neither infinity nor NaN; `first` a multiple of
  /// `tileDepth`.
  bool isFinite(int64_t first, int64_t count) const {
    const uint8_t *flags = finite + first / tileDepth;
    return std::all_of(flags, flags + tilesFor(count, tileDepth), [](uint8_t flag) { return flag != 0; });
  }
};

/// The memory of packed heads, some of a call's at a time.
class HeadPacker {
public:
  explicit HeadPacker(const AttentionProblem &problem);

  int64_t bytesPerHead() const { return bytes; }
  /// A head is packed in so many parts.
  int64_t parts() const { return groups; }
  /// Packs part `part` of head `head` (sequences x key heads) in memory of `bytesPerHead`, unless no query sees it.
  /// `staging` has room for `stagingBytes`.
  void pack(int64_t head, int64_t part, char *memory, void *staging) const;
  int64_t stagingBytes() const { return tileDepth * valueWidth * int64_t(sizeof(BFloat)); }
  /// What stands in the memory of a head.
  PackedHead view(char *memory) const;

private:
  const AttentionProblem &problem;
  int64_t groups, keyWidth, valueWidth, bytes;
};

} // namespace lz::kernels::cpu

#endif // LZ_KERNELS_CPU_TILEPACKING_H
