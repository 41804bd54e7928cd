//===- Main.cpp - The conformance suite on a chosen instruction set -------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// LZ_INSTRUCTIONS=baseline or avx2 makes Highway, which the kernels share with this program, believe in no better
// machine. Where the machine is not even that good, the suite is skipped with exit code 77.
//
//===----------------------------------------------------------------------===//

#include <gtest/gtest.h>
#include <hwy/detect_targets.h>
#include <hwy/targets.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

int main(int argc, char **argv) {
  testing::InitGoogleTest(&argc, argv);
  if (const char *name = std::getenv("LZ_INSTRUCTIONS")) {
    const bool baseline = std::strcmp(name, "baseline") == 0;
    if (!baseline && std::strcmp(name, "avx2") != 0) {
      std::fprintf(stderr, "error: LZ_INSTRUCTIONS is `%s`, not `baseline` or `avx2`\n", name);
      return 2;
    }
    const int64_t targets = baseline ? HWY_STATIC_TARGET : HWY_AVX2;
    if ((hwy::SupportedTargets() & targets) == 0)
      return 77;
    hwy::SetSupportedTargetsForTest(targets);
  }
  return RUN_ALL_TESTS();
}
