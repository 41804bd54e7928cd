//===- BindTest.cpp - What binding checks -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "TestModule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace lzrt;
using namespace lzrt::test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

Status bindWith(TestModule &module, const BindOptions &options) {
  return BoundModule::bind(&module.record, options, &module.bound, &module.warnings);
}

std::shared_ptr<const Policy> policyOf(const std::string &text) {
  Diagnostics diagnostics;
  return parsePolicy("version: \"1.0\"\n" + text, "other.yaml", "", diagnostics);
}

TEST(Bind, WrongAbiVersionIsRefused) {
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {"ok"});
  module.record.abi_version = LZ_ABI_VERSION + 1;
  Status status = bindWith(module, module.options());
  EXPECT_EQ(status.code(), LZ_STATUS_ABI_MISMATCH);
  EXPECT_EQ(status.message(), "module `test` has ABI version 2, but this runtime speaks 1");
  EXPECT_EQ(module.slots[0], nullptr);
}

TEST(Bind, ShortRecordIsRefused) {
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {"ok"});
  module.record.struct_size = 8;
  EXPECT_EQ(bindWith(module, module.options()).code(), LZ_STATUS_MALFORMED);
}

TEST(Bind, SlotIsTheKernelItself) {
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {"ok"});
  module.bind();
  EXPECT_EQ(module.slots[0], testKernels().find("ok")->entry.execute);
  EXPECT_EQ(module.live.stub, lzrt_live_miss);
  module.bound.reset();
  EXPECT_EQ(module.slots[0](module.call(1)), LZ_STATUS_INTERNAL);
}

TEST(Bind, ObservedSlotTellsTheObserver) {
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {"ok", "ok_last"});
  BindOptions options = module.options();
  options.observeBakedCalls = true;
  ASSERT_TRUE(bindWith(module, options).isOk());
  EXPECT_EQ(module.runBaked(1, 8), LZ_STATUS_OK);
  EXPECT_EQ(module.runBaked(0, 8), LZ_STATUS_OK);
  EXPECT_THAT(module.seen(), ElementsAre("ok_last:0:0", "ok:0:0"));
}

TEST(Bind, ImportsBeyondTheTrampolinesRunUnobserved) {
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, std::vector<std::string>(514, "ok"));
  BindOptions options = module.options();
  options.observeBakedCalls = true;
  ASSERT_TRUE(bindWith(module, options).isOk());
  EXPECT_THAT(
      module.warnings,
      ElementsAre(
          "baked calls of 2 of 514 imported kernels are neither observed nor guarded by breakers, from `ok` on"));
  EXPECT_EQ(module.runBaked(511, 8), LZ_STATUS_OK);
  EXPECT_EQ(module.runBaked(512, 8), LZ_STATUS_OK);
  EXPECT_THAT(module.seen(), ElementsAre("ok:0:0"));
}

TEST(Bind, EveryMissingImportIsNamed) {
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {"ok", "nobody", "nothing"});
  Status status = bindWith(module, module.options());
  EXPECT_EQ(status.code(), LZ_STATUS_NOT_FOUND);
  EXPECT_EQ(status.message(), "module `test` needs kernels that are not loaded: `nobody`, `nothing`; load their "
                              "manifests");
}

TEST(Bind, OtherPolicyIsRefused) {
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {"ok"});
  BindOptions options = module.options();
  options.policy = policyOf("kernel_denies: [ok]\n");
  Status status = bindWith(module, options);
  EXPECT_EQ(status.code(), LZ_STATUS_POLICY_MISMATCH);
  EXPECT_THAT(status.message(), HasSubstr("sites whose decision differs: `model.norm`"));
}

TEST(Bind, OtherPolicyMayBeAWarningThatNamesTheSites) {
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {"ok"});
  BindOptions options = module.options();
  options.policy = policyOf("kernel_denies: [ok]\n");
  options.onMismatch = BindOptions::OnMismatch::Warn;
  ASSERT_TRUE(bindWith(module, options).isOk());
  EXPECT_THAT(module.warnings, ElementsAre(HasSubstr("`model.norm`")));
}

TEST(S4Deny, OfTheProcessReachesBakedCode) {
  for (bool inPlace : {false, true}) {
    TestModule module("fallback_chains: {kv_cache.update: [not_atomic, ok, ok_last]}\n", LZ_OP_KV_CACHE_UPDATE,
                      LZ_MODE_CONFIG, {"not_atomic"}, inPlace);
    BindOptions options = module.options();
    options.policy = policyOf("kernel_denies: [\"not_*\", ok]\n");
    options.onMismatch = BindOptions::OnMismatch::Warn;
    ASSERT_TRUE(bindWith(module, options).isOk());
    EXPECT_EQ(module.runBaked(0, 8), LZ_STATUS_OK) << module.error();
    EXPECT_THAT(module.seen(), ElementsAre("ok_last:0:2"));
    EXPECT_EQ(module.bound->chargedFailures("not_atomic"), 0u);
  }
}

TEST(Bind, OtherPolicyThatDecidesAlikeNamesNoSite) {
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {"ok"});
  BindOptions options = module.options();
  options.policy = policyOf("kernel_denies: [invalid_*]\nkernel_locks: {softmax: ok}\n");
  options.onMismatch = BindOptions::OnMismatch::Warn;
  ASSERT_TRUE(bindWith(module, options).isOk());
  EXPECT_THAT(module.warnings, ElementsAre(HasSubstr("differs: ")));
}

