//===- AddContext.cpp - Give every function a context and a status -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything is checked before the first rewrite. Status branches come after deallocation, because ownership-based
// deallocation refuses an exit out of a loop; what an error leaves allocated is listed in the context, whose owner
// frees it.
//
//===----------------------------------------------------------------------===//
#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "lz/Dialect/LZ/Transforms/Failure.h"
#include "lz/Dialect/LZ/Transforms/Passes.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::lz {
#define GEN_PASS_DEF_ADDCONTEXTPASS
#include "lz/Dialect/LZ/Transforms/Passes.h.inc"
} // namespace mlir::lz

using namespace mlir;
using namespace mlir::lz;

/// Kernels and copies use vector loads; memory from the context is aligned to a cache line.
static constexpr int64_t bufferAlignment = 64;

/// Of a declaration whose function, in another object, has the form that this pass gives to functions.
static constexpr StringLiteral external = "lz.external";

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

static bool hasContextForm(FunctionType type) {
  return type.getNumInputs() > 0 && isa<ContextType>(type.getInput(0)) && type.getNumResults() == 1 &&
         type.getResult(0).isInteger(32);
}

static LogicalResult checkType(Operation *op, Type type) {
  if (isa<TensorType>(type))
    return op->emitOpError("still has a value of type ") << type << "; bufferize before `lz-add-context`";
  if (isa<UnrankedMemRefType>(type))
    return op->emitOpError("has a value of type ") << type << ", but only ranked memrefs are supported";
  if (auto memref = dyn_cast<MemRefType>(type); memref && memref.getMemorySpace())
    return op->emitOpError("has a value of type ") << type << ", but only the default memory space is supported";
  return success();
}

/// The bytes of a buffer must be a number that memory could have; open extents are checked when it is taken.
static LogicalResult checkSize(memref::AllocOp op) {
  MemRefType type = op.getType();
  int64_t bytes = type.getElementType().isIntOrFloat() ? llvm::divideCeil(type.getElementTypeBitWidth(), 8) : 8;
  for (int64_t extent : type.getShape())
    if (!ShapedType::isDynamic(extent) && __builtin_mul_overflow(bytes, extent, &bytes))
      return op.emitOpError("allocates ") << type << ", of more than 2^63 - 1 bytes";
  return success();
}

static LogicalResult checkOp(Operation *op) {
  for (Type type : op->getOperandTypes())
    if (failed(checkType(op, type)))
      return failure();
  for (Type type : op->getResultTypes())
    if (failed(checkType(op, type)))
      return failure();
  if (isa<bufferization::CloneOp, bufferization::DeallocOp>(op))
    return op->emitOpError("must be lowered before `lz-add-context`; run `convert-bufferization-to-memref`");
  if (auto alloc = dyn_cast<memref::AllocOp>(op); alloc && !alloc.getType().getLayout().isIdentity())
    return op->emitOpError("allocates ") << alloc.getType() << ", but only row-major buffers are supported";
  if (auto alloc = dyn_cast<memref::AllocOp>(op); alloc && failed(checkSize(alloc)))
    return failure();
  if (isa<memref::ReallocOp>(op))
    return op->emitOpError("must be lowered before `lz-add-context`; run `expand-realloc`");
  if (isa<memref::AllocOp, memref::DeallocOp, func::CallOp, cf::AssertOp>(op) && !isa<func::FuncOp>(op->getParentOp()))
    return op->emitOpError("stands in a region; lower control flow to `cf` before `lz-add-context`");
  if (isa<func::CallIndirectOp>(op))
    return op->emitOpError("calls through a value; only calls of functions of the module are supported");
  return success();
}

static LogicalResult checkFunction(func::FuncOp function) {
  if (hasContextForm(function.getFunctionType()))
    return success();
  if (function.isDeclaration() && !function->hasAttr(external))
    return function.emitOpError("has no body; mark it `")
           << external << "` if it is compiled to take a context and return a status";
  for (Type type : llvm::concat<const Type>(function.getArgumentTypes(), function.getResultTypes()))
    if (failed(checkType(function, type)))
      return failure();
  return failure(function.walk([&](Operation *op) { return WalkResult(checkOp(op)); }).wasInterrupted());
}

//===----------------------------------------------------------------------===//
// Rewrites
//===----------------------------------------------------------------------===//

namespace {
struct AddContext : lz::impl::AddContextPassBase<AddContext> {
  void runOnOperation() override;
  void rewriteFunction(func::FuncOp function);
  void rewriteReturn(func::ReturnOp op, ArrayRef<BlockArgument> slots);
  void rewriteCall(func::CallOp op, Value context, FailureExit &exit);
  void rewriteAlloc(memref::AllocOp op, Value context, FailureExit &exit);
  void rewriteAssert(cf::AssertOp op, Value context, FailureExit &exit);

