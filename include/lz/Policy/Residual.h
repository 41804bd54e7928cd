//===- Residual.h - A selection of the policy library as an attribute -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_POLICY_RESIDUAL_H
#define LZ_POLICY_RESIDUAL_H

#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "lzrt/policy/Selector.h"

namespace mlir::lz {

inline Mode toMode(lzrt::Mode mode) { return Mode(int(mode)); }
inline lzrt::Mode fromMode(Mode mode) { return lzrt::Mode(int(mode)); }

/// The leaf of a candidate: kernel symbol, reason, rule, open conditions.
CandidateAttr toAttribute(MLIRContext *context, const lzrt::Candidate &candidate, const lzrt::KernelSet &kernels);
/// The leaf that is the op's own decomposition.
CandidateAttr decompositionLeaf(MLIRContext *context);
/// A baked decision: the candidates of a selection that decided or stayed open.
DecisionAttr toDecision(MLIRContext *context, Mode mode, const lzrt::Selection &selection,
                        const lzrt::KernelSet &kernels);
/// One line a candidate of a selection made with Query::explain; rules of other operations are none.
SmallVector<std::string> describePath(const lzrt::Selection &selection);

} // namespace mlir::lz

#endif // LZ_POLICY_RESIDUAL_H
