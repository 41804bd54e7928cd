//===- Checks.h - What must hold of every valid module -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_GENERATOR_CHECKS_H
#define LZ_TEST_GENERATOR_CHECKS_H

#include "Module.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <functional>
#include <string>

namespace lz::generator {

/// What stops a check: the step, and what it said.
struct Failure {
  std::string step, detail;
};

/// Counts over many modules.
struct Tally {
  uint64_t modules = 0, operations = 0, steps = 0, roundTrips = 0, repeated = 0;
  uint64_t runs = 0, outputs = 0, unstable = 0;
};

/// Registers dialects, passes and pipelines; once a process, before a context is made.
void registerEverything(mlir::DialectRegistry &registry);

/// Checks one module. What it does is fixed by `seed`, whatever the module, so that a smaller one fails alike.
class Checker {
public:
  /// Is told each step before it is taken, and the passes that it runs, so that a crash can be named.
  using Begin = std::function<void(const std::string &step, const std::string &passes)>;
  /// Files are written to `directory`.
  Checker(mlir::MLIRContext &context, std::string directory, Begin begin, Tally &tally);

  /// Everything; runs too, where `runs` says so. Nullopt: all holds.
  std::optional<Failure> check(const ModuleSpec &module, const CompileSpec &compilation, uint64_t seed, bool runs);

private:
  using Module = mlir::OwningOpRef<mlir::ModuleOp>;

  Module parse(const std::string &text);
  /// Runs a pipeline; false: `failure` says why.
  bool run(mlir::ModuleOp module, const std::string &pipeline);
  bool roundTrip(mlir::ModuleOp module, const std::string &where);
  bool passesAlone(const std::string &text, const CompileSpec &compilation);
  /// A random legal sequence of passes down to the LLVM dialect.
  bool sequence(mlir::ModuleOp module, const CompileSpec &compilation, Random &random);
  bool runAgain(mlir::ModuleOp module, const std::string &pass);
  bool execute(const ModuleSpec &module, const CompileSpec &compilation, Random &random);
  /// The pipeline of a compilation as passes.
  std::vector<std::string> steps(const CompileSpec &compilation, bool assume);
  bool lower(mlir::ModuleOp module, const CompileSpec &compilation, bool assume);
  /// Whether nothing but the LLVM dialect is left.
  bool isLowered(mlir::ModuleOp module);
  void fail(const std::string &step, const std::string &detail);
  std::string write(const std::string &name, const std::string &text);

  mlir::MLIRContext &context;
  const std::string directory;
  Begin begin;
  Tally &tally;
  std::optional<Failure> failure;
  std::string errors; ///< Diagnostics of severity error since the step began.
};

/// The names of the passes that the dialect brings, as their registration has them.
std::vector<std::string> dialectPasses();
/// Those that the checks drive.
const std::vector<std::string> &drivenPasses();

} // namespace lz::generator
#endif // LZ_TEST_GENERATOR_CHECKS_H
