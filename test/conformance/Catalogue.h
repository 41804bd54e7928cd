//===- Catalogue.h - The shipped kernels, as their manifests and tables have them ===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_CONFORMANCE_CATALOGUE_H
#define LZ_TEST_CONFORMANCE_CATALOGUE_H

#include "Case.h"
#include "lzrt/abi/kernel.h"

#include <set>

namespace lz::test {

/// A kernel of a manifest with its entry of the library's table.
struct CatalogueKernel {
  std::string name, symbol, library;
  std::vector<std::string> aliases;
  std::vector<lz_operation_t> operations;
  int64_t priority = 50;
  bool isDefault = false;
  uint32_t flags = 0; ///< From the manifest.
  /// Of `requires`: the element types by the fact that tests them; a fact that is missing may be anything.
  std::map<lz_fact_t, std::set<std::string>> elements;
  bool requiresContiguous = false;
  const lz_kernel_t *entry = nullptr;

  bool implements(lz_operation_t operation) const;
  /// Whether `requires` admits the call.
  bool admits(const Case &given) const;
};

struct CatalogueLibrary {
  std::string manifest;
  const lz_kernel_library_t *table = nullptr;
  std::vector<CatalogueKernel> kernels;
};

/// Both shipped libraries, loaded once. A file that cannot be read or loaded, or holds a key that the manifest format
/// or this reader does not know, ends the program with a message.
const std::vector<CatalogueLibrary> &catalogue();
/// Every kernel of the operation, over both libraries; those that multiply tiles once more with the emulation of
/// EmulatedTiles.h.
std::vector<const CatalogueKernel *> kernelsOf(lz_operation_t operation);
/// The kernel that results are compared with.
const CatalogueKernel &referenceOf(lz_operation_t operation);

} // namespace lz::test

#endif // LZ_TEST_CONFORMANCE_CATALOGUE_H
