//===- Resolver.h - Decides the operations of a module -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// S7 when compiling, C6's assumed facts, and what becomes of a selection under each mode. The evaluation itself is the
// policy library's.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_POLICY_RESOLVER_H
#define LZ_POLICY_RESOLVER_H

#include "lz/Policy/DispatchReport.h"
#include "lz/Policy/Facts.h"
#include "lz/Policy/Modes.h"
#include "lz/Policy/PolicyAnalysis.h"

#include <map>

namespace mlir::lz {

/// Decides the ops of one module under its policy. Borrows what it is given.
class Resolver {
public:
  Resolver(ModuleOp module, const PolicyAnalysis &policy, const ModuleFacts &facts, ModeOptions modes,
           bool assumesAlways)
      : context(module.getContext()), policy(policy), moduleFacts(facts), modes(modes), assumesAlways(assumesAlways) {}

  /// Sets the op's decision and adds its row.
  LogicalResult resolve(KernelOpInterface op);
  ArrayRef<DispatchReport::Row> getRows() const { return rows; }
  /// "k=v,k=v" of the facts that some decision assumed (C6).
  std::string describeAssumed() const;

private:
  /// What an attempt under one mode came to: a decision, null where no kernel stands; a failure has had its diagnostic.
  using Attempt = FailureOr<DecisionAttr>;
  Attempt tryMode(KernelOpInterface op, Mode mode, const lzrt::FactSet &facts, bool isFallback);
  Attempt tryStatic(KernelOpInterface op, lzrt::FactSet facts, bool isFallback);
  Attempt tryCandidates(KernelOpInterface op, Mode mode, lzrt::FactSet facts);
  Attempt withoutKernel(KernelOpInterface op, ArrayRef<Mode> tried, const lzrt::FactSet &facts);
  lzrt::Selection select(Mode mode, const lzrt::FactSet &facts, bool explain = false) const;
  DecisionAttr bake(Mode mode, const lzrt::Selection &selection) const;
  DecisionAttr decomposition(Mode mode, bool live) const;
  bool decomposes() const { return policy.getPolicy().onNoKernel == lzrt::OnNoKernel::Decompose; }
  void note(const lzrt::FactSet &facts, ArrayRef<lzrt::FactId> assumedHere);

  MLIRContext *context;
  const PolicyAnalysis &policy;
  const ModuleFacts &moduleFacts;
  ModeOptions modes;
  bool assumesAlways;
  SmallVector<DispatchReport::Row> rows;
  std::map<lzrt::FactId, lzrt::Value> assumed;
};

} // namespace mlir::lz

#endif // LZ_POLICY_RESOLVER_H
