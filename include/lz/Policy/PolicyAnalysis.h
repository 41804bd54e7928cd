//===- PolicyAnalysis.h - The policy and the kernels of a module, parsed once -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_POLICY_POLICYANALYSIS_H
#define LZ_POLICY_POLICYANALYSIS_H

#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "lzrt/policy/Selector.h"
#include "mlir/IR/BuiltinOps.h"

#include <memory>
#include <optional>

namespace mlir::lz {

/// Reads the symbols `lz.policy` and `lz.kernel` of one module; those of nested modules are not its own. Without them:
/// the empty policy and no kernel, so every op decomposes. Get it from the pass's analysis manager, which keeps it; a
/// pass that preserves it must not touch these symbols.
class PolicyAnalysis {
public:
  /// Diagnostics of symbols that do not parse, or whose digests do not belong to their text, are emitted here, once.
  explicit PolicyAnalysis(Operation *module);

  /// Whether the symbols are sound. Nothing below may be called otherwise.
  bool isValid() const { return selector != nullptr; }
  const lzrt::Selector &getSelector() const { return *selector; }
  const lzrt::Policy &getPolicy() const { return selector->policy(); }
  const lzrt::KernelSet &getKernels() const { return selector->kernels(); }

  /// Whether the policy was read from a file, which hot reload could watch.
  bool hasPath() const { return !path.empty(); }
  StringRef getPath() const { return path; }

  /// P5's normal forms and digests, for the module record.
  std::string getPolicyText() const;
  std::string getKernelsText() const;
  std::string getPolicyDigest() const;
  std::string getSelectionDigest() const;

private:
  std::unique_ptr<lzrt::Selector> selector;
  std::string path;
};

/// The module's `lz.policy`, or null.
PolicyOp findPolicy(ModuleOp module);
/// The kernels that the module's `lz.kernel` symbols hold. Null after a diagnostic.
std::shared_ptr<const lzrt::KernelSet> readKernels(ModuleOp module);

/// Emits each diagnostic of a reader at its file, line and column: errors as errors, lints as warnings.
void emitDiagnostics(MLIRContext *context, const lzrt::Diagnostics &diagnostics);

/// Discardable attributes of `lz.policy` and of a resolved module.
namespace attributes {
inline constexpr StringLiteral policyPath = "lz.path";
inline constexpr StringLiteral assumedFacts = "lz.assumed_facts";
inline constexpr StringLiteral targetFacts = "lz.target_facts";
inline constexpr StringLiteral policyDigest = "lz.policy_digest"; // once the module record has replaced lz.policy
inline constexpr StringLiteral selectionDigest = "lz.selection_digest";
inline constexpr StringLiteral report = "lz.report";
inline constexpr StringLiteral decomposition = "lz.decomposition";
} // namespace attributes

} // namespace mlir::lz

#endif // LZ_POLICY_POLICYANALYSIS_H
