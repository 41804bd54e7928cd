//===- Resolver.cpp - Decides the operations of a module -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Policy/Resolver.h"

#include "lz/Policy/Residual.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::lz;

/// " at site `x`", or "" for an op that has no name yet.
static std::string atSite(KernelOpInterface op) {
  StringRef site = op.getSiteName();
  return site.empty() ? "" : (" at site `" + site + "`").str();
}

lzrt::Selection Resolver::select(Mode mode, const lzrt::FactSet &facts, bool explain) const {
  lzrt::Query query;
  query.facts = &facts;
  query.mode = fromMode(mode);
  query.explain = explain;
  return policy.getSelector().select(query);
}

void Resolver::note(const lzrt::FactSet &facts, ArrayRef<lzrt::FactId> assumedHere) {
  for (lzrt::FactId fact : assumedHere)
    assumed[fact] = facts.get(fact).value();
}

std::string Resolver::describeAssumed() const {
  return llvm::join(llvm::map_range(assumed, [](auto &entry) { return describeFact(entry.first, entry.second); }), ",");
}

DecisionAttr Resolver::decomposition(Mode mode, bool live) const {
  return DecisionAttr::get(context, mode, live, {decompositionLeaf(context)});
}

DecisionAttr Resolver::bake(Mode mode, const lzrt::Selection &selection) const {
  DecisionAttr decision = toDecision(context, mode, selection, policy.getKernels());
  if (!decomposes() || decision.getCandidates().back().isCertain())
    return decision;
  auto candidates = llvm::to_vector(decision.getCandidates());
  candidates.push_back(decompositionLeaf(context));
  return DecisionAttr::get(context, mode, /*live=*/false, candidates);
}

/// S0: one candidate, whose requirements must be True now.
Resolver::Attempt Resolver::tryStatic(KernelOpInterface op, lzrt::FactSet facts, bool isFallback) {
  std::vector<lzrt::FactId> assumedHere = facts.assume();
  lzrt::Selection selection = select(Mode::Static, facts);
  if (selection.candidates.empty())
    return DecisionAttr();
  const lzrt::Candidate &candidate = selection.candidates.front();
  if (candidate.conditions.empty()) {
    note(facts, assumedHere);
    return bake(Mode::Static, selection);
  }
  if (isFallback)
    return DecisionAttr();
  InFlightDiagnostic diagnostic =
      op->emitOpError("cannot be static")
      << atSite(op) << ": kernel `" << policy.getKernels().kernels()[candidate.kernel].name
      << "` has requirements that are open when compiling; give the facts with `facts` or `target`,"
         " or choose another mode";
  for (const lzrt::OpenCondition &open : candidate.conditions)
    diagnostic.attachNote(op.getLoc()) << "fact `" << open.field << "` is open, required: " << open.op << " "
                                       << open.valueJson;
  return diagnostic;
}

/// S1..S3: baked under config, left to the runtime under the live modes.
Resolver::Attempt Resolver::tryCandidates(KernelOpInterface op, Mode mode, lzrt::FactSet facts) {
  std::vector<lzrt::FactId> assumedHere;
  if (assumesAlways)
    assumedHere = facts.assume();
  lzrt::Selection selection = select(mode, facts);
  if (selection.candidates.empty())
    return DecisionAttr();
  if (selection.reason == lzrt::Reason::Strict)
    return op->emitOpError("is refused") << atSite(op) << ": rule " << selection.rule
                                         << " of the policy is strict and its kernel does not stand";
  if (!isLive(mode)) {
    note(facts, assumedHere);
    return bake(mode, selection);
  }
  if (decomposes())
    return decomposition(mode, /*live=*/true);
  return DecisionAttr::get(context, mode, /*live=*/true, {});
}

Resolver::Attempt Resolver::tryMode(KernelOpInterface op, Mode mode, const lzrt::FactSet &facts, bool isFallback) {
  return mode == Mode::Static ? tryStatic(op, facts, isFallback) : tryCandidates(op, mode, facts);
}

/// S7: nothing stands under any mode.
Resolver::Attempt Resolver::withoutKernel(KernelOpInterface op, ArrayRef<Mode> tried, const lzrt::FactSet &facts) {
  if (decomposes())
    return decomposition(tried.front(), isLive(tried.front()));
  InFlightDiagnostic diagnostic = op->emitOpError("has no kernel that stands")
                                  << atSite(op)
                                  << "; offer one that fits, or set `on_no_kernel: decompose` in the policy";
  for (Mode mode : tried) {
    lzrt::FactSet known = facts;
    if (mode == Mode::Static || assumesAlways)
      known.assume();
    SmallVector<std::string> path = describePath(select(mode, known, /*explain=*/true));
    if (path.empty())
      diagnostic.attachNote(op.getLoc()) << "under " << stringifyMode(mode) << ": no candidate";
    for (const std::string &line : path)
      diagnostic.attachNote(op.getLoc()) << "under " << stringifyMode(mode) << ": " << line;
  }
  return diagnostic;
}

LogicalResult Resolver::resolve(KernelOpInterface op) {
  if (op.getSchemaOperation() == LZ_OP_COUNT)
    return op->emitOpError("is no operation of the schema");
  FailureOr<Mode> requested = requestedMode(op, modes, policy.getSelector());
  FailureOr<lzrt::FactSet> facts = moduleFacts.factsOf(op);
  if (failed(requested) || failed(facts))
    return failure();
  SmallVector<Mode> tried = modesToTry(op, *requested, modes, policy);
  Attempt decision = DecisionAttr();
  // With no manifest at all every op decomposes (S7).
  if (policy.getKernels().empty())
    decision = decomposition(tried.front(), /*live=*/false);
  for (auto [index, mode] : llvm::enumerate(tried))
    if (succeeded(decision) && !*decision)
      decision = tryMode(op, mode, *facts, /*isFallback=*/index != 0);
  if (succeeded(decision) && !*decision)
    decision = withoutKernel(op, tried, *facts);
  if (failed(decision))
    return failure();
  op.setDecision(*decision);
  rows.push_back(reportRow(op, *decision, *requested == Mode::Auto ? tried.front() : *requested));
  return success();
}
