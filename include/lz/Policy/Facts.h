//===- Facts.h - What an operation tells a policy -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The compiler's half of C6: facts from the IR, from the target, and from the command line. Change together with
// runtime/policy/Extract*.cpp, which does the same for a running call: both walk the operation schema.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_POLICY_FACTS_H
#define LZ_POLICY_FACTS_H

#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "lzrt/policy/Facts.h"
#include "mlir/IR/BuiltinOps.h"

#include <optional>
#include <variant>

namespace mlir::lz {

/// The ABI's element type; nullopt where a kernel cannot be given such elements.
std::optional<lz_dtype_t> dtypeOf(Type elementType);

/// The value of a schema attribute of an op, enumerations as their number; nullopt where the op does not have it.
std::optional<std::variant<int64_t, double>> schemaAttributeOf(KernelOpInterface op, lz_attribute_id_t id);

/// What a call of this op will look like. Every argument counts as contiguous: operands in another layout are copied by
/// lz-lower-dispatch (C6). Open extents are unset.
lzrt::CallView viewOf(KernelOpInterface op);

/// Facts that hold for a whole module: its target's, and those given on the command line.
class ModuleFacts {
public:
  /// `target` is a platform or "", `facts` is "k=v,k=v". Without `target`, a DLTI device spec of the module with an
  /// entry `platform` is the target. Emits a diagnostic at the module and fails on an unknown platform or fact, on a
  /// value of the wrong type, and on two device specs that fit.
  static FailureOr<ModuleFacts> create(ModuleOp module, StringRef target, StringRef facts);

  /// The facts of a call of `op`. Emits a diagnostic at the op and fails where given facts contradict each other (C8),
  /// or an element type has no name.
  FailureOr<lzrt::FactSet> factsOf(KernelOpInterface op) const;

  /// "k=v,k=v": what lz_module_t::target_facts says.
  std::string describe() const;

private:
  std::string given;
  std::vector<std::pair<lzrt::FactId, lzrt::Fact>> target;
};

/// "k=v" as lzrt::parseFacts reads it.
std::string describeFact(lzrt::FactId fact, const lzrt::Value &value);

} // namespace mlir::lz

#endif // LZ_POLICY_FACTS_H
