//===- ReaderTest.cpp - P1..P6: what a document may say ---------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ReaderTesting.h"

#include <sys/stat.h>
#include <unistd.h>

using namespace lzrt;
using namespace lzrt::testing;

namespace {
/// One rule with this `rollout_percent`.
std::string rollout(const std::string &percent) {
  return document("dispatch_rules: [{operation: rope, kernel: k, name: n, rollout_percent: " + percent + "}]");
}
} // namespace

TEST(Reader, EmptyPolicyHasEveryDefault) {
  auto policy = read(document(""));
  ASSERT_TRUE(policy);
  EXPECT_EQ(policyDigest(*policy), policyDigest(*emptyPolicy()));
  EXPECT_EQ(policy->defaultPriority, 50);
  EXPECT_EQ(policy->onNoKernel, OnNoKernel::Error);
  EXPECT_EQ(policy->mode, LZ_MODE_UNSET);
  EXPECT_EQ(policy->circuitBreaker.failureThreshold, 5);
  EXPECT_EQ(policy->cache.size, 10000);
  EXPECT_FALSE(policy->hotReload.enabled);
  EXPECT_TRUE(policy->telemetry);
}

TEST(Reader, EveryKeyOfTheDocumentIsRead) {
  auto policy = read(document(R"(
defaults: {fallback_policy: sdpa, default_priority: 7, on_no_kernel: decompose}
dispatch_rules:
  - {operation: "attention.*", kernel: "flash*", priority: 9, name: r, rollout_percent: 12.5, enabled: false, strict: true}
  - {operation: rope, kernel: k}
static_kernel_map: {rope: a}
kernel_locks: {"attention.*": b}
kernel_denies: ["c*"]
kernel_allows: [d]
fallback_chains: {rope: [e, f], "*": []}
mode: hot_reload
modes: {"sample.*": static}
circuit_breaker: {enabled: false, failure_threshold: 1, recovery_timeout_seconds: 2.5, success_threshold: 3, half_open_max_calls: 4}
cache: {enabled: false, size: 5, ttl_seconds: 6}
hot_reload: {enabled: true, watch_interval_seconds: 7, validate_on_reload: false, grace_period_seconds: 8, probation_seconds: 9}
telemetry: {enabled: false}
)"));
  ASSERT_TRUE(policy);
  EXPECT_EQ(policy->fallbackPolicy.name, "sdpa");
  EXPECT_EQ(policy->onNoKernel, OnNoKernel::Decompose);
  ASSERT_EQ(policy->rules.size(), 2u);
  EXPECT_EQ(policy->rules[0].operation.glob.text(), "attention.*");
  EXPECT_EQ(policy->rules[0].kernel.glob.text(), "flash*");
  EXPECT_EQ(policy->rules[0].priority, 9);
  EXPECT_EQ(policy->rules[0].rollout, 1250);
  EXPECT_FALSE(policy->rules[0].enabled);
  EXPECT_TRUE(policy->rules[0].strict);
  EXPECT_EQ(policy->rules[0].location.line, 5u);
  EXPECT_EQ(policy->rules[1].priority, 7);
  EXPECT_EQ(policy->rules[1].rollout, 10000);
  EXPECT_EQ(policy->staticKernelMap.at(0).value.name, "a");
  EXPECT_EQ(policy->locks.at(0).value.name, "b");
  EXPECT_EQ(policy->denies.at(0).glob.text(), "c*");
  EXPECT_EQ(policy->allows.at(0).glob.text(), "d");
  EXPECT_EQ(policy->chains.at(0).value.at(1).name, "f");
  EXPECT_TRUE(policy->chains.at(1).value.empty());
  EXPECT_EQ(policy->mode, LZ_MODE_HOT_RELOAD);
  EXPECT_EQ(policy->modes.at(0).value, LZ_MODE_STATIC);
  EXPECT_FALSE(policy->circuitBreaker.enabled);
  EXPECT_EQ(policy->circuitBreaker.recoveryTimeoutSeconds, 2.5);
  EXPECT_EQ(policy->circuitBreaker.halfOpenMaxCalls, 4);
  EXPECT_EQ(policy->cache.size, 5);
  EXPECT_TRUE(policy->hotReload.enabled);
  EXPECT_FALSE(policy->hotReload.validateOnReload);
  EXPECT_EQ(policy->hotReload.probationSeconds, 9);
  EXPECT_FALSE(policy->telemetry);
}

TEST(Reader, P1VersionIsRequiredAndAString) {
  EXPECT_TRUE(contains(refuse("dispatch_rules: []"), "p.yaml:1:1: error: a policy needs `version"));
  EXPECT_TRUE(contains(refuse("version: 1.0"), "p.yaml:1:10: error: `version` must be the string \"1.0\""));
  EXPECT_TRUE(contains(refuse("version: \"2.0\""), "got the string `2.0`"));
}

TEST(Reader, P1EveryErrorOfAFileIsReportedInOrder) {
  std::string errors = refuse(R"(version: "1.0"
defalts: {}
dispatch_rules:
  - {operation: rope, kernal: k, priority: high}
  - {operation: "attention.causal", kernel: k, conditions: {batchsize_gte: 8, dtype: fp16}}
mode: dynamc
)");
  EXPECT_TRUE(contains(errors, "p.yaml:2:1: error: unknown key `defalts` in a policy [P1]; did you mean `defaults`?"));
  EXPECT_TRUE(contains(errors, "p.yaml:4:5: error: a dispatch rule needs `kernel` [P1]"));
  EXPECT_TRUE(
      contains(errors, "p.yaml:4:23: error: unknown key `kernal` in a dispatch rule [P1]; did you mean `kernel`?"));
  EXPECT_TRUE(contains(errors, "p.yaml:4:44: error: `priority` must be an integer from 0 to 1000"));
  EXPECT_TRUE(contains(errors, "unknown field `batchsize` in `conditions` [C4]; did you mean `batch_size_gte`?"));
  EXPECT_TRUE(contains(errors, "[P4]; did you mean `float16`?"));
  EXPECT_TRUE(contains(errors, "p.yaml:6:7: error: `mode` must be one of"));
  EXPECT_TRUE(contains(errors, "did you mean `dynamic`?"));
  EXPECT_EQ(lines(errors), 7u) << errors;
}

TEST(Reader, P1WrongTypesAreErrors) {
  const std::pair<const char *, const char *> rows[] = {
      {"- 1", "a policy must be a map, got a list"},
      {"version: \"1.0\"\ndispatch_rules: {}", "`dispatch_rules` must be a list, got a map"},
      {"version: \"1.0\"\ndispatch_rules: [x]", "a dispatch rule must be a map, got the string `x`"},
      {"version: \"1.0\"\nkernel_locks: [a]", "`kernel_locks` must be a map, got a list"},
      {"version: \"1.0\"\nkernel_locks: {rope: 5}", "must be a string, got the number `5` [P1]; did you mean `\"5\"`?"},
      {"version: \"1.0\"\nkernel_locks: {rope: \"\"}", "must not be empty"},
      {"version: \"1.0\"\nkernel_locks: {rope: \"a\\tb\"}", "control character"},
      {"version: \"1.0\"\nkernel_denies: {a: b}", "`kernel_denies` must be a list"},
      {"version: \"1.0\"\nfallback_chains: {rope: k}", "a chain of `fallback_chains` must be a list"},
      {"version: \"1.0\"\ntelemetry: {enabled: 1}", "`enabled` must be true or false, got the number `1`"},
      {"version: \"1.0\"\ncache: {size: 0}", "`size` must be an integer from 1"},
      {"version: \"1.0\"\ncache: {size: 2.5}", "`size` must be an integer from 1"},
      {"version: \"1.0\"\ncache: {ttl_seconds: -1}", "`ttl_seconds` must be a number from 0"},
      {"version: \"1.0\"\ncache: {ttl_seconds: soon}", "`ttl_seconds` must be a number from 0"},
      {"version: \"1.0\"\ndefaults: {on_no_kernel: decompse}", "did you mean `decompose`?"},
      {"version: \"1.0\"\n\"\": x", "unknown key ``"},
  };
  for (const auto &[text, expected] : rows)
    EXPECT_TRUE(contains(refuse(text), expected));
}

TEST(Reader, P1NullNanInfinityTagsMergeKeysAndSecondDocumentsAreErrors) {
  const std::pair<const char *, const char *> rows[] = {
      {"dispatch_rules:", "null"},
      {"mode: ~", "null"},
      {"mode: null", "null"},
      {"cache: {ttl_seconds: .inf}", "not a finite number"},
      {"cache: {ttl_seconds: -.INF}", "not a finite number"},
      {"cache: {ttl_seconds: .nan}", "not a finite number"},
      {"cache: {ttl_seconds: 1e999}", "`ttl_seconds` must be a number"},
      {"mode: !!str static", "tags are not allowed"},
      {"mode: ! static", "tags are not allowed"},
      {"mode: &a ! \"static\"", "tags are not allowed"},
      {"cache: !cache {size: 5}", "tags are not allowed"},
      {"cache: &c {size: 5}\nhot_reload: {<<: *c}", "merge keys are not allowed"},
      {"---\nversion: \"1.0\"\n", "a second document"},
      {"? [a]\n: b", "a key must be a string"},
      {"~: b", "null"},
      {"kernel_locks: {1: k}", "a key must be a string, got `1`; quote it"},
      {"kernel_locks: {true: k}", "quote it"},
      {"mode: *nowhere", "not YAML"},
      {"cache: &c {a: *c}", "an alias inside the value that it names"},
      {"mode: [static", "not YAML"},
  };
  for (const auto &[text, expected] : rows)
    EXPECT_TRUE(contains(refuse(document(text)), expected)) << text;
  EXPECT_TRUE(contains(refuse(""), "holds no document"));
  EXPECT_TRUE(contains(refuse("# only a comment\n"), "error"));
}

TEST(Reader, P1ASecondDocumentDoesNotHideTheErrorsOfTheFirst) {
  EXPECT_EQ(refuse(document("modee: auto\n---\nnonsense: [\n")),
            "p.yaml:2:1: error: unknown key `modee` in a policy [P1]; did you mean `mode`?\n"
            "p.yaml:3:1: error: a second document; a file holds one [P1]\n");
}

TEST(Reader, P1ATextThatWasCutOffIsAnError) {
  const std::pair<std::string, const char *> rows[] = {
      {"version: \"1.0\n", "p.yaml:1:10: error: a quoted text without its closing quote"},
      {document("mode: \"auto\n"), "p.yaml:2:7: error: a quoted text without"},
      {document("mode: 'auto''\n"), "p.yaml:2:7: error: a quoted text without"},
      {document("mode: &m \"auto\\\"\n"), "p.yaml:2:7: error: a quoted text without"},
      {document("# \xc3\xa4\nkernel_denies: [\"\xc3\xa4\", \"b\n"), "p.yaml:3:23: error"},
      {document("mode: \"auto"), "not YAML"},
      {document("kernel_denies: [\"b\""), "not YAML"},
  };
  for (const auto &[text, expected] : rows)
    EXPECT_TRUE(contains(refuse(text), expected)) << text;
  auto policy = read(document("kernel_denies: ['it''s', \"a\\\"b\", \"\xc3\xa4\", &a 'x', *a]"));
  ASSERT_TRUE(policy);
  ASSERT_EQ(policy->denies.size(), 5u);
  EXPECT_EQ(policy->denies[0].glob.text(), "it's");
  EXPECT_EQ(policy->denies[1].glob.text(), "a\"b");
}

TEST(Reader, P1ADirectiveInsideTheDocumentIsAnError) {
  EXPECT_TRUE(contains(refuse(document("%mode: auto\n")), "p.yaml:2:1: error: a directive inside the document"));
  EXPECT_TRUE(contains(refuse("---\n%YAML 1.2\n" + document("")), "p.yaml:2:1: error: a directive"));
  EXPECT_TRUE(read("%YAML 1.2\n# a\n\n---\n" + document("mode: auto # 5 %\n")));
}

TEST(Reader, P1AMissingValueIsReportedWhereItIsMissing) {
  const std::pair<const char *, const char *> rows[] = {
      {"telemetry:\nmode: auto", "p.yaml:2:1: error: null"},
      {"mode: auto\ncache:\n\n\n# null\nhot_reload: {enabled: true}", "p.yaml:3:1: error: null"},
      {"cache:", "p.yaml:2:1: error: null"},
      {"cache: # none\nmode: auto", "p.yaml:2:1: error: null"},
      {"cache:\nnull: 5", "p.yaml:2:1: error: null"},
      {"cache: {enabled, size: 5}", "p.yaml:2:9: error: null"},
      {"cache:\n  ~", "p.yaml:3:3: error: null"},
      {"cache:\n  size:   null\n", "p.yaml:3:11: error: null"},
      {"cache: {size: Null}", "p.yaml:2:15: error: null"},
      {"kernel_denies:\n  -\n  - a", "p.yaml:3:3: error: null"},
      {"kernel_denies:\n  - a\n  -   # none\n\nmode: auto", "p.yaml:4:3: error: null"},
      {"kernel_denies:\n  - a\n  - ~", "p.yaml:4:5: error: null"},
      {"dispatch_rules:\n  - operation:\n    kernel: k\n", "p.yaml:3:5: error: null"},
  };
  for (const auto &[text, expected] : rows) {
    std::string crlf = text;
    for (size_t at = 0; (at = crlf.find('\n', at)) != std::string::npos; at += 2)
      crlf.insert(at, 1, '\r');
    EXPECT_TRUE(contains(refuse(document(text)), expected)) << text;
    EXPECT_TRUE(contains(refuse(document(crlf)), expected)) << text;
  }
}

TEST(Reader, P1OtherBytesThanTextAreErrors) {
  EXPECT_TRUE(contains(refuse(document("# \x04\nmode: nonsense")), "p.yaml:2:3: error: a byte that is neither"));
  for (const char *bytes :
       {"\xff", "\xc0\x80", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x7f", "\xf0\x80\x80\x80"})
    EXPECT_TRUE(contains(refuse(document(std::string("# ") + bytes)), "UTF-8"));
  EXPECT_TRUE(read("\xef\xbb\xbf" + document("# \xc3\xa4 \xe2\x82\xac \xf0\x9f\x8e\x89\n")));
}

TEST(Reader, P1ScalarsAreThoseOfTheYaml12CoreSchema) {
  EXPECT_EQ(std::get<std::string>(conditionOf("{tenant: yes}").values[0]), "yes");
  EXPECT_EQ(std::get<std::string>(conditionOf("{tenant: off}").values[0]), "off");
  EXPECT_EQ(std::get<std::string>(conditionOf("{tenant: 0b1}").values[0]), "0b1");
  EXPECT_EQ(std::get<std::string>(conditionOf("{tenant: 1_000}").values[0]), "1_000");
  EXPECT_EQ(std::get<std::string>(conditionOf("{tenant: '8'}").values[0]), "8");
  EXPECT_EQ(std::get<std::string>(conditionOf("{tenant: 1.2.3}").values[0]), "1.2.3");
  for (const char *eight : {"8", "+8", "0x8", "0o10", "008", "8.0", "8.", "80e-1", "0.8E+1"})
    EXPECT_EQ(std::get<int64_t>(conditionOf(std::string("{batch_size: ") + eight + "}").values[0]), 8) << eight;
  EXPECT_EQ(std::get<int64_t>(conditionOf("{batch_size: -8}").values[0]), -8);
  EXPECT_EQ(std::get<double>(conditionOf("{dropout_p: .5}").values[0]), 0.5);
  EXPECT_EQ(std::get<int64_t>(conditionOf("{batch_size: 9223372036854775807}").values[0]), INT64_MAX);
  EXPECT_TRUE(contains(refuse(ruleWith("{batch_size: 9223372036854775808}")), "fits 64 bits"));
  EXPECT_TRUE(contains(refuse(ruleWith("{batch_size: \"8\"}")), "takes a number, got the string `8`"));
  EXPECT_TRUE(contains(refuse(ruleWith("{is_causal: yes}")), "takes true or false, got the string `yes`"));
  EXPECT_TRUE(std::get<bool>(conditionOf("{is_causal: TRUE}").values[0]));
  EXPECT_FALSE(std::get<bool>(conditionOf("{is_causal: False}").values[0]));
}

TEST(Reader, P2BoundsAreErrors) {
  EXPECT_TRUE(contains(refuse(std::string((1 << 20) + 1, '#')), "[P2]"));
  EXPECT_TRUE(contains(refuse(document("mode: " + std::string(65, '[') + std::string(65, ']'))), "64 levels [P2]"));
  EXPECT_TRUE(contains(refuse(document("kernel_denies: [" + std::string(1025, 'a') + "]")), "1024 bytes [P2]"));
  EXPECT_TRUE(read(document("kernel_denies: [" + std::string(1024, 'a') + "]")));
  EXPECT_TRUE(contains(refuse(document("kernel_locks: {rope: " + std::string(257, 'a') + "}")), "256 bytes [P2]"));
  EXPECT_TRUE(read(document("kernel_locks: {rope: " + std::string(256, 'a') + "}")));
  EXPECT_TRUE(contains(refuse(document("kernel_locks: {? " + std::string(257, 'a') + " : k}")), "[P2]"));
  std::string many = "dispatch_rules: [&r {operation: rope, kernel: k}";
  for (int i = 0; i < 10000; ++i)
    many += ", *r";
  EXPECT_TRUE(contains(refuse(document(many + "]")), "more than 10000 rules [P2]"));
  EXPECT_EQ(read(document(many.substr(0, many.size() - 4) + "]"))->rules.size(), 10000u);
}

TEST(Reader, P2NamesAndPatternsHaveBoundsOfTheirOwn) {
  std::string name(257, 'a'), glob = std::string(1023, 'a') + "*";
  auto rule = [](const std::string &operation, const std::string &kernel) {
    return document("dispatch_rules: [{operation: " + operation + ", kernel: " + kernel + "}]");
  };
  EXPECT_TRUE(contains(refuse(rule("rope", name)), "`kernel` is longer than 256 bytes [P2]"));
  EXPECT_TRUE(contains(refuse(rule(name, "k")), "`operation` is longer than 256 bytes [P2]"));
  EXPECT_TRUE(read(rule("rope", name.substr(1))));
  EXPECT_TRUE(read(rule("\"" + glob + "\"", "\"" + glob + "\"")));
  EXPECT_TRUE(contains(refuse(rule("rope", "\"a" + glob + "\"")), "`kernel` is longer than 1024 bytes [P2]"));
  for (const char *section : {"kernel_locks: {\"", "modes: {? \""}) {
    std::string value = section[0] == 'm' ? "auto}" : "k}";
    EXPECT_TRUE(contains(refuse(document(section + name + "\" : " + value)), "a key of more than 256 bytes [P2]"));
    EXPECT_TRUE(read(document(section + std::string(500, 'a') + "*\" : " + value)));
  }
}

TEST(Defect, AliasesDoNotExpandExponentially) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int k = 0; k < 8; ++k)
      text += ", " + before;
    text += "]\n";
  }
  EXPECT_TRUE(contains(refuse(document(text)), "more than 100000 nodes after alias expansion [P2]"));
}

