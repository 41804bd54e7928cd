//===- LZDialect.cpp - Registration of the dialect -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Dialect/LZ/IR/LZDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace mlir::lz;

#include "lz/Dialect/LZ/IR/LZDialect.cpp.inc"

void LZDialect::initialize() {
  registerAttributes();
  registerTypes();
  registerOperations();
  registerInterfaces();
}

ArrayRef<int64_t> mlir::lz::resultAliasesOf(Operation *function) {
  auto aliases = function->getAttrOfType<DenseI64ArrayAttr>(LZDialect::getResultAliasesAttrName());
  return aliases ? aliases.asArrayRef() : ArrayRef<int64_t>();
}

LogicalResult LZDialect::verifyOperationAttribute(Operation *op, NamedAttribute attribute) {
  if (attribute.getName() != getResultAliasesAttrName())
    return success();
  auto function = dyn_cast<FunctionOpInterface>(op);
  auto aliases = dyn_cast<DenseI64ArrayAttr>(attribute.getValue());
  if (!function || !aliases)
    return op->emitOpError("`") << getResultAliasesAttrName() << "` must be an array of i64 of a function, got "
                                << attribute.getValue();
  int64_t count = function.getNumArguments();
  for (int64_t argument : aliases.asArrayRef())
    if (argument < noResultAlias || argument >= count)
      return op->emitOpError("`") << getResultAliasesAttrName() << "` names argument " << argument << " of " << count;
  return success();
}
