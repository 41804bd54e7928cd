//===- TestModule.h - Module records built by hand -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_TESTMODULE_H
#define LZ_TEST_TESTMODULE_H

#include "lzrt/KernelRegistry.h"
#include "lzrt/Module.h"
#include "lzrt/lzrt.h"
#include "lzrt/policy/Reader.h"

#include <string>
#include <vector>

namespace lzrt::test {

/// The registry of test_kernels.yaml; loaded once.
const KernelRegistry &testKernels();

/// A module with one site whose arguments are f32 [?, 64], compiled under a policy as the compiler would. `imports` are
/// kernel names.
class TestModule {
public:
  TestModule(const std::string &policyYaml, Operation operation, Mode mode, std::vector<std::string> imports,
             bool inPlace = false);
  TestModule(const TestModule &) = delete;
  TestModule &operator=(const TestModule &) = delete;

  BindOptions options();
  /// Binds with options(); fails the test otherwise.
  void bind();
  /// A call with `rows` rows, which lives as long as the module.
  lz_call_t *call(int64_t rows);
  /// As baked code does: the import's slot, then the continuation.
  int32_t runBaked(uint32_t import, int64_t rows);
  int32_t runLive(int64_t rows) { return lzrt_live_miss(call(rows), &live, 0, 0, 0, 0); }
  std::string error() const { return context.error.message; }
  /// "kernel:status:how" of each observed call, since the last look.
  std::vector<std::string> seen();

  lz_context_t context;
  lz_site_t site{};
  lz_module_t record{};
  lz_live_site_t live{};
  std::unique_ptr<BoundModule> bound;
  std::vector<std::string> warnings;
  std::string policy, kernels, policyHash, selectionHash;
  std::vector<lz_kernel_fn> slots;

private:
  std::vector<std::string> importNames;
  std::vector<lz_import_t> importRecords;
  std::vector<lz_argument_t> arguments;
  std::vector<uint64_t> block;
  std::vector<std::string> calls;
  const lz_site_t *sites[1];
  void *runtime = nullptr;
  lz_observer_t observer{};

public:
  ~TestModule();
};

} // namespace lzrt::test
#endif // LZ_TEST_TESTMODULE_H
