//===- ManifestTest.cpp - Kernel manifests and sets of them -----*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ReaderTesting.h"

using namespace lzrt;
using namespace lzrt::testing;

namespace {
std::optional<Manifest> readManifest(const std::string &text) {
  Diagnostics diagnostics;
  std::optional<Manifest> manifest = parseManifest(text, "m.yaml", diagnostics);
  EXPECT_TRUE(manifest) << diagnostics.render() << "in\n" << text;
  return manifest;
}
std::string refuseManifest(const std::string &text) {
  Diagnostics diagnostics;
  EXPECT_FALSE(parseManifest(text, "m.yaml", diagnostics)) << text;
  return diagnostics.render();
}
std::string kernelWith(const std::string &rest) {
  return document("kernels:\n  - {name: k, operations: [rope]" + rest + "}\n");
}
std::shared_ptr<const KernelSet> setOf(const std::vector<std::string> &texts) {
  std::vector<Manifest> manifests;
  for (const std::string &text : texts)
    manifests.push_back(*readManifest(text));
  Diagnostics diagnostics;
  auto set = KernelSet::create(std::move(manifests), diagnostics);
  EXPECT_TRUE(set) << diagnostics.render();
  return set;
}
const char *const page = R"(version: "1.0"
library: liblz_kernels_cpu.so
sha256: ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef0123456789
kernels:
  - name: flash_attention_v2
    aliases: [flash_attn_v2_attention]
    operations: ["attention.causal", "attention.full"]
    symbol: lz_cpu_flash_attention
    priority: 80
    default: true
    requires: {platform: cpu, dtype: [float32, bfloat16], head_dim_lte: 256}
    deterministic: true
    graph_capture_safe: true
    failure_atomic: true
  - name: plain
    operations: ["attention.*", norm.rms, rms_norm]
    symbol: lz_plain
)";
} // namespace

TEST(Manifest, EveryKeyIsRead) {
  auto manifest = readManifest(page);
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->library, "liblz_kernels_cpu.so");
  EXPECT_EQ(manifest->sha256.substr(0, 6), "abcdef") << "kept in lower case";
  ASSERT_EQ(manifest->kernels.size(), 2u);
  const Kernel &flash = manifest->kernels[0], &plain = manifest->kernels[1];
  EXPECT_EQ(flash.aliases.at(0), "flash_attn_v2_attention");
  EXPECT_EQ(flash.operations, (std::vector<Operation>{LZ_OP_ATTENTION_CAUSAL, LZ_OP_ATTENTION_FULL}));
  EXPECT_EQ(flash.symbol, "lz_cpu_flash_attention");
  EXPECT_EQ(flash.priority, 80);
  EXPECT_TRUE(flash.isDefault && flash.deterministic && flash.graphCaptureSafe && flash.failureAtomic);
  ASSERT_EQ(flash.requires_.size(), 3u);
  EXPECT_EQ(flash.requires_[1].op, Operator::In);
  EXPECT_EQ(flash.library, "liblz_kernels_cpu.so");
  EXPECT_EQ(plain.priority, 50);
  EXPECT_FALSE(plain.isDefault || plain.deterministic || plain.graphCaptureSafe || plain.failureAtomic);
  EXPECT_EQ(plain.operations.size(), 7u) << "globs and aliases stand for operations, each once";
  EXPECT_TRUE(plain.implements(LZ_OP_RMS_NORM));
  EXPECT_FALSE(plain.implements(LZ_OP_ROPE));
}

TEST(Manifest, FaultsAreErrorsWithTheirPlace) {
  const std::pair<std::string, const char *> rows[] = {
      {"[]", "a kernel manifest must be a map"},
      {"version: \"1.0\"", "a kernel manifest needs `kernels`"},
      {"kernels: []", "a kernel manifest needs `version`"},
      {document("kernels: {}"), "`kernels` must be a list"},
      {document("kernels: [x]"), "a kernel must be a map"},
      {document("kernels: []\nlibary: x.so"), "did you mean `library`?"},
      {document("kernels: [{operations: [rope]}]"), "a kernel needs `name`"},
      {document("kernels: [{name: k}]"), "a kernel needs `operations`"},
      {document("library: a.so\nkernels: [{name: k, operations: [rope]}]"), "a kernel of a library needs `symbol`"},
      {document("kernels: [{name: \"k*\", operations: [rope]}]"), "`name` must be a plain name"},
      {document("kernels: [{name: k, operations: []}]"), "at least one operation"},
      {document("kernels: [{name: k, operations: rope}]"), "`operations` must be a list"},
      {document("kernels: [{name: k, operations: [atention.causal]}]"), "did you mean `attention.causal`?"},
      {document("kernels: [{name: k, operations: [\"atention.*\"]}]"), "matches no operation"},
      {kernelWith(", symbol: \"not one\""), "`symbol` must be a C identifier"},
      {kernelWith(", symbol: 5"), "`symbol` must be a string"},
      {kernelWith(", priority: 1001"), "[P3]"},
      {kernelWith(", default: 1"), "`default` must be true or false"},
      {kernelWith(", aliases: k2"), "`aliases` must be a list"},
      {kernelWith(", requires: {dtype: fp16}"), "did you mean `float16`?"},
      {kernelWith(", deterministc: true"), "did you mean `deterministic`?"},
      {document("kernels: []\nsha256: abc"), "64 hexadecimal digits"},
      {document("kernels: []\nsha256: " + std::string(64, 'g')), "64 hexadecimal digits"},
      {document("kernels: []\nsha256: 5"), "64 hexadecimal digits, got the number `5`"},
      {document("kernels: []\nsha256: [a]"), "64 hexadecimal digits, got a list"},
      {document("kernels: []\nsha256:"), "null"},
      {"version: 1.0\nkernels: []", "`version` must be the string"},
      {"kernels: [", "not YAML"},
  };
  for (const auto &[text, expected] : rows)
    EXPECT_TRUE(contains(refuseManifest(text), expected)) << text;
}

