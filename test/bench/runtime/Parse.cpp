//===- Parse.cpp - Reading a policy, beside yaml-cpp's own Load ------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Figures.h"
#include "ManyRules.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>

namespace bench {
namespace {

/// What any reader on yaml-cpp pays.
class NoTree final : public YAML::EventHandler {
  void OnDocumentStart(const YAML::Mark &) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark &, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark &, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark &, const std::string &, YAML::anchor_t, const std::string &) override {}
  void OnSequenceStart(const YAML::Mark &, const std::string &, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark &, const std::string &, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

template <typename Function> double timed(Function function) {
  double start = now();
  function();
  return now() - start;
}

} // namespace

std::vector<Row> parse(const Options &options) {
  std::string text = policyText(options.smoke ? 20 : 1000, 100);
  std::vector<double> seconds =
      interleave(options.smoke ? 1 : 31, {[&] { return timed([&] { keep(parsePolicy(text)); }); },
                                          [&] { return timed([&] { keep(YAML::Load(text)); }); },
                                          [&] {
                                            return timed([&] {
                                              std::istringstream stream(text);
                                              NoTree none;
                                              YAML::Parser(stream).HandleNextDocument(none);
                                            });
                                          }});
  double ratio = seconds[0] / seconds[1];
  return {{"parse and validate, beside yaml-cpp's Load", "times", ratio, 1.3, "yaml-cpp's events alone",
           seconds[2] / seconds[1]},
          {"parse and validate", "ms", seconds[0] * 1e3, std::nullopt, "yaml-cpp's Load", seconds[1] * 1e3}};
}

} // namespace bench
