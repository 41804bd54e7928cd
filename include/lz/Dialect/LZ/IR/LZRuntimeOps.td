//===- LZRuntimeOps.td - Operations between dispatch and the LLVM dialect -*- tablegen -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// lz-add-context and lz-lower-dispatch create these, lz-to-llvm consumes them. They stand on abi/call.h and abi/module.h; their verifiers are in
// lib/Dialect/LZ/IR/LZRuntimeOps.cpp, their lowering in lib/Conversion/LZToLLVM.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_RUNTIME_OPS
#define LZ_RUNTIME_OPS

def LZ_ResultType : LZ_Type<"Result", "result"> {
  let summary = "where a compiled function leaves one of its results";
  let description = [{
    The room belongs to the caller. Of a memref it holds the descriptor; the buffer behind it then belongs to the caller too, through the context.
  }];
  let parameters = (ins "::mlir::Type":$value);
  let assemblyFormat = "`<` $value `>`";
}

//===----------------------------------------------------------------------===//
// Results and memory, made by lz-add-context
//===----------------------------------------------------------------------===//

def LZ_ResultSlotOp : LZ_Op<"result_slot"> {
  let summary = "room on the stack for a callee's result";
  let description = [{
    One place a function and op, however often it runs.

    ```mlir
    %slot = lz.result_slot : <memref<?x64xf32>>
    %status = call @callee(%context, %x, %slot) : (!lz.context, memref<?x64xf32>, !lz.result<memref<?x64xf32>>) -> i32
    ```
  }];
  let results = (outs LZ_ResultType:$slot);
  let assemblyFormat = "attr-dict `:` qualified(type($slot))";
}

def LZ_SetResultOp : LZ_Op<"set_result", [TypesMatchWith<"value has the type that the slot holds", "slot", "value",
                                                         "::llvm::cast<::mlir::lz::ResultType>($_self).getValue()">]> {
  let summary = "leave a result for the caller";
  let arguments = (ins AnyType:$value, LZ_ResultType:$slot);
  let assemblyFormat = "$value `,` $slot attr-dict `:` qualified(type($slot))";
}

def LZ_GetResultOp : LZ_Op<"get_result", [TypesMatchWith<"value has the type that the slot holds", "slot", "value",
                                                         "::llvm::cast<::mlir::lz::ResultType>($_self).getValue()">]> {
  let summary = "read what a callee that succeeded left";
  let arguments = (ins LZ_ResultType:$slot);
  let results = (outs AnyType:$value);
  let assemblyFormat = "$slot attr-dict `:` qualified(type($slot))";
}

def LZ_AllocateOp : LZ_Op<"allocate"> {
  let summary = "take memory from the context";
  let description = [{
    A row-major buffer, aligned to `alignment` bytes. `failed` is true where there is none; the context then has the error (`lzrt_allocate`).

    ```mlir
    %buffer, %failed = lz.allocate %context(%n) align 64 : memref<?x64xf32>
    ```
  }];
  let arguments = (ins LZ_ContextType:$context, Variadic<Index>:$sizes, I64Attr:$alignment);
  let results = (outs AnyMemRef:$buffer, I1:$failed);
  let assemblyFormat = "$context `(` $sizes `)` `align` $alignment attr-dict `:` type($buffer)";
  let hasVerifier = 1;
}

def LZ_ReleaseOp : LZ_Op<"release"> {
  let summary = "give memory back to the context";
  let arguments = (ins LZ_ContextType:$context, AnyMemRef:$buffer);
  let assemblyFormat = "$context `,` $buffer attr-dict `:` type($buffer)";
}

def LZ_FailOp : LZ_Op<"fail"> {
  let summary = "record an error of the invocation";
  let description = [{ The first one stays. `code` is an lz_status_t other than ok, and is returned. }];
  let arguments = (ins LZ_ContextType:$context, I32Attr:$code, StrAttr:$message);
  let results = (outs I32:$status);
  let assemblyFormat = "$context `code` $code $message attr-dict";
}

//===----------------------------------------------------------------------===//
// Sites and their calls, made by lz-lower-dispatch
//===----------------------------------------------------------------------===//

