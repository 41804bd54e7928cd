//===- TestModule.cpp - Module records built by hand -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "TestModule.h"

#include <gtest/gtest.h>

namespace lzrt::test {
namespace {

const int64_t openRows[] = {LZ_DYNAMIC, 64};
constexpr lz_dtype_t f32 = {LZ_CODE_FLOAT, 32, 1};

} // namespace

const KernelRegistry &testKernels() {
  static const KernelRegistry *registry = [] {
    auto *made = new KernelRegistry;
    Status status = made->load(LZ_TEST_KERNELS_DIR "/test_kernels.yaml");
    EXPECT_TRUE(status.isOk()) << status.message();
    status = made->freeze();
    EXPECT_TRUE(status.isOk()) << status.message();
    return made;
  }();
  return *registry;
}

TestModule::TestModule(const std::string &policyYaml, Operation operation, Mode mode, std::vector<std::string> imports,
                       bool inPlace)
    : slots(imports.size(), nullptr), importNames(std::move(imports)) {
  Diagnostics diagnostics;
  auto parsed = parsePolicy("version: \"1.0\"\n" + policyYaml, "test.yaml", "", diagnostics);
  EXPECT_TRUE(parsed) << diagnostics.render();
  const KernelSet &set = *testKernels().kernels();
  policy = normalForm(*parsed);
  kernels = normalForm(set);
  policyHash = policyDigest(*parsed);
  selectionHash = selectionDigest(*parsed, set);
  uint16_t count = 0;
  for (const ArgumentSlot &slot : argumentsOf(operation)) {
    bool out = slot.role == LZ_ROLE_OUT || slot.role == LZ_ROLE_INOUT;
    bool present = slot.role == LZ_ROLE_IN || out;
    uint8_t flags = uint8_t((present ? LZ_ARGUMENT_PRESENT | LZ_ARGUMENT_CONTIGUOUS : 0) |
                            (out ? LZ_ARGUMENT_WRITTEN : LZ_ARGUMENT_READ));
    arguments.push_back({f32, 2, flags, present ? count : uint16_t(LZ_NO_INDEX),
                         present ? count : uint16_t(LZ_NO_INDEX), 0, 4, openRows, nullptr, 0});
    count += present;
  }
  site = {sizeof(lz_site_t),
          LZ_ABI_VERSION,
          uint16_t(operation),
          0,
          inPlace ? uint32_t(LZ_SITE_IN_PLACE) : 0,
          uint16_t(arguments.size()),
          count,
          count,
          0,
          arguments.data(),
          nullptr,
          "model.norm",
          "model.mlir:3:4",
          &record,
          &live,
          nullptr,
          mode,
          0};
  block.resize((sizeof(lz_call_t) + 16u * count) / 8);
  for (size_t i = 0; i < importNames.size(); ++i)
    importRecords.push_back({importNames[i].c_str(), &slots[i]});
  sites[0] = &site;
  record = {sizeof(lz_module_t),
            LZ_ABI_VERSION,
            "test",
            policy.c_str(),
            kernels.c_str(),
            policyHash.c_str(),
            selectionHash.c_str(),
            "",
            "platform=cpu",
            uint32_t(importNames.size()),
            0,
            1,
            0,
            importRecords.data(),
            nullptr,
            sites,
            &runtime};
  lzrt_context_init(&context);
  observer = {sizeof(lz_observer_t), 0, this,
              [](void *self, const lz_call_t *, const char *kernel, int32_t status, int32_t how) {
                static_cast<TestModule *>(self)->calls.push_back(std::string(kernel ? kernel : "decomposition") + ":" +
                                                                 std::to_string(status) + ":" + std::to_string(how));
              }};
  context.observer = &observer;
}

TestModule::~TestModule() {
  bound.reset(); // reads the records
  lzrt_context_release(&context);
}

BindOptions TestModule::options() {
  BindOptions options;
  options.registry = &testKernels();
  return options;
}

void TestModule::bind() {
  Status status = BoundModule::bind(&record, options(), &bound, &warnings);
  ASSERT_TRUE(status.isOk()) << status.message();
}

lz_call_t *TestModule::call(int64_t rows) {
  auto *made = reinterpret_cast<lz_call_t *>(block.data());
  *made = {&context, &site, nullptr, 0};
  for (unsigned i = 0; i < site.num_dims; ++i)
    const_cast<int64_t *>(lz_call_dims(made))[i] = rows;
  return made;
}

int32_t TestModule::runBaked(uint32_t import, int64_t rows) {
  lz_call_t *made = call(rows);
  int32_t status = slots[import](made);
  return status == LZ_STATUS_OK ? status : lzrt_continue(made, import, status);
}

std::vector<std::string> TestModule::seen() { return std::exchange(calls, {}); }

} // namespace lzrt::test
