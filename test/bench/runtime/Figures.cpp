//===- Figures.cpp - The list of figures -----------------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Figures.h"

namespace bench {

static constexpr Figure table[] = {
    {"instructions", "beyond a plain indirect call unless said, counted by callgrind", instructions},
    {"compiled-code", "what compiled code adds to a call, by the driver of test/bench/static-call", compiled},
    {"hit", "a call that its site's record answers, beyond a plain indirect call", hits},
    {"table-hit", "a call at a site of more regions than its record holds, beyond a plain indirect call", tableHits},
    {"cold-selection", "a decision that no cache holds, 1,000 rules x 100 kernels, with its region", coldSelection},
    {"publish", "a publish over 1,000 sites, grace period excluded", publishing},
    {"reload", "the example of the page on dispatch modes, from its file to a call", reloading},
    {"parse", "parse and validate a policy of 1,000 rules", parse},
    {"readers", "calls during 100 reloads a second", readers},
    {"threads", "calls a second, beside a control that calls the kernel itself", threads},
    {"site-memory", "what a live site holds", siteMemory},
    {"snapshot-memory", "what a policy of 1,000 rules and the plan of a site hold", snapshotMemory},
};

std::span<const Figure> figures() { return table; }

} // namespace bench
