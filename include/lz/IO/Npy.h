//===- Npy.h - NumPy's array files -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_IO_NPY_H
#define LZ_IO_NPY_H

#include "lz/IO/HostTensor.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace mlir::lz {

/// Reads a .npy file, format 1 to 3: little endian, C order, element types f2 f4 f8 i1..i8 u1..u8 b1, and V2, which
/// stands for bfloat16 (NumPy has no name for it). Everything else is an error that names the file.
llvm::Expected<HostTensor> readNpy(llvm::StringRef path);

/// Writes format 1; bfloat16 as V2. Element types that NumPy lacks are an error.
llvm::Error writeNpy(llvm::StringRef path, const HostTensor &tensor);

} // namespace mlir::lz
#endif // LZ_IO_NPY_H
