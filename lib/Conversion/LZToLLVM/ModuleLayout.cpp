//===- ModuleLayout.cpp - Where the parts of a module stand in the runtime's structs -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ModuleLayout.h"

using namespace mlir;
using namespace mlir::lz;

SmallVector<unsigned> BlockLayout::openExtents(const Argument &argument) {
  SmallVector<unsigned> open;
  for (unsigned dim = 0; dim < argument.type.getRank(); ++dim)
    if (argument.type.isDynamicDim(dim))
      open.push_back(dim);
  return open;
}

SmallVector<unsigned> BlockLayout::openStrides(const Argument &argument) {
  SmallVector<unsigned> open;
  for (auto [dim, stride] : llvm::enumerate(argument.strides))
    if (ShapedType::isDynamic(stride))
      open.push_back(dim);
  return open;
}

BlockLayout::BlockLayout(SiteRecordOp site) : isLive(site.getLive()) {
  for (unsigned slot = 0; slot < site.getSlots().size(); ++slot) {
    Argument &argument = slots.emplace_back();
    argument.type = site.getArgumentType(slot);
    if (!argument.type)
      continue;
    if (!argument.type.getLayout().isIdentity())
      argument.strides = argument.type.getStridesAndOffset().first;
    argument.data = numData++;
    unsigned open = openExtents(argument).size() + openStrides(argument).size();
    if (open != 0)
      argument.dims = numDims;
    numDims += open;
  }
}

unsigned ModuleLayout::importIndex(StringAttr kernel) const { return llvm::find(imports, kernel) - imports.begin(); }

FailureOr<ModuleLayout> ModuleLayout::create(ModuleOp module) {
  ModuleLayout layout;
  bool ok = true;
  for (auto site : module.getOps<SiteRecordOp>())
    layout.sites.insert({site.getSymName(), BlockLayout(site)});
  module.walk([&](Operation *op) {
    if (auto call = dyn_cast<CallOp>(op))
      layout.imports.insert(call.getKernelAttr().getAttr());
    else if (auto next = dyn_cast<ContinueOp>(op); next && next.getKernelAttr())
      layout.imports.insert(next.getKernelAttr().getAttr());
    else if (auto fail = dyn_cast<FailOp>(op))
      layout.messages.insert({fail.getMessageAttr(), "lz_message." + std::to_string(layout.messages.size())});
    else if (isa<TestOp>(op))
      layout.tests.insert(op);
    else if (auto parameter = dyn_cast<ParameterOp>(op)) {
      auto type = cast<MemRefType>(parameter.getValue().getType());
      auto [place, isNew] = layout.parameters.insert({parameter.getNameAttr(), type});
      if (place->second != type) {
        op->emitOpError("`") << parameter.getName() << "` is " << type << " here and " << place->second << " elsewhere";
        ok = false;
      }
    }
  });
  if (!ok)
    return failure();
  return layout;
}
