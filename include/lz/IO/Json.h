//===- Json.h - JSON of untrusted files -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_IO_JSON_H
#define LZ_IO_JSON_H

#include "llvm/Support/JSON.h"

namespace mlir::lz {

/// The value that `text` is. LLVM's parser recurses, so nesting is bounded first: at 64 levels.
llvm::Expected<llvm::json::Value> parseJson(llvm::StringRef text);

} // namespace mlir::lz
#endif // LZ_IO_JSON_H
