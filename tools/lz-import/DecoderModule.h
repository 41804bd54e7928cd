//===- DecoderModule.h - A decoder as a module of lz operations -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TOOLS_LZ_IMPORT_DECODERMODULE_H
#define LZ_TOOLS_LZ_IMPORT_DECODERMODULE_H

#include "Checkpoint.h"
#include "DecoderConfig.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace lzimport {

/// A function of the module. Extents are dynamic but for what the model fixes; `lengths` and caches mean what they mean
/// in lz.kv_cache.update, and rotary positions follow from the lengths.
enum class Entry {
  /// `@forward(ids [batch, sequence] of i64) -> logits [batch, sequence, vocabulary]`: whole sequences.
  Forward,
  /// `@prefill(ids [batch, sequence], lengths [batch] of i64, k_cache_0, v_cache_0, …) -> (logits [batch, vocabulary]
  /// of
  /// the last token, caches…)`: prompts, padded on the left where their lengths differ. A layer's caches are
  /// [batch, capacity, key heads, head dimension] of f32, donated, and updated in place.
  Prefill,
  /// `@decode`: the same for one token a sequence, ids [batch, 1].
  Decode
};

/// Nothing where no entry has that name.
std::optional<Entry> entryNamed(llvm::StringRef name);

/// The functions asked for, weights as `lz.parameter`, every dispatched operation with its module path as `lz.site`,
/// behind which `@prefill` or `@decode` stands in these entries. Computes in f32, whatever the weights are stored in.
/// `checkTensors` must have passed. Source: transformers, the causal language model of each family.
mlir::OwningOpRef<mlir::ModuleOp> buildModule(mlir::MLIRContext &context, const DecoderConfig &config,
                                              const Checkpoint &checkpoint, llvm::ArrayRef<Entry> entries);

} // namespace lzimport

#endif // LZ_TOOLS_LZ_IMPORT_DECODERMODULE_H
