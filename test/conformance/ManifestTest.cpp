//===- ManifestTest.cpp - Manifests and tables agree ----------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Catalogue.h"
#include "RandomCase.h"

#include <gtest/gtest.h>

using namespace lz::test;

namespace {

TEST(Manifests, everyKernelOfAManifestStandsInItsTableAndTheOtherWayRound) {
  for (const CatalogueLibrary &library : catalogue()) {
    std::set<std::string> symbols;
    for (const CatalogueKernel &kernel : library.kernels) {
      EXPECT_NE(kernel.entry, nullptr) << kernel.name << ": no `" << kernel.symbol << "` in " << library.table->name;
      EXPECT_TRUE(symbols.insert(kernel.symbol).second) << kernel.symbol;
    }
    EXPECT_EQ(symbols.size(), library.table->num_kernels) << library.manifest;
  }
}

TEST(Manifests, flagsAgreeWithTheTable) {
  constexpr uint32_t stated = LZ_KERNEL_DETERMINISTIC | LZ_KERNEL_GRAPH_CAPTURE_SAFE | LZ_KERNEL_FAILURE_ATOMIC;
  for (const CatalogueLibrary &library : catalogue())
    for (const CatalogueKernel &kernel : library.kernels)
      if (kernel.entry)
        EXPECT_EQ(kernel.entry->flags & stated, kernel.flags) << kernel.name;
}

TEST(Manifests, tablesAreOfThisAbi) {
  for (const CatalogueLibrary &library : catalogue()) {
    const lz_kernel_library_t &table = *library.table;
    EXPECT_EQ(table.struct_size, sizeof(lz_kernel_library_t));
    EXPECT_EQ(table.abi_version, LZ_ABI_VERSION);
    EXPECT_EQ(table.kernel_size, sizeof(lz_kernel_t));
    std::string version = table.version;
    EXPECT_FALSE(version.empty());
    EXPECT_EQ(version.find_first_not_of("0123456789."), std::string::npos) << version;
    for (uint32_t i = 0; i < table.num_kernels; ++i) {
      EXPECT_EQ(table.kernels[i].struct_size, sizeof(lz_kernel_t));
      EXPECT_NE(table.kernels[i].execute, nullptr);
      EXPECT_EQ(table.kernels[i].prepare == nullptr, table.kernels[i].release == nullptr);
    }
  }
}

TEST(Manifests, namesAndAliasesAreUniqueOverAllManifests) {
  std::set<std::string> names;
  for (const CatalogueLibrary &library : catalogue())
    for (const CatalogueKernel &kernel : library.kernels) {
      EXPECT_TRUE(names.insert(kernel.name).second) << kernel.name;
      for (const std::string &alias : kernel.aliases)
        EXPECT_TRUE(names.insert(alias).second) << alias;
    }
}

TEST(Manifests, everyOperationHasExactlyOneDefaultAndAReference) {
  for (lz_operation_t operation : knownOperations()) {
    int defaults = 0;
    for (const CatalogueKernel *kernel : kernelsOf(operation))
      defaults += kernel->isDefault;
    EXPECT_EQ(defaults, 1) << nameOf(operation);
    EXPECT_EQ(referenceOf(operation).name.rfind("reference_", 0), 0u);
  }
}

TEST(Manifests, prioritiesAreInRangeAndReferencesComeLast) {
  for (const CatalogueLibrary &library : catalogue())
    for (const CatalogueKernel &kernel : library.kernels) {
      EXPECT_GE(kernel.priority, 0) << kernel.name;
      EXPECT_LE(kernel.priority, 1000) << kernel.name;
      EXPECT_EQ(kernel.priority == 10, kernel.library == "lz_kernels_reference") << kernel.name;
    }
}

TEST(Manifests, namesThatLayerZeroUsersKnowAreThere) {
  std::set<std::string> names;
  for (const CatalogueLibrary &library : catalogue())
    for (const CatalogueKernel &kernel : library.kernels)
      names.insert(kernel.name);
  for (const char *name : {"flash_attention_v2", "xformers_memory_efficient", "torch_sdpa", "liger_rms_norm"})
    EXPECT_TRUE(names.count(name)) << name;
}

} // namespace
