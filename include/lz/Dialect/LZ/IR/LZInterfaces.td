//===- LZInterfaces.td - The interface that every dispatched operation implements -*- tablegen -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// No pass names a concrete operation: what a pass needs to know stands here or in the operation schema.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_INTERFACES
#define LZ_INTERFACES

include "mlir/IR/OpBase.td"

def LZ_KernelOpInterface : OpInterface<"KernelOpInterface"> {
  let cppNamespace = "::mlir::lz";
  let description = [{
    An operation whose kernel a policy chooses. Its ODS operands are the argument slots of the operation schema, in the same order and under the same
    names; its inherent attributes carry the schema's attribute names.
  }];
  let methods = [
    InterfaceMethod<"The operation in the schema, found by the op's mnemonic.", "lz_operation_t", "getSchemaOperation", (ins), "",
      [{ return ::mlir::lz::schemaOperation($_op.getOperation()); }]>,
    InterfaceMethod<"The value in an argument slot; null where an optional argument is missing.", "::mlir::Value", "getSlot",
      (ins "unsigned":$slot), "",
      [{ auto range = $_op.getODSOperands(slot); return range.empty() ? ::mlir::Value() : *range.begin(); }]>,
    InterfaceMethod<"The result tied to an output slot; null in buffer form.", "::mlir::Value", "getSlotResult", (ins "unsigned":$slot), "",
      [{ return ::mlir::lz::detail::slotResult($_op.getOperation(), this->getSlot(slot)); }]>,
    InterfaceMethod<[{
        The operation written in linalg, arith and math on tensors at the builder's insertion point: one value a result, of the result's type.
        The op itself stays. Fails, with a diagnostic, in buffer form.
      }], "::llvm::FailureOr<::llvm::SmallVector<::mlir::Value>>", "decompose", (ins "::mlir::OpBuilder &":$builder)>,
  ];
  let extraSharedClassDeclaration = [{
    /// What lz-resolve decided, or null.
    ::mlir::lz::DecisionAttr getDecision() {
      return $_op->template getAttrOfType<::mlir::lz::DecisionAttr>("decision");
    }
    void setDecision(::mlir::lz::DecisionAttr decision) { $_op->setAttr("decision", decision); }
    /// The site's name, or "".
    ::llvm::StringRef getSiteName() {
      auto name = $_op->template getAttrOfType<::mlir::StringAttr>("lz.site");
      return name ? name.getValue() : ::llvm::StringRef();
    }
  }];
  let verify = [{ return ::mlir::lz::detail::verifyKernelOp($_op); }];
}

#endif // LZ_INTERFACES
