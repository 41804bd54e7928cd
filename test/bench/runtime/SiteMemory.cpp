//===- SiteMemory.cpp - What a live site holds -----------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Figures.h"
#include "Live.h"
#include "Policies.h"

namespace bench {

/// The record is what hits read; the rest is read and written by misses and publishes alone.
std::vector<Row> siteMemory(const Options &options) {
  const unsigned numSites = options.smoke ? 10 : 1000;
  auto orchestrator = orchestratorOf(twoFacts(true));
  Caller caller(*orchestrator);
  {
    auto first = Site::norm(*orchestrator); // what is made once, not for each site
    caller.call(*first, 8, 64);
  }
  const lz_site_t *added = nullptr;
  auto example = Site::norm(*orchestrator);
  std::vector<const lz_site_t *> sites;
  sites.reserve(numSites);
  auto perSite = [&, before = liveBytes()] { return double(liveBytes() - before) / numSites; };
  for (unsigned i = 0; i < numSites; ++i) {
    if (!orchestrator->addSite(example->site(), &added).isOk())
      fail("a site was refused");
    sites.push_back(added);
  }
  const double bare = perSite();
  auto callAll = [&](int64_t d0, int64_t d1) {
    for (const lz_site_t *site : sites) {
      lz_call_t *block = caller.block(*example, d0, d1);
      block->site = site;
      if (callLive(block, site->live, d0, d1) != LZ_STATUS_OK)
        fail("a call failed");
    }
  };
  callAll(8, 64);
  const double one = perSite();
  for (auto [d0, d1] : {std::pair<int64_t, int64_t>{8, 5000}, {5000, 64}, {5000, 5000}})
    callAll(d0, d1);
  const double four = perSite();
  for (const lz_site_t *site : sites)
    (void)orchestrator->removeSite(site);
  constexpr double record = sizeof(lz_live_site_t), several = lzrt::numSeveral * sizeof(lz_live_entry_t);
  return {{"the record of a site, one entry", "bytes", record, 64, "", std::nullopt},
          {"the record of a site, four entries", "bytes", record + several, 256, "", std::nullopt},
          {"all that a site holds before its first call", "bytes", bare, std::nullopt, "", std::nullopt},
          {"all that a site holds, one entry", "bytes", one, std::nullopt, "", std::nullopt},
          {"all that a site holds, four entries", "bytes", four, std::nullopt, "", std::nullopt}};
}

} // namespace bench