TEST(Reader, P2LevelsCountThroughAliases) {
  std::string text = "a0: &a0 x\n";
  for (int i = 1; i < 70; ++i)
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  EXPECT_TRUE(contains(refuse(document(text)), "64 levels [P2]"));
}

TEST(Reader, P2ExpressionsTogetherAreBounded) {
  std::string rules = "dispatch_rules:\n";
  for (int i = 0; i < 400; ++i)
    rules += "  - {operation: rope, kernel: k, conditions: {tenant_regex: \"(x{50}){" + std::to_string(10 + i % 10) +
             "}y" + std::to_string(i) + "\"}}\n";
  rules += "  - {operation: rope, kernel: k, conditions: {tenant_regex: \"((a{100}){100}){100}\"}}\n";
  EXPECT_TRUE(contains(refuse(document(rules)), "not a regular expression"));
  std::string large = "dispatch_rules:\n";
  for (int i = 0; i < 1200; ++i)
    large +=
        "  - {operation: rope, kernel: k, conditions: {tenant_regex: \"(x{100}){10}y" + std::to_string(i) + "\"}}\n";
  EXPECT_TRUE(contains(refuse(document(large)), "too large together [P2]"));
}

TEST(Reader, P2EnvironmentsTogetherAreBounded) {
  std::string text = "kernel_locks:\n";
  for (int i = 0; i < 5000; ++i)
    text += "  op" + std::to_string(i) + ": k\n";
  text += "environments:\n";
  for (int i = 0; i < 300; ++i)
    text += "  e" + std::to_string(i) + ": {kernel_locks: {rope: k}}\n";
  EXPECT_TRUE(contains(refuse(document(text)), "merge more than"));
}

