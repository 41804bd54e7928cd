//===- LZRuntimeOps.cpp - Verifiers of the operations between dispatch and LLVM -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Dialect/LZ/IR/LZDialect.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace mlir::lz;

LogicalResult AllocateOp::verify() {
  auto type = cast<MemRefType>(getBuffer().getType());
  if (!type.getLayout().isIdentity())
    return emitOpError("allocates row-major buffers only, got ") << type;
  if (getSizes().size() != size_t(type.getNumDynamicDims()))
    return emitOpError("expected ") << type.getNumDynamicDims() << " sizes, got " << getSizes().size();
  if (!llvm::isPowerOf2_64(getAlignment()))
    return emitOpError("alignment is ") << getAlignment() << ", but must be a power of two";
  return success();
}

//===----------------------------------------------------------------------===//
// lz.site_record
//===----------------------------------------------------------------------===//

/// Whether static strides are those of a row-major buffer; an open extent leaves the strides before it open. No step
/// is taken along an extent of 1.
static bool isRowMajor(ArrayRef<int64_t> shape, ArrayRef<int64_t> strides) {
  int64_t expected = 1;
  for (unsigned dim = shape.size(); dim-- > 0;) {
    if (shape[dim] == 1)
      continue;
    if (ShapedType::isDynamic(expected) || strides[dim] != expected)
      return false;
    expected = ShapedType::isDynamic(shape[dim]) ? ShapedType::kDynamic : expected * shape[dim];
  }
  return true;
}

MemRefType SiteRecordOp::describedType(MemRefType operand) {
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(operand.getStridesAndOffset(strides, offset)))
    return {};
  // Strides that spell the identity out are left out too, so that equal buffers have equal types.
  MemRefLayoutAttrInterface layout;
  if (!operand.getLayout().isIdentity() && !isRowMajor(operand.getShape(), strides))
    layout = StridedLayoutAttr::get(operand.getContext(), 0, strides);
  return MemRefType::get(operand.getShape(), operand.getElementType(), layout, operand.getMemorySpace());
}

lz_operation_t SiteRecordOp::getSchemaOperation() {
  return llvm::StringSwitch<lz_operation_t>(getKind())
#define LZ_X(id, name) .Case(name, LZ_OP_##id)
      LZ_OPERATIONS(LZ_X)
#undef LZ_X
          .Default(LZ_OP_COUNT);
}

MemRefType SiteRecordOp::getArgumentType(unsigned slot) {
  auto type = slot < getSlots().size() ? dyn_cast<TypeAttr>(getSlots()[slot]) : TypeAttr();
  return type ? dyn_cast<MemRefType>(type.getValue()) : MemRefType();
}

SmallVector<MemRefType> SiteRecordOp::getPresentTypes() {
  SmallVector<MemRefType> types;
  for (unsigned slot = 0; slot < getSlots().size(); ++slot)
    if (MemRefType type = getArgumentType(slot))
      types.push_back(type);
  return types;
}

static LogicalResult verifySlot(SiteRecordOp site, unsigned index, const SlotInfo &slot) {
  MemRefType type = site.getArgumentType(index);
  bool optional = slot.role == LZ_ROLE_OPTIONAL || slot.role == LZ_ROLE_OPTIONAL_OUT;
  if (!type && !isa<UnitAttr>(site.getSlots()[index]))
    return site.emitOpError("slot `") << slot.name << "` must be a memref type or `unit`, got "
                                      << site.getSlots()[index];
  if (!type)
    return optional ? success() : LogicalResult(site.emitOpError("slot `") << slot.name << "` is not optional");
  if (type.getRank() > LZ_MAX_RANK)
    return site.emitOpError("slot `") << slot.name << "` has rank " << type.getRank() << ", at most " << LZ_MAX_RANK
                                      << " is supported";
  if (type != SiteRecordOp::describedType(type))
    return site.emitOpError("slot `") << slot.name << "` must be described without offset and by strides, got " << type;
  if (site.getAlignments()[index] < 1 || !llvm::isPowerOf2_64(site.getAlignments()[index]))
    return site.emitOpError("alignment of slot `")
           << slot.name << "` is " << site.getAlignments()[index] << ", but must be a power of two";
  return success();
}