  /// Functions that had the form already keep it, and so do calls of them.
  SmallPtrSet<Operation *, 4> untouched;
};
} // namespace

void AddContext::rewriteReturn(func::ReturnOp op, ArrayRef<BlockArgument> slots) {
  OpBuilder builder(op);
  for (auto [value, slot] : llvm::zip_equal(op.getOperands(), slots))
    SetResultOp::create(builder, op.getLoc(), value, slot);
  Value ok = arith::ConstantIntOp::create(builder, op.getLoc(), 0, 32);
  func::ReturnOp::create(builder, op.getLoc(), ok);
  op.erase();
}

void AddContext::rewriteCall(func::CallOp op, Value context, FailureExit &exit) {
  auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(op, op.getCalleeAttr());
  if (untouched.contains(callee))
    return;
  OpBuilder builder(op);
  SmallVector<Value> operands{context}, slots;
  llvm::append_range(operands, op.getOperands());
  for (Type type : op.getResultTypes())
    slots.push_back(ResultSlotOp::create(builder, op.getLoc(), ResultType::get(type.getContext(), type)));
  llvm::append_range(operands, slots);
  auto call = func::CallOp::create(builder, op.getLoc(), op.getCallee(), builder.getI32Type(), operands);
  exit.branchIfFailed(builder, call.getResult(0));
  for (auto [result, slot] : llvm::zip_equal(op.getResults(), slots))
    result.replaceAllUsesWith(GetResultOp::create(builder, op.getLoc(), result.getType(), slot));
  op.erase();
}

void AddContext::rewriteAlloc(memref::AllocOp op, Value context, FailureExit &exit) {
  OpBuilder builder(op);
  int64_t alignment = std::max<int64_t>(op.getAlignment().value_or(bufferAlignment), bufferAlignment);
  Value buffer = exit.allocate(builder, op.getLoc(), context, op.getType(), op.getDynamicSizes(), alignment);
  op.replaceAllUsesWith(buffer);
  op.erase();
}

/// An assertion that fails is an error of the call, not the end of the process.
void AddContext::rewriteAssert(cf::AssertOp op, Value context, FailureExit &exit) {
  OpBuilder builder(op);
  exit.failUnless(builder, op.getLoc(), op.getArg(), [&] {
    return FailOp::create(builder, op.getLoc(), context, LZ_STATUS_INVALID_ARGUMENT, op.getMsg()).getStatus();
  });
  op.erase();
}

void AddContext::rewriteFunction(func::FuncOp function) {
  OpBuilder builder(function.getContext());
  Location loc = function.getLoc();
  SmallVector<Type> resultTypes(function.getResultTypes());
  // The attributes of a result move to the room that takes its place.
  SmallVector<DictionaryAttr> resultAttrs;
  for (unsigned i = 0; i < resultTypes.size(); ++i)
    resultAttrs.push_back(function.getResultAttrDict(i));

  ++numFunctions;
  (void)function.insertArgument(0, ContextType::get(builder.getContext()), {}, loc);
  for (auto [type, attrs] : llvm::zip_equal(resultTypes, resultAttrs))
    (void)function.insertArgument(function.getNumArguments(), ResultType::get(builder.getContext(), type), attrs, loc);
  (void)function.eraseResults(llvm::BitVector(resultTypes.size(), true));
  (void)function.insertResult(0, builder.getI32Type(), {});
  if (function.isDeclaration())
    return;

  Value context = function.getArgument(0);
  ArrayRef<BlockArgument> slots = ArrayRef<BlockArgument>(function.getArguments()).take_back(resultTypes.size());
  FailureExit exit(function);
  SmallVector<Operation *> ops;
  function.walk([&](Operation *op) { ops.push_back(op); });
  for (Operation *op : ops) {
    if (auto ret = dyn_cast<func::ReturnOp>(op))
      rewriteReturn(ret, slots);
    else if (auto call = dyn_cast<func::CallOp>(op))
      rewriteCall(call, context, exit);
    else if (auto alloc = dyn_cast<memref::AllocOp>(op))
      rewriteAlloc(alloc, context, exit);
    else if (auto assertion = dyn_cast<cf::AssertOp>(op))
      rewriteAssert(assertion, context, exit);
    else if (auto dealloc = dyn_cast<memref::DeallocOp>(op)) {
      OpBuilder at(op);
      ReleaseOp::create(at, op->getLoc(), context, dealloc.getMemref());
      op->erase();
    }
  }
}

void AddContext::runOnOperation() {
  SmallVector<func::FuncOp> functions;
  bool ok = true;
  for (auto function : getOperation().getOps<func::FuncOp>()) {
    ok &= succeeded(checkFunction(function));
    if (hasContextForm(function.getFunctionType()))
      untouched.insert(function);
    else
      functions.push_back(function);
  }
  if (!ok)
    return signalPassFailure();
  for (func::FuncOp function : functions)
    rewriteFunction(function);
}
