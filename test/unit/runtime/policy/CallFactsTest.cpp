//===- CallFactsTest.cpp - Facts of arguments, attributes and running calls ---===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lzrt/policy/Facts.h"

#include <gtest/gtest.h>

using namespace lzrt;

namespace {

constexpr lz_dtype_t f32{LZ_CODE_FLOAT, 32, 1}, f16{LZ_CODE_FLOAT, 16, 1};
using Shape = std::vector<std::optional<int64_t>>;
constexpr std::nullopt_t open = std::nullopt;

CallView::Argument tensor(Shape shape, lz_dtype_t dtype = f32, Shape strides = {}) {
  return {true, false, dtype, std::move(shape), std::move(strides)};
}

CallView view(Operation operation, std::vector<CallView::Argument> arguments) {
  CallView made;
  made.operation = operation;
  made.arguments = std::move(arguments);
  made.arguments.resize(argumentsOf(operation).size());
  made.site = "main/op/0";
  return made;
}

CallView attention(lz_layout_t layout, Shape q, Shape k, Shape v) {
  CallView made = view(LZ_OP_ATTENTION_CAUSAL, {tensor(q), tensor(k), tensor(v)});
  made.integers[LZ_ATTR_LAYOUT] = layout;
  made.integers[LZ_ATTR_CAUSAL_ALIGNMENT] = LZ_ALIGNMENT_BOTTOM_RIGHT;
  return made;
}

std::string spell(const FactSet &facts, FactId fact) {
  const Fact &value = facts.get(fact);
  return value.isOpen() ? "open" : value.isAbsent() ? "absent" : toJson(value.value());
}

TEST(CallFacts, AxesFollowTheLayout) {
  FactSet facts = factsOf(attention(LZ_LAYOUT_BHSD, {2, 32, 128, 64}, {2, 8, 256, 64}, {2, 8, 256, 80}));
  std::pair<FactId, const char *> wanted[] = {{LZ_FACT_BATCH_SIZE, "2"},
                                              {LZ_FACT_SEQ_LEN, "128"},
                                              {LZ_FACT_SEQ_LEN_Q, "128"},
                                              {LZ_FACT_SEQ_LEN_K, "256"},
                                              {LZ_FACT_NUM_HEADS, "32"},
                                              {LZ_FACT_NUM_KV_HEADS, "8"},
                                              {LZ_FACT_HEAD_DIM, "64"},
                                              {LZ_FACT_HEAD_DIM_V, "80"},
                                              {LZ_FACT_ENABLE_GQA, "true"},
                                              {LZ_FACT_LAYOUT, "\"BHSD\""},
                                              {LZ_FACT_CAUSAL_ALIGNMENT, "\"bottom_right\""},
                                              {LZ_FACT_HAS_MASK, "false"},
                                              {LZ_FACT_DROPOUT_P, "0"},
                                              {LZ_FACT_DTYPE, "\"float32\""},
                                              {LZ_FACT_IS_CONTIGUOUS, "true"},
                                              {LZ_FACT_STRIDE_LAST_DIM, "1"},
                                              {LZ_FACT_SITE, "\"main/op/0\""},
                                              {LZ_FACT_TENANT, "open"},
                                              {LZ_FACT_PLATFORM, "open"}};
  for (auto [fact, value] : wanted)
    EXPECT_EQ(spell(facts, fact), value) << factName(fact);
}

TEST(CallFacts, OpenExtentsAreOpenAndAreNotDerived) {
  CallView call = attention(LZ_LAYOUT_BSHD, {open, open, 32, 64}, {open, open, 32, 64}, {open, open, 32, open});
  FactSet facts = factsOf(call);
  EXPECT_EQ(spell(facts, LZ_FACT_BATCH_SIZE), "open");
  EXPECT_EQ(spell(facts, LZ_FACT_HEAD_DIM_V), "open");
  EXPECT_EQ(spell(facts, LZ_FACT_ENABLE_GQA), "false");
  EXPECT_EQ(extentsOf(call, LZ_FACT_SEQ_LEN_Q), (std::vector<std::pair<unsigned, unsigned>>{{0, 1}}));
  EXPECT_EQ(extentsOf(call, LZ_FACT_HEAD_DIM_V), (std::vector<std::pair<unsigned, unsigned>>{{2, 3}}));
  EXPECT_TRUE(extentsOf(call, LZ_FACT_DTYPE).empty());
}

TEST(CallFacts, ALayoutWithoutBatchHasNoBatchSize) {
  FactSet facts = factsOf(attention(LZ_LAYOUT_NHD, {128, 32, 64}, {128, 32, 64}, {128, 32, 64}));
  EXPECT_EQ(spell(facts, LZ_FACT_BATCH_SIZE), "absent");
  EXPECT_EQ(spell(facts, LZ_FACT_SEQ_LEN), "128");
}

TEST(CallFacts, ARowwiseOperationReadsItsRank) {
  auto facts = [](Shape shape) { return factsOf(view(LZ_OP_RMS_NORM, {tensor(shape), tensor({64})})); };
  EXPECT_EQ(spell(facts({4, 7, 64}), LZ_FACT_BATCH_SIZE), "4");
  EXPECT_EQ(spell(facts({4, 7, 64}), LZ_FACT_SEQ_LEN), "7");
  EXPECT_EQ(spell(facts({4, 7, 64}), LZ_FACT_NUM_TOKENS), "28");
  EXPECT_EQ(spell(facts({4, open, 64}), LZ_FACT_NUM_TOKENS), "open");
  EXPECT_EQ(spell(facts({4, 64}), LZ_FACT_SEQ_LEN), "absent");
  EXPECT_EQ(spell(facts({4, 64}), LZ_FACT_BATCH_SIZE), "4");
  EXPECT_EQ(spell(facts({64}), LZ_FACT_BATCH_SIZE), "absent");
  EXPECT_EQ(spell(facts({64}), LZ_FACT_NUM_TOKENS), "1");
  EXPECT_EQ(spell(facts({64}), LZ_FACT_HIDDEN_SIZE), "64");
}

TEST(CallFacts, MatmulSeesThroughTransposes) {
  CallView call = view(LZ_OP_MATMUL, {tensor({3, 5}), tensor({7, 5}, f16)});
  call.integers[LZ_ATTR_TRANSPOSE_B] = 1;
  FactSet facts = factsOf(call);
  EXPECT_EQ(spell(facts, LZ_FACT_M), "3");
  EXPECT_EQ(spell(facts, LZ_FACT_N), "7");
  EXPECT_EQ(spell(facts, LZ_FACT_K), "5");
  EXPECT_EQ(spell(facts, LZ_FACT_WEIGHT_DTYPE), "\"float16\"");
  call = view(LZ_OP_MATMUL, {tensor({5, 3}), tensor({5, 7})});
  call.integers[LZ_ATTR_TRANSPOSE_A] = 1;
  EXPECT_EQ(spell(factsOf(call), LZ_FACT_M), "3");
  EXPECT_EQ(spell(factsOf(call), LZ_FACT_N), "7");
  EXPECT_EQ(spell(factsOf(call), LZ_FACT_K), "5");
}

TEST(CallFacts, APagedCacheStandsInTheLayoutsOrder) {
  CallView call =
      view(LZ_OP_ATTENTION_DECODE, {tensor({2, 32, 1, 64}), tensor({100, 8, 16, 64}), tensor({100, 8, 16, 80})});
  call.integers[LZ_ATTR_LAYOUT] = LZ_LAYOUT_BHSD;
  call.integers[LZ_ATTR_KV_LAYOUT] = LZ_KV_LAYOUT_PAGED;
  EXPECT_EQ(spell(factsOf(call), LZ_FACT_NUM_KV_HEADS), "8");
  EXPECT_EQ(spell(factsOf(call), LZ_FACT_NUM_HEADS), "32");
  EXPECT_EQ(spell(factsOf(call), LZ_FACT_KV_LAYOUT), "\"paged\"");
  EXPECT_EQ(spell(factsOf(call), LZ_FACT_SEQ_LEN_K), "open");
}

TEST(CallFacts, ContiguityIsKleeneOverTheArguments) {
  auto contiguous = [](Shape shape, Shape strides) {
    return spell(factsOf(view(LZ_OP_SILU, {tensor(shape, f32, strides), tensor({2, 3})})), LZ_FACT_IS_CONTIGUOUS);
  };
  EXPECT_EQ(contiguous({2, 3}, {3, 1}), "true");
  EXPECT_EQ(contiguous({2, 3}, {4, 1}), "false");
  EXPECT_EQ(contiguous({1, 3}, {99, 1}), "true");
  EXPECT_EQ(contiguous({0, 3}, {99, 7}), "true");
  EXPECT_EQ(contiguous({2, 3}, {open, 1}), "open");
  EXPECT_EQ(contiguous({2, 3}, {open, 2}), "false");
  EXPECT_EQ(contiguous({2, open}, {3, 1}), "open");
}

TEST(CallFacts, ProductsSaturate) {
  FactSet facts = factsOf(view(LZ_OP_SILU, {tensor({int64_t(1) << 40, int64_t(1) << 40, 8}), tensor({})}));
  EXPECT_EQ(spell(facts, LZ_FACT_NUM_TOKENS), "9223372036854775807");
}

/// A silu call with an open first extent on `context`.
struct Running {
  int64_t shape[2] = {LZ_DYNAMIC, 64}, strides[2] = {LZ_DYNAMIC, 1};
  lz_argument_t arguments[2] = {};
  lz_site_t site{};
  struct {
    lz_call_t head;
    void *data[2];
    int64_t dims[3];
  } block{};

