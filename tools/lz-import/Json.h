//===- Json.h - JSON of untrusted files -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TOOLS_LZ_IMPORT_JSON_H
#define LZ_TOOLS_LZ_IMPORT_JSON_H

#include "Reporter.h"

#include "llvm/Support/JSON.h"

#include <optional>

namespace lzimport {

/// The object that `text` is; `what` names it in diagnostics ("" or "in the header: ").
std::optional<llvm::json::Object> parseObject(llvm::StringRef text, llvm::StringRef file, llvm::StringRef what,
                                              Reporter &reporter);

} // namespace lzimport

#endif // LZ_TOOLS_LZ_IMPORT_JSON_H