TEST(Reader, P3PriorityIsAnIntegerFrom0To1000) {
  for (const char *bad : {"-1", "1001", "50.0", "\"50\"", "true", "[5]"})
    EXPECT_TRUE(contains(refuse(document("defaults: {default_priority: " + std::string(bad) + "}")), "[P3]")) << bad;
  EXPECT_EQ(read(document("defaults: {default_priority: 1000}"))->defaultPriority, 1000);
  EXPECT_EQ(read(document("dispatch_rules: [{operation: rope, kernel: k, priority: 0}]"))->rules[0].priority, 0);
}

TEST(Reader, P3RolloutIsDecidedOnDecimalDigits) {
  const std::pair<const char *, int> rows[] = {{"0", 0},          {"100", 10000}, {"12.5", 1250},   {"0.01", 1},
                                               {"99.99", 9999},   {"1e1", 1000},  {"1.25e1", 1250}, {"0x10", 1600},
                                               {"5.10", 510},     {"-0", 0},      {".5", 50},       {"33.330", 3333},
                                               {"1250e-2", 1250}, {"+7", 700},    {"0.29", 29}};
  for (const auto &[text, expected] : rows)
    EXPECT_EQ(read(rollout(text))->rules[0].rollout, expected) << text;
  for (const char *bad : {"100.01", "-1", "0.001", "12.345", "1e3", "101", "half", "true", "[5]", "1e-3",
                          "99.999999999999999999", "1e99999999999", "1e-99999999999", "0x65"})
    EXPECT_TRUE(contains(refuse(rollout(bad)), "[P3]")) << bad;
}

