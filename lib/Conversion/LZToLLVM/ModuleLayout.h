//===- ModuleLayout.h - Where the parts of a module stand in the runtime's structs -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Indices and names that the patterns (RuntimePatterns.cpp) and the globals (ModuleRecord.cpp) must agree on. The
// structs are those of abi/call.h and abi/module.h.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_CONVERSION_LZTOLLVM_MODULELAYOUT_H
#define LZ_CONVERSION_LZTOLLVM_MODULELAYOUT_H

#include "lz/Dialect/LZ/IR/LZDialect.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/MapVector.h"

#include <string>

namespace mlir::lz {

/// Where the arguments of a site stand in its call block.
struct BlockLayout {
  explicit BlockLayout(SiteRecordOp site);
  struct Argument {
    MemRefType type; // null: missing
    unsigned data = LZ_NO_INDEX, dims = LZ_NO_INDEX;
    SmallVector<int64_t> strides; // empty: row-major
  };
  /// The open entries of an argument: dimensions whose extent, then those whose stride is in the block's dims.
  static SmallVector<unsigned> openExtents(const Argument &argument);
  static SmallVector<unsigned> openStrides(const Argument &argument);

  SmallVector<Argument> slots;
  unsigned numData = 0, numDims = 0;
  bool isLive = false;
  unsigned dataOffset(unsigned index) const { return sizeof(lz_call_t) + sizeof(void *) * index; }
  unsigned dimsOffset(unsigned index) const { return dataOffset(numData) + sizeof(int64_t) * index; }
  unsigned callSize() const { return dimsOffset(numDims); }
};

/// The numbered parts of a module, in the order of its tables.
struct ModuleLayout {
  /// Emits a diagnostic and fails where one parameter has two types.
  static FailureOr<ModuleLayout> create(ModuleOp module);

  llvm::MapVector<StringRef, BlockLayout> sites;      // by symbol
  llvm::SetVector<StringAttr> imports;                // kernels called
  llvm::MapVector<StringAttr, MemRefType> parameters; // by name
  llvm::SetVector<Operation *> tests;                 // lz.test
  llvm::MapVector<StringAttr, std::string> messages;  // of lz.fail, with their symbols
  unsigned importIndex(StringAttr kernel) const;
};

/// Symbols of the module's globals.
inline std::string slotSymbol(StringRef kernel) { return ("lz_slot." + kernel).str(); }
inline std::string parameterSymbol(StringRef name) { return ("lz_parameter." + name).str(); }
inline std::string testSymbol(unsigned index) { return "lz_test." + std::to_string(index); }
inline std::string exportSymbol(StringRef function) { return ("lz_export." + function).str(); }
inline std::string liveSymbol(StringRef site) { return (site + ".live").str(); }

/// Creates the module's globals and its record, and removes the symbols they stand for.
struct PolicyTexts {
  std::string policy, kernels, policyDigest, selectionDigest;
};
void createModuleRecord(ModuleOp module, const ModuleLayout &layout, const PolicyTexts &texts);

} // namespace mlir::lz

#endif // LZ_CONVERSION_LZTOLLVM_MODULELAYOUT_H
