//===- RuntimeSymbols.h - What compiled code may call by name -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_LIB_JIT_RUNTIMESYMBOLS_H
#define LZ_LIB_JIT_RUNTIMESYMBOLS_H

#include "llvm/ExecutionEngine/Orc/CoreContainers.h"
#include "llvm/ExecutionEngine/Orc/Mangling.h"

namespace mlir::lz {

/// The runtime's entry points (abi/module.h), and the conversions to bfloat16 and float16 that code generation asks for
/// on machines without them. libm comes from the process.
llvm::orc::SymbolMap runtimeSymbols(llvm::orc::MangleAndInterner mangle);

} // namespace mlir::lz
#endif // LZ_LIB_JIT_RUNTIMESYMBOLS_H
