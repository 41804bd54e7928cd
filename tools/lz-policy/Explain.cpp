//===- Explain.cpp - lz-policy explain -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Commands.h"

#include <cstdio>

namespace lzpolicy {

using namespace lzrt;

namespace {

ExitCode fault(const std::string &message) {
  std::fprintf(stderr, "lz-policy: error: %s\n", message.c_str());
  return InputAtFault;
}

ExitCode explainOne(const Options &options, const Selector &selector) {
  std::optional<Operation> operation = findOperation(options.operation);
  if (!operation)
    return fault(unknownOperation(options.operation));
  FactSet facts(*operation);
  Query query;
  if (std::string error = parseFacts(options.context, facts, &query.rolloutKey); !error.empty())
    return fault("--context: " + error);
  facts.complete();
  query.facts = &facts;
  query.mode = modeFor(options, selector, *operation);
  query.explain = true;
  Selection selection = selector.select(query);
  std::string answer = options.format == Format::Json ? explainJson(selector, *operation, selection)
                                                      : explainText(selector, *operation, selection);
  if (answer.empty() || answer.back() != '\n')
    answer += '\n';
  std::fputs(answer.c_str(), stdout);
  return finishOutput() ? Done : InputAtFault;
}

} // namespace

ExitCode explain(const Options &options) {
  Diagnostics diagnostics;
  Inputs inputs = load(options, diagnostics);
  if (diagnostics.hasErrors()) {
    std::fputs(diagnostics.render().c_str(), stderr);
    return InputAtFault;
  }
  Selector selector(inputs.policy, inputs.kernels);
  return options.contexts ? explainAll(options, selector) : explainOne(options, selector);
}

} // namespace lzpolicy