TEST(Reader, P3RolloutNeedsANameAndNamesAreUnique) {
  EXPECT_TRUE(contains(refuse(document("dispatch_rules: [{operation: rope, kernel: k, rollout_percent: 5}]")),
                       "`rollout_percent` needs a `name`"));
  std::string twins =
      "dispatch_rules:\n- {operation: rope, kernel: k, name: a}\n- {operation: rope, kernel: k, name: a}\n";
  EXPECT_TRUE(contains(refuse(document(twins)), "rule name `a` is taken by the rule at line 3; names are unique [P3]"));
}

TEST(Reader, C5LocksChainsAndTheStaticMapTakePlainNames) {
  for (const char *text :
       {"kernel_locks: {rope: \"k*\"}", "fallback_chains: {rope: [a, \"k?\"]}", "static_kernel_map: {rope: \"[k]\"}",
        "static_kernel_map: {\"rope*\": k}", "defaults: {fallback_policy: \"k*\"}"})
    EXPECT_TRUE(contains(refuse(document(text)), "must be a plain")) << text;
}

TEST(Reader, P6TwoKeysOfOneOperationAreAnError) {
  for (const char *map :
       {"kernel_locks: {rms_norm: a, norm.rms: b}", "static_kernel_map: {norm.rms: a, rms_norm: b}",
        "fallback_chains: {silu: [a], activation.silu: [b]}", "modes: {rope: static, rope.standard: config}"})
    EXPECT_TRUE(contains(refuse(document(map)), "name one operation; keep one [P6]")) << map;
  EXPECT_TRUE(read(document("kernel_locks: {rms_norm: a, \"norm.*\": b, \"rms_*\": c}")));
}

