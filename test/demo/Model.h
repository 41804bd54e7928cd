//===- Model.h - A model compiled once, for demos and tests of whole models -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_DEMO_MODEL_H
#define LZ_TEST_DEMO_MODEL_H

#include "lz/IO/Weights.h"
#include "lz/JIT/CompiledModule.h"
#include "lz/Policy/DispatchReport.h"
#include "lzrt/Module.h"
#include "lzrt/ThreadPool.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/CommandLine.h"

namespace lz::test {

using mlir::lz::HostTensor;

/// Where something is wrong that a program of the tests does not go on after.
[[noreturn]] void fail(const llvm::Twine &message);

/// The part of a command line that says what to compile, and how.
struct ModelOptions {
  ModelOptions();

  llvm::cl::OptionCategory category{"options"};
  llvm::cl::opt<std::string> model, weights, policy, mode;
  llvm::cl::list<std::string> kernels;
};

/// A context that knows every dialect that a model or its compilation may use.
class ModelContext {
public:
  ModelContext();
  mlir::MLIRContext &get() { return context; }

private:
  mlir::MLIRContext context;
};

/// The model, compiled and bound. Used by one thread at a time. Whatever goes wrong is thrown as std::runtime_error.
class Model {
public:
  Model(mlir::MLIRContext &context, const ModelOptions &options);
  ~Model();

  bool has(llvm::StringRef entry) const { return signatures.contains(entry); }
  const mlir::lz::FunctionSignature &signature(llvm::StringRef entry) const;
  /// The entry's results; donated inputs are given up. `observer` hears of each dispatched call.
  std::vector<HostTensor> call(llvm::StringRef entry, llvm::ArrayRef<HostTensor> inputs,
                               const lz_observer_t *observer = nullptr);

  mlir::lz::DispatchReport decisions() { return mlir::lz::collectDispatchReport(*module); }
  const lzrt::BoundModule &boundModule() const { return *bound; }

private:
  void compile(mlir::MLIRContext &context, const ModelOptions &options);
  void bind(const ModelOptions &options);

  mlir::OwningOpRef<mlir::ModuleOp> module;
  llvm::StringMap<mlir::lz::FunctionSignature> signatures;
  lzrt::KernelRegistry registry;
  std::unique_ptr<mlir::lz::Weights> weights;
  std::unique_ptr<mlir::lz::CompiledModule> compiled;
  std::unique_ptr<lzrt::BoundModule> bound;
  lzrt::ThreadPool pool{0};
};

} // namespace lz::test

#endif // LZ_TEST_DEMO_MODEL_H
