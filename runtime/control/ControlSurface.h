//===- ControlSurface.h - What a control socket may ask of a process -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Answers are plain values, copied out of the process. A field that is added here is written in Answers.cpp, printed by
// tools/lz-ctl, and described in docs/operating.md.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_CONTROL_CONTROLSURFACE_H
#define LZRT_CONTROL_CONTROLSURFACE_H

#include "lzrt/Status.h"
#include "lzrt/policy/Policy.h"

#include <optional>
#include <string>
#include <vector>

namespace lzrt {

/// The process as a whole.
struct StatusAnswer {
  Mode mode = LZ_MODE_UNSET; ///< The default mode: of calls that nothing else gives one.
  uint64_t configVersion = 0;
  std::string policyDigest, selectionDigest;
  std::string policyFile;  ///< Which `reload` reads; "" where the policy came from no file.
  std::string reloadState; ///< "idle", "reloading", "validating", "applying", "rolling_back".
  uint64_t totalReloads = 0, failedReloads = 0, rollbacks = 0;
  double lastReloadMilliseconds = 0;
  std::string lastReloadError; ///< Of the latest reload that failed; "" where none has.
  double uptimeSeconds = 0;
  uint64_t sites = 0, kernels = 0, calls = 0, failures = 0;
};

/// One registered site.
struct SiteAnswer {
  std::string name;
  Operation operation = LZ_OP_COUNT;
  Mode mode = LZ_MODE_UNSET;
  std::vector<std::string> kernels; ///< That its live entries run now, the latest first; none before its first call.
  std::string reason;               ///< Of the latest entry's selection, as `explain` names it; "" without an entry.
  std::optional<int> rule;          ///< Of that selection, counted from 0 in file order.
  uint64_t hits = 0, misses = 0, calls = 0, failures = 0;
  /// Whether its last call was run by the kernel that selection put first. None: no call yet.
  std::optional<bool> ranFirstChoice;
};

/// One registered kernel.
struct KernelAnswer {
  std::string name;
  std::vector<std::string> aliases, operations;
  std::string library, version; ///< As its manifest names the library; "" where it has none.
  int priority = 0;
  bool loaded = false;
  bool denied = false; ///< By the live policy's `kernel_denies`.
};

/// The breaker of one kernel on one device.
struct BreakerAnswer {
  std::string kernel, device; ///< The device as facts name it: "cpu", "cuda:0".
  std::string state;          ///< As breakerStateName() says it.
  uint32_t generation = 0;
  uint32_t failuresInARow = 0;
  uint64_t chargedFailures = 0;
  std::optional<double> retrySeconds; ///< Until an open breaker is half-open; none in other states.
};

/// Which kernel would a call get, and why.
struct ExplainQuestion {
  explicit ExplainQuestion(Operation operation) : facts(operation) {}
  /// Given by the caller (isGiven()); not completed.
  FactSet facts;
  /// The site in question, whose own facts stand where none is given; none: any call of the operation.
  std::optional<std::string> site;
  std::optional<std::string> rolloutKey;
  Mode mode = LZ_MODE_UNSET; ///< Unset: the site's, else the process's.
};
enum class ExplainFormat { Json, Text };

enum class Force { Open, Close, Reset };

/// What the control socket may ask. Called on the server's thread, one call at a time, while the process works on other
/// threads; a call may take as long as a reload does, and the socket's other clients wait for it. Refusals are a Status
/// with what to do instead; `out_` parameters are read only where it is ok.
class ControlSurface {
public:
  virtual ~ControlSurface() = default;

  virtual StatusAnswer status() const = 0;
  virtual std::vector<SiteAnswer> sites() const = 0;
  virtual std::vector<KernelAnswer> kernels() const = 0;
  virtual std::vector<BreakerAnswer> breakers() const = 0;

  /// The operation of a registered site, or none.
  virtual std::optional<Operation> operationOfSite(std::string_view site) const = 0;
  /// The answer of `lz-policy explain`, with the live policy, breakers included: explainJson() or explainText().
  virtual Status explain(const ExplainQuestion &question, ExplainFormat format, std::string *out_answer) const = 0;

  /// Reads the configured file again, and no other. `out_message` is a line for people: what was published.
  virtual Status reload(std::string *out_message) = 0;
  /// Publishes the policy before the live one.
  virtual Status rollback(std::string *out_message) = 0;
  /// Forces the breakers of a kernel, by name or alias: on one device, or on all where `device` is "". Unknown ones are
  /// LZ_STATUS_NOT_FOUND. `out_breakers` are those concerned, as they are now.
  virtual Status force(const std::string &kernel, const std::string &device, Force action,
                       std::vector<BreakerAnswer> *out_breakers) = 0;
  /// Sets the default mode: of the process, or of the operations that `operations` matches by name or alias.
  virtual Status setMode(const std::optional<Pattern> &operations, Mode mode, std::string *out_message) = 0;
};

} // namespace lzrt
#endif // LZRT_CONTROL_CONTROLSURFACE_H
