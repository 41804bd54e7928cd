//===- Rotation.h - The angles of rotary position embedding -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TOOLS_LZ_IMPORT_ROTATION_H
#define LZ_TOOLS_LZ_IMPORT_ROTATION_H

#include "FieldReader.h"

#include "llvm/ADT/SmallVector.h"

namespace lzimport {

/// The angle that a token at position 1 is turned by, for each pair of a head of `headDim` numbers: `headDim / 2` of
/// them. Read from `rope_parameters`, or the older `rope_scaling` with `rope_theta` beside it. Types: default; linear
/// (position interpolation: Chen et al., 2023); llama3 (frequency by frequency, as in Llama 3.1). The others are
/// errors, for their angles depend on the length of the sequence, or scale the result too.
llvm::SmallVector<float> readRotation(FieldReader &fields, int64_t headDim, llvm::StringRef file, Reporter &reporter);

} // namespace lzimport

#endif // LZ_TOOLS_LZ_IMPORT_ROTATION_H
