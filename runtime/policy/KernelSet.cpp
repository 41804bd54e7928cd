//===- KernelSet.cpp - The kernels of all manifests -------------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lzrt/policy/Policy.h"

#include <algorithm>

namespace lzrt {
namespace {
std::string placeOf(const Location &location) {
  return location.file.str() + ":" + std::to_string(location.line) + ":" + std::to_string(location.column);
}
} // namespace

std::shared_ptr<const KernelSet> KernelSet::create(std::vector<Manifest> manifests, Diagnostics &diagnostics) {
  auto set = std::make_shared<KernelSet>();
  bool clash = false;
  for (size_t source = 0; source < manifests.size(); ++source) {
    for (Kernel &kernel : manifests[source].kernels) {
      int index = int(set->list.size());
      kernel.manifest = int(source);
      auto claim = [&](const std::string &name) {
        auto [entry, inserted] = set->names.emplace(name, index);
        if (inserted)
          return;
        clash = true;
        const Kernel &first = entry->second == index ? kernel : set->list[entry->second];
        diagnostics.error(kernel.location, "P1",
                          "kernel name or alias `" + name + "` is taken by `" + first.name + "` at " +
                              placeOf(first.location) + "; names and aliases are unique over all manifests");
      };
      claim(kernel.name);
      for (const std::string &alias : kernel.aliases)
        claim(alias);
      set->list.push_back(std::move(kernel));
    }
    manifests[source].kernels.clear();
  }
  if (clash)
    return nullptr;
  for (int index = 0; index < int(set->list.size()); ++index)
    for (Operation operation : set->list[index].operations)
      set->byOperation[operation].push_back(index);
  for (std::vector<int> &kernels : set->byOperation)
    std::sort(kernels.begin(), kernels.end(), [&](int a, int b) {
      const Kernel &left = set->list[a], &right = set->list[b];
      return left.priority != right.priority ? left.priority > right.priority : left.name < right.name;
    });
  set->sources = std::move(manifests);
  return set;
}

int KernelSet::find(std::string_view nameOrAlias) const {
  auto entry = names.find(nameOrAlias);
  return entry == names.end() ? -1 : entry->second;
}

const std::vector<int> &KernelSet::of(Operation operation) const {
  static const std::vector<int> none;
  return operation < LZ_OP_COUNT ? byOperation[operation] : none;
}

} // namespace lzrt
