//===- LZDialect.td - The lz dialect -*- tablegen -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_DIALECT
#define LZ_DIALECT

include "mlir/IR/OpBase.td"

def LZ_Dialect : Dialect {
  let name = "lz";
  let cppNamespace = "::mlir::lz";
  let summary = "Named model operations whose kernel a policy chooses";
  let description = [{
    An operation of this dialect says what is computed, never by which kernel. A policy decides that: at compile time where types and
    static shapes settle it, by inline tests where only a dimension is open, at run time where the policy must stay live.

    Operations are in destination-passing style on ranked tensors and memrefs. `outs` are overwritten and never read, unless the
    operation is in place and says so. Layout and causal alignment are mandatory, because libraries disagree on their defaults.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let hasCanonicalizer = 1;
  let hasOperationAttrVerify = 1;
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"
  ];
  let extraClassDeclaration = [{
    /// Discardable string attribute: the site's name for policies and reports (C4).
    static constexpr ::llvm::StringLiteral getSiteAttrName() { return "lz.site"; }
    /// Discardable mode attribute of an op, a function or a module.
    static constexpr ::llvm::StringLiteral getModeAttrName() { return "lz.mode"; }
    /// Discardable attribute of an argument whose buffer the caller gives up: it may be written.
    static constexpr ::llvm::StringLiteral getDonatedAttrName() { return "lz.donated"; }
    /// Discardable array of i64 of a function that gives results back in its arguments: an entry a result of the model,
    /// the number of the argument that it is, or -1 where it is returned. Arguments count as before lz-add-context.
    static constexpr ::llvm::StringLiteral getResultAliasesAttrName() { return "lz.result_aliases"; }
    /// Discardable decision attribute of an op, set by lz-resolve.
    static constexpr ::llvm::StringLiteral getDecisionAttrName() { return "decision"; }

    void registerAttributes();
    void registerTypes();
    void registerOperations();
    void registerInterfaces();
  }];
}

#endif // LZ_DIALECT