TEST(Manifest, TheLibraryStaysBesideTheManifest) {
  for (const char *bad : {"/lib/a.so", "../a.so", "a/../b.so", "a/..", ".."})
    EXPECT_TRUE(contains(refuseManifest(document("kernels: []\nlibrary: " + std::string(bad))), "beside the manifest"))
        << bad;
  for (const char *good : {"a.so", "lib..so", "a/b.so"})
    EXPECT_TRUE(readManifest(document("kernels: []\nlibrary: " + std::string(good))));
}

TEST(Manifest, ADigestThatLooksLikeANumberIsADigest) {
  const std::string digits = "1234567890123456789012345678901234567890123456789012345678901e23";
  EXPECT_EQ(readManifest(document("kernels: []\nsha256: " + digits))->sha256, digits);
}

TEST(Manifest, C2RequiresNamesAFactOfTheKernelsOperations) {
  EXPECT_TRUE(contains(refuseManifest(kernelWith(", requires: {vocab_size_gt: 5}")),
                       "`vocab_size` is no fact of any operation of the kernel `k` [C2]"));
  EXPECT_TRUE(readManifest(kernelWith(", requires: {head_dim_multiple_of: 8}")));
}

TEST(Manifest, P2KernelsAreBounded) {
  std::string many = "kernels: [&k {name: k, operations: [rope]}";
  for (int i = 0; i < 10000; ++i)
    many += ", *k";
  EXPECT_TRUE(contains(refuseManifest(document(many + "]")), "more than 10000 kernels [P2]"));
}

TEST(KernelSet, NamesAndAliasesAreUniqueInAndOverManifests) {
  EXPECT_TRUE(
      contains(refuseManifest(kernelWith(", aliases: [k]")), "kernel name or alias `k` is taken at line 3, column 12"));
  EXPECT_TRUE(contains(refuseManifest(document(
                           "kernels:\n- {name: a, operations: [rope]}\n- {name: b, aliases: [a], operations: [rope]}")),
                       "m.yaml:4:23: error: kernel name or alias `a` is taken at line 3, column 10; names"));
  EXPECT_EQ(lines(refuseManifest(document("kernels:\n- {name: a, operations: [rope]}\n- {name: a, operations: rope}"))),
            2u)
      << "beside other errors too";
  Diagnostics diagnostics;
  EXPECT_FALSE(KernelSet::create({*readManifest(kernelWith("")), *readManifest(kernelWith(""))}, diagnostics));
  EXPECT_TRUE(contains(diagnostics.render(), "unique over all manifests"));
}

TEST(KernelSet, C5OrdersByPriorityThenName) {
  auto set =
      setOf({document("kernels:\n- {name: b, operations: [rope]}\n- {name: c, operations: [rope], priority: 60}"),
             document("kernels:\n- {name: a, aliases: [aa], operations: [rope, silu]}")});
  ASSERT_TRUE(set);
  EXPECT_EQ(set->of(LZ_OP_ROPE), (std::vector<int>{1, 2, 0}));
  EXPECT_EQ(set->of(LZ_OP_SILU), (std::vector<int>{2}));
  EXPECT_TRUE(set->of(LZ_OP_GELU).empty());
  EXPECT_TRUE(set->of(LZ_OP_COUNT).empty());
  EXPECT_EQ(set->find("aa"), 2);
  EXPECT_EQ(set->find("nothing"), -1);
  EXPECT_EQ(set->kernels()[2].manifest, 1);
  Glob glob;
  ASSERT_EQ(Glob::parse("a?", &glob), "");
  EXPECT_TRUE(set->kernels()[2].matches(glob)) << "S6: by alias";
}

TEST(KernelSet, ANormalFormIsReadBackWithTheSameIndices) {
  auto set = setOf({page, kernelWith(", aliases: [z, y], requires: {head_dim_in: [128, 64], dtype_match: \"b*\"}")});
  ASSERT_TRUE(set);
  std::string normal = normalForm(*set);
  Diagnostics diagnostics;
  auto again = parseKernels(normal, "module", diagnostics);
  ASSERT_TRUE(again) << diagnostics.render() << normal;
  EXPECT_EQ(normalForm(*again), normal);
  EXPECT_EQ(again->find("y"), set->find("y"));
  EXPECT_EQ(again->manifests().at(0).library, "liblz_kernels_cpu.so");
  EXPECT_EQ(again->kernels()[0].symbol, "lz_cpu_flash_attention");
  EXPECT_EQ(selectionDigest(*emptyPolicy(), *again), selectionDigest(*emptyPolicy(), *set));
}

TEST(KernelSet, FaultyJoinedManifestsAreErrors) {
  for (const char *bad : {"[]", "{}", "{\"version\": \"1.0\"}", "{\"version\": \"1.0\", \"manifests\": {}}", "{",
                          "{\"version\": \"1.0\", \"manifests\": [{\"version\": \"1.0\"}]}", "{\"manifests\": []}"}) {
    Diagnostics diagnostics;
    EXPECT_FALSE(parseKernels(bad, "module", diagnostics)) << bad;
    EXPECT_TRUE(diagnostics.hasErrors());
  }
}
