//===- SystemCalls.h - Counts a thread's calls of the kernel ----*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_BENCH_RUNTIME_SYSTEMCALLS_H
#define LZ_TEST_BENCH_RUNTIME_SYSTEMCALLS_H

#include <cstdint>

namespace bench {

/// Whether this thread came to the operating system while a watch was armed. One a thread, on the thread that uses it.
/// Syscall user dispatch: the system raises a signal in place of each call, and the handler counts it and lets it pass.
class SystemCallWatch {
public:
  SystemCallWatch();
  ~SystemCallWatch();
  SystemCallWatch(const SystemCallWatch &) = delete;
  SystemCallWatch &operator=(const SystemCallWatch &) = delete;

  /// Where the system does not know how, nothing is counted.
  bool isAvailable() const { return available; }
  void arm();
  void disarm();
  /// How many armed stretches came to the system.
  uint64_t count() const;

private:
  bool available = false;
};

} // namespace bench
#endif // LZ_TEST_BENCH_RUNTIME_SYSTEMCALLS_H
