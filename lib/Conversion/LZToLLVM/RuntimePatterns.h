//===- RuntimePatterns.h - lz operations behind dispatch to LLVM -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_CONVERSION_LZTOLLVM_RUNTIMEPATTERNS_H
#define LZ_CONVERSION_LZTOLLVM_RUNTIMEPATTERNS_H

#include "ModuleLayout.h"

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::lz {

/// Contexts, blocks and results are pointers.
void populateLZTypeConversions(LLVMTypeConverter &converter);

/// Stack memory of functions, by the `lz.block` or `lz.result_slot` that uses it.
using FrameMap = llvm::DenseMap<Operation *, Value>;

/// Puts an alloca into the entry block of each function with call blocks, as large as the largest, and one for each
/// result slot.
FrameMap createFrames(ModuleOp module, const ModuleLayout &layout, const LLVMTypeConverter &converter);

/// Declares the entry points of the runtime that the module calls.
void declareRuntime(ModuleOp module);

void populateLZToLLVMPatterns(const LLVMTypeConverter &converter, const ModuleLayout &layout, const FrameMap &frames,
                              RewritePatternSet &patterns);

} // namespace mlir::lz

#endif // LZ_CONVERSION_LZTOLLVM_RUNTIMEPATTERNS_H
