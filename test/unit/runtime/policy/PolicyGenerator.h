//===- PolicyGenerator.h - Random valid policies as text --------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Deterministic for a seed. `respell` writes the same meaning another way: other key order, other scalar and operator
// spellings, defaults written out, comments.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_TEST_POLICYGENERATOR_H
#define LZRT_TEST_POLICYGENERATOR_H

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace lzrt::testing {

class PolicyGenerator {
public:
  explicit PolicyGenerator(unsigned seed) : seed(seed), meaning(seed) {}

  std::string document(unsigned respell = 0) {
    meaning.seed(seed);
    spelling.seed(respell);
    respelled = respell != 0;
    ruleNames = 0;
    std::vector<std::string> sections = {"version: \"1.0\"\n",      rules(),  locks(),  patterns("kernel_denies"),
                                         patterns("kernel_allows"), chains(), scalars()};
    shuffle(sections);
    std::string text = respelled ? "# respelled\n" : "";
    for (const std::string &section : sections)
      text += section;
    return text;
  }

private:
  unsigned draw(unsigned count) { return unsigned(meaning() % count); }
  bool flip() { return respelled && spelling() % 2 == 0; }
  template <typename T> void shuffle(std::vector<T> &items) {
    if (respelled)
      std::shuffle(items.begin(), items.end(), spelling);
  }
  static std::string joined(const std::vector<std::string> &items) {
    std::string text;
    for (const std::string &item : items)
      text += (text.empty() ? "" : ", ") + item;
    return text;
  }
  std::string integer(unsigned value) {
    char hex[16];
    snprintf(hex, sizeof hex, "0x%x", value);
    return flip() ? (flip() ? std::to_string(value) + ".0" : hex) : std::to_string(value);
  }
  std::string kernel() {
    static const char *const names[] = {"flash", "xformers", "sdpa", "\"a \\\"quoted\\\" one\"", "liger", "k.1"};
    return names[draw(6)];
  }
  std::string list(std::vector<std::string> values) {
    shuffle(values);
    if (flip())
      values.push_back(values.front());
    return "[" + joined(values) + "]";
  }

  std::string condition(unsigned kind) {
    static const char *const orderings[] = {"gt", "gte", "lt", "lte", "ne"};
    switch (kind) {
    case 0:
      return std::string("batch_size_") + orderings[draw(5)] + ": " + integer(draw(64));
    case 1:
      return (flip() ? "dtype_in: " : "dtype: ") + list({"float16", draw(2) ? "float32" : "int8"});
    case 2:
      return "dtype_not_in: " + list({"float64", draw(2) ? "bool" : "uint8"});
    case 3:
      return (flip() ? "is_contiguous_eq: " : "is_contiguous: ") + std::string(draw(2) ? "true" : "false");
    case 4:
      return std::string("tenant_match: ") + (draw(2) ? "\"acme-*\"" : "'[a-c]?'");
    case 5:
      return std::string("site_regex: ") + (draw(2) ? "\"layers\\\\.[0-9]+\"" : "'attn$'");
    case 6:
      return "head_dim_multiple_of: " + std::to_string(8 << draw(3));
    case 7:
      return std::string("library_version_gte: ") + (draw(2) ? "\"1.10\"" : flip() ? "2" : "\"2.0\"");
    case 8:
      return std::string("seq_len: ") + (draw(2) ? list({"1", "2", "1.5"}) : integer(draw(9000)));
    default:
      return std::string("dropout_p_lt: ") + (draw(2) ? "0.25" : "1");
    }
  }

  std::string rule() {
    static const char *const operations[] = {"\"attention.*\"", "attention.causal", "\"attention.[cf]*\"",
                                             "attention.full"};
    std::vector<std::string> conditions;
    for (unsigned kind = 0; kind < 10; ++kind)
      if (draw(4) == 0)
        conditions.push_back(condition(kind));
    shuffle(conditions);
    std::vector<std::string> entries = {std::string("operation: ") + operations[draw(4)], "kernel: " + kernel()};
    if (!conditions.empty() || flip())
      entries.push_back("conditions: {" + joined(conditions) + "}");
    if (draw(2))
      entries.push_back("priority: " + std::to_string(draw(1001)));
    else if (flip())
      entries.push_back("priority: 50");
    if (draw(3) == 0) {
      entries.push_back("name: rule" + std::to_string(ruleNames++));
      unsigned hundredths = draw(10001);
      std::string rest = std::to_string(hundredths % 100);
      entries.push_back("rollout_percent: " + std::to_string(hundredths / 100) + "." + (rest.size() < 2 ? "0" : "") +
                        rest);
    }
    if (draw(5) == 0)
      entries.push_back("enabled: false");
    else if (flip())
      entries.push_back("enabled: TRUE");
    if (draw(5) == 0)
      entries.push_back("strict: true");
    shuffle(entries);
    return "  - {" + joined(entries) + "}\n";
  }

  std::string rules() {
    std::string text = "dispatch_rules:\n  - {operation: rope, kernel: first}\n";
    for (unsigned i = draw(6); i > 0; --i)
      text += rule();
    return text;
  }

  std::string locks() {
    std::vector<std::string> plain = {(flip() ? "norm.rms: " : "rms_norm: ") + kernel(),
                                      "attention.causal: " + kernel()};
    shuffle(plain);
    std::string globs = draw(2) ? "\"*\": a, \"r*\": b" : "\"r*\": b, \"*\": a";
    return "kernel_locks: {" + (flip() ? globs + ", " + joined(plain) : joined(plain) + ", " + globs) + "}\n";
  }
  std::string patterns(const std::string &name) {
    std::string number = std::to_string(draw(100));
    return name + ": " + list({"\"*_experimental\"", "k" + number, kernel()}) + "\n";
  }
  std::string chains() { return "fallback_chains: {rope: [" + kernel() + ", " + kernel() + "], \"*\": []}\n"; }
  std::string scalars() {
    return "cache: {size: " + std::to_string(1 + draw(100)) + ", ttl_seconds: " + integer(draw(10)) + "}\n" +
           (draw(2)  ? "mode: static\n"
            : flip() ? "telemetry: {}\n"
                     : "");
  }

  unsigned seed;
  std::mt19937 meaning, spelling;
  bool respelled = false;
  unsigned ruleNames = 0;
};

} // namespace lzrt::testing
#endif // LZRT_TEST_POLICYGENERATOR_H
