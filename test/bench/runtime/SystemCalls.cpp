//===- SystemCalls.cpp - Counts a thread's calls of the kernel -------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "SystemCalls.h"

#include <csignal>
#include <sys/prctl.h>
#include <ucontext.h>

namespace bench {
namespace {

// Numbers of linux/prctl.h, which older systems' headers lack.
constexpr int setDispatch = 59, off = 0, on = 1;
constexpr char allow = 0, block = 1;

thread_local volatile char selector = allow;
thread_local volatile uint64_t caught = 0;

/// The call has not been made: it is made again, now that it may.
void onCall(int, siginfo_t *info, void *where) {
  selector = allow;
  caught = caught + 1;
#ifdef __x86_64__
  constexpr int sizeOfInstruction = 2;
  auto &registers = static_cast<ucontext_t *>(where)->uc_mcontext.gregs;
  registers[REG_RAX] = info->si_syscall;
  registers[REG_RIP] -= sizeOfInstruction;
#else
  (void)info;
  (void)where;
#endif
}

} // namespace

SystemCallWatch::SystemCallWatch() {
#ifdef __x86_64__
  struct sigaction action{};
  action.sa_sigaction = onCall;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSYS, &action, nullptr);
  caught = 0;
  available = prctl(setDispatch, on, 0, 0, &selector) == 0;
#endif
}
SystemCallWatch::~SystemCallWatch() {
  disarm();
  if (available)
    prctl(setDispatch, off, 0, 0, 0);
}
void SystemCallWatch::arm() {
  if (available)
    selector = block;
}
void SystemCallWatch::disarm() { selector = allow; }
uint64_t SystemCallWatch::count() const { return caught; }

} // namespace bench
