//===- CHandles.h - What the C API's handles stand for ----------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_ORCHESTRATOR_CHANDLES_H
#define LZRT_ORCHESTRATOR_CHANDLES_H

#include "lzrt/Module.h"
#include "lzrt/Orchestrator.h"
#include "lzrt/ThreadPool.h"
#include "lzrt/lzrt.h"

#include <exception>

struct lzrt_registry {
  lzrt::KernelRegistry registry;
};
struct lzrt_thread_pool {
  explicit lzrt_thread_pool(unsigned threads) : pool(threads) {}
  lzrt::ThreadPool pool;
};
struct lzrt_module {
  std::unique_ptr<lzrt::BoundModule> module;
};
struct lzrt_orchestrator {
  std::unique_ptr<lzrt::Orchestrator> orchestrator;
};

namespace lzrt {

/// Of the last failure on this thread.
std::string &lastMessage();

inline int32_t report(const Status &status) {
  if (!status.isOk())
    lastMessage() = status.message();
  return status.code();
}

/// Runs `body`, which returns a Status; exceptions end here.
template <typename Body> int32_t caught(Body body) noexcept {
  try {
    return report(body());
  } catch (const std::bad_alloc &) {
    lastMessage() = "out of memory"; // short enough to need none
    return LZ_STATUS_OUT_OF_MEMORY;
  } catch (const std::exception &) {
    lastMessage() = "internal error";
    return LZ_STATUS_INTERNAL;
  }
}

} // namespace lzrt
#endif // LZRT_ORCHESTRATOR_CHANDLES_H
