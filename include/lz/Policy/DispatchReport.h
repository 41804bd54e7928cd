//===- DispatchReport.h - Which kernel each site got, when and why -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Rows are kept in the module as `lz.report`, from lz-resolve to the LLVM dialect: sites that decompose leave no op
// behind. lz-run adds calls.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_POLICY_DISPATCHREPORT_H
#define LZ_POLICY_DISPATCHREPORT_H

#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "mlir/IR/BuiltinOps.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::lz {

struct DispatchReport {
  struct Row {
    std::string site;
    std::string operation;
    std::string mode;          // the effective one
    std::string requestedMode; // the one asked for, where the mode fallback replaced it; else ""
    std::string decided;       // "compile", "guard" or "runtime"
    std::string kernel;        // "" for JSON's null: decomposed, guarded or live
    std::string reason;        // of the policy reference; "open" while guards or the runtime decide
    int64_t rule = -1;         // -1 for null
    bool decomposes = false;   // some leaf is the op's decomposition
    int64_t copies = 0;        // operands that lz-lower-dispatch copies into identity layout at each call
  };
  std::string policyDigest, selectionDigest;
  std::vector<Row> rows;
};

/// The row of a resolved op.
DispatchReport::Row reportRow(KernelOpInterface op, DecisionAttr decision, Mode requested);
/// A row as it is kept in `lz.report`, and back; nullopt for a dictionary that is none.
DictionaryAttr toAttribute(MLIRContext *context, const DispatchReport::Row &row);
std::optional<DispatchReport::Row> rowFromAttribute(DictionaryAttr attribute);
/// Adds rows to the module's report, replacing the rows of sites that were resolved before (same site and operation).
void addReportRows(ModuleOp module, ArrayRef<DispatchReport::Row> rows);
/// Adds to the copies of a site's row; for lz-lower-dispatch.
void countCopies(ModuleOp module, StringRef site, StringRef operation, int64_t copies);

/// The report of a module at any point after lz-resolve. Digests are "" without a policy.
DispatchReport collectDispatchReport(ModuleOp module);
/// Columns for a reader.
std::string toText(const DispatchReport &report);
/// The JSON of the command line `lz-run --report json`, without calls.
std::string toJson(const DispatchReport &report);

} // namespace mlir::lz

#endif // LZ_POLICY_DISPATCHREPORT_H
