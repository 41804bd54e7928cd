//===- ImportPolicy.cpp - A policy file to a symbol of a module -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Policy/Import.h"

#include "lzrt/policy/Reader.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;
using namespace mlir::lz;

/// The file's policy, after its errors and lints have been emitted; null after an error.
static std::shared_ptr<const lzrt::Policy> read(MLIRContext *context, const std::string &file,
                                                const std::string &environment, const lzrt::KernelSet &kernels) {
  lzrt::Diagnostics diagnostics;
  std::shared_ptr<const lzrt::Policy> policy;
  if (std::optional<std::string> text = lzrt::readFile(file, diagnostics))
    policy = lzrt::parsePolicy(*text, file, environment, diagnostics);
  if (policy)
    lzrt::lint(*policy, kernels.empty() ? nullptr : &kernels, diagnostics);
  diagnostics.sort();
  emitDiagnostics(context, diagnostics);
  return diagnostics.hasErrors() ? nullptr : policy;
}

static void embed(ModuleOp module, const std::string &file, const lzrt::Policy &policy,
                  const lzrt::KernelSet &kernels) {
  // Found by its type: where a symbol has the name already, the table gives the policy another.
  SymbolTable symbols(module);
  OpBuilder builder(module.getContext());
  Location location = FileLineColLoc::get(module.getContext(), file, 1, 1);
  auto symbol = PolicyOp::create(builder, location, "policy", lzrt::normalForm(policy), lzrt::policyDigest(policy),
                                 lzrt::selectionDigest(policy, kernels));
  symbol->setAttr(attributes::policyPath, builder.getStringAttr(file));
  symbols.insert(symbol, module.getBody()->begin());
}

LogicalResult mlir::lz::importPolicy(ModuleOp module, const std::string &file, const std::string &environment) {
  if (PolicyOp existing = findPolicy(module)) {
    InFlightDiagnostic diagnostic = module.emitError("the module has a policy already; remove it before importing `")
                                    << file << "`";
    diagnostic.attachNote(existing.getLoc()) << "imported here";
    return diagnostic;
  }
  std::shared_ptr<const lzrt::KernelSet> kernels = readKernels(module);
  if (!kernels)
    return failure();
  std::shared_ptr<const lzrt::Policy> policy = read(module.getContext(), file, environment, *kernels);
  if (!policy)
    return failure();
  embed(module, file, *policy, *kernels);
  return success();
}
