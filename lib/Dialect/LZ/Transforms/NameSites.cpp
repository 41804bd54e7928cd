//===- NameSites.cpp - Names for sites, before anything moves -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "lz/Dialect/LZ/Transforms/Passes.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"

namespace mlir::lz {
#define GEN_PASS_DEF_NAMESITESPASS
#include "lz/Dialect/LZ/Transforms/Passes.h.inc"
} // namespace mlir::lz

using namespace mlir;
using namespace mlir::lz;

/// The canonical name, which is the op's mnemonic.
static StringRef operationOf(KernelOpInterface op) { return op->getName().stripDialect(); }

/// The symbol of the function around an op, "" outside of one.
static StringRef functionOf(Operation *op) {
  auto function = op->getParentOfType<FunctionOpInterface>();
  return function ? function.getName() : StringRef();
}

namespace {
struct NameSites : lz::impl::NameSitesPassBase<NameSites> {
  void runOnOperation() override {
    SmallVector<KernelOpInterface> ops;
    getOperation()->walk<WalkOrder::PreOrder>([&](KernelOpInterface op) { ops.push_back(op); });
    bool isSound = true;
    for (KernelOpInterface op : ops)
      isSound &= succeeded(takeName(op));
    if (!isSound)
      return signalPassFailure();
    for (KernelOpInterface op : ops)
      name(op);
    markAllAnalysesPreserved();
  }

private:
  /// Checks the name that an op brings and notes it.
  LogicalResult takeName(KernelOpInterface op) {
    Attribute attribute = op->getAttr(LZDialect::getSiteAttrName());
    if (!attribute)
      return success();
    auto site = dyn_cast<StringAttr>(attribute);
    if (!site || site.empty())
      return op->emitOpError("expected `lz.site` to be a string that is not empty, got ") << attribute;
    taken.insert(site.getValue());
    auto [first, isNew] = firstOf.try_emplace({site, op.getSchemaOperation()}, op);
    if (isNew)
      return success();
    InFlightDiagnostic warning = op->emitWarning("site `")
                                 << site.getValue() << "` names more than one `" << operationOf(op)
                                 << "`; policies and reports cannot tell them apart, give each its own `lz.site`";
    warning.attachNote(first->second->getLoc()) << "the first is here";
    return success();
  }

  /// function/operation/n, where n counts all operations of the kind in the function, whether they brought a name or
  /// not.
  void name(KernelOpInterface op) {
    std::string stem = (functionOf(op) + "/" + operationOf(op) + "/").str();
    unsigned n = counts[stem]++;
    if (op->hasAttr(LZDialect::getSiteAttrName()))
      return;
    while (!taken.insert(stem + std::to_string(n)).second)
      n = counts[stem]++;
    op->setAttr(LZDialect::getSiteAttrName(), StringAttr::get(&getContext(), stem + std::to_string(n)));
    ++numNamed;
  }

  llvm::StringSet<> taken;
  llvm::StringMap<unsigned> counts;
  llvm::DenseMap<std::pair<StringAttr, unsigned>, KernelOpInterface> firstOf;
};
} // namespace
