//===- RuntimePatterns.cpp - lz operations behind dispatch to LLVM -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "RuntimePatterns.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"

using namespace mlir;
using namespace mlir::lz;

//===----------------------------------------------------------------------===//
// Shared
//===----------------------------------------------------------------------===//

void mlir::lz::populateLZTypeConversions(LLVMTypeConverter &converter) {
  auto toPointer = [](Type type) { return LLVM::LLVMPointerType::get(type.getContext()); };
  converter.addConversion([=](ContextType type) -> Type { return toPointer(type); });
  converter.addConversion([=](BlockType type) -> Type { return toPointer(type); });
  converter.addConversion([=](ResultType type) -> Type { return toPointer(type); });
}

namespace {

/// What every pattern here needs.
struct Parts {
  const ModuleLayout &layout;
  const FrameMap &frames;
};

template <typename OpTy> struct LZPattern : ConvertOpToLLVMPattern<OpTy> {
  LZPattern(const LLVMTypeConverter &converter, const Parts &parts)
      : ConvertOpToLLVMPattern<OpTy>(converter), parts(parts) {}
  using OpAdaptor = typename OpTy::Adaptor;

  static Type pointerType(OpBuilder &builder) { return LLVM::LLVMPointerType::get(builder.getContext()); }
  static Value constant(OpBuilder &builder, Location loc, unsigned bits, int64_t value) {
    return LLVM::ConstantOp::create(builder, loc, builder.getIntegerType(bits),
                                    builder.getIntegerAttr(builder.getIntegerType(bits), value));
  }
  static Value address(OpBuilder &builder, Location loc, StringRef symbol) {
    return LLVM::AddressOfOp::create(builder, loc, pointerType(builder), symbol);
  }
  static Value at(OpBuilder &builder, Location loc, Value base, unsigned offset) {
    if (offset == 0)
      return base;
    return LLVM::GEPOp::create(builder, loc, pointerType(builder), builder.getI8Type(), base, LLVM::GEPArg(offset),
                               LLVM::GEPNoWrapFlags::inbounds);
  }
  static void store(OpBuilder &builder, Location loc, Value value, Value base, unsigned offset) {
    LLVM::StoreOp::create(builder, loc, value, at(builder, loc, base, offset), /*alignment=*/8);
  }
  static Value load(OpBuilder &builder, Location loc, Type type, Value base, unsigned offset) {
    return LLVM::LoadOp::create(builder, loc, type, at(builder, loc, base, offset), /*alignment=*/8);
  }
  static Value callRuntime(OpBuilder &builder, Location loc, Type result, StringRef name, ValueRange operands) {
    return LLVM::CallOp::create(builder, loc, result, name, operands).getResult();
  }
  /// 2^63 - 1 where the product of two numbers, neither negative, does not fit.
  static Value saturatingProduct(OpBuilder &builder, Location loc, Value left, Value right) {
    Type i64 = builder.getI64Type();
    auto type = LLVM::LLVMStructType::getLiteral(builder.getContext(), {i64, builder.getI1Type()});
    Value both = LLVM::SMulWithOverflowOp::create(builder, loc, type, left, right);
    Value product = LLVM::ExtractValueOp::create(builder, loc, both, 0),
          overflows = LLVM::ExtractValueOp::create(builder, loc, both, 1);
    Value largest = constant(builder, loc, 64, std::numeric_limits<int64_t>::max());
    return LLVM::SelectOp::create(builder, loc, overflows, largest, product);
  }
  const BlockLayout &layoutOf(StringRef site) const { return parts.layout.sites.find(site)->second; }

  const Parts parts;
};

/// The extents of a row-major buffer, and their products as strides, last first; `sizes` are the open extents in order.
void fillRowMajor(OpBuilder &builder, Location loc, MemRefDescriptor &descriptor, MemRefType type, ValueRange sizes) {
  Value stride = LLVM::ConstantOp::create(builder, loc, builder.getI64Type(), builder.getI64IntegerAttr(1));
  unsigned open = sizes.size();
  for (int64_t dim = type.getRank() - 1; dim >= 0; --dim) {
    Value size = type.isDynamicDim(dim) ? sizes[--open]
                                        : LLVM::ConstantOp::create(builder, loc, builder.getI64Type(),
                                                                   builder.getI64IntegerAttr(type.getDimSize(dim)))
                                              .getResult();
    descriptor.setSize(builder, loc, dim, size);
    descriptor.setStride(builder, loc, dim, stride);
    if (dim > 0)
      stride = LLVM::MulOp::create(builder, loc, stride, size);
  }
}

int64_t elementSize(MemRefType type) {
  return isa<IndexType>(type.getElementType()) ? 8 : llvm::divideCeil(type.getElementTypeBitWidth(), 8);
}

//===----------------------------------------------------------------------===//
// Results and memory
//===----------------------------------------------------------------------===//

struct ResultSlotLowering : LZPattern<ResultSlotOp> {
  using LZPattern::LZPattern;
  LogicalResult matchAndRewrite(ResultSlotOp op, OpAdaptor, ConversionPatternRewriter &rewriter) const override {
    Value room = parts.frames.lookup(op);
    if (!room)
      return rewriter.notifyMatchFailure(op, "the result's type has no LLVM form, or the op stands in no function");
    rewriter.replaceOp(op, room);
    return success();
  }
};

struct SetResultLowering : LZPattern<SetResultOp> {
  using LZPattern::LZPattern;
  LogicalResult matchAndRewrite(SetResultOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<LLVM::StoreOp>(op, adaptor.getValue(), adaptor.getSlot());
    return success();
  }
};

struct GetResultLowering : LZPattern<GetResultOp> {
  using LZPattern::LZPattern;
  LogicalResult matchAndRewrite(GetResultOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Type type = getTypeConverter()->convertType(op.getValue().getType());
    if (!type)
      return rewriter.notifyMatchFailure(op, "the result's type has no LLVM form");
    rewriter.replaceOpWithNewOp<LLVM::LoadOp>(op, type, adaptor.getSlot());
    return success();
  }
};

struct AllocateLowering : LZPattern<AllocateOp> {
  using LZPattern::LZPattern;
  LogicalResult matchAndRewrite(AllocateOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto type = cast<MemRefType>(op.getBuffer().getType());
    int64_t fixed = elementSize(type);
    for (int64_t extent : type.getShape())
      if (!ShapedType::isDynamic(extent) && __builtin_mul_overflow(fixed, extent, &fixed))
        return rewriter.notifyMatchFailure(op, "the buffer's size does not fit 63 bits");
    Value bytes = constant(rewriter, loc, 64, fixed);
    for (Value size : adaptor.getSizes())
      bytes = saturatingProduct(rewriter, loc, bytes, size);
    Value memory = callRuntime(rewriter, loc, pointerType(rewriter), "lzrt_allocate",
                               {adaptor.getContext(), bytes, constant(rewriter, loc, 64, op.getAlignment())});
    Value null = LLVM::ZeroOp::create(rewriter, loc, pointerType(rewriter));
    Value failed = LLVM::ICmpOp::create(rewriter, loc, LLVM::ICmpPredicate::eq, memory, null);
    auto descriptor = MemRefDescriptor::poison(rewriter, loc, getTypeConverter()->convertType(type));
    descriptor.setAllocatedPtr(rewriter, loc, memory);
    descriptor.setAlignedPtr(rewriter, loc, memory);
    descriptor.setConstantOffset(rewriter, loc, 0);
    fillRowMajor(rewriter, loc, descriptor, type, adaptor.getSizes());
    rewriter.replaceOp(op, {Value(descriptor), failed});
    return success();
  }
};

struct ReleaseLowering : LZPattern<ReleaseOp> {
  using LZPattern::LZPattern;
  LogicalResult matchAndRewrite(ReleaseOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Value memory = MemRefDescriptor(adaptor.getBuffer()).allocatedPtr(rewriter, op.getLoc());
    LLVM::CallOp::create(rewriter, op.getLoc(), TypeRange(), "lzrt_release", ValueRange{adaptor.getContext(), memory});
    rewriter.eraseOp(op);
    return success();
  }
};

struct FailLowering : LZPattern<FailOp> {
  using LZPattern::LZPattern;
  LogicalResult matchAndRewrite(FailOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value message = address(rewriter, loc, parts.layout.messages.lookup(op.getMessageAttr()));
    rewriter.replaceOp(op, callRuntime(rewriter, loc, rewriter.getI32Type(), "lzrt_fail",
                                       {adaptor.getContext(), constant(rewriter, loc, 32, op.getCode()), message}));
    return success();
  }
};

struct ParameterLowering : LZPattern<ParameterOp> {
  using LZPattern::LZPattern;
  LogicalResult matchAndRewrite(ParameterOp op, OpAdaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto type = dyn_cast<MemRefType>(op.getValue().getType());
    if (!type || !type.getLayout().isIdentity())
      return rewriter.notifyMatchFailure(op, "a parameter is a row-major buffer here");
    Value data = load(rewriter, loc, pointerType(rewriter), address(rewriter, loc, parameterSymbol(op.getName())), 0);
    rewriter.replaceOp(op, Value(MemRefDescriptor::fromStaticShape(rewriter, loc, *getTypeConverter(), type, data)));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

struct BlockLowering : LZPattern<BlockOp> {
  using LZPattern::LZPattern;
  LogicalResult matchAndRewrite(BlockOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    const BlockLayout &layout = layoutOf(op.getSite());
    Value frame = parts.frames.lookup(op);
    if (!frame)
      return rewriter.notifyMatchFailure(op, "the block stands in no function");
    store(rewriter, loc, adaptor.getContext(), frame, offsetof(lz_call_t, context));
    store(rewriter, loc, address(rewriter, loc, op.getSite()), frame, offsetof(lz_call_t, site));
    store(rewriter, loc, LLVM::ZeroOp::create(rewriter, loc, pointerType(rewriter)), frame, offsetof(lz_call_t, state));
    if (layout.isLive)
      store(rewriter, loc, constant(rewriter, loc, 64, 0), frame, offsetof(lz_call_t, ticket));
    unsigned operand = 0;
    for (const BlockLayout::Argument &argument : layout.slots) {
      if (!argument.type)
        continue;
      MemRefDescriptor descriptor(adaptor.getArguments()[operand]);
      auto type = cast<MemRefType>(op.getArguments()[operand++].getType());
      store(rewriter, loc, descriptor.bufferPtr(rewriter, loc, *getTypeConverter(), type), frame,
            layout.dataOffset(argument.data));
      unsigned next = argument.dims;
      for (unsigned dim : BlockLayout::openExtents(argument))
        store(rewriter, loc, descriptor.size(rewriter, loc, dim), frame, layout.dimsOffset(next++));
      for (unsigned dim : BlockLayout::openStrides(argument))
        store(rewriter, loc, descriptor.stride(rewriter, loc, dim), frame, layout.dimsOffset(next++));
    }
    rewriter.replaceOp(op, frame);
    return success();
  }
};

struct BlockContextLowering : LZPattern<BlockContextOp> {
  using LZPattern::LZPattern;
  LogicalResult matchAndRewrite(BlockContextOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(
        op, load(rewriter, op.getLoc(), pointerType(rewriter), adaptor.getBlock(), offsetof(lz_call_t, context)));
    return success();
  }
};

struct BlockArgumentLowering : LZPattern<BlockArgumentOp> {
  using LZPattern::LZPattern;
  LogicalResult matchAndRewrite(BlockArgumentOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    const BlockLayout &layout = layoutOf(op.getSite());
    const BlockLayout::Argument &argument = layout.slots[op.getSlot()];
    Value data = load(rewriter, loc, pointerType(rewriter), adaptor.getBlock(), layout.dataOffset(argument.data));
    auto descriptor = MemRefDescriptor::poison(rewriter, loc, getTypeConverter()->convertType(argument.type));
    descriptor.setAllocatedPtr(rewriter, loc, data);
    descriptor.setAlignedPtr(rewriter, loc, data);
    descriptor.setConstantOffset(rewriter, loc, 0);
    unsigned next = argument.dims;
    SmallVector<Value> sizes;
    for (unsigned i = 0; i < BlockLayout::openExtents(argument).size(); ++i)
      sizes.push_back(load(rewriter, loc, rewriter.getI64Type(), adaptor.getBlock(), layout.dimsOffset(next++)));
    fillRowMajor(rewriter, loc, descriptor, argument.type, sizes);
    for (auto [dim, stride] : llvm::enumerate(argument.strides)) {
      if (ShapedType::isDynamic(stride))
        descriptor.setStride(rewriter, loc, dim,
                             load(rewriter, loc, rewriter.getI64Type(), adaptor.getBlock(), layout.dimsOffset(next++)));
      else
        descriptor.setConstantStride(rewriter, loc, dim, stride);
    }
    rewriter.replaceOp(op, Value(descriptor));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

struct CallLowering : LZPattern<CallOp> {
  using LZPattern::LZPattern;
  LogicalResult matchAndRewrite(CallOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value kernel = load(rewriter, loc, pointerType(rewriter), address(rewriter, loc, slotSymbol(op.getKernel())), 0);
    auto type = LLVM::LLVMFunctionType::get(rewriter.getI32Type(), {pointerType(rewriter)});
    rewriter.replaceOpWithNewOp<LLVM::CallOp>(op, type, ValueRange{kernel, adaptor.getBlock()});
    return success();
  }
};

struct ContinueLowering : LZPattern<ContinueOp> {
  using LZPattern::LZPattern;
  LogicalResult matchAndRewrite(ContinueOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    if (!op.getKernelAttr()) {
      rewriter.replaceOp(op, callRuntime(rewriter, op.getLoc(), rewriter.getI32Type(), "lzrt_live_continue",
                                         {adaptor.getBlock(), adaptor.getFailure()}));
      return success();
    }
    Value index = constant(rewriter, op.getLoc(), 32, parts.layout.importIndex(op.getKernelAttr().getAttr()));
    rewriter.replaceOp(op, callRuntime(rewriter, op.getLoc(), rewriter.getI32Type(), "lzrt_continue",
                                       {adaptor.getBlock(), index, adaptor.getFailure()}));
    return success();
  }
};

struct NoKernelLowering : LZPattern<NoKernelOp> {
  using LZPattern::LZPattern;
  LogicalResult matchAndRewrite(NoKernelOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Value status =
        constant(rewriter, op.getLoc(), 32, op.getStrict() ? LZ_STATUS_STRICT : LZ_STATUS_NO_KERNEL_AVAILABLE);
    rewriter.replaceOp(
        op, callRuntime(rewriter, op.getLoc(), rewriter.getI32Type(), "lzrt_no_kernel", {adaptor.getBlock(), status}));
    return success();
  }
};

struct RunDecompositionLowering : LZPattern<RunDecompositionOp> {
  using LZPattern::LZPattern;
  LogicalResult matchAndRewrite(RunDecompositionOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(
        op, callRuntime(rewriter, op.getLoc(), rewriter.getI32Type(), "lzrt_run_decomposition", adaptor.getBlock()));
    return success();
  }
};

struct TestLowering : LZPattern<TestOp> {
  using LZPattern::LZPattern;
  LogicalResult matchAndRewrite(TestOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    unsigned index = llvm::find(parts.layout.tests, op.getOperation()) - parts.layout.tests.begin();
    Value truth = callRuntime(rewriter, loc, rewriter.getI32Type(), "lzrt_test",
                              {adaptor.getBlock(), address(rewriter, loc, testSymbol(index))});
    rewriter.replaceOpWithNewOp<LLVM::ICmpOp>(op, LLVM::ICmpPredicate::ne, truth, constant(rewriter, loc, 32, 0));
    return success();
  }
};

struct DispatchLiveLowering : LZPattern<DispatchLiveOp> {
  using LZPattern::LZPattern;
  LogicalResult matchAndRewrite(DispatchLiveOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value live = address(rewriter, loc, liveSymbol(op.getSite()));
    SmallVector<Value> operands{load(rewriter, loc, pointerType(rewriter), live, offsetof(lz_live_site_t, stub)),
                                adaptor.getBlock(), live};
    llvm::append_range(operands, adaptor.getDims());
    while (operands.size() < 7)
      operands.push_back(constant(rewriter, loc, 64, 0));
    SmallVector<Type> types{pointerType(rewriter), pointerType(rewriter)};
    types.append(4, rewriter.getI64Type());
    rewriter.replaceOpWithNewOp<LLVM::CallOp>(op, LLVM::LLVMFunctionType::get(rewriter.getI32Type(), types), operands);
    return success();
  }
};

struct MultiplyExtentsLowering : LZPattern<MultiplyExtentsOp> {
  using LZPattern::LZPattern;
  LogicalResult matchAndRewrite(MultiplyExtentsOp op, OpAdaptor adaptor,
                                ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, saturatingProduct(rewriter, op.getLoc(), adaptor.getLhs(), adaptor.getRhs()));
    return success();
  }
};

} // namespace

void mlir::lz::populateLZToLLVMPatterns(const LLVMTypeConverter &converter, const ModuleLayout &layout,
                                        const FrameMap &frames, RewritePatternSet &patterns) {
  patterns.add<ResultSlotLowering, SetResultLowering, GetResultLowering, AllocateLowering, ReleaseLowering,
               FailLowering, ParameterLowering, BlockLowering, BlockContextLowering, BlockArgumentLowering,
               CallLowering, ContinueLowering, NoKernelLowering, RunDecompositionLowering, TestLowering,
               DispatchLiveLowering, MultiplyExtentsLowering>(converter, Parts{layout, frames});
}
