//===- Policies.h - Policies that make sites of one kind or another -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All are for Site::norm, whose every call runs a kernel that does nothing; without the line of the version.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_BENCH_RUNTIME_POLICIES_H
#define LZ_TEST_BENCH_RUNTIME_POLICIES_H

#include <string>

namespace bench {

/// No condition reads an extent.
std::string noFacts(bool telemetry);
/// Both extents are compared with a threshold, 1000: four regions.
std::string twoFacts(bool telemetry);
/// Thresholds at each multiple of 64: columns x rows regions, which a cache of any size may hold.
std::string grid(unsigned columns, unsigned rows);
/// Runs `kernel` whatever the extents, of any operation.
std::string always(const std::string &kernel);

} // namespace bench
#endif // LZ_TEST_BENCH_RUNTIME_POLICIES_H
