//===- Watch.cpp - Follows a policy while a model runs -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Watch.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Signals.h"

#include <csignal>
#include <map>

namespace mlir::lz::run {
namespace {

volatile std::sig_atomic_t interrupted = 0;

constexpr size_t namesShown = 8;

std::string countText(size_t count, StringRef what) {
  return std::to_string(count) + " " + what.str() + (count == 1 ? "" : "s");
}

/// "a, b and 3 more".
std::string namesText(llvm::ArrayRef<std::string> names) {
  std::string text = llvm::join(names.take_front(namesShown), ", ");
  if (names.size() > namesShown)
    text += " and " + std::to_string(names.size() - namesShown) + " more";
  return text;
}

using SitesByChange = llvm::MapVector<std::string, std::vector<std::string>, std::map<std::string, unsigned>>;

/// The sites with the same change, by its text.
SitesByChange byChange(llvm::ArrayRef<Report::Change> changes) {
  SitesByChange sites;
  for (const Report::Change &change : changes)
    sites[(change.before.empty() ? "" : change.before + " -> ") + change.after + " (" + change.why + ")"].push_back(
        change.site);
  return sites;
}

} // namespace

lzrt::Status Watch::start(const lzrt::KernelRegistry &registry) {
  lzrt::OrchestratorOptions wanted;
  wanted.registry = &registry;
  wanted.policyPath = options.policy;
  wanted.environment = options.environment;
  wanted.watch = true;
  wanted.metricsAddress = options.metrics;
  wanted.controlPath = options.control;
  wanted.onError = [this](const lzrt::Status &status) { tellError(status); };
  wanted.onBreaker = [this](const lzrt::BreakerNotice &notice) { tellBreaker(notice); };
  if (lzrt::Status status = lzrt::Orchestrator::create(std::move(wanted), &orchestrator); !status.isOk())
    return status;
  if (options.metrics)
    say({"metrics at http://" + orchestrator->metricsAddress() + "/metrics"});
  if (options.control)
    say({"control socket `" + orchestrator->controlPath() + "`"});
  return lzrt::Status();
}

void Watch::begin() {
  llvm::sys::SetInterruptFunction([] { interrupted = 1; });
}

bool Watch::isOver() const { return interrupted != 0; }

bool Watch::isNews(Moment moment) const {
  return moment.version != told.version || moment.breakerChanges != told.breakerChanges;
}

void Watch::say(llvm::ArrayRef<std::string> lines) {
  std::string text;
  for (const std::string &line : lines)
    text += "lz-run: " + line + "\n";
  std::lock_guard<std::mutex> lock(saying);
  llvm::errs() << text;
}

/// A policy may have several errors, a line each.
void Watch::tellError(const lzrt::Status &status) {
  llvm::SmallVector<StringRef> lines;
  StringRef(status.message()).split(lines, '\n', -1, /*KeepEmpty=*/false);
  say(llvm::map_to_vector(lines, [](StringRef line) { return "reload: " + line.str(); }));
}

void Watch::tellBreaker(const lzrt::BreakerNotice &notice) {
  say({"breaker of `" + std::string(notice.kernel) + "` on " + std::string(notice.device) + ": " +
       std::string(notice.from) + " -> " + std::string(notice.to)});
  ++breakerChanges;
}

void Watch::tell(Moment moment, Report &report, const lzrt::BoundModule &module) {
  const bool isPublished = moment.version != told.version;
  const std::string digest = orchestrator->selector()->policyDigest();
  std::vector<std::string> outdated = isPublished ? module.outdatedSites() : std::vector<std::string>();
  if (orchestrator->version() != moment.version)
    return;
  std::vector<Report::Change> changes = report.takeChanges();
  const std::string sites = countText(report.numSites(), "site");
  const std::string count =
      std::to_string(changes.size()) + " of " + sites + (changes.size() == 1 ? " runs" : " run") + " another kernel";
  std::vector<std::string> lines;
  if (isPublished)
    lines.push_back("policy version " + std::to_string(moment.version) + ", digest " + digest + ": " +
                    (told.version == 0 ? sites : count));
  else if (!changes.empty())
    lines.push_back("behind the breaker: " + count);
  for (const auto &[what, names] : byChange(changes))
    lines.push_back("  " + what + ": " + (names.size() > 1 ? countText(names.size(), "site") + ": " : "") +
                    namesText(names));
  if (!outdated.empty())
    lines.push_back("  compiled otherwise than this policy says: " + namesText(outdated) +
                    "; start again to compile under it");
  say(lines);
  told = moment;
}

} // namespace mlir::lz::run
