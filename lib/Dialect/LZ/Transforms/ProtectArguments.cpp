//===- ProtectArguments.cpp - Forbid writes to the arguments of entries -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "lz/Dialect/LZ/Transforms/Passes.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"

namespace mlir::lz {
#define GEN_PASS_DEF_PROTECTARGUMENTSPASS
#include "lz/Dialect/LZ/Transforms/Passes.h.inc"
} // namespace mlir::lz

using namespace mlir;
using namespace mlir::lz;

namespace {
struct ProtectArguments : lz::impl::ProtectArgumentsPassBase<ProtectArguments> {
  void runOnOperation() override {
    StringRef writable = bufferization::BufferizationDialect::kWritableAttrName;
    Attribute no = BoolAttr::get(&getContext(), false);
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isPrivate() || function.isDeclaration())
        continue;
      for (BlockArgument argument : function.getArguments()) {
        unsigned index = argument.getArgNumber();
        if (isa<TensorType>(argument.getType()) && !function.getArgAttr(index, LZDialect::getDonatedAttrName()) &&
            !function.getArgAttr(index, writable))
          function.setArgAttr(index, writable, no);
      }
    }
  }
};
} // namespace
