//===- Session.h - From files to a run -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TOOLS_LZ_RUN_SESSION_H
#define LZ_TOOLS_LZ_RUN_SESSION_H

#include "Options.h"
#include "Report.h"
#include "RunTimes.h"
#include "Watch.h"
#include "lz/IO/Weights.h"
#include "lz/JIT/CompiledModule.h"
#include "lzrt/Module.h"
#include "mlir/IR/OwningOpRef.h"

#include <optional>

namespace mlir::lz::run {

/// One run of the tool. Each step says on standard error what is wrong, and returns failure.
class Session {
public:
  Session(const Options &options, MLIRContext &context, std::string executableDirectory);
  ~Session();
  LogicalResult run();

private:
  LogicalResult readFacts();
  LogicalResult loadKernels();
  LogicalResult readInputs();
  LogicalResult parseModel();
  /// The default policy, for a model that has none, where the command line names none.
  LogicalResult addDefaultPolicy();
  LogicalResult compile();
  LogicalResult bind();
  LogicalResult execute();
  /// One run with the inputs, whose results become the outputs.
  LogicalResult runOnce(const lz_executor_t *executor, const lz_observer_t *observer);
  /// As often as was asked for; the last run is told to the report.
  LogicalResult runTimes(const lz_executor_t *executor, Report &report);
  /// Until the watch ends or, with --repeat, that often. Told to the report are the last run, and the first one behind
  /// each change, since a run that is observed takes no cached decision.
  LogicalResult runWatched(const lz_executor_t *executor, Report &report);
  void warnWhereNothingIsLive() const;
  /// How many live sites ran their first choice; nothing where there are none.
  void printCoverage() const;
  /// What the next of several runs takes: an array that the run may overwrite is its own.
  FailureOr<std::vector<HostTensor>> takeInputs();
  LogicalResult writeOutputs();
  void setContext(lz_context_t &context) const;
  lzrt::Status parameter(const std::string &name, lzrt::ParameterData *out) const;

  LogicalResult fail(const Twine &message) const;
  LogicalResult fail(llvm::Error error) const;

  const Options &options;
  MLIRContext &context;
  const std::string executableDirectory;
  std::vector<std::string> manifests;
  /// --facts without `rollout_key`, which belongs to the invocation.
  std::string facts;
  std::optional<std::string> rolloutKey;
  lzrt::KernelRegistry registry;
  std::unique_ptr<Weights> weights;
  OwningOpRef<ModuleOp> module;
  FunctionSignature signature;
  std::vector<HostTensor> inputs, outputs;
  RunTimes times;
  std::shared_ptr<const lzrt::Policy> processPolicy;
  /// Whether the model's own policy is the one that it is compiled under.
  bool bringsPolicy = false;
  std::optional<Watch> watch;
  std::unique_ptr<CompiledModule> compiled;
  std::unique_ptr<lzrt::BoundModule> bound; // unbinds before the code goes
};

} // namespace mlir::lz::run
#endif // LZ_TOOLS_LZ_RUN_SESSION_H
