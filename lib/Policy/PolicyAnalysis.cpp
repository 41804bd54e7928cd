//===- PolicyAnalysis.cpp - Symbols of a module to a selector -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Policy/PolicyAnalysis.h"

#include "lzrt/policy/Reader.h"
#include "mlir/IR/Location.h"

using namespace mlir;
using namespace mlir::lz;

/// "message [label]; did you mean `…`?"
static std::string textOf(const lzrt::Diagnostic &diagnostic) {
  std::string text = diagnostic.message;
  if (!diagnostic.label.empty())
    text += " [" + diagnostic.label + "]";
  if (!diagnostic.suggestion.empty())
    text += "; did you mean `" + diagnostic.suggestion + "`?";
  return text;
}

void mlir::lz::emitDiagnostics(MLIRContext *context, const lzrt::Diagnostics &diagnostics) {
  for (const lzrt::Diagnostic &diagnostic : diagnostics.all()) {
    const lzrt::Location &where = diagnostic.location;
    Location location = FileLineColLoc::get(context, where.file.str(), where.line, where.column);
    if (diagnostic.severity == lzrt::Diagnostic::Severity::Error)
      emitError(location) << textOf(diagnostic);
    else
      emitWarning(location) << textOf(diagnostic);
  }
}

/// Text inside the module has no file: everything stands at the symbol.
static void emitDiagnosticsAt(Operation *symbol, const lzrt::Diagnostics &diagnostics) {
  for (const lzrt::Diagnostic &diagnostic : diagnostics.all())
    symbol->emitOpError() << textOf(diagnostic);
}

PolicyOp mlir::lz::findPolicy(ModuleOp module) {
  auto policies = module.getOps<PolicyOp>();
  return policies.empty() ? PolicyOp() : *policies.begin();
}

/// Adds a kernel to the manifest that it came from, as far as its symbol tells.
static void addKernel(std::vector<lzrt::Manifest> &manifests, const lzrt::KernelSet &single) {
  lzrt::Manifest manifest = single.manifests().front();
  manifest.kernels.clear();
  auto same = llvm::find_if(manifests, [&](const lzrt::Manifest &other) {
    return other.library == manifest.library && other.sha256 == manifest.sha256;
  });
  if (same == manifests.end())
    same = manifests.insert(same, std::move(manifest));
  same->kernels.push_back(single.kernels().front());
}

/// The one kernel of a symbol; null after a diagnostic.
static std::shared_ptr<const lzrt::KernelSet> readKernel(KernelDeclOp symbol) {
  lzrt::Diagnostics diagnostics;
  std::shared_ptr<const lzrt::KernelSet> kernels =
      lzrt::parseKernels(symbol.getManifest().str(), symbol.getSymName().str(), diagnostics);
  if (!kernels) {
    emitDiagnosticsAt(symbol, diagnostics);
    return nullptr;
  }
  if (kernels->kernels().size() != 1 || kernels->kernels().front().name != symbol.getSymName()) {
    symbol.emitOpError("expected a manifest of kernel `") << symbol.getSymName() << "` alone";
    return nullptr;
  }
  return kernels;
}

std::shared_ptr<const lzrt::KernelSet> mlir::lz::readKernels(ModuleOp module) {
  std::vector<lzrt::Manifest> manifests;
  bool isSound = true;
  for (KernelDeclOp symbol : module.getOps<KernelDeclOp>()) {
    std::shared_ptr<const lzrt::KernelSet> single = readKernel(symbol);
    isSound &= single != nullptr;
    if (single)
      addKernel(manifests, *single);
  }
  if (!isSound)
    return nullptr;
  lzrt::Diagnostics diagnostics;
  std::shared_ptr<const lzrt::KernelSet> kernels = lzrt::KernelSet::create(std::move(manifests), diagnostics);
  if (!kernels)
    emitDiagnosticsAt(module, diagnostics);
  return kernels;
}

/// The policy of a symbol; null after a diagnostic.
static std::shared_ptr<const lzrt::Policy> readPolicy(PolicyOp symbol) {
  lzrt::Diagnostics diagnostics;
  std::shared_ptr<const lzrt::Policy> policy = lzrt::parsePolicy(symbol.getText().str(), "lz.policy", "", diagnostics);
  if (!policy)
    emitDiagnosticsAt(symbol, diagnostics);
  return policy;
}

/// A digest that is not its text's would let code baked under one policy load under another.
static LogicalResult checkDigests(PolicyOp symbol, const lzrt::Policy &policy, const lzrt::KernelSet &kernels) {
  auto check = [&](StringRef name, StringRef written, const std::string &computed) -> LogicalResult {
    if (written == computed)
      return success();
    return symbol.emitOpError() << name << " is not that of this policy and these kernels; import the policy again";
  };
  LogicalResult policyFits = check("policy_digest", symbol.getPolicyDigest(), lzrt::policyDigest(policy));
  LogicalResult selectionFits =
      check("selection_digest", symbol.getSelectionDigest(), lzrt::selectionDigest(policy, kernels));
  return success(succeeded(policyFits) && succeeded(selectionFits));
}

PolicyAnalysis::PolicyAnalysis(Operation *op) {
  auto module = cast<ModuleOp>(op);
  auto symbols = llvm::to_vector(module.getOps<PolicyOp>());
  if (symbols.size() > 1) {
    InFlightDiagnostic diagnostic = symbols[1].emitOpError("is the module's second policy; it can have one");
    diagnostic.attachNote(symbols[0].getLoc()) << "the first is here";
    return;
  }
  std::shared_ptr<const lzrt::Policy> policy = symbols.empty() ? lzrt::emptyPolicy() : readPolicy(symbols[0]);
  std::shared_ptr<const lzrt::KernelSet> kernels = readKernels(module);
  if (!policy || !kernels)
    return;
  if (!symbols.empty()) {
    if (failed(checkDigests(symbols[0], *policy, *kernels)))
      return;
    if (auto attribute = symbols[0]->getAttrOfType<StringAttr>(attributes::policyPath))
      path = attribute.str();
  }
  selector = std::make_unique<lzrt::Selector>(std::move(policy), std::move(kernels));
}

std::string PolicyAnalysis::getPolicyText() const { return lzrt::normalForm(getPolicy()); }
std::string PolicyAnalysis::getKernelsText() const { return lzrt::normalForm(getKernels()); }
std::string PolicyAnalysis::getPolicyDigest() const { return lzrt::policyDigest(getPolicy()); }
std::string PolicyAnalysis::getSelectionDigest() const { return lzrt::selectionDigest(getPolicy(), getKernels()); }
