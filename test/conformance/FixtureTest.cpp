//===- FixtureTest.cpp - Every kernel on stored results of PyTorch --------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Catalogue.h"
#include "Npz.h"
#include "RandomCase.h"
#include "TestContext.h"

#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <cstdio>

using namespace lz::test;

namespace {

/// The names of an operation's slots, in order.
std::vector<std::string> slotNamesOf(lz_operation_t operation) {
  struct Row {
    lz_operation_t operation;
    const char *name;
  };
  static constexpr Row rows[] = {
#define LZ_X(op, slot, name, role) {LZ_OP_##op, name},
      LZ_ARGUMENTS(LZ_X)
#undef LZ_X
  };
  std::vector<std::string> names;
  for (const Row &row : rows)
    if (row.operation == operation)
      names.push_back(row.name);
  return names;
}

lz_operation_t operationNamed(const std::string &name) {
  for (int i = 0; i < LZ_OP_COUNT; ++i)
    if (name == nameOf(lz_operation_t(i)))
      return lz_operation_t(i);
  throw std::runtime_error("unknown operation `" + name + "`");
}

struct Fixture {
  std::string file;
  Case call;
  std::map<unsigned, std::vector<double>> expected;
};

int64_t reductionOf(const Fixture &fixture) {
  const auto &arguments = fixture.call.arguments;
  switch (fixture.call.operation) {
  case LZ_OP_ATTENTION_CAUSAL:
  case LZ_OP_ATTENTION_FULL:
  case LZ_OP_ATTENTION_CROSS:
  case LZ_OP_ATTENTION_SLIDING_WINDOW: // BHSD
    return arguments.at(1).shape[2] + arguments.at(0).shape[3];
  case LZ_OP_SWIGLU:
  case LZ_OP_GEGLU:
  case LZ_OP_GELU:
    return 1;
  case LZ_OP_ROPE:
  case LZ_OP_ROPE_INTERLEAVED:
    return 2;
  default:
    return arguments.at(0).shape.back();
  }
}

/// The operation of an entry: the index has both rotations as one operation with a flag.
lz_operation_t operationIn(const YAML::Node &entry) {
  lz_operation_t operation = operationNamed(entry["op"].as<std::string>());
  return operation == LZ_OP_ROPE && entry["interleaved"].as<bool>(false) ? LZ_OP_ROPE_INTERLEAVED : operation;
}

void readAttributes(const YAML::Node &entry, Case &call) {
  if (entry["layout"])
    call.integers[LZ_ATTR_LAYOUT] = entry["layout"].as<std::string>() == "BHSD" ? LZ_LAYOUT_BHSD : LZ_LAYOUT_BSHD;
  if (entry["causal_alignment"])
    call.integers[LZ_ATTR_CAUSAL_ALIGNMENT] =
        entry["causal_alignment"].as<std::string>() == "top_left" ? LZ_ALIGNMENT_TOP_LEFT : LZ_ALIGNMENT_BOTTOM_RIGHT;
  if (entry["window"]) {
    call.integers[LZ_ATTR_WINDOW_SIZE] = entry["window"].as<int64_t>();
    call.integers[LZ_ATTR_CAUSAL_ALIGNMENT] = LZ_ALIGNMENT_TOP_LEFT; // as many queries as keys: both mean the same
  }
  if (entry["approximate"])
    call.integers[LZ_ATTR_APPROXIMATE] = entry["approximate"].as<std::string>() == "tanh";
  if (entry["ignore_index"])
    call.integers[LZ_ATTR_IGNORE_INDEX] = entry["ignore_index"].as<int64_t>();
  if (entry["scale"])
    call.reals[LZ_ATTR_SCALE] = entry["scale"].as<double>();
  if (entry["softcap"])
    call.reals[LZ_ATTR_SOFTCAP] = entry["softcap"].as<double>();
  if (entry["eps"])
    call.reals[LZ_ATTR_EPSILON] = entry["eps"].as<double>();
}

Fixture readFixture(const YAML::Node &entry) {
  Fixture fixture;
  fixture.file = entry["file"].as<std::string>();
  fixture.call.operation = operationIn(entry);
  readAttributes(entry, fixture.call);
  auto arrays = readNpz(std::string(LZ_TEST_FIXTURE_DIR) + "/" + fixture.file);
  std::vector<std::string> names = slotNamesOf(fixture.call.operation);
  auto roles = rolesOf(fixture.call.operation);
  for (unsigned slot = 0; slot < names.size(); ++slot) {
    auto array = arrays.extract(names[slot] == "targets" ? "labels" : names[slot]);
    if (array.empty())
      continue;
    CaseArgument &argument = fixture.call.arguments[slot];
    argument.element = array.mapped().integers ? Element::I64 : Element::F32;
    argument.shape = array.mapped().shape;
    argument.output = roles[slot] == LZ_ROLE_OUT;
    (argument.output ? fixture.expected[slot] : argument.values) = array.mapped().values;
  }
  if (!arrays.empty())
    throw std::runtime_error(fixture.file + ": no slot is called `" + arrays.begin()->first + "`");
  for (auto &[slot, argument] : fixture.call.arguments)
    argument.reduction = argument.output ? reductionOf(fixture) : 1;
  return fixture;
}

std::vector<Fixture> readFixtures() {
  std::vector<Fixture> fixtures;
  for (const auto &entry : YAML::LoadFile(std::string(LZ_TEST_FIXTURE_DIR) + "/index.json"))
    fixtures.push_back(readFixture(entry));
  return fixtures;
}

TEST(Fixtures, everyKernelGivesWhatPyTorchGave) {
  std::map<const CatalogueKernel *, double> worst;
  std::set<lz_operation_t> seen;
  ThreadExecutor executor(2);
  for (const Fixture &fixture : readFixtures()) {
    seen.insert(fixture.call.operation);
    for (const CatalogueKernel *kernel : kernelsOf(fixture.call.operation)) {
      Instance instance(fixture.call);
      TestContext context(&executor);
      ASSERT_EQ(instance.run(kernel->entry->execute, context.get()), LZ_STATUS_OK)
          << kernel->name << ": " << fixture.file;
      EXPECT_TRUE(instance.intact(false)) << kernel->name << ": " << fixture.file;
      for (const auto &[slot, values] : fixture.expected) {
        double ratio = errorRatio(fixture.call.arguments.at(slot), instance.buffer(slot).values(), values);
        EXPECT_LE(ratio, 1) << kernel->name << " output #" << slot << ": " << fixture.file;
        worst[kernel] = std::max(worst[kernel], ratio);
      }
    }
  }
  for (const auto &[kernel, ratio] : worst)
    std::printf("%-25s worst error %.3f of the bound\n", kernel->name.c_str(), ratio);
  for (lz_operation_t operation :
       {LZ_OP_SILU, LZ_OP_GROUP_NORM, LZ_OP_ALIBI, LZ_OP_MATMUL, LZ_OP_EMBEDDING, LZ_OP_SAMPLE_GREEDY,
        LZ_OP_SAMPLE_TOP_K, LZ_OP_SAMPLE_TOP_P, LZ_OP_ATTENTION_PREFILL, LZ_OP_ATTENTION_DECODE, LZ_OP_KV_CACHE_UPDATE})
    seen.insert(operation); // these have none; CacheTest.cpp ties the cached ones to attention.causal
  for (lz_operation_t operation : knownOperations())
    EXPECT_TRUE(seen.count(operation)) << nameOf(operation) << " has no fixture";
}

} // namespace
