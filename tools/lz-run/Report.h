//===- Report.h - Which kernel ran at each site, and why -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TOOLS_LZ_RUN_REPORT_H
#define LZ_TOOLS_LZ_RUN_REPORT_H

#include "lz/Policy/DispatchReport.h"
#include "lzrt/Module.h"
#include "llvm/Support/raw_ostream.h"

#include <map>
#include <string>
#include <vector>

namespace mlir::lz::run {

/// Joins what the compiler decided with the calls that the runtime tells about. Written by the invocation's thread
/// alone.
class Report {
public:
  Report(DispatchReport decisions, const lzrt::BoundModule &module, bool trace);

  /// For lz_context_t::observer; valid as long as the report.
  const lz_observer_t *observer() const { return &interface; }
  /// The calls of one more run are told from here on: those of runs before it are forgotten, but not which kernel each
  /// site called last.
  void beginRun();
  /// The site's last call ran `after`, where it ran `before` when this was asked last; "": it had not run.
  /// Decompositions are named so.
  struct Change {
    std::string site, before, after, why;
  };
  std::vector<Change> takeChanges();
  size_t numSites() const { return decisions.rows.size(); }
  /// A line a site; names are shortened to keep lines to about `width` columns, 0: never.
  void printText(llvm::raw_ostream &out, size_t width = 0) const;
  /// The JSON of the command line `lz-run --report json`.
  void printJson(llvm::raw_ostream &out) const;

private:
  struct Failure {
    std::string kernel;
    int32_t status;
  };
  struct Call {
    std::string factsJson;
    std::string kernel; // "": the decomposition
    std::vector<Failure> failures;
  };
  struct Site {
    std::string kernel, reason;
    int64_t rule = -1;
    uint64_t count = 0;
    std::vector<Call> calls;
    std::vector<Failure> pending; // of the call under way
    std::string told;             // by takeChanges
  };
  void onCall(const lz_call_t *call, const char *kernel, int32_t status, int32_t how);
  /// Why selection came to the kernel that ran; keeps what was said before where it would not.
  void explain(const lz_call_t *call, const char *kernel, Site &site) const;
  /// The kernels of compiled code that the live policy denies.
  std::vector<int> deniedKernels() const;
  static std::string whyOf(const Site &site);
  static void printCalls(llvm::raw_ostream &out, const Site &site);
  static std::string keyOf(StringRef site, StringRef operation) { return (site + "\n" + operation).str(); }

  DispatchReport decisions;
  const lzrt::BoundModule &module;
  bool trace;
  std::map<std::string, Site> sites;
  lz_observer_t interface{};
};

} // namespace mlir::lz::run
#endif // LZ_TOOLS_LZ_RUN_REPORT_H
