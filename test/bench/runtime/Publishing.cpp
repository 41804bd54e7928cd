//===- Publishing.cpp - From a new policy to the calls that obey it --------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "../../../runtime/dispatch/Dispatcher.h"
#include "Figures.h"
#include "Live.h"
#include "ManyRules.h"
#include "Policies.h"
#include "PolicyFile.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace bench {
namespace {

/// Seconds of a dry run, and from the publish until the last site runs what the new policy names.
struct Published {
  double prepare, publish, visible;
};
Published publishOnce(lzrt::Dispatcher &dispatcher, const std::string &policy, Caller &caller, const Site &last,
                      int wanted) {
  std::shared_ptr<const lzrt::Policy> parsed = parsePolicy("version: \"1.0\"\n" + policy);
  std::unique_ptr<lzrt::PolicyHost::Prepared> prepared;
  double begin = now();
  if (!dispatcher.prepare(parsed, true, &prepared).isOk())
    fail("a policy was refused");
  double ready = now();
  dispatcher.publish(std::move(prepared));
  double done = now();
  caller.begin();
  caller.call(last, 8, 64);
  double seen = now();
  if (caller.marked != wanted)
    fail("a publish was not seen");
  return {ready - begin, done - ready, seen - ready};
}

} // namespace

std::vector<Row> publishing(const Options &options) {
  const unsigned numSites = options.smoke ? 10 : 1000, rounds = options.smoke ? 2 : 60;
  const std::string policies[] = {always("first"), always("second")};
  auto orchestrator = orchestratorOf(policies[0]);
  std::vector<std::unique_ptr<Site>> sites;
  Caller caller(*orchestrator);
  for (unsigned i = 0; i < numSites; ++i) {
    sites.push_back(Site::norm(*orchestrator));
    caller.call(*sites.back(), 8, 64);
  }
  auto misses = [&] {
    uint64_t sum = 0;
    for (const std::unique_ptr<Site> &site : sites)
      sum += site->misses();
    return sum;
  };
  const uint64_t before = misses();
  std::vector<double> prepare, publish, visible;
  for (unsigned i = 0; i < rounds; ++i) {
    int wanted = i % 2 ? 1 : 2;
    Published one = publishOnce(*orchestrator->dispatcher(), policies[wanted - 1], caller, *sites.back(), wanted);
    prepare.push_back(one.prepare * 1e6);
    publish.push_back(one.publish * 1e6);
    visible.push_back(one.visible * 1e6);
  }
  return {{"publish to visible", "us", median(visible), 200, "publish alone", median(publish)},
          {"the dry run before it", "us", median(prepare), std::nullopt, "", std::nullopt},
          {"calls that missed because of a publish", "calls", double(misses() - before), 0, "", std::nullopt}};
}

PolicyFile::PolicyFile() {
  folder = (std::filesystem::temp_directory_path() / ("lzrt-bench-" + std::to_string(::getpid()))).string();
  std::filesystem::create_directory(folder);
}
PolicyFile::~PolicyFile() {
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}
void PolicyFile::stage(const std::string &text) const {
  std::ofstream(folder + "/next.yaml") << text;
  std::filesystem::permissions(folder + "/next.yaml", std::filesystem::perms(0600));
}
void PolicyFile::swap() const { std::filesystem::rename(folder + "/next.yaml", path()); }
void PolicyFile::write(const std::string &text) const {
  stage(text);
  swap();
}

std::string exampleText() {
  std::ifstream file(LZ_CONFIGS_DIR "/dispatch-modes.yaml");
  std::stringstream text;
  text << file.rdbuf();
  if (text.str().find("kernel_locks") == std::string::npos)
    fail("no example of the dispatch modes at " LZ_CONFIGS_DIR);
  return text.str();
}
std::string otherExampleText() {
  std::string text = exampleText();
  const std::string from = "kernel_locks: {attention.causal: flash_attention_v2}";
  size_t at = text.find(from);
  if (at == std::string::npos)
    fail("the example of the dispatch modes has another lock than this program knows");
  return text.replace(at, from.size(), "kernel_locks: {attention.causal: torch_sdpa}");
}

std::unique_ptr<lzrt::Orchestrator> watchingOrchestrator(const PolicyFile &file) {
  lzrt::OrchestratorOptions options;
  options.registry = &benchKernels();
  options.policyPath = file.path();
  options.watch = true;
  std::unique_ptr<lzrt::Orchestrator> made;
  if (lzrt::Status status = lzrt::Orchestrator::create(std::move(options), &made); !status.isOk())
    fail(status.message());
  return made;
}

std::vector<Row> reloading(const Options &options) {
  const std::string texts[] = {exampleText(), otherExampleText()};
  PolicyFile file;
  file.write(texts[0]);
  auto orchestrator = watchingOrchestrator(file);
  auto site = Site::attention(*orchestrator);
  Caller caller(*orchestrator);
  caller.call(*site, 2, 128);
  if (caller.marked != 1)
    fail("the example does not run what it locks");
  std::vector<double> times;
  for (unsigned i = 0; i < (options.smoke ? 2 : 60); ++i) {
    const int wanted = i % 2 ? 1 : 2;
    file.stage(texts[wanted - 1]);
    ::usleep(5000); // the attempt before this one has come to its end
    double begin = now(), seen = begin;
    file.swap();
    for (caller.marked = 0; caller.marked != wanted; seen = now()) {
      if (seen - begin > 10)
        fail("a change of the file was not seen in ten seconds");
      caller.begin();
      caller.call(*site, 2, 128);
    }
    times.push_back((seen - begin) * 1e3);
  }
  return {{"file to visible", "ms", median(times), 1, "the slowest tenth", quantile(times, 0.9)}};
}

} // namespace bench
