//===- KernelLibrary.h - One opened kernel library -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_REGISTRY_KERNELLIBRARY_H
#define LZRT_REGISTRY_KERNELLIBRARY_H

#include "lzrt/KernelRegistry.h"

namespace lzrt {

/// The table of a library that is loaded for the rest of the process.
struct KernelLibrary {
  std::string path;
  const lz_kernel_library_t *table = nullptr;
};

/// Opens `file`, a name relative to `directory`. `sha256` "" is not checked.
Status openKernelLibrary(const std::string &directory, const std::string &file, const std::string &sha256,
                         KernelLibrary *out);

/// Finds each kernel of the manifest in the library's table, in the manifest's order, and compares flags.
Status matchTable(const Manifest &manifest, const KernelLibrary &library, std::vector<LoadedKernel> *out);

} // namespace lzrt
#endif // LZRT_REGISTRY_KERNELLIBRARY_H
