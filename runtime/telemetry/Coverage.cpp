//===- Coverage.cpp - How many sites ran their first choice ---------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lzrt/telemetry/Coverage.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace lzrt {
namespace {

struct Shortfall {
  std::string_view reason;
  std::vector<const SiteTelemetry *> sites;
};

std::string_view reasonOf(const SiteTelemetry &site) {
  if (site.choice == SiteChoice::NotCalled)
    return "not called";
  return site.whyNot.empty() ? std::string_view("unknown") : std::string_view(site.whyNot);
}

/// By the number of sites, the most first, then by reason.
std::vector<Shortfall> shortfalls(const TelemetrySnapshot &snapshot) {
  std::vector<Shortfall> all;
  for (const SiteTelemetry &site : snapshot.sites) {
    if (site.choice == SiteChoice::First)
      continue;
    auto isOfReason = [&](const Shortfall &shortfall) { return shortfall.reason == reasonOf(site); };
    auto found = std::find_if(all.begin(), all.end(), isOfReason);
    if (found == all.end())
      found = all.insert(all.end(), {reasonOf(site), {}});
    found->sites.push_back(&site);
  }
  std::sort(all.begin(), all.end(), [](const Shortfall &a, const Shortfall &b) {
    return std::pair(b.sites.size(), a.reason) < std::pair(a.sites.size(), b.reason);
  });
  return all;
}

std::string numSites(size_t number) { return std::to_string(number) + (number == 1 ? " site" : " sites"); }

std::string describe(const SiteTelemetry &site) {
  if (site.choice == SiteChoice::NotCalled)
    return site.site;
  auto name = [](const std::string &kernel) { return kernel.empty() ? std::string("decomposition") : kernel; };
  return site.site + " (" + name(site.firstChoice) + " -> " + name(site.lastKernel) + ")";
}

} // namespace

std::string coverageText(const TelemetrySnapshot &snapshot, size_t sitesPerReason) {
  if (snapshot.sites.empty())
    return {};
  auto ranFirst = [](const SiteTelemetry &site) { return site.choice == SiteChoice::First; };
  const auto covered = std::count_if(snapshot.sites.begin(), snapshot.sites.end(), ranFirst);
  std::string text = std::to_string(covered) + " of " + numSites(snapshot.sites.size()) + " ran their first choice\n";
  for (const Shortfall &shortfall : shortfalls(snapshot)) {
    text += "  " + std::string(shortfall.reason) + ": " + numSites(shortfall.sites.size());
    const size_t shown = std::min(shortfall.sites.size(), sitesPerReason);
    for (size_t index = 0; index != shown; ++index)
      text += (index == 0 ? ": " : ", ") + describe(*shortfall.sites[index]);
    if (shown != 0 && shown != shortfall.sites.size())
      text += " and " + std::to_string(shortfall.sites.size() - shown) + " more";
    text += "\n";
  }
  return text;
}

} // namespace lzrt