  explicit Running(lz_context_t *context) {
    arguments[0] = {f16, 2, LZ_ARGUMENT_PRESENT | LZ_ARGUMENT_READ, 0, 0, 0, 16, shape, strides, 0};
    arguments[1] = {f16, 2, LZ_ARGUMENT_PRESENT | LZ_ARGUMENT_WRITTEN, 1, 2, 0, 16, shape, nullptr, 0};
    site.operation = LZ_OP_SILU;
    site.num_arguments = 2;
    site.num_data = 2;
    site.num_dims = 3;
    site.arguments = arguments;
    site.name = "main/silu/0";
    block = {{context, &site, nullptr, 0}, {nullptr, nullptr}, {5, 128, 5}};
  }
};

TEST(RunningCall, ReadsBlockAndContextAndLeavesNothingOpen) {
  lz_context_t context{};
  context.device = {2, 3};
  context.known = LZ_KNOWS_TP_SIZE | LZ_KNOWS_TENANT | LZ_KNOWS_SM | LZ_KNOWS_REQUIRES_DETERMINISTIC;
  context.tp_size = 8;
  context.sm = 90;
  context.tenant = "acme";
  context.requires_deterministic = 1;
  Running running(&context);
  FactSet facts = factsOf(&running.block.head);
  std::pair<FactId, const char *> wanted[] = {{LZ_FACT_BATCH_SIZE, "5"},
                                              {LZ_FACT_NUM_TOKENS, "5"},
                                              {LZ_FACT_HIDDEN_SIZE, "64"},
                                              {LZ_FACT_SEQ_LEN, "absent"},
                                              {LZ_FACT_DTYPE, "\"float16\""},
                                              {LZ_FACT_IS_CONTIGUOUS, "false"},
                                              {LZ_FACT_STRIDE_LAST_DIM, "1"},
                                              {LZ_FACT_DEVICE, "\"cuda:3\""},
                                              {LZ_FACT_PLATFORM, "\"cuda\""},
                                              {LZ_FACT_TP_SIZE, "8"},
                                              {LZ_FACT_PP_SIZE, "1"},
                                              {LZ_FACT_TENANT, "\"acme\""},
                                              {LZ_FACT_SM, "90"},
                                              {LZ_FACT_ARCH, "absent"},
                                              {LZ_FACT_SITE, "\"main/silu/0\""},
                                              {LZ_FACT_REQUIRES_DETERMINISTIC, "true"},
                                              {LZ_FACT_IS_CUDA_GRAPH_CAPTURING, "false"}};
  for (auto [fact, value] : wanted)
    EXPECT_EQ(spell(facts, fact), value) << factName(fact);
  for (const SchemaRow &row : schemaOf(LZ_OP_SILU))
    if (row.source != LZ_SOURCE_CANDIDATE)
      EXPECT_FALSE(facts.get(row.fact).isOpen()) << factName(row.fact);
  CallView view = viewOf(&running.block.head);
  EXPECT_TRUE(view.arguments[1].written);
  EXPECT_TRUE(view.arguments[1].strides.empty());
}

TEST(RunningCall, TheDeviceOfAContextIsNamedAsPoliciesDo) {
  lz_context_t context{};
  context.device = {1, 0};
  Running running(&context);
  EXPECT_EQ(spell(factsOf(&running.block.head), LZ_FACT_DEVICE), "\"cpu\"");
  EXPECT_EQ(spell(factsOf(&running.block.head), LZ_FACT_PLATFORM), "\"cpu\"");
  context.known = LZ_KNOWS_DEVICE | LZ_KNOWS_PLATFORM | LZ_KNOWS_ARCH | LZ_KNOWS_RANK | LZ_KNOWS_PP_SIZE |
                  LZ_KNOWS_IS_CUDA_GRAPH_CAPTURING;
  context.device_name = "hpu:1";
  context.platform = "hpu";
  context.arch = "gaudi";
  context.rank = 2;
  context.pp_size = 4;
  context.is_cuda_graph_capturing = 1;
  FactSet facts = factsOf(&running.block.head);
  EXPECT_EQ(spell(facts, LZ_FACT_DEVICE), "\"hpu:1\"");
  EXPECT_EQ(spell(facts, LZ_FACT_PLATFORM), "\"hpu\"");
  EXPECT_EQ(spell(facts, LZ_FACT_ARCH), "\"gaudi\"");
  EXPECT_EQ(spell(facts, LZ_FACT_RANK), "2");
  EXPECT_EQ(spell(facts, LZ_FACT_PP_SIZE), "4");
  EXPECT_EQ(spell(facts, LZ_FACT_IS_CUDA_GRAPH_CAPTURING), "true");
}

} // namespace
