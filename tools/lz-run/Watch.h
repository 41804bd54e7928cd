//===- Watch.h - Follows a policy while a model runs -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TOOLS_LZ_RUN_WATCH_H
#define LZ_TOOLS_LZ_RUN_WATCH_H

#include "Options.h"
#include "Report.h"
#include "lzrt/Orchestrator.h"
#include "llvm/ADT/ArrayRef.h"

#include <atomic>
#include <memory>
#include <mutex>

namespace mlir::lz::run {

/// The policy that a run under --watch obeys, and what is told on standard error of its changes. Reload errors and
/// breakers are told by the threads that cause them; the rest is called by the thread that runs the model.
class Watch {
public:
  /// What has changed between two runs: no more of it is read than these counts.
  struct Moment {
    uint64_t version = 0, breakerChanges = 0;
  };

  explicit Watch(const Options &options) : options(options) {}
  Watch(const Watch &) = delete;
  Watch &operator=(const Watch &) = delete;

  /// Reads the policy, which must be without errors, and follows it from here on; serves metrics and control where
  /// asked for. `registry` outlives this, modules bound to the dispatcher go before it.
  lzrt::Status start(const lzrt::KernelRegistry &registry);
  const std::shared_ptr<lzrt::Dispatcher> &dispatcher() const { return orchestrator->dispatcher(); }

  /// From here on SIGINT and SIGTERM end the watch; a second one ends the process.
  void begin();
  bool isOver() const;

  Moment now() const { return {orchestrator->version(), breakerChanges.load()}; }
  /// Whether other kernels may run than when changes were told last.
  bool isNews(Moment moment) const;
  /// Tells which sites changed their kernel; `report` has seen a run that began at `moment`. Nothing where the policy
  /// has changed since: which of the two ran is not known, and the next run tells.
  void tell(Moment moment, Report &report, const lzrt::BoundModule &module);

private:
  /// The lines together, with nobody else's between them.
  void say(llvm::ArrayRef<std::string> lines);
  void tellError(const lzrt::Status &status);
  void tellBreaker(const lzrt::BreakerNotice &notice);

  const Options &options;
  std::mutex saying;
  std::atomic<uint64_t> breakerChanges{0};
  Moment told;
  std::unique_ptr<lzrt::Orchestrator> orchestrator; // goes first: its threads call this
};

} // namespace mlir::lz::run
#endif // LZ_TOOLS_LZ_RUN_WATCH_H
