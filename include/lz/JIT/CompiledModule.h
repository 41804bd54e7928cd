//===- CompiledModule.h - A module compiled into this process -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_JIT_COMPILEDMODULE_H
#define LZ_JIT_COMPILEDMODULE_H

#include "lz/IO/HostTensor.h"
#include "lzrt/abi/module.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>
#include <vector>

namespace mlir {
class ExecutionEngine;
}

namespace mlir::lz {

/// A tensor in a function's signature; open extents are ShapedType::kDynamic.
struct TensorSpec {
  lz_dtype_t dtype{};
  SmallVector<int64_t> shape;
  bool donated = false; ///< Of an argument: the run may overwrite it, and may give it back as a result.
};

/// What a function takes and gives, as its model says: captured before lowering.
struct FunctionSignature {
  std::string name;
  std::vector<TensorSpec> inputs, results;
};

/// Emits a diagnostic at the function where an argument or result is no ranked tensor of an element type that a host
/// array can hold.
FailureOr<FunctionSignature> signatureOf(func::FuncOp function);

/// The one public function with a body, or the one named `entry` where that is not "". Emits a diagnostic at the module
/// where there is none, or more than one.
FailureOr<func::FuncOp> findEntry(ModuleOp module, StringRef entry);

/// Machine code of a module, linked against the runtime's entry points. Immutable; functions may be called from several
/// threads, each with a context of its own. The module record must be bound before the first call, and unbound before
/// this goes.
class CompiledModule {
public:
  /// `module` is in the LLVM dialect, as lz-to-llvm leaves it.
  static llvm::Expected<std::unique_ptr<CompiledModule>> create(ModuleOp module);
  ~CompiledModule();

  const lz_module_t *record() const { return moduleRecord; }

  /// Checks the inputs against the signature, calls, and copies the results out; blocks that the call left in the
  /// context are freed. The context's error is the failure's message. A result that the compiler found to be a donated
  /// input is that input, sharing its memory, and nothing is copied. What a donated input holds after a call that
  /// failed is undefined. Live sites obey the settings that the context has at this call, and the policy to which it
  /// was pinned since lzrt_context_init or lzrt_context_reset.
  llvm::Expected<std::vector<HostTensor>> invoke(const FunctionSignature &signature, lz_context_t *context,
                                                 ArrayRef<HostTensor> inputs) const;

private:
  CompiledModule();
  /// For each result the input that it is, or -1. Fails where the signature is not that of the function compiled.
  llvm::Expected<ArrayRef<int32_t>> resultAliases(const FunctionSignature &signature) const;
  std::unique_ptr<ExecutionEngine> engine;
  const lz_module_t *moduleRecord = nullptr;
  llvm::StringMap<unsigned> arity;              // of each function, its context included
  llvm::StringMap<const lz_export_t *> exports; // of the record
};

/// Whether `tensors` fit a signature: count, element types, ranks, static extents; whether donated ones share their
/// memory with no other, and fit the results that they are (`aliases`: for each result its input, or -1). bfloat16 may
/// come as uint16.
llvm::Error checkInputs(const FunctionSignature &signature, ArrayRef<HostTensor> tensors,
                        ArrayRef<int32_t> aliases = {});

} // namespace mlir::lz
#endif // LZ_JIT_COMPILEDMODULE_H