def LZ_SiteRecordOp : LZ_Op<"site_record", [Symbol]> {
  let summary = "what is constant about a call site (lz_site_t)";
  let description = [{
    `slots` has an entry a slot of the operation: the memref type, or `unit` where an optional argument is missing; `alignments` the bytes to which
    its pointer is aligned at least. `values` holds numbers under the schema's attribute names. `decomposition` is a private function on a block, the
    last candidate.

    ```mlir
    lz.site_record @site_0 "main/rms_norm/0" of "rms_norm" mode <static> slots [memref<?x64xf32>, memref<64xf32>, memref<?x64xf32>]
        align [4, 4, 64] values {epsilon = 1.0e-6 : f64}
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrAttr:$site, StrAttr:$kind, LZ_ModeAttr:$mode, UnitAttr:$live, UnitAttr:$guarded,
      ArrayAttr:$slots, DenseI64ArrayAttr:$alignments, DictionaryAttr:$values, OptionalAttr<FlatSymbolRefAttr>:$decomposition,
      DefaultValuedStrAttr<StrAttr, "">:$location);
  let assemblyFormat = [{
    $sym_name $site `of` $kind `mode` $mode (`live` $live^)? (`guarded` $guarded^)? `slots` $slots `align` $alignments `values` $values
    (`decomposition` $decomposition^)? (`at` $location^)? attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The type under which a site describes an operand: without its offset, which the data pointer contains, and row-major where the strides say so.
    /// Null where the type has no strides.
    static ::mlir::MemRefType describedType(::mlir::MemRefType operand);
    lz_operation_t getSchemaOperation();
    /// The memref type in a slot, null where the argument is missing.
    ::mlir::MemRefType getArgumentType(unsigned slot);
    /// The types of the arguments that are there, in slot order.
    ::llvm::SmallVector<::mlir::MemRefType> getPresentTypes();
  }];
}

def LZ_BlockOp : LZ_Op<"block", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "fill the call block of a site";
  let description = [{
    Stores the context, the site, the data pointers of the arguments and their open extents and strides into the function's frame for call blocks. The frame
    is one for all sites of a function: a block is valid until the function's next `lz.block`.

    Where the site describes an argument as row-major, the argument's open strides are that: the block does not hold them.

    ```mlir
    %block = lz.block %context site @site_0(%x, %w, %out) : memref<?x64xf32>, memref<64xf32>, memref<?x64xf32>
    ```
  }];
  let arguments = (ins LZ_ContextType:$context, FlatSymbolRefAttr:$site, Variadic<AnyMemRef>:$arguments);
  let results = (outs LZ_BlockType:$block);
  let assemblyFormat = "$context `site` $site `(` $arguments `)` attr-dict `:` type($arguments)";
}

def LZ_BlockContextOp : LZ_Op<"block_context", [Pure]> {
  let summary = "the context of a call block";
  let arguments = (ins LZ_BlockType:$block);
  let results = (outs LZ_ContextType:$context);
  let assemblyFormat = "$block attr-dict";
}

def LZ_BlockArgumentOp : LZ_Op<"block_argument", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "an argument of a call block";
  let description = [{
    ```mlir
    %x = lz.block_argument %block[0] site @site_0 : memref<?x64xf32>
    ```
  }];
  let arguments = (ins LZ_BlockType:$block, I64Attr:$slot, FlatSymbolRefAttr:$site);
  let results = (outs AnyMemRef:$value);
  let assemblyFormat = "$block `[` $slot `]` `site` $site attr-dict `:` type($value)";
}

def LZ_CallOp : LZ_Op<"call"> {
  let summary = "call a kernel through the module's import slot";
  let description = [{
    A load of the slot and an indirect call. `kernel` is the canonical name; `lz.kernel` declares it where manifests are imported.
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, LZ_BlockType:$block);
  let results = (outs I32:$status);
  let assemblyFormat = "$kernel `(` $block `)` attr-dict";
}

def LZ_ContinueOp : LZ_Op<"continue"> {
  let summary = "go on behind a kernel that failed (S9)";
  let description = [{
    Without `kernel`: behind a live site's call, whose block says which kernel ran and whether the runtime has gone on already.
  }];
  let arguments = (ins LZ_BlockType:$block, OptionalAttr<FlatSymbolRefAttr>:$kernel, I32:$failure);
  let results = (outs I32:$status);
  let assemblyFormat = "$block `behind` ($kernel^ `,`)? $failure attr-dict";
}

def LZ_NoKernelOp : LZ_Op<"no_kernel"> {
  let summary = "record that no candidate stands for this call (S5, S7)";
  let description = [{ `strict` is the error of a strict rule, else the error is no_kernel_available. The status is never ok. }];
  let arguments = (ins LZ_BlockType:$block, UnitAttr:$strict);
  let results = (outs I32:$status);
  let assemblyFormat = "$block (`strict` $strict^)? attr-dict";
}

def LZ_RunDecompositionOp : LZ_Op<"run_decomposition"> {
  let summary = "run the decomposition of the block's site";
  let description = [{ A leaf of guards; through the runtime, so that an observer is told of it as it is of kernels. }];
  let arguments = (ins LZ_BlockType:$block);
  let results = (outs I32:$status);
  let assemblyFormat = "$block attr-dict";
}

def LZ_TestOp : LZ_Op<"test"> {
  let summary = "ask the runtime whether an open condition holds";
  let description = [{
    `kernel` is the candidate's, `rule` the name of its rule, which a rollout is drawn by (S8).

    ```mlir
    %holds = lz.test %block <"tenant" "match" "\22gold-*\22"> kernel @flash_attention_v2
    ```
  }];
  let arguments = (ins LZ_BlockType:$block, LZ_ConditionAttr:$condition, OptionalAttr<FlatSymbolRefAttr>:$kernel,
      DefaultValuedStrAttr<StrAttr, "">:$rule);
  let results = (outs I1:$holds);
  let assemblyFormat = "$block $condition (`kernel` $kernel^)? (`rule` $rule^)? attr-dict";
}

def LZ_DispatchLiveOp : LZ_Op<"dispatch_live", [DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "call through a live site's stub";
  let description = [{ The stub gets the block, the site's live record and the site's first four open extents, by slot and dimension, 0 where there are fewer. }];
  let arguments = (ins LZ_BlockType:$block, FlatSymbolRefAttr:$site, Variadic<Index>:$dims);
  let results = (outs I32:$status);
  let assemblyFormat = "$block `site` $site `(` $dims `)` attr-dict";
  let hasVerifier = 1;
}

def LZ_MultiplyExtentsOp : LZ_Op<"multiply_extents", [Pure, Commutative]> {
  let summary = "the product of two extents, 2^63 - 1 where it does not fit";
  let description = [{ As the policy's facts that are products of extents are computed. }];
  let arguments = (ins Index:$lhs, Index:$rhs);
  let results = (outs Index:$product);
  let assemblyFormat = "$lhs `,` $rhs attr-dict";
}

#endif // LZ_RUNTIME_OPS
