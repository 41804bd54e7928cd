//===- Load.cpp - Reading the files that a command names -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Commands.h"

#include "lzrt/policy/Reader.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace lzpolicy {

using namespace lzrt;

Inputs load(const Options &options, Diagnostics &diagnostics) {
  Inputs inputs;
  if (std::optional<std::string> text = readFile(options.file, diagnostics))
    inputs.policy = parsePolicy(*text, options.file, options.environment, diagnostics);
  std::vector<Manifest> manifests;
  for (const std::string &path : options.kernels)
    if (std::optional<std::string> text = readFile(path, diagnostics))
      if (std::optional<Manifest> manifest = parseManifest(*text, path, diagnostics))
        manifests.push_back(std::move(*manifest));
  bool complete = manifests.size() == options.kernels.size();
  if (!manifests.empty())
    inputs.kernels = KernelSet::create(std::move(manifests), diagnostics);
  if (!complete)
    inputs.kernels = nullptr;
  return inputs;
}

Mode modeFor(const Options &options, const Selector &selector, Operation operation) {
  return options.mode == LZ_MODE_AUTO ? selector.resolveAuto(operation, true) : options.mode;
}

std::string unknownOperation(const std::string &name) {
  std::vector<std::string> known;
  for (int i = 0; i < LZ_OP_COUNT; ++i) {
    Operation operation = static_cast<Operation>(i);
    known.emplace_back(operationName(operation));
    for (std::string_view alias : operationAliases(operation))
      known.emplace_back(alias);
  }
  std::string near = nearest(name, known);
  return "unknown operation `" + name + "`" + (near.empty() ? "" : "; did you mean `" + near + "`?");
}

bool finishOutput() {
  if (std::fflush(stdout) == 0 && !std::ferror(stdout))
    return true;
  std::fprintf(stderr, "lz-policy: error: cannot write to stdout: %s\n", std::strerror(errno));
  return false;
}

} // namespace lzpolicy
