//===- LintConditions.h - What follows from conditions, certainly -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sound and incomplete: "cannot hold" and "follows" are proofs, their opposites are not. Every fact of an operation is
// taken to have any value of its type or none (Absent), independently of the others, as C8 lets a tool give them. Truth
// on one value is always evaluate()'s; nothing here knows an operator's meaning but for its bounds. Change together
// with the operators in Policy.h.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_POLICY_LINTCONDITIONS_H
#define LZRT_POLICY_LINTCONDITIONS_H

#include "lzrt/policy/Policy.h"

#include <vector>

namespace lzrt::lints {

/// Conditions that must all hold, borrowed from a policy or a manifest.
using Conjunction = std::vector<const Condition *>;

/// False only where no call of `operation` makes all of `conditions` true. Candidate facts must be resolved before.
bool canHold(Operation operation, const Conjunction &conditions);

/// Of conditions that cannot hold together: two that exclude each other where there are such, else all on one fact.
/// Empty where canHold().
Conjunction conflict(Operation operation, const Conjunction &conditions);

/// True only where every call of `operation` that makes all of `given` true makes `wanted` true.
bool follows(Operation operation, const Conjunction &given, const Condition &wanted);

/// The condition as a policy writes it, in backticks: `seq_len_gt: 10`.
std::string spelled(const Condition &condition);

} // namespace lzrt::lints
#endif // LZRT_POLICY_LINTCONDITIONS_H
