//===- ForwardCopies.cpp - Read an argument instead of its copy -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One-shot bufferization takes what a loop starts from for written, whether or not the loop writes it.
//
//===----------------------------------------------------------------------===//
#include "lz/Dialect/LZ/Transforms/Passes.h"

#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::lz {
#define GEN_PASS_DEF_FORWARDCOPIESPASS
#include "lz/Dialect/LZ/Transforms/Passes.h.inc"
} // namespace mlir::lz

using namespace mlir;
using namespace mlir::lz;

/// Whether `user` itself may write or free `buffer`; what it forwards it to is another value.
static bool mayWrite(Operation *user, Value buffer) {
  if (user->hasTrait<OpTrait::IsTerminator>() || isa<RegionBranchOpInterface>(user))
    return false;
  auto effects = dyn_cast<MemoryEffectOpInterface>(user);
  if (!effects)
    return !isMemoryEffectFree(user);
  SmallVector<MemoryEffects::EffectInstance> all;
  effects.getEffects(all);
  return llvm::any_of(all, [&](const MemoryEffects::EffectInstance &effect) {
    return (!effect.getValue() || effect.getValue() == buffer) &&
           isa<MemoryEffects::Write, MemoryEffects::Free>(effect.getEffect());
  });
}

/// Whether anything but `known` may write what `buffer` is, under whatever name.
static bool mayBeWritten(Value buffer, const BufferViewFlowAnalysis &flow, Operation *known = nullptr) {
  for (Value alias : flow.resolve(buffer))
    for (Operation *user : alias.getUsers())
      if (user != known && mayWrite(user, alias))
        return true;
  return false;
}

namespace {
struct ForwardCopies : lz::impl::ForwardCopiesPassBase<ForwardCopies> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      SmallVector<memref::CopyOp> copies;
      function.walk([&](memref::CopyOp copy) { copies.push_back(copy); });
      for (memref::CopyOp copy : copies)
        forward(function, copy);
    }
  }

  void forward(func::FuncOp function, memref::CopyOp copy) {
    auto source = dyn_cast<BlockArgument>(copy.getSource());
    auto target = copy.getTarget().getDefiningOp<memref::AllocOp>();
    if (!source || source.getOwner() != &function.front() || !target || source.getType() != target.getType())
      return;
    // Forwarding changes what flows where.
    BufferViewFlowAnalysis flow(function);
    if (mayBeWritten(source, flow) || mayBeWritten(target.getMemref(), flow, copy))
      return;
    target.getMemref().replaceAllUsesWith(source);
    copy.erase();
    target.erase();
    ++numForwarded;
  }
};
} // namespace
