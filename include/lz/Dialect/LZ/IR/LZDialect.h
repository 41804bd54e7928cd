//===- LZDialect.h - The lz dialect: attributes, types, interface, operations -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_DIALECT_LZ_IR_LZDIALECT_H
#define LZ_DIALECT_LZ_IR_LZDIALECT_H

#include "lzrt/abi/call.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "lz/Dialect/LZ/IR/LZDialect.h.inc"
#include "lz/Dialect/LZ/IR/LZEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "lz/Dialect/LZ/IR/LZAttributes.h.inc"
#define GET_TYPEDEF_CLASSES
#include "lz/Dialect/LZ/IR/LZTypes.h.inc"

namespace mlir::lz {

/// The schema's operation whose name is the op's mnemonic, LZ_OP_COUNT where there is none.
lz_operation_t schemaOperation(Operation *op);

/// In `lz.result_aliases`: the result is returned.
inline constexpr int64_t noResultAlias = -1;
/// What a function's `lz.result_aliases` says; empty where there is none: all results are returned.
ArrayRef<int64_t> resultAliasesOf(Operation *function);

/// One argument slot of the operation schema.
struct SlotInfo {
  StringRef name;
  lz_argument_role_t role;
  bool isOutput() const { return role == LZ_ROLE_OUT || role == LZ_ROLE_OPTIONAL_OUT || role == LZ_ROLE_INOUT; }
};
/// The slots of an operation, in order.
ArrayRef<SlotInfo> slotsOf(lz_operation_t operation);
/// The name of an attribute of the operation schema ("epsilon").
StringRef schemaAttributeName(lz_attribute_id_t id);

namespace detail {
Value slotResult(Operation *op, Value output);
MutableOperandRange outputsOf(Operation *op);
/// The slot that an operand of a kernel op fills.
const SlotInfo &slotOf(OpOperand &operand);
void collectEffects(Operation *op, SmallVectorImpl<MemoryEffects::EffectInstance> &effects);
LogicalResult reifyFromOutputs(Operation *op, OpBuilder &builder, ReifiedRankedShapedTypeDims &shapes);
/// Inherent attributes in bytecode: one dictionary, so that a file does not depend on the order or number of an
/// operation's attributes. A name that the operation does not have is an error; what is missing is left to the
/// verifier.
FailureOr<DictionaryAttr> readNamedProperties(DialectBytecodeReader &reader, OperationName name);
void writeNamedProperties(DialectBytecodeWriter &writer, Attribute attributes);
/// Tensor and buffer operands are not mixed; results are as many as outputs, and of their types.
LogicalResult verifyKernelOp(Operation *op);
} // namespace detail
} // namespace mlir::lz

#include "lz/Dialect/LZ/IR/LZInterfaces.h.inc"
#define GET_OP_CLASSES
#include "lz/Dialect/LZ/IR/LZOps.h.inc"

namespace mlir::lz {
/// Attaches bufferization to every operation of the dialect.
void registerBufferizableOpInterfaceExternalModels(DialectRegistry &registry);
} // namespace mlir::lz

#endif // LZ_DIALECT_LZ_IR_LZDIALECT_H
