//===- Mismatch.cpp - Which sites would be decided otherwise -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ModuleState.h"

namespace lzrt {
namespace {

/// The decision as a text that is equal where the decisions are.
std::string decisionOf(const Selector &selector, const FactSet &facts, Mode mode) {
  Query query;
  query.facts = &facts;
  query.mode = mode;
  Selection selection = selector.select(query);
  std::string text(reasonName(selection.reason));
  for (const Candidate &candidate : selection.candidates) {
    text += "|" + (candidate.kernel < 0 ? "" : selector.kernels().kernels()[candidate.kernel].name);
    text += " " + std::string(reasonName(candidate.reason));
    for (const OpenCondition &condition : candidate.conditions)
      text += "," + condition.field + " " + condition.op + " " + condition.valueJson;
  }
  return text;
}

} // namespace

std::vector<std::string> differingSites(const lz_module_t &module, const Selector &left, const Selector &right,
                                        bool withLive) {
  std::vector<std::string> names;
  for (uint32_t i = 0; i < module.num_sites; ++i) {
    const lz_site_t &site = *module.sites[i];
    if (site.live && !withLive)
      continue;
    FactSet facts = factsOf(viewOf(site));
    for (const char *text : {module.target_facts, module.assumed_facts})
      if (text && *text)
        (void)parseFacts(text, facts, nullptr);
    facts.derive();
    if (decisionOf(left, facts, Mode(site.mode)) != decisionOf(right, facts, Mode(site.mode)))
      names.push_back(site.name);
  }
  return names;
}

} // namespace lzrt
