//===- Worker.h - Checks modules in processes that may crash -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_GENERATOR_WORKER_H
#define LZ_TEST_GENERATOR_WORKER_H

#include "Checks.h"

namespace lz::generator {

struct Range {
  uint64_t first = 1, count = 1;
  unsigned runPercent = 0; ///< How many of a hundred modules are run.
  bool prints = false;
};

/// Checks the modules of a range of seeds. Each failure is shrunk and reported: seed, step, what was said, module; a
/// report that answers false ends the check.
void checkRange(const Range &range, Tally &tally, const std::function<bool(const std::string &)> &report);

} // namespace lz::generator
#endif // LZ_TEST_GENERATOR_WORKER_H
