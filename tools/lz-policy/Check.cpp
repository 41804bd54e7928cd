//===- Check.cpp - lz-policy check -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Commands.h"

#include "lzrt/policy/Reader.h"

#include <cstdio>

namespace lzpolicy {

using namespace lzrt;

namespace {
std::string counted(size_t count, const std::string &noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}
} // namespace

ExitCode check(const Options &options) {
  Diagnostics diagnostics;
  Inputs inputs = load(options, diagnostics);
  if (!diagnostics.hasErrors())
    lint(*inputs.policy, inputs.kernels.get(), diagnostics);
  std::fputs(diagnostics.render().c_str(), stderr);
  if (diagnostics.hasErrors())
    return InputAtFault;
  std::printf("%s: %s, %s\n", options.file.c_str(), counted(inputs.policy->rules.size(), "rule").c_str(),
              counted(diagnostics.all().size(), "lint").c_str());
  std::printf("policy_digest: %s\n", policyDigest(*inputs.policy).c_str());
  if (inputs.kernels)
    std::printf("selection_digest: %s\n", selectionDigest(*inputs.policy, *inputs.kernels).c_str());
  return finishOutput() ? Done : InputAtFault;
}

} // namespace lzpolicy
