//===- LZModuleOps.td - Policy, kernels and parameters as parts of a module -*- tablegen -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_MODULE_OPS
#define LZ_MODULE_OPS

def LZ_PolicyOp : LZ_StableOp<"policy", [Symbol]> {
  let summary = "the policy that a module is compiled under";
  let description = [{
    Holds P5's normal form and both digests. One a module, written by `lz-import-policy`.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrAttr:$text, StrAttr:$policy_digest, StrAttr:$selection_digest);
  let assemblyFormat = "$sym_name attr-dict";
}

def LZ_KernelDeclOp : LZ_StableOp<"kernel", [Symbol]> {
  let summary = "a kernel that a manifest offers";
  let description = [{
    The symbol is the canonical name; `manifest` is the normal form of a manifest with this kernel alone. Written by `lz-import-kernels`.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, StrAttr:$manifest);
  let assemblyFormat = "$sym_name attr-dict";
}

def LZ_ParameterOp : LZ_StableOp<"parameter", [Pure]> {
  let summary = "constant model data, bound when the module is loaded";
  let description = [{
    A tensor under the name that it has in the checkpoint. It is read-only and mapped, not copied: its pointer is aligned to its element only.

    ```mlir
    %w = lz.parameter "model.norm.weight" : tensor<128xf32>
    ```
  }];
  let arguments = (ins StrAttr:$name);
  let results = (outs AnyTypeOf<[AnyStaticShapeTensor, AnyStaticShapeMemRef]>:$value);
  let assemblyFormat = "$name attr-dict `:` type($value)";
}

#endif // LZ_MODULE_OPS
