//===- ExpandFloat8.cpp - Conversions from and to fp8 in integer arithmetic -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Formats: Micikevicius et al., 2022, "FP8 formats for deep learning".
//
//===----------------------------------------------------------------------===//
#include "lz/Dialect/LZ/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

#include <cmath>

namespace mlir::lz {
#define GEN_PASS_DEF_EXPANDFLOAT8PASS
#include "lz/Dialect/LZ/Transforms/Passes.h.inc"
} // namespace mlir::lz

using namespace mlir;
using namespace mlir::lz;

namespace {

/// What the low seven bits of a format mean.
struct Format {
  unsigned mantissaBits;
  int bias;
  unsigned overflow; ///< What a number past the largest one becomes; all from here on are no finite numbers.
  unsigned nan;

  static std::optional<Format> of(Type type) {
    if (isa<Float8E4M3FNType>(type))
      return Format{3, 7, 0x7F, 0x7F};
    if (isa<Float8E5M2Type>(type))
      return Format{2, 15, 0x7C, 0x7E};
    return std::nullopt;
  }
  /// By how much the exponent fields of f32 and of this format differ.
  int rebias() const { return 127 - bias; }
  unsigned shift() const { return 23 - mantissaBits; }
};

/// Integer and f32 arithmetic on scalars.
class Bits {
public:
  Bits(OpBuilder &builder, Location loc) : builder(loc, builder) {}

  Value constant(int64_t value) { return arith::ConstantIntOp::create(builder, builder.getI32Type(), value); }
  Value f32(double value) {
    return arith::ConstantFloatOp::create(builder, builder.getF32Type(), APFloat(static_cast<float>(value)));
  }
  Value add(Value left, Value right) { return arith::AddIOp::create(builder, left, right); }
  Value sub(Value left, Value right) { return arith::SubIOp::create(builder, left, right); }
  Value both(Value left, Value right) { return arith::AndIOp::create(builder, left, right); }
  Value either(Value left, Value right) { return arith::OrIOp::create(builder, left, right); }
  Value shiftLeft(Value value, unsigned count) { return arith::ShLIOp::create(builder, value, constant(count)); }
  Value shiftRight(Value value, unsigned count) { return arith::ShRUIOp::create(builder, value, constant(count)); }
  Value isBelow(Value value, int64_t limit) {
    return arith::CmpIOp::create(builder, arith::CmpIPredicate::slt, value, constant(limit));
  }
  Value select(Value condition, Value whenTrue, Value whenFalse) {
    return arith::SelectOp::create(builder, condition, whenTrue, whenFalse);
  }
  Value toFloat(Value bits) { return arith::BitcastOp::create(builder, builder.getF32Type(), bits); }
  Value ofFloat(Value value) { return arith::BitcastOp::create(builder, builder.getI32Type(), value); }

  ImplicitLocOpBuilder builder;
};

Value extend(Bits &b, Format format, Value source) {
  Value byte = arith::BitcastOp::create(b.builder, b.builder.getI8Type(), source);
  Value wide = arith::ExtUIOp::create(b.builder, b.builder.getI32Type(), byte);
  Value magnitude = b.both(wide, b.constant(0x7F));
  Value normal = b.add(b.shiftLeft(magnitude, format.shift()), b.constant(int64_t(format.rebias()) << 23));
  // A subnormal number is its mantissa times the smallest one; no f32 that is subnormal itself comes into it.
  Value count = arith::SIToFPOp::create(b.builder, b.builder.getF32Type(), magnitude);
  Value smallest = b.f32(std::ldexp(1.0, 1 - format.bias - int(format.mantissaBits)));
  Value subnormal = b.ofFloat(arith::MulFOp::create(b.builder, count, smallest));
  Value finite = b.select(b.isBelow(magnitude, 1 << format.mantissaBits), subnormal, normal);
  Value special = b.constant(0x7FC00000);
  if (format.overflow != format.nan)
    special = b.select(b.isBelow(magnitude, format.overflow + 1), b.constant(0x7F800000), special);
  Value bits = b.select(b.isBelow(magnitude, format.overflow), finite, special);
  return b.toFloat(b.either(bits, b.shiftLeft(b.both(wide, b.constant(0x80)), 24)));
}

Value truncate(Bits &b, Format format, Value source, Type type) {
  Value bits = b.ofFloat(source);
  Value magnitude = b.both(bits, b.constant(0x7FFFFFFF));
  // To nearest, ties to even: half of the last place that stays, less one where it is even, carries into it.
  Value isOdd = b.both(b.shiftRight(magnitude, format.shift()), b.constant(1));
  Value rounded = b.add(b.add(magnitude, b.constant((1 << (format.shift() - 1)) - 1)), isOdd);
  Value normal =
      b.sub(b.shiftRight(rounded, format.shift()), b.constant(int64_t(format.rebias()) << format.mantissaBits));
  // Next to this power of two f32 has the spacing of the subnormal numbers: the sum rounds to it.
  Value anchor = b.f32(std::ldexp(1.0, 24 - format.bias - int(format.mantissaBits)));
  Value sum = arith::AddFOp::create(b.builder, b.toFloat(magnitude), anchor);
  Value subnormal = b.sub(b.ofFloat(sum), b.ofFloat(anchor));
  Value number = b.select(b.isBelow(magnitude, int64_t(format.rebias() + 1) << 23), subnormal, normal);
  number = b.select(b.isBelow(number, format.overflow), number, b.constant(format.overflow));
  number = b.select(b.isBelow(magnitude, 0x7F800001), number, b.constant(format.nan));
  Value all = b.either(number, b.both(b.shiftRight(bits, 24), b.constant(0x80)));
  Value byte = arith::TruncIOp::create(b.builder, b.builder.getI8Type(), all);
  return arith::BitcastOp::create(b.builder, type, byte);
}

struct ExpandExtension : OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::ExtFOp op, PatternRewriter &rewriter) const override {
    std::optional<Format> format = Format::of(op.getIn().getType());
    if (!format)
      return rewriter.notifyMatchFailure(op, "extends no fp8 scalar");
    Bits bits(rewriter, op.getLoc());
    Value value = extend(bits, *format, op.getIn());
    if (auto type = cast<FloatType>(op.getType()); type.getWidth() < 32)
      value = arith::TruncFOp::create(rewriter, op.getLoc(), type, value); // exact: both have room for every fp8
    else if (type.getWidth() > 32)
      value = arith::ExtFOp::create(rewriter, op.getLoc(), type, value);
    rewriter.replaceOp(op, value);
    return success();
  }
};

struct ExpandTruncation : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op, PatternRewriter &rewriter) const override {
    std::optional<Format> format = Format::of(op.getType());
    if (!format)
      return rewriter.notifyMatchFailure(op, "truncates to no fp8 scalar");
    auto from = cast<FloatType>(op.getIn().getType());
    auto rounding = op.getRoundingmode();
    if (from.getWidth() > 32 || (rounding && *rounding != arith::RoundingMode::to_nearest_even))
      return rewriter.notifyMatchFailure(op, "rounds in a way that is not expanded");
    Value value = op.getIn();
    if (from.getWidth() < 32)
      value = arith::ExtFOp::create(rewriter, op.getLoc(), rewriter.getF32Type(), value);
    Bits bits(rewriter, op.getLoc());
    rewriter.replaceOp(op, truncate(bits, *format, value, op.getType()));
    return success();
  }
};

struct ExpandFloat8 : lz::impl::ExpandFloat8PassBase<ExpandFloat8> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ExpandExtension, ExpandTruncation>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
