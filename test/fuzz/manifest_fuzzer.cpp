//===- manifest_fuzzer.cpp - Any bytes as a kernel manifest -----*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Oracle: a text is either refused with an error, or read into a manifest whose kernels' normal form is read back to
// the same one.
//
//===----------------------------------------------------------------------===//
#include "lzrt/policy/Reader.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

using namespace lzrt;

namespace {
void require(bool condition, const char *claim, const std::string &detail) {
  if (condition)
    return;
  std::fprintf(stderr, "violated: %s\n%s\n", claim, detail.c_str());
  std::abort();
}

void checkLookup(const KernelSet &kernels) {
  for (size_t index = 0; index < kernels.kernels().size(); ++index) {
    const Kernel &kernel = kernels.kernels()[index];
    require(kernels.find(kernel.name) == int(index), "a kernel is found by its name", kernel.name);
    for (const std::string &alias : kernel.aliases)
      require(kernels.find(alias) == int(index), "a kernel is found by its aliases", alias);
    for (Operation operation : kernel.operations) {
      const std::vector<int> &of = kernels.of(operation);
      require(std::find(of.begin(), of.end(), int(index)) != of.end(), "its operations list a kernel", kernel.name);
    }
  }
}

void checkReread(const KernelSet &kernels, size_t textSize) {
  checkLookup(kernels);
  std::string normal = normalForm(kernels);
  Diagnostics again;
  std::shared_ptr<const KernelSet> reread = parseKernels(normal, "normal.json", again);
  bool grown = normal.size() > textSize && again.render().find("[P2]") != std::string::npos;
  require(reread != nullptr || grown, "the normal form is a set of kernels", normal + "\n" + again.render());
  if (!reread)
    return;
  require(normalForm(*reread) == normal, "the normal form is its own", normal);
  require(selectionDigest(*emptyPolicy(), *reread) == selectionDigest(*emptyPolicy(), kernels), "equal digests",
          normal);
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view text(reinterpret_cast<const char *>(data), size);
  Diagnostics diagnostics;
  std::optional<Manifest> manifest = parseManifest(text, "fuzz.yaml", diagnostics);
  require(manifest.has_value() != diagnostics.hasErrors(), "a manifest or an error, never both", diagnostics.render());
  if (manifest) {
    Diagnostics clashes;
    std::shared_ptr<const KernelSet> kernels = KernelSet::create({*manifest}, clashes);
    require(kernels != nullptr, "a manifest alone is a set of kernels", clashes.render());
    checkReread(*kernels, size);
  }
  Diagnostics joinedErrors;
  if (std::shared_ptr<const KernelSet> joined = parseKernels(text, "fuzz.json", joinedErrors))
    checkReread(*joined, size);
  return 0;
}
