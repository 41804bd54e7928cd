//===- ManyRules.cpp - A policy of many rules, and calls under it ----------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ManyRules.h"

#include "lzrt/policy/Reader.h"

#include <cstdio>
#include <cstdlib>

namespace bench {
namespace {

constexpr lzrt::Operation operation = LZ_OP_ATTENTION_CAUSAL;
const char *const dtypes[] = {"float16", "bfloat16", "float32"};
const char *const tenants[] = {"acme", "globex", "initech", "umbrella", ""};

class Draw {
public:
  explicit Draw(unsigned seed) : engine(seed) {}
  unsigned below(unsigned bound) { return unsigned(engine() % bound); }
  template <typename T, size_t n> const T &oneOf(const T (&list)[n]) { return list[below(n)]; }
  std::string number(unsigned value) { return std::to_string(value); }

private:
  std::mt19937_64 engine;
};

std::string kernelName(unsigned index) {
  char name[32];
  std::snprintf(name, sizeof name, "attention_k%03u", index);
  return name;
}

/// Two to four conditions; the interval of lengths is narrow, so that most rules pass most calls by.
std::string conditionsText(Draw &draw) {
  std::string text = "      dtype: " + std::string(draw.oneOf(dtypes)) + "\n";
  unsigned low = draw.below(120) * 64;
  text += "      seq_len_q_gte: " + draw.number(low) + "\n";
  text += "      seq_len_q_lt: " + draw.number(low + 64 * (1 + draw.below(12))) + "\n";
  switch (draw.below(5)) {
  case 0:
    return text + "      head_dim_in: [64, 128]\n";
  case 1:
    return text + "      batch_size_lte: " + draw.number(1 << draw.below(7)) + "\n";
  case 2:
    return text + "      num_heads_multiple_of: " + draw.number(4 << draw.below(3)) + "\n";
  case 3:
    return text + "      tenant: \"" + draw.oneOf(tenants) + "\"\n";
  default:
    return text + "      head_dim: " + draw.number(32 << draw.below(4)) + "\n";
  }
}

[[noreturn]] void fail(const lzrt::Diagnostics &diagnostics) {
  std::fputs(diagnostics.render().c_str(), stderr);
  std::exit(1);
}

} // namespace

std::string policyText(unsigned rules, unsigned kernels) {
  Draw draw(7);
  std::string text = "version: \"1.0\"\ndefaults:\n  fallback_policy: " + kernelName(0) + "\ndispatch_rules:\n";
  for (unsigned i = 0; i < rules; ++i) {
    text += "  - name: rule_" + draw.number(i) +
            "\n    operation: \"attention.causal\"\n    kernel: " + kernelName(draw.below(kernels)) +
            "\n    priority: " + draw.number(draw.below(1000)) + "\n    conditions:\n" + conditionsText(draw);
  }
  return text;
}

std::string manifestText(unsigned kernels) {
  Draw draw(8);
  std::string text = "version: \"1.0\"\nlibrary: libbench.so\nkernels:\n";
  for (unsigned i = 0; i < kernels; ++i) {
    text += "  - name: " + kernelName(i) + "\n    operations: [\"attention.causal\"]\n    symbol: " + kernelName(i) +
            "\n    deterministic: " + (draw.below(2) == 0 || i == 0 ? "true" : "false") +
            "\n    graph_capture_safe: true\n";
    if (i != 0)
      text += "    requires: {head_dim_lte: " + draw.number(128 << draw.below(2)) + "}\n";
  }
  return text;
}

std::shared_ptr<const lzrt::Policy> parsePolicy(const std::string &text) {
  lzrt::Diagnostics diagnostics;
  std::shared_ptr<const lzrt::Policy> policy = lzrt::parsePolicy(text, "bench.yaml", "", diagnostics);
  if (!policy)
    fail(diagnostics);
  return policy;
}

std::shared_ptr<const lzrt::KernelSet> parseKernels(const std::string &text) {
  lzrt::Diagnostics diagnostics;
  std::optional<lzrt::Manifest> manifest = lzrt::parseManifest(text, "kernels.yaml", diagnostics);
  std::shared_ptr<const lzrt::KernelSet> kernels =
      manifest ? lzrt::KernelSet::create({std::move(*manifest)}, diagnostics) : nullptr;
  if (!kernels)
    fail(diagnostics);
  return kernels;
}

lzrt::FactSet siteFacts() { return lzrt::FactSet(operation); }

std::vector<lzrt::FactSet> drawCalls(unsigned count) {
  Draw draw(9);
  auto integer = [](unsigned value) { return lzrt::Fact::known(int64_t(value)); };
  std::vector<lzrt::FactSet> calls;
  for (unsigned i = 0; i < count; ++i) {
    lzrt::FactSet facts(operation);
    unsigned heads = 4u * (1 + draw.below(8)), length = 1 + draw.below(9000);
    facts.set(LZ_FACT_BATCH_SIZE, integer(1 + draw.below(64)));
    facts.set(LZ_FACT_SEQ_LEN_Q, integer(length));
    facts.set(LZ_FACT_SEQ_LEN_K, integer(length));
    facts.set(LZ_FACT_HEAD_DIM, integer(32u << draw.below(4)));
    facts.set(LZ_FACT_NUM_HEADS, integer(heads));
    facts.set(LZ_FACT_NUM_KV_HEADS, integer(heads));
    facts.set(LZ_FACT_DTYPE, lzrt::Fact::known(std::string(draw.oneOf(dtypes))));
    facts.set(LZ_FACT_LAYOUT, lzrt::Fact::known(std::string("BSHD")));
    facts.set(LZ_FACT_DEVICE, lzrt::Fact::known(std::string("cpu")));
    facts.set(LZ_FACT_TENANT, lzrt::Fact::known(std::string(draw.oneOf(tenants))));
    facts.set(LZ_FACT_REQUIRES_DETERMINISTIC, lzrt::Fact::known(draw.below(4) == 0));
    facts.complete();
    for (const lzrt::SchemaRow &row : lzrt::schemaOf(operation))
      if (row.source != LZ_SOURCE_CANDIDATE && facts.get(row.fact).isOpen())
        facts.set(row.fact, lzrt::Fact::absent());
    calls.push_back(std::move(facts));
  }
  return calls;
}

} // namespace bench
