//===- Instructions.h - Counts of instructions by callgrind -----*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_BENCH_RUNTIME_INSTRUCTIONS_H
#define LZ_TEST_BENCH_RUNTIME_INSTRUCTIONS_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bench {

/// Why figures of compiled code are missing where no driver was given.
inline constexpr char needsCompiler[] = "needs the compiler's build: --static-call PATH";

/// Whether valgrind can be run.
bool hasCallgrind();

/// Makes the calls that are counted, each kind `countedCalls` times, with a mark behind each kind.
void driveCountedCalls();
constexpr unsigned countedCalls = 100;

/// Runs a program under callgrind, which counts inside of `functions` alone, and what that came to at each mark: each
/// return from `mark`, or with none at its end. Empty: it did not run.
std::vector<uint64_t> countInstructions(const std::vector<std::string> &program,
                                        const std::vector<std::string> &functions, const std::string &mark = "");

/// Runs a program to its end. Its output; nullopt: it could not be run or failed.
std::optional<std::string> outputOf(const std::vector<std::string> &program);

} // namespace bench
#endif // LZ_TEST_BENCH_RUNTIME_INSTRUCTIONS_H
