//===- KernelOpInterface.cpp - What every dispatched operation shares, read from the schema -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Dialect/LZ/IR/LZDialect.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringSwitch.h"

#include <array>

using namespace mlir;
using namespace mlir::lz;

lz_operation_t mlir::lz::schemaOperation(Operation *op) {
  return llvm::StringSwitch<lz_operation_t>(op->getName().stripDialect())
#define LZ_X(id, name) .Case(name, LZ_OP_##id)
      LZ_OPERATIONS(LZ_X)
#undef LZ_X
          .Default(LZ_OP_COUNT);
}

ArrayRef<SlotInfo> mlir::lz::slotsOf(lz_operation_t operation) {
  static const auto table = [] {
    std::array<SmallVector<SlotInfo>, LZ_OP_COUNT> slots;
#define LZ_X(op, slot, name, role) slots[LZ_OP_##op].push_back({name, LZ_ROLE_##role});
    LZ_ARGUMENTS(LZ_X)
#undef LZ_X
    return slots;
  }();
  return operation < LZ_OP_COUNT ? ArrayRef<SlotInfo>(table[operation]) : ArrayRef<SlotInfo>();
}

StringRef mlir::lz::schemaAttributeName(lz_attribute_id_t id) {
  static constexpr StringLiteral names[] = {
#define LZ_X(id, name, type) name,
      LZ_ATTRIBUTES(LZ_X)
#undef LZ_X
  };
  return names[id];
}

/// The operands in output slots; the schema puts them last and in a row.
static std::pair<unsigned, unsigned> outputOperands(Operation *op) {
  auto kernelOp = cast<KernelOpInterface>(op);
  ArrayRef<SlotInfo> slots = slotsOf(kernelOp.getSchemaOperation());
  unsigned begin = 0, count = 0;
  for (auto [index, slot] : llvm::enumerate(slots)) {
    bool present = kernelOp.getSlot(index) != nullptr;
    if (slot.isOutput())
      count += present;
    else
      begin += present;
  }
  return {begin, count};
}

MutableOperandRange mlir::lz::detail::outputsOf(Operation *op) {
  auto [begin, count] = outputOperands(op);
  return MutableOperandRange(op, begin, count);
}

const SlotInfo &mlir::lz::detail::slotOf(OpOperand &operand) {
  auto kernelOp = cast<KernelOpInterface>(operand.getOwner());
  unsigned number = operand.getOperandNumber();
  for (auto [index, slot] : llvm::enumerate(slotsOf(kernelOp.getSchemaOperation())))
    if (kernelOp.getSlot(index) && number-- == 0)
      return slot;
  llvm_unreachable("the operands of a kernel op are the slots of the schema");
}

Value mlir::lz::detail::slotResult(Operation *op, Value output) {
  if (op->getNumResults() == 0 || !output)
    return {};
  auto [begin, count] = outputOperands(op);
  for (unsigned i = 0; i < count; ++i)
    if (op->getOperand(begin + i) == output)
      return op->getResult(i);
  return {};
}

void mlir::lz::detail::collectEffects(Operation *op, SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  auto kernelOp = cast<KernelOpInterface>(op);
  ArrayRef<SlotInfo> slots = slotsOf(kernelOp.getSchemaOperation());
  unsigned operand = 0;
  for (auto [index, slot] : llvm::enumerate(slots)) {
    if (!kernelOp.getSlot(index))
      continue;
    OpOperand &use = op->getOpOperand(operand++);
    if (!isa<MemRefType>(use.get().getType()))
      continue;
    if (!slot.isOutput() || slot.role == LZ_ROLE_INOUT)
      effects.emplace_back(MemoryEffects::Read::get(), &use, SideEffects::DefaultResource::get());
    if (slot.isOutput())
      effects.emplace_back(MemoryEffects::Write::get(), &use, SideEffects::DefaultResource::get());
  }
}

LogicalResult mlir::lz::detail::reifyFromOutputs(Operation *op, OpBuilder &builder,
                                                 ReifiedRankedShapedTypeDims &shapes) {
  for (OpOperand &output : cast<DestinationStyleOpInterface>(op).getDpsInitsMutable()) {
    if (isa<MemRefType>(output.get().getType()))
      return failure();
    shapes.push_back(tensor::getMixedSizes(builder, op->getLoc(), output.get()));
  }
  return success();
}

LogicalResult mlir::lz::detail::verifyKernelOp(Operation *op) {
  unsigned memrefs = llvm::count_if(op->getOperandTypes(), llvm::IsaPred<MemRefType>);
  if (memrefs != 0 && memrefs != op->getNumOperands())
    return op->emitOpError("mixes tensor and memref operands");
  for (auto [index, type] : llvm::enumerate(op->getOperandTypes()))
    if (int64_t rank = cast<ShapedType>(type).getRank(); rank > LZ_MAX_RANK)
      return op->emitOpError("operand ") << index << " has rank " << rank << ", a kernel call carries at most "
                                         << LZ_MAX_RANK;
  auto [begin, count] = outputOperands(op);
  unsigned expected = memrefs ? 0 : count;
  if (op->getNumResults() != expected)
    return op->emitOpError("expected ") << expected << " results, one a tensor output, got " << op->getNumResults();
  for (unsigned i = 0; i < op->getNumResults(); ++i)
    if (op->getResult(i).getType() != op->getOperand(begin + i).getType())
      return op->emitOpError("result ") << i << " has type " << op->getResult(i).getType() << ", but its output is "
                                        << op->getOperand(begin + i).getType();
  return success();
}
