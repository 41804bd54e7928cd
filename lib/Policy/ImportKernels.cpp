//===- ImportKernels.cpp - Kernel manifests to symbols of a module -*- C++ -*-===//
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

/// A manifest with one of its kernels, in normal form.
static std::string normalFormOf(const lzrt::Manifest &manifest, const lzrt::Kernel &kernel) {
  lzrt::Manifest single = manifest;
  single.kernels = {kernel};
  lzrt::Diagnostics diagnostics;
  std::shared_ptr<const lzrt::KernelSet> kernels = lzrt::KernelSet::create({std::move(single)}, diagnostics);
  assert(kernels && "a kernel that stood among others clashes with itself");
  return lzrt::normalForm(*kernels);
}

static Location locationOf(MLIRContext *context, const lzrt::Kernel &kernel) {
  return FileLineColLoc::get(context, kernel.location.file.str(), kernel.location.line, kernel.location.column);
}

/// All manifests, after every error of every file has been emitted.
static FailureOr<std::vector<lzrt::Manifest>> read(MLIRContext *context, ArrayRef<std::string> files) {
  std::vector<lzrt::Manifest> manifests;
  lzrt::Diagnostics diagnostics;
  for (const std::string &file : files) {
    std::optional<std::string> text = lzrt::readFile(file, diagnostics);
    std::optional<lzrt::Manifest> manifest = text ? lzrt::parseManifest(*text, file, diagnostics) : std::nullopt;
    if (manifest)
      manifests.push_back(std::move(*manifest));
  }
  emitDiagnostics(context, diagnostics);
  if (diagnostics.hasErrors())
    return failure();
  return manifests;
}

/// Those of the module and the new ones as one set: names and aliases are unique over all. Null after a diagnostic.
static std::shared_ptr<const lzrt::KernelSet> join(MLIRContext *context, const lzrt::KernelSet &existing,
                                                   const std::vector<lzrt::Manifest> &added) {
  std::vector<lzrt::Manifest> all = existing.manifests();
  for (lzrt::Manifest &manifest : all)
    manifest.kernels.clear();
  for (const lzrt::Kernel &kernel : existing.kernels())
    all[kernel.manifest].kernels.push_back(kernel);
  all.insert(all.end(), added.begin(), added.end());
  lzrt::Diagnostics diagnostics;
  std::shared_ptr<const lzrt::KernelSet> joined = lzrt::KernelSet::create(std::move(all), diagnostics);
  emitDiagnostics(context, diagnostics);
  return joined;
}

/// A kernel's symbol is its name, so nothing else of the module may have it.
static LogicalResult checkSymbols(ModuleOp module, const std::vector<lzrt::Manifest> &manifests) {
  bool isFree = true;
  for (const lzrt::Manifest &manifest : manifests)
    for (const lzrt::Kernel &kernel : manifest.kernels)
      if (Operation *other = SymbolTable::lookupSymbolIn(module, kernel.name)) {
        isFree = false;
        InFlightDiagnostic diagnostic = emitError(locationOf(module.getContext(), kernel))
                                        << "kernel `" << kernel.name
                                        << "` has the name of a symbol of the module; rename the symbol";
        diagnostic.attachNote(other->getLoc()) << "the symbol is here";
      }
  return success(isFree);
}

static unsigned embed(ModuleOp module, const std::vector<lzrt::Manifest> &manifests) {
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  for (Operation &op : *module.getBody())
    if (isa<PolicyOp, KernelDeclOp>(op))
      builder.setInsertionPointAfter(&op);
  unsigned count = 0;
  for (const lzrt::Manifest &manifest : manifests)
    for (const lzrt::Kernel &kernel : manifest.kernels) {
      KernelDeclOp::create(builder, locationOf(module.getContext(), kernel), kernel.name,
                           normalFormOf(manifest, kernel));
      ++count;
    }
  return count;
}

/// P5: the selection digest covers kernels. Returns "" where the module has no policy.
static FailureOr<std::string> digestOf(PolicyOp symbol, const lzrt::KernelSet &all) {
  if (!symbol)
    return std::string();
  lzrt::Diagnostics diagnostics;
  std::shared_ptr<const lzrt::Policy> policy = lzrt::parsePolicy(symbol.getText().str(), "lz.policy", "", diagnostics);
  if (!policy)
    return symbol.emitOpError("holds a text that is no policy; import the policy again");
  return lzrt::selectionDigest(*policy, all);
}

FailureOr<unsigned> mlir::lz::importKernels(ModuleOp module, ArrayRef<std::string> files) {
  MLIRContext *context = module.getContext();
  std::shared_ptr<const lzrt::KernelSet> existing = readKernels(module);
  FailureOr<std::vector<lzrt::Manifest>> manifests = read(context, files);
  if (!existing || failed(manifests))
    return failure();
  std::shared_ptr<const lzrt::KernelSet> all = join(context, *existing, *manifests);
  if (!all || failed(checkSymbols(module, *manifests)))
    return failure();
  PolicyOp policy = findPolicy(module);
  FailureOr<std::string> digest = digestOf(policy, *all);
  if (failed(digest))
    return failure();
  if (policy)
    policy.setSelectionDigest(*digest);
  return embed(module, *manifests);
}
