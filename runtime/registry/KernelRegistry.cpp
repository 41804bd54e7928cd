//===- KernelRegistry.cpp - Manifests with their libraries -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "KernelLibrary.h"
#include "lzrt/policy/Reader.h"

namespace lzrt {

Status KernelRegistry::load(const std::string &manifestPath) {
  if (isFrozen())
    return Status::error(LZ_STATUS_INVALID_ARGUMENT,
                         "cannot load `" + manifestPath + "`: the registry is frozen; load before building");
  Diagnostics diagnostics;
  std::optional<std::string> text = readFile(manifestPath, diagnostics);
  std::optional<Manifest> manifest;
  if (text)
    manifest = parseManifest(*text, manifestPath, diagnostics);
  if (!manifest)
    return Status::error(text ? LZ_STATUS_MALFORMED : LZ_STATUS_NOT_FOUND, diagnostics.render());
  if (manifest->library.empty())
    return Status::error(LZ_STATUS_MALFORMED, "manifest `" + manifestPath + "` names no `library` to load");
  size_t slash = manifestPath.rfind('/');
  KernelLibrary library;
  if (Status status = openKernelLibrary(slash == std::string::npos ? "." : manifestPath.substr(0, slash),
                                        manifest->library, manifest->sha256, &library);
      !status.isOk())
    return status;
  std::vector<LoadedKernel> kernels;
  if (Status status = matchTable(*manifest, library, &kernels); !status.isOk())
    return status;
  loaded.insert(loaded.end(), kernels.begin(), kernels.end());
  manifests.push_back(std::move(*manifest));
  return Status();
}

Status KernelRegistry::freeze() {
  if (isFrozen())
    return Status();
  Diagnostics diagnostics;
  set = KernelSet::create(manifests, diagnostics);
  if (!set)
    return Status::error(LZ_STATUS_MALFORMED, diagnostics.render());
  for (const LoadedKernel &kernel : loaded)
    byName[kernel.name] = &kernel;
  return Status();
}

const LoadedKernel *KernelRegistry::find(std::string_view nameOrAlias) const {
  int index = set ? set->find(nameOrAlias) : -1;
  if (index < 0)
    return nullptr;
  auto found = byName.find(set->kernels()[index].name);
  return found == byName.end() ? nullptr : found->second;
}

} // namespace lzrt