LogicalResult SiteRecordOp::verify() {
  if (getSchemaOperation() == LZ_OP_COUNT)
    return emitOpError("unknown operation `") << getKind() << "`";
  ArrayRef<SlotInfo> slots = slotsOf(getSchemaOperation());
  if (getSlots().size() != slots.size() || getAlignments().size() != slots.size())
    return emitOpError("operation `") << getKind() << "` has " << slots.size() << " slots, got " << getSlots().size()
                                      << " with " << getAlignments().size() << " alignments";
  for (auto [index, slot] : llvm::enumerate(slots))
    if (failed(verifySlot(*this, index, slot)))
      return failure();
  for (NamedAttribute value : getValues())
    if (!isa<IntegerAttr, FloatAttr>(value.getValue()))
      return emitOpError("value `") << value.getName().getValue() << "` must be a number, got " << value.getValue();
  return success();
}

/// The site that `user` names, or null after a diagnostic.
static SiteRecordOp lookUpSite(Operation *user, FlatSymbolRefAttr name, SymbolTableCollection &symbols) {
  auto site = symbols.lookupNearestSymbolFrom<SiteRecordOp>(user, name);
  if (!site)
    user->emitOpError("no `lz.site_record` is named ") << name;
  return site;
}

/// Whether extents and strides that are open can make a buffer row-major.
static bool mayBeRowMajor(ArrayRef<int64_t> shape, ArrayRef<int64_t> strides) {
  int64_t expected = 1;
  for (unsigned dim = shape.size(); dim-- > 0;) {
    if (shape[dim] == 1)
      continue;
    if (ShapedType::isDynamic(shape[dim])) {
      expected = ShapedType::kDynamic;
      continue;
    }
    if (!ShapedType::isDynamic(expected) && !ShapedType::isDynamic(strides[dim]) && strides[dim] != expected)
      return false;
    expected = ShapedType::isDynamic(expected) ? expected : expected * shape[dim];
  }
  return true;
}

/// Whether a site may describe an operand so. That what is open makes it row-major is for the block's maker to know.
static bool mayStandFor(MemRefType operand, MemRefType described) {
  if (SiteRecordOp::describedType(operand) == described)
    return true;
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(operand.getStridesAndOffset(strides, offset)))
    return false;
  return described.getLayout().isIdentity() && operand.getShape() == described.getShape() &&
         operand.getElementType() == described.getElementType() && mayBeRowMajor(operand.getShape(), strides);
}

LogicalResult BlockOp::verifySymbolUses(SymbolTableCollection &symbols) {
  SiteRecordOp site = lookUpSite(getOperation(), getSiteAttr(), symbols);
  if (!site)
    return failure();
  SmallVector<MemRefType> types = site.getPresentTypes();
  if (types.size() != getArguments().size())
    return emitOpError("site ") << getSiteAttr() << " has " << types.size() << " arguments, got "
                                << getArguments().size();
  for (auto [index, type] : llvm::enumerate(types))
    if (!mayStandFor(cast<MemRefType>(getArguments()[index].getType()), type))
      return emitOpError("argument ") << index << " of site " << getSiteAttr() << " is " << type << ", got "
                                      << getArguments()[index].getType();
  return success();
}

LogicalResult BlockArgumentOp::verifySymbolUses(SymbolTableCollection &symbols) {
  SiteRecordOp site = lookUpSite(getOperation(), getSiteAttr(), symbols);
  if (!site)
    return failure();
  MemRefType type = site.getArgumentType(getSlot());
  if (!type)
    return emitOpError("site ") << getSiteAttr() << " has no argument in slot " << getSlot();
  if (type != getValue().getType())
    return emitOpError("slot ") << getSlot() << " of site " << getSiteAttr() << " is " << type << ", got "
                                << getValue().getType();
  return success();
}

LogicalResult DispatchLiveOp::verify() {
  if (getDims().size() > 4)
    return emitOpError("passes at most 4 integers in registers, got ") << getDims().size();
  return success();
}

LogicalResult DispatchLiveOp::verifySymbolUses(SymbolTableCollection &symbols) {
  SiteRecordOp site = lookUpSite(getOperation(), getSiteAttr(), symbols);
  if (!site)
    return failure();
  if (!site.getLive())
    return emitOpError("site ") << getSiteAttr() << " is not live";
  return success();
}
