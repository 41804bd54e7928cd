//===- Report.cpp - Which kernel ran at each site, and why -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Report.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <algorithm>
#include <utility>

namespace mlir::lz::run {
namespace {

/// The facts of a call as a JSON object, null where absent, so that `lz-policy explain --contexts` takes them back
/// (C8).
std::string factsJson(const lz_call_t *call) {
  lzrt::FactSet facts = lzrt::factsOf(call);
  std::string text;
  for (const lzrt::SchemaRow &row : lzrt::schemaOf(facts.operation())) {
    const lzrt::Fact &fact = facts.get(row.fact);
    if (row.source == LZ_SOURCE_CANDIDATE || fact.isOpen())
      continue;
    text += (text.empty() ? "\"" : ", \"") + std::string(lzrt::factName(row.fact)) +
            "\": " + (fact.isKnown() ? lzrt::toJson(fact.value()) : "null");
  }
  return "{" + text + "}";
}

llvm::json::Value orNull(const std::string &text) {
  return text.empty() ? llvm::json::Value(nullptr) : llvm::json::Value(text);
}

std::string padded(StringRef text, size_t width) {
  return (text + std::string(width > text.size() ? width - text.size() : 0, ' ')).str();
}

} // namespace

Report::Report(DispatchReport decisions, const lzrt::BoundModule &module, bool trace)
    : decisions(std::move(decisions)), module(module), trace(trace) {
  for (const DispatchReport::Row &row : this->decisions.rows) {
    Site &site = sites[keyOf(row.site, row.operation)];
    site.reason = row.reason;
    site.rule = row.rule;
  }
  interface = {sizeof(lz_observer_t), 0, this,
               [](void *self, const lz_call_t *call, const char *kernel, int32_t status, int32_t how) {
                 static_cast<Report *>(self)->onCall(call, kernel, status, how);
               }};
}

void Report::beginRun() {
  for (auto &[key, site] : sites) {
    site.count = 0;
    site.calls.clear();
    site.pending.clear();
  }
}

std::string Report::whyOf(const Site &site) {
  return site.reason + (site.rule >= 0 ? " " + std::to_string(site.rule) : "");
}

std::vector<Report::Change> Report::takeChanges() {
  std::vector<Change> changes;
  for (const DispatchReport::Row &row : decisions.rows) {
    Site &site = sites.at(keyOf(row.site, row.operation));
    std::string now = site.kernel.empty() ? "decomposition" : site.kernel;
    if (site.count == 0 || site.told == now)
      continue;
    changes.push_back({row.site, std::exchange(site.told, now), now, whyOf(site)});
  }
  return changes;
}

std::vector<int> Report::deniedKernels() const {
  std::shared_ptr<const lzrt::Selector> live = module.liveSelector();
  std::vector<int> denied;
  for (auto [index, kernel] : llvm::enumerate(module.selector().kernels().kernels()))
    if (llvm::any_of(live->policy().denies, [&](const lzrt::Pattern &deny) { return kernel.matches(deny.glob); }))
      denied.push_back(int(index));
  return denied;
}

void Report::explain(const lz_call_t *call, const char *kernel, Site &site) const {
  const bool isLive = (call->site->flags & LZ_SITE_LIVE) != 0;
  std::shared_ptr<const lzrt::Selector> live = isLive ? module.liveSelector() : nullptr;
  const lzrt::Selector &selector = live ? *live : module.selector();
  lzrt::FactSet facts = lzrt::factsOf(call);
  lzrt::Query query;
  query.facts = &facts;
  query.mode = lzrt::Mode(call->site->mode);
  if (call->context->rollout_key)
    query.rolloutKey = std::string(call->context->rollout_key, call->context->rollout_key_size);
  query.rolloutDraw = uint32_t(call->context->rollout_draw);
  for (const Failure &failure : site.pending)
    query.failed.push_back(selector.kernels().find(failure.kernel));
  if (!isLive)
    query.excluded = deniedKernels();
  // The site's mode first, then where a call goes when that has nothing left.
  std::vector<lzrt::Mode> modes = lzrt::Selector::fallbackModes(query.mode);
  modes.insert(modes.begin(), query.mode);
  for (lzrt::Mode mode : modes) {
    if (mode != query.mode) { // S9 begins anew, without what has failed
      query.excluded.insert(query.excluded.end(), query.failed.begin(), query.failed.end());
      query.failed.clear();
    }
    query.mode = mode;
    lzrt::Selection selection = selector.select(query);
    if (selection.kernel() < 0 || selector.kernels().kernels()[selection.kernel()].name != kernel)
      continue;
    site.reason = std::string(lzrt::reasonName(selection.reason));
    site.rule = selection.rule;
    return;
  }
}

void Report::onCall(const lz_call_t *call, const char *kernel, int32_t status, int32_t how) {
  auto operation = lzrt::operationName(lzrt::Operation(call->site->operation));
  Site &site = sites[keyOf(call->site->name, StringRef(operation.data(), operation.size()))];
  if (how != LZ_RAN_CONTINUATION)
    site.pending.clear();
  if (status != LZ_STATUS_OK) {
    site.pending.push_back({kernel ? kernel : "decomposition", status});
    return;
  }
  ++site.count;
  site.kernel = kernel ? kernel : "";
  if (kernel) {
    explain(call, kernel, site);
  } else {
    site.reason = lzrt::reasonName(lzrt::Reason::NoKernelAvailable);
    site.rule = -1;
  }
  if (trace)
    site.calls.push_back({factsJson(call), site.kernel, site.pending});
  site.pending.clear();
}

/// `name`, or its end behind ".." where it is longer than `width`: the end tells sites apart.
static std::string ending(StringRef name, size_t width) {
  return name.size() <= width ? name.str() : (".." + name.take_back(width - 2)).str();
}

void Report::printText(llvm::raw_ostream &out, size_t width) const {
  // One mode for all is said once where width matters.
  const bool oneMode = width != 0 && llvm::all_of(decisions.rows, [&](const DispatchReport::Row &row) {
                         return row.mode == decisions.rows.front().mode;
                       });
  size_t siteWidth = 4, kernelWidth = 6;
  for (const DispatchReport::Row &row : decisions.rows) {
    siteWidth = std::max(siteWidth, row.site.size());
    kernelWidth = std::max(kernelWidth, sites.at(keyOf(row.site, row.operation)).kernel.size());
  }
  // Of the other columns, `decided` takes 7 and `why` about 15, with a space between.
  if (const size_t others = 7 + kernelWidth + 15 + 3; width != 0 && siteWidth + others > width)
    siteWidth = std::max<size_t>(20, width > others ? width - others : 0);
  if (oneMode && !decisions.rows.empty())
    out << "mode: " << decisions.rows.front().mode << "\n";
  auto columns = [&](StringRef site, StringRef mode, StringRef decided, StringRef kernel) {
    out << padded(ending(site, siteWidth), siteWidth) << " ";
    if (!oneMode)
      out << padded(mode, 10) << " ";
    out << padded(decided, 7) << " " << padded(kernel, kernelWidth) << " ";
  };
  columns("site", "mode", "decided", "kernel");
  out << "why\n";
  for (const DispatchReport::Row &row : decisions.rows) {
    const Site &site = sites.at(keyOf(row.site, row.operation));
    columns(row.site, row.mode, row.decided, site.kernel.empty() ? "-" : StringRef(site.kernel));
    out << whyOf(site);
    if (!row.requestedMode.empty() && row.requestedMode != row.mode)
      out << ", asked for " << row.requestedMode;
    if (row.copies > 0)
      out << ", " << row.copies << " copied";
    out << "\n";
    printCalls(out, site);
  }
}

void Report::printCalls(llvm::raw_ostream &out, const Site &site) {
  for (const Call &call : site.calls) {
    out << "  " << (call.kernel.empty() ? "decomposition" : call.kernel);
    for (const Failure &failure : call.failures)
      out << ", after " << failure.kernel << " (" << llvm::StringRef(lzrt::statusText(failure.status)) << ")";
    out << " " << call.factsJson << "\n";
  }
}

void Report::printJson(llvm::raw_ostream &out) const {
  llvm::json::OStream json(out, 1);
  auto callJson = [&](const Call &call) {
    json.object([&] {
      json.attributeBegin("facts");
      json.rawValue(call.factsJson);
      json.attributeEnd();
      json.attribute("kernel", orNull(call.kernel));
      if (!call.failures.empty())
        json.attributeArray("failed", [&] {
          for (const Failure &failure : call.failures)
            json.object([&] {
              json.attribute("kernel", failure.kernel);
              json.attribute("status", failure.status);
            });
        });
    });
  };
  auto siteJson = [&](const DispatchReport::Row &row) {
    const Site &site = sites.at(keyOf(row.site, row.operation));
    json.object([&] {
      json.attribute("site", row.site);
      json.attribute("operation", row.operation);
      json.attribute("mode", row.mode);
      json.attribute("decided", row.decided);
      json.attribute("kernel", orNull(site.kernel));
      json.attribute("reason", site.reason);
      json.attribute("rule", site.rule < 0 ? llvm::json::Value(nullptr) : llvm::json::Value(site.rule));
      if (trace)
        json.attributeArray("calls", [&] { llvm::for_each(site.calls, callJson); });
    });
  };
  json.object([&] {
    json.attribute("policy_digest", decisions.policyDigest);
    json.attribute("selection_digest", decisions.selectionDigest);
    json.attributeArray("sites", [&] { llvm::for_each(decisions.rows, siteJson); });
  });
  out << "\n";
}

} // namespace mlir::lz::run
