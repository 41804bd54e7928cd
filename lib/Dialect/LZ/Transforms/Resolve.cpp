//===- Resolve.cpp - The decision for every operation -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "lz/Dialect/LZ/Transforms/Passes.h"
#include "lz/Policy/Resolver.h"

#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::lz {
#define GEN_PASS_DEF_RESOLVEPASS
#include "lz/Dialect/LZ/Transforms/Passes.h.inc"
} // namespace mlir::lz

using namespace mlir;
using namespace mlir::lz;

/// The decision of a row in words.
static std::string describe(const DispatchReport::Row &row) {
  std::string text = "site `" + row.site + "`: ";
  if (row.decided == "runtime")
    text += "left to the runtime";
  else if (row.decided == "guard")
    text += "decided by guards";
  else if (row.decomposes)
    text += "decomposed";
  else
    text += "kernel `" + row.kernel + "` by " + row.reason + (row.rule < 0 ? "" : " " + std::to_string(row.rule));
  text += " under " + row.mode;
  return row.requestedMode.empty() ? text : text + ", the fallback of " + row.requestedMode;
}

static void emitRemark(KernelOpInterface op, const DispatchReport::Row &row) {
  auto function = op->getParentOfType<FunctionOpInterface>();
  auto options =
      remark::RemarkOpts::name(row.operation).category("lz-resolve").function(function ? function.getName() : "");
  if (row.decided != "compile")
    remark::analysis(op.getLoc(), options) << describe(row);
  else if (row.decomposes)
    remark::missed(op.getLoc(), options) << describe(row);
  else
    remark::passed(op.getLoc(), options) << describe(row);
}

namespace {
struct Resolve : lz::impl::ResolvePassBase<Resolve> {
  using ResolvePassBase::ResolvePassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<ModeOptions> modes = readModes(module);
    FailureOr<ModuleFacts> facts = ModuleFacts::create(module, target, this->facts);
    FailureOr<SmallVector<KernelOpInterface>> ops = collect(module);
    const PolicyAnalysis &policy = getAnalysis<PolicyAnalysis>();
    if (failed(modes) || failed(facts) || failed(ops) || !policy.isValid())
      return signalPassFailure();
    Resolver resolver(module, policy, *facts, *modes, assume);
    bool isResolved = true;
    for (KernelOpInterface op : *ops)
      isResolved &= succeeded(resolver.resolve(op));
    if (!isResolved)
      return signalPassFailure();
    record(module, resolver, *facts);
    for (auto [op, row] : llvm::zip_equal(*ops, resolver.getRows()))
      report(op, row);
    markAnalysesPreserved<PolicyAnalysis>();
  }

private:
  FailureOr<ModeOptions> readModes(ModuleOp module) {
    ModeOptions options;
    FailureOr<Mode> otherwise = parseMode(module, "default-mode", defaultMode);
    FailureOr<Mode> given = mode.empty() ? FailureOr<Mode>(Mode::Auto) : parseMode(module, "mode", mode);
    if (failed(otherwise) || failed(given))
      return failure();
    if (*otherwise == Mode::Auto)
      return module.emitError("option `default-mode` says what `auto` means and cannot be `auto`");
    options.otherwise = *otherwise;
    if (!mode.empty())
      options.mode = *given;
    return options;
  }

  /// The module's own ops. One in a nested module belongs to that module's policy and must be decided already.
  static FailureOr<SmallVector<KernelOpInterface>> collect(ModuleOp module) {
    SmallVector<KernelOpInterface> ops;
    WalkResult result = module.walk<WalkOrder::PreOrder>([&](KernelOpInterface op) -> WalkResult {
      if (op->getParentOfType<ModuleOp>() == module)
        ops.push_back(op);
      else if (!op.getDecision())
        return op->emitOpError(
            "is in a nested module, which has a policy of its own; run `lz-resolve` on that module first");
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      return failure();
    return ops;
  }

  static void setOrRemove(ModuleOp module, StringRef name, const std::string &text) {
    if (text.empty())
      module->removeAttr(name);
    else
      module->setAttr(name, StringAttr::get(module.getContext(), text));
  }

  static void record(ModuleOp module, const Resolver &resolver, const ModuleFacts &facts) {
    setOrRemove(module, attributes::assumedFacts, resolver.describeAssumed());
    setOrRemove(module, attributes::targetFacts, facts.describe());
    if (!resolver.getRows().empty())
      addReportRows(module, resolver.getRows());
  }

  void report(KernelOpInterface op, const DispatchReport::Row &row) {
    emitRemark(op, row);
    bool isCompile = row.decided == "compile";
    numDecided += isCompile && !row.decomposes;
    numDecomposed += isCompile && row.decomposes;
    numGuarded += row.decided == "guard";
    numLive += row.decided == "runtime";
  }
};
} // namespace
