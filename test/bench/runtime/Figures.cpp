//===- Figures.cpp - The list of figures -----------------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Figures.h"

namespace bench {

static constexpr Figure table[] = {
    {"cold-selection", "a decision that no cache holds, 1,000 rules x 100 kernels, with its region", coldSelection},
    {"parse", "parse and validate a policy of 1,000 rules", parse},
    {"snapshot-memory", "what a policy of 1,000 rules and the plan of a site hold", snapshotMemory},
};

std::span<const Figure> figures() { return table; }

} // namespace bench
