//===- LZToLLVM.cpp - Convert a module to the LLVM dialect -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream's patterns for upstream's dialects, but for what they would call: malloc, free, memrefCopy and abort are not
// in the runtime.
//
//===----------------------------------------------------------------------===//
#include "RuntimePatterns.h"

#include "lz/Conversion/Passes.h"
#include "lz/Policy/PolicyAnalysis.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/IndexToLLVM/IndexToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MathToLibm/MathToLibm.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::lz {
#define GEN_PASS_DEF_CONVERTLZTOLLVMPASS
#include "lz/Conversion/Passes.h.inc"
} // namespace mlir::lz

using namespace mlir;
using namespace mlir::lz;

/// Every result of the model is an argument or has a room.
static LogicalResult checkAliases(func::FuncOp function) {
  ArrayRef<int64_t> aliases = resultAliasesOf(function);
  auto returned = llvm::count(aliases, noResultAlias),
       rooms = llvm::count_if(function.getArgumentTypes(), llvm::IsaPred<ResultType>);
  if (aliases.empty() || returned == rooms)
    return success();
  return function.emitOpError("has ") << rooms << " rooms for results, but `" << LZDialect::getResultAliasesAttrName()
                                      << "` leaves " << returned;
}

static LogicalResult checkOp(Operation *op) {
  if (isa<memref::AllocOp, memref::DeallocOp, memref::ReallocOp, cf::AssertOp>(op))
    return op->emitOpError("needs the context of the invocation; run `lz-add-context` before `lz-to-llvm`");
  if (isa<KernelOpInterface>(op))
    return op->emitOpError("is not lowered; run `lz-lower-dispatch` before `lz-to-llvm`");
  for (Type type : llvm::concat<const Type>(op->getOperandTypes(), op->getResultTypes()))
    if (isa<TensorType>(type))
      return op->emitOpError("has a value of type ") << type << "; bufferize before `lz-to-llvm`";
  if (auto slot = dyn_cast<ResultSlotOp>(op); slot && !slot->getParentOfType<func::FuncOp>())
    return op->emitOpError("stands in no function");
  if (auto function = dyn_cast<func::FuncOp>(op))
    return checkAliases(function);
  return success();
}

/// A copy between layouts as loops; upstream's calls a function that the runtime does not have.
static void expandStridedCopy(memref::CopyOp op) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  auto type = cast<MemRefType>(op.getSource().getType());
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0), one = arith::ConstantIndexOp::create(builder, loc, 1);
  SmallVector<Value> indices;
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    Value extent = memref::DimOp::create(builder, loc, op.getSource(), dim);
    auto loop = scf::ForOp::create(builder, loc, zero, extent, one);
    indices.push_back(loop.getInductionVar());
    builder.setInsertionPointToStart(loop.getBody());
  }
  Value element = memref::LoadOp::create(builder, loc, op.getSource(), indices);
  memref::StoreOp::create(builder, loc, element, op.getTarget(), indices);
  op.erase();
}

/// What converts as a whole before the patterns run.
static void prepare(ModuleOp module) {
  SmallVector<memref::CopyOp> copies;
  module.walk([&](memref::CopyOp op) {
    auto isIdentity = [](Value value) { return cast<MemRefType>(value.getType()).getLayout().isIdentity(); };
    if (!isIdentity(op.getSource()) || !isIdentity(op.getTarget()))
      copies.push_back(op);
  });
  llvm::for_each(copies, expandStridedCopy);
  auto internal = LLVM::LinkageAttr::get(module.getContext(), LLVM::Linkage::Internal);
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isPrivate() && !function.isDeclaration())
      function->setAttr("llvm.linkage", internal);
    // What bufferization and the passes said about arguments means nothing to LLVM.
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      for (NamedAttribute attr :
           function.getArgAttrDict(i) ? function.getArgAttrDict(i).getValue() : ArrayRef<NamedAttribute>())
        if (!attr.getName().getValue().starts_with("llvm."))
          function.removeArgAttr(i, attr.getName());
  }
}

static void populatePatterns(const LLVMTypeConverter &converter, RewritePatternSet &patterns,
                             SymbolTableCollection &symbols) {
  arith::populateArithToLLVMConversionPatterns(converter, patterns);
  cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
  populateFuncToLLVMConversionPatterns(converter, patterns, &symbols);
  index::populateIndexToLLVMConversionPatterns(converter, patterns);
  populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns, &symbols);
  populateMathToLLVMConversionPatterns(converter, patterns, /*approximateLog1p=*/false, /*benefit=*/2);
  populateMathToLibmConversionPatterns(patterns);
  populateSCFToControlFlowConversionPatterns(patterns);
  ub::populateUBToLLVMConversionPatterns(converter, patterns);
}

/// Upstream leaves arith's flags behind on conversions of floats, which have none in LLVM.
static void dropArithAttributes(ModuleOp module) {
  module.walk([](Operation *op) {
    for (NamedAttribute attr : llvm::to_vector(op->getDiscardableAttrs()))
      if (isa<arith::FastMathFlagsAttr>(attr.getValue()))
        op->removeDiscardableAttr(attr.getName());
  });
}

namespace {
struct ConvertLZToLLVM : lz::impl::ConvertLZToLLVMPassBase<ConvertLZToLLVM> {
  void runOnOperation() override;
};
} // namespace

void ConvertLZToLLVM::runOnOperation() {
  ModuleOp module = getOperation();
  auto &policy = getAnalysis<PolicyAnalysis>();
  bool ok = policy.isValid();
  module.walk([&](Operation *op) { ok &= succeeded(checkOp(op)); });
  if (!ok)
    return signalPassFailure();
  FailureOr<ModuleLayout> layout = ModuleLayout::create(module);
  if (failed(layout))
    return signalPassFailure();
  PolicyTexts texts{policy.getPolicyText(), policy.getKernelsText(), policy.getPolicyDigest(),
                    policy.getSelectionDigest()};

  LowerToLLVMOptions options(&getContext());
  options.overrideIndexBitwidth(64);
  LLVMTypeConverter converter(&getContext(), options);
  populateLZTypeConversions(converter);
  prepare(module);
  declareRuntime(module);
  FrameMap frames = createFrames(module, *layout, converter);
  createModuleRecord(module, *layout, texts);

  RewritePatternSet patterns(&getContext());
  SymbolTableCollection symbols;
  populatePatterns(converter, patterns, symbols);
  populateLZToLLVMPatterns(converter, *layout, frames, patterns);
  LLVMConversionTarget target(getContext());
  target.addLegalOp<ModuleOp>();
  if (failed(applyFullConversion(module, target, std::move(patterns))))
    return signalPassFailure();
  dropArithAttributes(module);
}
