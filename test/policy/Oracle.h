//===- Oracle.h - The policy reference read out naively ---------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A second reading of docs/policy-reference.md for calls whose facts are all known: two-valued, string by string,
// without indices, sharing no code with runtime/policy. Change it only where the reference changes.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_POLICY_ORACLE_H
#define LZ_TEST_POLICY_ORACLE_H

#include "Model.h"

namespace oracle {

bool globMatches(const std::string &pattern, const std::string &text);
/// S6: by name or alias.
bool matchesOperation(const std::string &pattern, const std::string &operation);
/// C1..C3 on a known or absent value.
bool conditionHolds(const model::Condition &condition, const std::optional<model::Value> &value);
/// S8.
bool rolloutHolds(const model::Rule &rule, const model::Call &call);

struct Answer {
  /// S9: what is selected, then what follows when that has failed, and so on; the last one is an error.
  std::vector<model::Outcome> attempts;
  /// The first selection's path.
  std::vector<model::Trace> path;
};
Answer select(const model::World &world, const model::Call &call);

} // namespace oracle
#endif // LZ_TEST_POLICY_ORACLE_H
