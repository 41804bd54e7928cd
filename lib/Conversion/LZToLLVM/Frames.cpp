//===- Frames.cpp - Stack memory and runtime declarations of a module -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "RuntimePatterns.h"

using namespace mlir;
using namespace mlir::lz;

static Value createAlloca(OpBuilder &builder, Location loc, Type type, unsigned alignment) {
  Value one = LLVM::ConstantOp::create(builder, loc, builder.getI64Type(), builder.getI64IntegerAttr(1));
  return LLVM::AllocaOp::create(builder, loc, LLVM::LLVMPointerType::get(builder.getContext()), type, one, alignment);
}

FrameMap mlir::lz::createFrames(ModuleOp module, const ModuleLayout &layout, const LLVMTypeConverter &converter) {
  FrameMap frames;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isDeclaration())
      continue;
    OpBuilder builder = OpBuilder::atBlockBegin(&function.front());
    unsigned size = 0;
    function.walk([&](BlockOp block) { size = std::max(size, layout.sites.find(block.getSite())->second.callSize()); });
    Value frame;
    if (size != 0)
      frame = createAlloca(builder, function.getLoc(), LLVM::LLVMArrayType::get(builder.getI8Type(), size), 8);
    function.walk([&](Operation *op) {
      if (isa<BlockOp>(op))
        frames[op] = frame;
      else if (auto slot = dyn_cast<ResultSlotOp>(op))
        if (Type type = converter.convertType(cast<ResultType>(slot.getSlot().getType()).getValue()))
          frames[op] = createAlloca(builder, op->getLoc(), type, 8);
    });
  }
  return frames;
}

void mlir::lz::declareRuntime(ModuleOp module) {
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  Type pointer = LLVM::LLVMPointerType::get(module.getContext()), i32 = builder.getI32Type(),
       i64 = builder.getI64Type();
  auto declare = [&](bool isUsed, StringRef name, Type result, ArrayRef<Type> types, bool isCold) {
    if (!isUsed || module.lookupSymbol(name))
      return;
    auto function =
        LLVM::LLVMFuncOp::create(builder, module.getLoc(), name, LLVM::LLVMFunctionType::get(result, types));
    SmallVector<Attribute> hints{builder.getStringAttr("nounwind")};
    if (isCold)
      hints.push_back(builder.getStringAttr("cold"));
    function.setPassthroughAttr(builder.getArrayAttr(hints));
  };
  auto uses = [&](auto tag) {
    using OpTy = decltype(tag);
    return module.walk([](OpTy) { return WalkResult::interrupt(); }).wasInterrupted();
  };
  Type none = LLVM::LLVMVoidType::get(module.getContext());
  declare(uses(AllocateOp()), "lzrt_allocate", pointer, {pointer, i64, i64}, false);
  declare(uses(ReleaseOp()), "lzrt_release", none, {pointer, pointer}, false);
  auto continues = [&](bool live) {
    return module.walk([=](ContinueOp op) { return WalkResult(success(live == bool(op.getKernelAttr()))); })
        .wasInterrupted();
  };
  declare(continues(false), "lzrt_continue", i32, {pointer, i32, i32}, true);
  declare(continues(true), "lzrt_live_continue", i32, {pointer, i32}, true);
  declare(uses(NoKernelOp()), "lzrt_no_kernel", i32, {pointer, i32}, true);
  declare(uses(RunDecompositionOp()), "lzrt_run_decomposition", i32, {pointer}, false);
  declare(uses(TestOp()), "lzrt_test", i32, {pointer, pointer}, false);
  declare(uses(FailOp()), "lzrt_fail", i32, {pointer, i32, pointer}, true);
  bool live = llvm::any_of(module.getOps<SiteRecordOp>(), [](SiteRecordOp site) { return site.getLive(); });
  declare(live, "lzrt_live_miss", i32, {pointer, pointer, i64, i64, i64, i64}, false);
}
