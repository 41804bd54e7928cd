//===- RowMajor.cpp - Whether a buffer's elements stand without gaps, in order -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "RowMajor.h"

#include "lz/Dialect/LZ/IR/LZDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::lz;

namespace {

/// A product of a constant and values that only the run knows; none where the constant does not fit.
class Product {
public:
  static Product constant(int64_t value) {
    Product product;
    product.factor = value;
    return product;
  }
  /// An index, or extent `number` of a memref; strides of a memref have the numbers behind its rank.
  static Product unknown(Value value, unsigned number = 0) {
    Product product;
    product.unknowns.push_back({value.getAsOpaquePointer(), number});
    return product;
  }
  Product &operator*=(const Product &other) {
    isValid &= other.isValid && !__builtin_mul_overflow(factor, other.factor, &factor);
    llvm::append_range(unknowns, other.unknowns);
    llvm::sort(unknowns);
    return *this;
  }
  bool isOne() const { return isValid && factor == 1 && unknowns.empty(); }
  /// Surely the same number.
  bool operator==(const Product &other) const {
    return isValid && other.isValid && factor == other.factor && unknowns == other.unknowns;
  }

private:
  bool isValid = true;
  int64_t factor = 1;
  SmallVector<std::pair<void *, unsigned>> unknowns;
};

Product extentOf(Value buffer, unsigned dim);
Product strideOf(Value buffer, unsigned dim);

Product indexOf(Value index) {
  if (APInt value; matchPattern(index, m_ConstantInt(&value)))
    return Product::constant(value.getSExtValue());
  if (auto dim = index.getDefiningOp<memref::DimOp>())
    if (auto type = dyn_cast<MemRefType>(dim.getSource().getType()))
      if (std::optional<int64_t> number = dim.getConstantIndex(); number && *number >= 0 && *number < type.getRank())
        return extentOf(dim.getSource(), *number);
  if (auto metadata = index.getDefiningOp<memref::ExtractStridedMetadataOp>()) {
    if (auto size = llvm::find(metadata.getSizes(), index); size != metadata.getSizes().end())
      return extentOf(metadata.getSource(), size - metadata.getSizes().begin());
    if (auto stride = llvm::find(metadata.getStrides(), index); stride != metadata.getStrides().end())
      return strideOf(metadata.getSource(), stride - metadata.getStrides().begin());
  }
  if (auto multiply = index.getDefiningOp<arith::MulIOp>())
    return indexOf(multiply.getLhs()) *= indexOf(multiply.getRhs());
  return Product::unknown(index);
}

Product indexOf(OpFoldResult index) {
  if (std::optional<int64_t> value = getConstantIntValue(index))
    return Product::constant(*value);
  return indexOf(cast<Value>(index));
}

Product extentOf(Value buffer, unsigned dim) {
  auto type = cast<MemRefType>(buffer.getType());
  if (!type.isDynamicDim(dim))
    return Product::constant(type.getDimSize(dim));
  Operation *op = buffer.getDefiningOp();
  if (auto cast = dyn_cast_or_null<memref::CastOp>(op); cast && isa<MemRefType>(cast.getSource().getType()))
    return extentOf(cast.getSource(), dim);
  if (auto view = dyn_cast_or_null<memref::ReinterpretCastOp>(op))
    return indexOf(view.getMixedSizes()[dim]);
  if (auto allocation = dyn_cast_or_null<AllocateOp>(op))
    return indexOf(allocation.getSizes()[type.getDynamicDimIndex(dim)]);
  return Product::unknown(buffer, dim);
}

Product strideOf(Value buffer, unsigned dim) {
  auto type = cast<MemRefType>(buffer.getType());
  if (type.getLayout().isIdentity()) {
    Product stride;
    for (unsigned inner = dim + 1; inner < type.getRank(); ++inner)
      stride *= extentOf(buffer, inner);
    return stride;
  }
  SmallVector<int64_t> strides;
  int64_t offset;
  if (succeeded(type.getStridesAndOffset(strides, offset)) && !ShapedType::isDynamic(strides[dim]))
    return Product::constant(strides[dim]);
  Operation *op = buffer.getDefiningOp();
  if (auto cast = dyn_cast_or_null<memref::CastOp>(op); cast && isa<MemRefType>(cast.getSource().getType()))
    return strideOf(cast.getSource(), dim);
  if (auto view = dyn_cast_or_null<memref::ReinterpretCastOp>(op))
    return indexOf(view.getMixedStrides()[dim]);
  return Product::unknown(buffer, type.getRank() + dim);
}

} // namespace

bool mlir::lz::isProvablyRowMajor(Value buffer) {
  Product expected;
  for (unsigned dim = cast<MemRefType>(buffer.getType()).getRank(); dim-- > 0;) {
    Product extent = extentOf(buffer, dim);
    if (extent.isOne()) // no step is ever taken
      continue;
    if (!(strideOf(buffer, dim) == expected))
      return false;
    expected *= extent;
  }
  return true;
}