TEST(Bind, PolicyWithTheSameSelectionIsAccepted) {
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {"ok"});
  BindOptions options = module.options();
  options.policy = policyOf("circuit_breaker: {failure_threshold: 9}\n");
  Status status = bindWith(module, options);
  EXPECT_TRUE(status.isOk()) << status.message();
  EXPECT_THAT(module.warnings, IsEmpty());
}

TEST(Bind, MissingKernelSetIsAMismatch) {
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {});
  EXPECT_EQ(bindWith(module, BindOptions()).code(), LZ_STATUS_POLICY_MISMATCH);
}

TEST(Bind, ModuleIsBoundOnceAtATime) {
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {"ok"});
  module.bind();
  std::unique_ptr<BoundModule> second;
  EXPECT_EQ(BoundModule::bind(&module.record, module.options(), &second, nullptr).code(), LZ_STATUS_INVALID_ARGUMENT);
  module.bound.reset();
  module.bind();
}

TEST(Bind, MalformedPolicyOfAModuleIsRefused) {
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {"ok"});
  module.record.policy = "{";
  EXPECT_EQ(bindWith(module, module.options()).code(), LZ_STATUS_MALFORMED);
}

class Parameters : public testing::Test {
protected:
  Parameters() : module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {"ok"}) {
    records = {{"norm.weight", shape, 2, {LZ_CODE_FLOAT, 32, 1}, &slots[0]},
               {"head.weight", shape, 2, {LZ_CODE_FLOAT, 32, 1}, &slots[1]}};
    module.record.parameters = records.data();
    module.record.num_parameters = 2;
    options = module.options();
    options.parameter = [this](const std::string &name, ParameterData *out) {
      if (name != "norm.weight" && !both)
        return Status::error(LZ_STATUS_NOT_FOUND, "parameter `" + name + "` is missing");
      *out = given;
      return Status();
    };
  }
  ~Parameters() override { module.bound.reset(); }
  const int64_t shape[2] = {2, 3};
  alignas(8) float data[8] = {};
  ParameterData given{data, {LZ_CODE_FLOAT, 32, 1}, {2, 3}};
  bool both = true;
  const void *slots[2] = {};
  TestModule module;
  std::vector<lz_parameter_t> records;
  BindOptions options;
};

TEST_F(Parameters, AreBound) {
  ASSERT_TRUE(bindWith(module, options).isOk());
  EXPECT_EQ(slots[0], data);
  module.bound.reset();
  EXPECT_EQ(slots[0], nullptr);
}

TEST_F(Parameters, MissingOneIsNamedAndNothingIsBound) {
  both = false;
  Status status = bindWith(module, options);
  EXPECT_EQ(status.message(), "parameter `head.weight` is missing");
  EXPECT_EQ(slots[0], nullptr);
  EXPECT_EQ(module.slots[0], nullptr);
}

TEST_F(Parameters, WrongShapeNamesBoth) {
  given.shape = {3, 2};
  EXPECT_THAT(bindWith(module, options).message(),
              HasSubstr("parameter `norm.weight` must be float32 [2, 3], got float32 [3, 2]"));
}

TEST_F(Parameters, WrongTypeNamesBoth) {
  given.dtype = {LZ_CODE_BFLOAT, 16, 1};
  EXPECT_THAT(bindWith(module, options).message(), HasSubstr("got bfloat16 [2, 3]"));
}

TEST_F(Parameters, MisalignedDataIsRefused) {
  given.data = reinterpret_cast<char *>(data) + 2;
  EXPECT_THAT(bindWith(module, options).message(), HasSubstr("not aligned to 4 bytes"));
}

TEST(Admit, AssumedFactThatDiffersIsRefused) {
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {"ok"});
  module.record.assumed_facts = "tp_size=1,tenant=acme,requires_deterministic=false";
  module.bind();
  Status status = module.bound->admit(module.context);
  EXPECT_EQ(status.code(), LZ_STATUS_FACT_MISMATCH);
  EXPECT_EQ(status.message(), "module `test` was compiled for `tenant` = \"acme\", but the context has \"\"");
  module.context.known |= LZ_KNOWS_TENANT;
  module.context.tenant = "acme";
  EXPECT_TRUE(module.bound->admit(module.context).isOk());
  module.context.known |= LZ_KNOWS_TP_SIZE;
  module.context.tp_size = 2;
  EXPECT_EQ(module.bound->admit(module.context).code(), LZ_STATUS_FACT_MISMATCH);
}

TEST(Admit, OtherPlatformIsRefused) {
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {"ok"});
  module.bind();
  EXPECT_TRUE(module.bound->admit(module.context).isOk());
  module.context.device = {2, 0};
  EXPECT_THAT(module.bound->admit(module.context).message(), HasSubstr("`platform` = \"cpu\""));
}

TEST(Admit, ContextOfAnotherAbiIsRefused) {
  TestModule module("", LZ_OP_RMS_NORM, LZ_MODE_CONFIG, {"ok"});
  module.bind();
  module.context.abi_version = 7;
  EXPECT_EQ(module.bound->admit(module.context).code(), LZ_STATUS_ABI_MISMATCH);
}

} // namespace