TEST(Reader, AnUnknownOperationIsLeftToTheLint) {
  EXPECT_TRUE(read(document("dispatch_rules: [{operation: tokenize, kernel: k, conditions: {batch_size: 1}}]\n"
                            "kernel_locks: {atention.causal: k}")));
}

TEST(Reader, ReadFileTakesRegularFilesOfBoundedSize) {
  Diagnostics diagnostics;
  EXPECT_FALSE(readFile("/nonexistent/p.yaml", diagnostics));
  EXPECT_TRUE(contains(diagnostics.render(), "cannot open `/nonexistent/p.yaml`"));
  EXPECT_FALSE(readFile("/", diagnostics));
  EXPECT_FALSE(readFile("/dev/zero", diagnostics));
  EXPECT_TRUE(contains(diagnostics.render(), "not a regular file"));
  EXPECT_TRUE(readFile(std::string(LZ_CONFIGS_DIR) + "/dispatch-modes.yaml", diagnostics));
}

TEST(Reader, ReadFileMayAskThatOnlyTheOwnerWrites) {
  std::string path = ::testing::TempDir() + "lz-reader-XXXXXX", text, error;
  int descriptor = ::mkstemp(path.data());
  ASSERT_GE(descriptor, 0);
  ::close(descriptor);
  EXPECT_EQ(readFile(path, FileWriters::OwnerOnly, &text, &error), LZ_STATUS_OK);
  for (mode_t mode : {0620, 0602}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    EXPECT_EQ(readFile(path, FileWriters::OwnerOnly, &text, &error), LZ_STATUS_MALFORMED);
    EXPECT_TRUE(contains(error, "`chmod go-w`"));
    EXPECT_EQ(readFile(path, FileWriters::Any, &text, &error), LZ_STATUS_OK);
  }
  ::unlink(path.c_str());
  EXPECT_EQ(readFile(path, FileWriters::Any, &text, &error), LZ_STATUS_NOT_FOUND);
}
