//===- Passes.td - Conversions of the lz dialect -*- tablegen -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_CONVERSION_PASSES
#define LZ_CONVERSION_PASSES

include "mlir/Pass/PassBase.td"

def ConvertLZToLLVMPass : Pass<"lz-to-llvm", "::mlir::ModuleOp"> {
  let summary = "Convert a module to the LLVM dialect, on the runtime's ABI";
  let description = [{
    Converts the lz operations behind dispatch together with arith, cf, func, index, math, memref and scf. A function becomes
    `int32_t f(lz_context_t *, …)`, memrefs as their expanded descriptors, results as pointers to descriptors. Sites, import slots, parameter slots and open
    tests become globals; the exported record `lz_module_record` (abi/module.h) lists them. Symbols of policy and kernels go into that record as text.

    Calls of the runtime: `lzrt_allocate`, `lzrt_release`, `lzrt_continue`, `lzrt_no_kernel`, `lzrt_run_decomposition`, `lzrt_test`, `lzrt_live_miss`, `lzrt_fail`. Functions of libm may be
    called; nothing else is.

    ```mlir
    %status = lz.call @k(%block)
    ```
    ==>
    ```mlir
    llvm.mlir.global hidden external @"lz_slot.k"() {alignment = 8 : i64} : !llvm.ptr {…}

    %slot = llvm.mlir.addressof @"lz_slot.k" : !llvm.ptr
    %kernel = llvm.load %slot {alignment = 8 : i64} : !llvm.ptr -> !llvm.ptr
    %status = llvm.call %kernel(%block) : !llvm.ptr, (!llvm.ptr) -> i32
    ```

    Preconditions: `lz-add-context` and `lz-lower-dispatch` ran; no tensor, affine or linalg operation is left.
  }];
  let dependentDialects = ["::mlir::lz::LZDialect", "::mlir::LLVM::LLVMDialect", "::mlir::scf::SCFDialect", "::mlir::cf::ControlFlowDialect"];
}

#endif // LZ_CONVERSION_PASSES
