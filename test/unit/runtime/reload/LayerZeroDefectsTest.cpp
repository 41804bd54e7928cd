//===- LayerZeroDefectsTest.cpp - What LayerZero's hot reload gets wrong -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One test for each defect that was found in the original's hot reload, named for what must hold instead.
//
//===----------------------------------------------------------------------===//
#include "ReloadTesting.h"

#include <fcntl.h>
#include <sys/stat.h>

using namespace lzrt;
using namespace lzrt::testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {

class LayerZeroDefects : public ReloadTest {
protected:
  void watch() {
    createWith(policyText(0, "watch_interval_seconds: 100000"));
    Status status = reloader->startWatching();
    ASSERT_TRUE(status.isOk()) << status.message();
  }
  bool serves(int number) {
    return eventually([&] { return host.number() == number; });
  }
};

/// It ignored events for a while after one, and so the last write of a burst.
TEST_F(LayerZeroDefects, ReloadDropsNoLastWrite) {
  watch();
  for (int burst = 1; burst <= 20; ++burst) {
    for (int i = 0; i < 5; ++i)
      write(file, policyText(100 * burst + i, "watch_interval_seconds: 100000"));
    ASSERT_TRUE(serves(100 * burst + 4));
  }
}

/// It listened to modifications of the file alone, which is not how editors and deployments replace one.
TEST_F(LayerZeroDefects, ReloadMissesNoRename) {
  watch();
  replace(policyText(1, "watch_interval_seconds: 100000"));
  EXPECT_TRUE(serves(1));
  replace(policyText(2));
  EXPECT_TRUE(serves(2)) << "the file that replaced the first is followed as well";
}

/// It compared modification times: a file that keeps its time, or takes an older one, was not seen.
TEST_F(LayerZeroDefects, ReloadLooksAtMoreThanTheModificationTime) {
  watch();
  struct stat before;
  ASSERT_EQ(::stat(file.c_str(), &before), 0);
  const timespec times[] = {before.st_atim, before.st_mtim};
  write(folder / "next", policyText(1, "watch_interval_seconds: 100000"));
  ASSERT_EQ(fs::file_size(folder / "next"), size_t(before.st_size));
  ASSERT_EQ(::utimensat(AT_FDCWD, (folder / "next").c_str(), times, 0), 0);
  fs::rename(folder / "next", file);
  EXPECT_TRUE(serves(1));
}

/// It counted identical content as another version, which took the place of the policy to return to.
TEST_F(LayerZeroDefects, ReloadOfIdenticalContentKeepsTheRollbackTarget) {
  createWith(policyText(1));
  change(policyText(2));
  for (int i = 0; i < 3; ++i)
    change(policyText(2));
  EXPECT_EQ(reloader->stats().configVersion, 2u);
  EXPECT_EQ(reloads.size(), 1u);
  ASSERT_TRUE(reloader->rollback().isOk());
  EXPECT_EQ(host.number(), 1);
}

/// It had a rollback that nothing ever called.
TEST_F(LayerZeroDefects, ReloadRollsBackByItself) {
  createWith(policyText(1));
  ASSERT_TRUE(reloader->startWatching().isOk());
  replace(policyText(2));
  ASSERT_TRUE(eventually([&] { return numReloads() == 1; }));
  host.failures += 10;
  clock->advance(1s);
  EXPECT_TRUE(serves(1));
}

/// It logged what its validation found, and told its callback nothing.
TEST_F(LayerZeroDefects, ReloadReportsValidationFailuresToOnError) {
  createWith(policyText(1));
  change(faultyText);
  host.refused.insert(2);
  change(policyText(2));
  EXPECT_THAT(errors, ElementsAre(HasSubstr(file.string() + ":2:1: error: unknown key `kernel_denys`"),
                                  HasSubstr("sites `a`, `b` would have no kernel")));
  EXPECT_EQ(host.number(), 1);
}

/// It accepted other keys than its documentation has. Here the documented example is what a reload takes, and a key
/// that it lacks is refused.
TEST_F(LayerZeroDefects, ReloadReadsTheDocumentedSchema) {
  createWith(policyText(1));
  std::ostringstream example;
  example << std::ifstream(LZ_CONFIGS_DIR "/dispatch-modes.yaml").rdbuf();
  change(example.str());
  EXPECT_THAT(errors, ElementsAre());
  EXPECT_EQ(reloader->stats().policyDigest, digestOf(example.str()));
  change(policyText(2) + "kernels: {}\n");
  EXPECT_EQ(errors.size(), 1u);
}

} // namespace
