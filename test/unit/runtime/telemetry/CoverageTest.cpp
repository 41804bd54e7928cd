//===- CoverageTest.cpp - The summary names who fell short, and why -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lzrt/telemetry/Coverage.h"

#include <gtest/gtest.h>

using namespace lzrt;

namespace {

SiteTelemetry site(std::string name, SiteChoice choice, std::string whyNot = "", std::string last = "") {
  SiteTelemetry site;
  site.site = std::move(name);
  site.choice = choice;
  site.firstChoice = "fast";
  site.lastKernel = std::move(last);
  site.whyNot = std::move(whyNot);
  return site;
}

TEST(Coverage, NothingIsSaidOfNoSites) { EXPECT_EQ(coverageText({}), ""); }

TEST(Coverage, AllSitesRanTheirFirstChoice) {
  TelemetrySnapshot snapshot;
  snapshot.sites = {site("a", SiteChoice::First), site("b", SiteChoice::First)};
  EXPECT_EQ(coverageText(snapshot), "2 of 2 sites ran their first choice\n");
}

TEST(Coverage, EachReasonHasALineTheMostFrequentFirst) {
  TelemetrySnapshot snapshot;
  snapshot.sites = {site("a", SiteChoice::Other, "failed", "slow"), site("b", SiteChoice::First),
                    site("c", SiteChoice::Other, "circuit_open", "slow"), site("d", SiteChoice::NotCalled),
                    site("e", SiteChoice::Other, "circuit_open")};
  EXPECT_EQ(coverageText(snapshot), "1 of 5 sites ran their first choice\n"
                                    "  circuit_open: 2 sites: c (fast -> slow), e (fast -> decomposition)\n"
                                    "  failed: 1 site: a (fast -> slow)\n"
                                    "  not called: 1 site: d\n");
}

TEST(Coverage, LongListsAreCutAndSaySo) {
  TelemetrySnapshot snapshot;
  for (int index = 0; index != 5; ++index)
    snapshot.sites.push_back(site("s" + std::to_string(index), SiteChoice::NotCalled));
  EXPECT_EQ(coverageText(snapshot, 2), "0 of 5 sites ran their first choice\n"
                                       "  not called: 5 sites: s0, s1 and 3 more\n");
}

} // namespace
