//===- RefusalTest.cpp - Calls that are at fault or out of memory ---------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A kernel relies on nothing that it has not checked: each call here is a sound one with one thing spoilt.
//
//===----------------------------------------------------------------------===//

#include "Catalogue.h"
#include "RandomCase.h"
#include "TestContext.h"

#include <gtest/gtest.h>

#include <functional>

using namespace lz::test;
using lz::kernels::Element;

namespace {

/// A small sound call that every kernel of the operation does.
Case soundCase(lz_operation_t operation) {
  CaseGenerator generator(operation);
  for (;;) {
    Case drawn = generator.draw(operation);
    bool small = drawn.contiguous();
    for (const auto &[slot, argument] : drawn.arguments)
      small &= argument.count() > 1 && (argument.element == Element::F32 || argument.element == Element::I64);
    if (small)
      return drawn;
  }
}

class Refusal : public testing::TestWithParam<lz_operation_t> {
protected:
  /// Runs every kernel on the spoilt call; each must answer `status` and write nothing.
  void expectStatus(const Case &given, int32_t status, const std::function<void(Instance &)> &spoil) {
    for (const CatalogueKernel *kernel : kernelsOf(GetParam())) {
      Instance instance(given);
      spoil(instance);
      TestContext context(nullptr);
      EXPECT_EQ(instance.run(kernel->entry->execute, context.get()), status)
          << kernel->name << ": " << given.describe();
      EXPECT_TRUE(instance.intact(true)) << kernel->name << " wrote: " << given.describe();
      EXPECT_EQ(context.liveBlocks(), 0) << kernel->name;
    }
  }
};

TEST_P(Refusal, soundCallIsDone) {
  Case given = soundCase(GetParam());
  for (const CatalogueKernel *kernel : kernelsOf(GetParam())) {
    Instance instance(given);
    TestContext context(nullptr);
    EXPECT_EQ(instance.run(kernel->entry->execute, context.get()), LZ_STATUS_OK) << kernel->name << given.describe();
  }
}

TEST_P(Refusal, missingArgumentIsInvalid) {
  Case given = soundCase(GetParam());
  auto roles = rolesOf(GetParam());
  for (unsigned slot = 0; slot < roles.size(); ++slot)
    if (roles[slot] == LZ_ROLE_IN || roles[slot] == LZ_ROLE_OUT || roles[slot] == LZ_ROLE_INOUT)
      expectStatus(given, LZ_STATUS_INVALID_ARGUMENT, [&](Instance &instance) { instance.builder.remove(slot); });
}

TEST_P(Refusal, nullPointerIsInvalid) {
  Case given = soundCase(GetParam());
  for (const auto &entry : given.arguments)
    expectStatus(given, LZ_STATUS_INVALID_ARGUMENT, [&](Instance &instance) {
      instance.builder.tensor(entry.first, nullptr, dtypeOf(entry.second.element), entry.second.shape);
    });
}

TEST_P(Refusal, unknownElementTypeIsUnsupported) {
  Case given = soundCase(GetParam());
  expectStatus(given, LZ_STATUS_UNSUPPORTED, [&](Instance &instance) {
    instance.builder.tensor(0, instance.buffer(0).data(), {LZ_CODE_FLOAT8_E4M3FN, 8, 1}, given.arguments.at(0).shape);
  });
}

TEST_P(Refusal, otherRankIsInvalid) {
  Case given = soundCase(GetParam());
  for (const auto &[slot, argument] : given.arguments) {
    std::vector<int64_t> shape = argument.shape;
    shape.insert(shape.begin(), 1);
    if (GetParam() == LZ_OP_EMBEDDING && slot == 1)
      continue; // then the output's rank is at fault, which its own turn shows
    expectStatus(given, LZ_STATUS_INVALID_ARGUMENT, [&](Instance &instance) {
      instance.builder.tensor(slot, instance.buffer(slot).data(), dtypeOf(argument.element), shape);
    });
  }
}

TEST_P(Refusal, negativeOrOverflowingExtentIsInvalid) {
  Case given = soundCase(GetParam());
  for (int64_t extent : {int64_t(-1), INT64_MIN + 1, int64_t(1) << 62})
    for (const auto &[slot, argument] : given.arguments) {
      std::vector<int64_t> shape = argument.shape;
      shape.back() = extent;
      expectStatus(given, LZ_STATUS_INVALID_ARGUMENT, [&](Instance &instance) {
        instance.builder.tensor(slot, instance.buffer(slot).data(), dtypeOf(argument.element), shape, {},
                                CallBuilder::Open::Extents);
      });
    }
}

TEST_P(Refusal, outputOfAnotherShapeIsInvalid) {
  Case given = soundCase(GetParam());
  for (const auto &[slot, argument] : given.arguments) {
    if (!argument.output)
      continue;
    for (size_t i = 0; i < argument.shape.size(); ++i) {
      std::vector<int64_t> shape = argument.shape;
      ++shape[i];
      expectStatus(given, LZ_STATUS_INVALID_ARGUMENT, [&](Instance &instance) {
        instance.builder.tensor(slot, instance.buffer(slot).data(), dtypeOf(argument.element), shape);
      });
    }
  }
}

TEST_P(Refusal, missingMandatoryAttributeIsInvalid) {
  Case given = soundCase(GetParam());
  const bool windowed = GetParam() == LZ_OP_ATTENTION_SLIDING_WINDOW; // with a cache it is optional
  for (int32_t id : {LZ_ATTR_LAYOUT, LZ_ATTR_CAUSAL_ALIGNMENT, LZ_ATTR_WINDOW_SIZE, LZ_ATTR_GROUPS, LZ_ATTR_APPROXIMATE,
                     LZ_ATTR_TOP_K, LZ_ATTR_KV_LAYOUT})
    if (given.integers.count(id) && (id != LZ_ATTR_WINDOW_SIZE || windowed))
      expectStatus(given, LZ_STATUS_INVALID_ARGUMENT,
                   [&](Instance &instance) { instance.builder.removeAttribute(id); });
  for (int32_t id : {LZ_ATTR_EPSILON, LZ_ATTR_TOP_P})
    if (given.reals.count(id))
      expectStatus(given, LZ_STATUS_INVALID_ARGUMENT,
                   [&](Instance &instance) { instance.builder.removeAttribute(id); });
}

TEST_P(Refusal, foreignOperationIsUnsupported) {
  Case given = soundCase(GetParam());
  for (const CatalogueKernel *kernel : kernelsOf(GetParam())) {
    Instance instance(given);
    TestContext context(nullptr);
    lz_call_t *call = instance.builder.build(context.get());
    instance.builder.site.operation = GetParam() == LZ_OP_KV_CACHE_UPDATE ? LZ_OP_EMBEDDING : LZ_OP_KV_CACHE_UPDATE;
    EXPECT_EQ(kernel->entry->execute(call), LZ_STATUS_UNSUPPORTED) << kernel->name;
    EXPECT_TRUE(instance.intact(true)) << kernel->name;
  }
}

TEST_P(Refusal, exhaustedAllocatorIsOutOfMemoryOrNotNeeded) {
  Case given = soundCase(GetParam());
  for (const CatalogueKernel *kernel : kernelsOf(GetParam())) {
    Instance instance(given);
    TestContext context(nullptr);
    context.exhaust();
    int32_t status = instance.run(kernel->entry->execute, context.get());
    EXPECT_TRUE(status == LZ_STATUS_OK || status == LZ_STATUS_OUT_OF_MEMORY) << kernel->name << ": " << status;
    EXPECT_TRUE(instance.intact(status != LZ_STATUS_OK)) << kernel->name;
  }
}

INSTANTIATE_TEST_SUITE_P(Operations, Refusal, testing::ValuesIn(knownOperations()), [](const auto &info) {
  std::string name = nameOf(info.param);
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
});

TEST(EmbeddingRefusal, idOutOfRangeIsInvalidAndWritesNothing) {
  for (double id : {-1.0, 1e9}) {
    Case given = soundCase(LZ_OP_EMBEDDING);
    given.arguments.at(1).values.back() = id;
    for (const CatalogueKernel *kernel : kernelsOf(LZ_OP_EMBEDDING)) {
      Instance instance(given);
      TestContext context(nullptr);
      EXPECT_EQ(instance.run(kernel->entry->execute, context.get()), LZ_STATUS_INVALID_ARGUMENT) << kernel->name;
      EXPECT_TRUE(instance.intact(true)) << kernel->name;
    }
  }
}

TEST(CrossEntropyRefusal, targetThatIsNoTokenIsInvalidAndWritesNothing) {
  for (double target : {-1.0, -101.0, 1e9}) {
    Case given = soundCase(LZ_OP_CROSS_ENTROPY);
    given.arguments.at(1).values.back() = target;
    for (const CatalogueKernel *kernel : kernelsOf(LZ_OP_CROSS_ENTROPY)) {
      Instance instance(given);
      TestContext context(nullptr);
      EXPECT_EQ(instance.run(kernel->entry->execute, context.get()), LZ_STATUS_INVALID_ARGUMENT) << kernel->name;
      EXPECT_TRUE(instance.intact(true)) << kernel->name;
    }
  }
}

TEST(SampleRefusal, limitsOutOfRangeAreInvalid) {
  auto refuses = [](lz_operation_t operation, const std::function<void(Case &)> &spoil) {
    Case given = soundCase(operation);
    spoil(given);
    for (const CatalogueKernel *kernel : kernelsOf(operation)) {
      Instance instance(given);
      EXPECT_EQ(instance.run(kernel->entry->execute, nullptr), LZ_STATUS_INVALID_ARGUMENT) << kernel->name;
      EXPECT_TRUE(instance.intact(true)) << kernel->name;
    }
  };
  for (int64_t limit : {0, -1})
    refuses(LZ_OP_SAMPLE_TOP_K, [&](Case &given) { given.integers[LZ_ATTR_TOP_K] = limit; });
  for (double limit : {0.0, -1.0, 1.5, double(NAN)})
    refuses(LZ_OP_SAMPLE_TOP_P, [&](Case &given) { given.reals[LZ_ATTR_TOP_P] = limit; });
  for (double temperature : {0.0, -1.0, double(INFINITY), double(NAN)})
    refuses(LZ_OP_SAMPLE_TOP_K, [&](Case &given) { given.reals[LZ_ATTR_TEMPERATURE] = temperature; });
}

TEST(ActivationRefusal, unknownApproximationIsInvalid) {
  for (int64_t approximation : {-1, 2}) {
    Case given = soundCase(LZ_OP_GELU);
    given.integers[LZ_ATTR_APPROXIMATE] = approximation;
    for (const CatalogueKernel *kernel : kernelsOf(LZ_OP_GELU)) {
      Instance instance(given);
      EXPECT_EQ(instance.run(kernel->entry->execute, nullptr), LZ_STATUS_INVALID_ARGUMENT) << kernel->name;
      EXPECT_TRUE(instance.intact(true)) << kernel->name;
    }
  }
}

TEST(NormRefusal, channelsThatDoNotFillTheirGroupsAreInvalid) {
  Case given = soundCase(LZ_OP_GROUP_NORM);
  for (int64_t groups : {int64_t(0), int64_t(-1), given.arguments.at(1).count() + 1}) {
    given.integers[LZ_ATTR_GROUPS] = groups;
    for (const CatalogueKernel *kernel : kernelsOf(LZ_OP_GROUP_NORM)) {
      Instance instance(given);
      EXPECT_EQ(instance.run(kernel->entry->execute, nullptr), LZ_STATUS_INVALID_ARGUMENT) << kernel->name;
      EXPECT_TRUE(instance.intact(true)) << kernel->name;
    }
  }
}

TEST(AttentionRefusal, dropoutIsUnsupported) {
  Case given = soundCase(LZ_OP_ATTENTION_FULL);
  given.reals[LZ_ATTR_DROPOUT_P] = 0.1;
  for (const CatalogueKernel *kernel : kernelsOf(LZ_OP_ATTENTION_FULL)) {
    Instance instance(given);
    TestContext context(nullptr);
    EXPECT_EQ(instance.run(kernel->entry->execute, context.get()), LZ_STATUS_UNSUPPORTED) << kernel->name;
  }
}

TEST(AbsentContext, everyKernelRunsWithoutOne) {
  for (lz_operation_t operation : knownOperations()) {
    Case given = soundCase(operation);
    for (const CatalogueKernel *kernel : kernelsOf(operation)) {
      Instance instance(given);
      EXPECT_EQ(instance.run(kernel->entry->execute, nullptr), LZ_STATUS_OK) << kernel->name;
    }
  }
}

} // namespace
