//===- Shrink.cpp - Makes a failing module smaller -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Shrink.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace {

/// Takes the `number`-th operation away, counted through the module; false where there is none or it cannot go.
bool removeOperation(ModuleOp module, unsigned number) {
  SmallVector<Operation *> operations;
  module->walk<WalkOrder::PreOrder>([&](Operation *op) { operations.push_back(op); });
  if (number >= operations.size() || number == 0)
    return false;
  Operation *op = operations[number];
  if (op->hasTrait<OpTrait::IsTerminator>())
    return false;
  if (auto symbol = dyn_cast<SymbolOpInterface>(op)) {
    if (!SymbolTable::symbolKnownUseEmpty(symbol, module))
      return false;
  }
  // A result in destination style can be what it would have been written to; others have a twin among the operands.
  auto destination = dyn_cast<DestinationStyleOpInterface>(op);
  for (OpResult result : op->getResults()) {
    if (result.use_empty())
      continue;
    Value twin;
    if (destination)
      twin = destination.getTiedOpOperand(result)->get();
    for (Value operand : op->getOperands())
      if (!twin && operand.getType() == result.getType())
        twin = operand;
    if (!twin)
      return false;
    result.replaceAllUsesWith(twin);
  }
  op->erase();
  return true;
}

/// Takes the last result of the `number`-th function away.
bool removeResult(ModuleOp module, unsigned number) {
  SmallVector<func::FuncOp> functions(module.getOps<func::FuncOp>());
  if (number >= functions.size() || functions[number].getNumResults() == 0 ||
      !SymbolTable::symbolKnownUseEmpty(functions[number], module))
    return false;
  func::FuncOp function = functions[number];
  function.walk([](func::ReturnOp op) { op->eraseOperand(op->getNumOperands() - 1); });
  function.setType(
      FunctionType::get(function.getContext(), function.getArgumentTypes(), function.getResultTypes().drop_back()));
  return true;
}

/// The module after `edit`, or "" where that cannot be done or leaves no valid module.
std::string edited(const std::string &text, const DialectRegistry &registry, function_ref<bool(ModuleOp)> edit) {
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  ScopedDiagnosticHandler quiet(&context, [](Diagnostic &) { return success(); });
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  if (!module || !edit(*module) || failed(verify(*module)))
    return "";
  std::string smaller;
  llvm::raw_string_ostream stream(smaller);
  module->print(stream);
  return smaller;
}

} // namespace

namespace lz::generator {

std::string shrink(const std::string &text, const std::function<bool(const std::string &)> &failsAlike,
                   const DialectRegistry &registry) {
  std::string small = text;
  bool progress = true;
  for (unsigned round = 0; progress && round < 4; ++round) {
    progress = false;
    auto attempt = [&](function_ref<bool(ModuleOp)> edit) {
      std::string smaller = edited(small, registry, edit);
      if (smaller.empty() || !failsAlike(smaller))
        return;
      small = smaller;
      progress = true;
    };
    for (unsigned number = 200; number-- > 0;)
      attempt([&](ModuleOp module) { return removeOperation(module, number); });
    for (unsigned number = 0; number < 9; ++number)
      attempt([&](ModuleOp module) { return removeResult(module, number / 3); });
  }
  return small;
}

} // namespace lz::generator
