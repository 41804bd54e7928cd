//===- Oracle.h - What the policy says of one invocation -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_LAW_ORACLE_H
#define LZ_TEST_LAW_ORACLE_H

#include "Generator.h"
#include "RecordingPlan.h"

#include "lzrt/policy/Selector.h"

namespace lz::law {

/// What an invocation brings besides extents.
struct ProcessFacts {
  std::string tenant;
  int64_t tpSize = 1, rank = 0;
  bool requiresDeterministic = false;
  uint32_t rolloutDraw = 0;
  std::optional<std::string> rolloutKey;
};

/// The kernels that run at a site, in order, the last one successfully unless `succeeds` is false.
struct Expectation {
  std::vector<std::string> attempts;
  bool succeeds = false;
};

/// The facts of a site as the compiler knows them under target=cpu.
lzrt::FactSet openFacts(const ModuleSpec &module, const SiteSpec &site);
/// The facts of a call.
lzrt::FactSet callFacts(const ModuleSpec &module, const SiteSpec &site, const std::vector<int64_t> &extents,
                        const ProcessFacts &process);
/// Selection when compiling.
lzrt::Selection compiled(const lzrt::Selector &selector, const lzrt::FactSet &facts, lz_mode_t mode);
/// Selection, continuation and mode fallback when running (S9, modes), one kernel after the other with every fact
/// known.
Expectation expectation(const lzrt::Selector &selector, const lzrt::FactSet &facts, lz_mode_t mode,
                        const ProcessFacts &process, const RecordingPlan &plan);

} // namespace lz::law
#endif // LZ_TEST_LAW_ORACLE_H
