//===- TeamTest.cpp - Threads that oneDNN starts --------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// `onednn_matmul` has threads of its own, and no more of them than the executor of the call.
//
//===----------------------------------------------------------------------===//

#include "CallBuilder.h"
#include "Case.h"
#include "Catalogue.h"
#include "TestContext.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

using namespace lz::test;

namespace {

long threadsOfThisProcess() {
  std::filesystem::directory_iterator tasks("/proc/self/task");
  return std::distance(begin(tasks), end(tasks));
}

/// The team that oneDNN takes for a product of square matrices under an executor of that size. A team belongs to the
/// thread that asks for it, so each measurement has a thread of its own.
class Team {
public:
  explicit Team(int64_t extent) : extent(extent), matrices(3, std::vector<float>(extent * extent)) {}

  /// 0 where no OpenMP is loaded. `allowed`: what the process allows a team, which the kernel must leave as it was.
  long sizeUnder(uint32_t executorThreads, int allowed) {
    long size = 0;
    std::thread([&] { size = measure(executorThreads, allowed); }).join();
    return size;
  }

private:
  long measure(uint32_t executorThreads, int allowed) {
    void *openmp = dlopen("libgomp.so.1", RTLD_NOW | RTLD_NOLOAD);
    if (!openmp)
      return 0;
    auto set = reinterpret_cast<void (*)(int)>(dlsym(openmp, "omp_set_num_threads"));
    auto get = reinterpret_cast<int (*)()>(dlsym(openmp, "omp_get_max_threads"));
    set(allowed);
    ThreadExecutor executor(executorThreads);
    TestContext context(&executor);
    CallBuilder builder(LZ_OP_MATMUL);
    for (unsigned slot = 0; slot < 3; ++slot)
      builder.tensor(slot == 2 ? outSlot() : slot, matrices[slot].data(), dtypeOf(lz::kernels::Element::F32),
                     {extent, extent});
    long before = threadsOfThisProcess();
    for (const CatalogueKernel *kernel : kernelsOf(LZ_OP_MATMUL))
      if (kernel->name == "onednn_matmul")
        EXPECT_EQ(kernel->entry->execute(builder.build(context.get())), LZ_STATUS_OK);
    EXPECT_EQ(get(), allowed);
    return threadsOfThisProcess() - before + 1;
  }

  static unsigned outSlot() {
    auto roles = rolesOf(LZ_OP_MATMUL);
    return unsigned(std::find(roles.begin(), roles.end(), LZ_ROLE_OUT) - roles.begin());
  }

  int64_t extent;
  std::vector<std::vector<float>> matrices;
};

TEST(Team, IsNoLargerThanTheExecutorNorThanTheWorkIsWorth) {
  Team large(512), small(8);
  if (large.sizeUnder(1, 3) == 0)
    GTEST_SKIP() << "oneDNN does not use GNU's OpenMP here";
  EXPECT_EQ(large.sizeUnder(1, 3), 1);
  EXPECT_EQ(large.sizeUnder(2, 3), 2);
  EXPECT_EQ(small.sizeUnder(3, 3), 1);
}

} // namespace
