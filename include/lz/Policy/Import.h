//===- Import.h - Policy and manifest files to symbols of a module -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_POLICY_IMPORT_H
#define LZ_POLICY_IMPORT_H

#include "lz/Policy/PolicyAnalysis.h"

namespace mlir::lz {

/// Reads a policy file, merges `environment` ("" for none), and adds it to the module as `lz.policy`. Errors and lints
/// of the file are diagnostics at their lines; after an error the module is as before.
LogicalResult importPolicy(ModuleOp module, const std::string &file, const std::string &environment);

/// Reads kernel manifests and adds each kernel as `lz.kernel`; writes the policy's selection_digest anew. Returns how
/// many; after an error the module is as before.
FailureOr<unsigned> importKernels(ModuleOp module, ArrayRef<std::string> files);

} // namespace mlir::lz

#endif // LZ_POLICY_IMPORT_H
