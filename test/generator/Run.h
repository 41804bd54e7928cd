//===- Run.h - Runs one module compiled in two ways -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_GENERATOR_RUN_H
#define LZ_TEST_GENERATOR_RUN_H

#include "Checks.h"

#include "lz/JIT/CompiledModule.h"

namespace lz::generator {

/// Compares what two compilations of a module compute.
class Comparison {
public:
  /// `parsed` is the module before any pass.
  Comparison(const ModuleSpec &module, mlir::ModuleOp parsed);

  /// Compiles both, which are in the LLVM dialect, and runs them on random data. Returns what differs, or "".
  std::string compare(mlir::ModuleOp decomposed, mlir::ModuleOp other, const CompileSpec &compilation, uint64_t data,
                      Tally &tally);

private:
  using Results = llvm::Expected<std::vector<mlir::lz::HostTensor>>;
  struct Program;

  std::string checkInputs(const std::vector<mlir::lz::HostTensor> &used,
                          const std::vector<mlir::lz::HostTensor> &fresh) const;
  std::string onData(const Program &decomposed, const Program &other, uint64_t data, Tally &tally);

  const ModuleSpec &module;
  mlir::lz::FunctionSignature signature;
};

} // namespace lz::generator
#endif // LZ_TEST_GENERATOR_RUN_H
