//===- ManyRules.h - A policy of many rules, and calls under it -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All rules are of one operation and no fact is settled: the hardest site that a policy of this size can have.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_BENCH_RUNTIME_MANYRULES_H
#define LZ_TEST_BENCH_RUNTIME_MANYRULES_H

#include "lzrt/policy/Selector.h"

#include <memory>
#include <random>
#include <string>
#include <vector>

namespace bench {

/// About 190 bytes of YAML a rule.
std::string policyText(unsigned rules, unsigned kernels);
std::string manifestText(unsigned kernels);
std::shared_ptr<const lzrt::Policy> parsePolicy(const std::string &text);
std::shared_ptr<const lzrt::KernelSet> parseKernels(const std::string &text);

/// What a site of the operation knows when it is compiled without any extent.
lzrt::FactSet siteFacts();
/// Whole calls of the site, at which the policy's rules and the fallback are chosen.
std::vector<lzrt::FactSet> drawCalls(unsigned count);

} // namespace bench
#endif // LZ_TEST_BENCH_RUNTIME_MANYRULES_H
