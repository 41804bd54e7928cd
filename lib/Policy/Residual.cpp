//===- Residual.cpp - A selection of the policy library as an attribute -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Policy/Residual.h"

using namespace mlir;
using namespace mlir::lz;

CandidateAttr mlir::lz::toAttribute(MLIRContext *context, const lzrt::Candidate &candidate,
                                    const lzrt::KernelSet &kernels) {
  SmallVector<ConditionAttr> conditions;
  auto symbol = [&](int index) {
    return index < 0 ? FlatSymbolRefAttr() : FlatSymbolRefAttr::get(context, kernels.kernels()[index].name);
  };
  for (const lzrt::OpenCondition &open : candidate.conditions)
    conditions.push_back(
        ConditionAttr::get(context, open.field, open.op, open.valueJson,
                           open.subject == candidate.kernel ? FlatSymbolRefAttr() : symbol(open.subject)));
  FlatSymbolRefAttr kernel = symbol(candidate.kernel);
  return CandidateAttr::get(context, StringRef(lzrt::reasonName(candidate.reason)), kernel, candidate.rule, conditions);
}

CandidateAttr mlir::lz::decompositionLeaf(MLIRContext *context) {
  return CandidateAttr::get(context, "decompose", FlatSymbolRefAttr(), -1, ArrayRef<ConditionAttr>());
}

DecisionAttr mlir::lz::toDecision(MLIRContext *context, Mode mode, const lzrt::Selection &selection,
                                  const lzrt::KernelSet &kernels) {
  SmallVector<CandidateAttr> candidates;
  for (const lzrt::Candidate &candidate : selection.candidates)
    candidates.push_back(toAttribute(context, candidate, kernels));
  return DecisionAttr::get(context, mode, /*live=*/false, candidates);
}

static std::string describe(const lzrt::PathEntry &entry) {
  std::string text = "`" + entry.kernelName + "` by " + std::string(lzrt::reasonName(entry.step));
  if (entry.rule >= 0)
    text += " " + std::to_string(entry.rule);
  text += ": " + std::string(lzrt::resultName(entry.result));
  for (auto [index, failed] : llvm::enumerate(entry.failed))
    text += (index ? ", " : ": ") + failed.field + " " + failed.op + " " + failed.expectedJson + ", got " +
            failed.actualJson;
  return text;
}

SmallVector<std::string> mlir::lz::describePath(const lzrt::Selection &selection) {
  SmallVector<std::string> lines;
  for (const lzrt::PathEntry &entry : selection.path)
    if (entry.result != lzrt::Result::OperationMismatch)
      lines.push_back(describe(entry));
  return lines;
}
