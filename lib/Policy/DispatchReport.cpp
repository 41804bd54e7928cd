//===- DispatchReport.cpp - Rows of the dispatch report, in the module and in print -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/Policy/DispatchReport.h"

#include "lz/Policy/PolicyAnalysis.h"
#include "lzrt/policy/Facts.h"
#include "mlir/IR/Builders.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::lz;

using Row = DispatchReport::Row;

/// What a decision with one certain leaf says.
static void describeLeaf(CandidateAttr leaf, Row &row) {
  row.decided = "compile";
  row.reason = leaf.isDecomposition() ? "no_kernel_available" : leaf.getReason().str();
  row.rule = leaf.getRule();
  if (leaf.getKernel())
    row.kernel = leaf.getKernel().getValue().str();
}

Row mlir::lz::reportRow(KernelOpInterface op, DecisionAttr decision, Mode requested) {
  Row row;
  row.site = op.getSiteName().str();
  row.operation = std::string(lzrt::operationName(op.getSchemaOperation()));
  row.mode = stringifyMode(decision.getMode()).str();
  if (requested != decision.getMode())
    row.requestedMode = stringifyMode(requested).str();
  row.decomposes = decision.hasDecomposition();
  row.reason = "open";
  row.decided = decision.getLive() ? "runtime" : "guard";
  if (decision.isDecided())
    describeLeaf(decision.getCandidates().front(), row);
  return row;
}

DictionaryAttr mlir::lz::toAttribute(MLIRContext *context, const Row &row) {
  Builder builder(context);
  SmallVector<NamedAttribute> entries;
  auto addText = [&](StringRef name, StringRef text) {
    if (!text.empty())
      entries.push_back(builder.getNamedAttr(name, builder.getStringAttr(text)));
  };
  addText("site", row.site);
  addText("operation", row.operation);
  addText("mode", row.mode);
  addText("requested_mode", row.requestedMode);
  addText("decided", row.decided);
  addText("kernel", row.kernel);
  addText("reason", row.reason);
  if (row.rule >= 0)
    entries.push_back(builder.getNamedAttr("rule", builder.getI64IntegerAttr(row.rule)));
  if (row.decomposes)
    entries.push_back(builder.getNamedAttr("decomposes", builder.getUnitAttr()));
  if (row.copies)
    entries.push_back(builder.getNamedAttr("copies", builder.getI64IntegerAttr(row.copies)));
  return builder.getDictionaryAttr(entries);
}

std::optional<Row> mlir::lz::rowFromAttribute(DictionaryAttr attribute) {
  auto text = [&](StringRef name) {
    auto value = attribute.getAs<StringAttr>(name);
    return value ? value.str() : std::string();
  };
  auto number = [&](StringRef name, int64_t otherwise) {
    auto value = attribute.getAs<IntegerAttr>(name);
    return value ? value.getInt() : otherwise;
  };
  Row row;
  row.site = text("site");
  row.operation = text("operation");
  row.mode = text("mode");
  row.requestedMode = text("requested_mode");
  row.decided = text("decided");
  row.kernel = text("kernel");
  row.reason = text("reason");
  row.rule = number("rule", -1);
  row.decomposes = attribute.contains("decomposes");
  row.copies = number("copies", 0);
  if (row.operation.empty() || row.mode.empty() || row.decided.empty())
    return std::nullopt;
  return row;
}

static std::vector<Row> readRows(ModuleOp module) {
  std::vector<Row> rows;
  auto kept = module->getAttrOfType<ArrayAttr>(attributes::report);
  for (Attribute attribute : kept ? kept.getValue() : ArrayRef<Attribute>())
    if (auto dictionary = dyn_cast<DictionaryAttr>(attribute))
      if (std::optional<Row> row = rowFromAttribute(dictionary))
        rows.push_back(std::move(*row));
  return rows;
}

static void writeRows(ModuleOp module, ArrayRef<Row> rows) {
  MLIRContext *context = module.getContext();
  SmallVector<Attribute> kept;
  for (const Row &row : rows)
    kept.push_back(toAttribute(context, row));
  module->setAttr(attributes::report, ArrayAttr::get(context, kept));
}

void mlir::lz::addReportRows(ModuleOp module, ArrayRef<Row> added) {
  std::vector<Row> rows = readRows(module);
  llvm::erase_if(rows, [&](const Row &row) {
    return llvm::any_of(added,
                        [&](const Row &other) { return other.site == row.site && other.operation == row.operation; });
  });
  rows.insert(rows.end(), added.begin(), added.end());
  writeRows(module, rows);
}

void mlir::lz::countCopies(ModuleOp module, StringRef site, StringRef operation, int64_t copies) {
  std::vector<Row> rows = readRows(module);
  for (Row &row : rows)
    if (row.site == site && row.operation == operation)
      row.copies += copies;
  writeRows(module, rows);
}

DispatchReport mlir::lz::collectDispatchReport(ModuleOp module) {
  DispatchReport report;
  if (PolicyOp policy = findPolicy(module)) {
    report.policyDigest = policy.getPolicyDigest().str();
    report.selectionDigest = policy.getSelectionDigest().str();
  } else {
    auto digest = [&](StringRef name) {
      auto text = module->getAttrOfType<StringAttr>(name);
      return text ? text.str() : "";
    };
    report.policyDigest = digest(attributes::policyDigest);
    report.selectionDigest = digest(attributes::selectionDigest);
  }
  report.rows = readRows(module);
  return report;
}

std::string mlir::lz::toText(const DispatchReport &report) {
  std::string text;
  llvm::raw_string_ostream out(text);
  auto line = [&](StringRef site, StringRef operation, StringRef mode, StringRef decided, StringRef kernel,
                  const Twine &why) {
    out << llvm::formatv("{0,-40} {1,-18} {2,-11} {3,-8} {4,-28} {5}\n", site, operation, mode, decided, kernel,
                         why.str());
  };
  line("site", "operation", "mode", "decided", "kernel", "reason");
  for (const Row &row : report.rows) {
    std::string why = row.reason;
    if (row.rule >= 0)
      why += " " + std::to_string(row.rule);
    if (!row.requestedMode.empty())
      why += ", mode fallback from " + row.requestedMode;
    if (row.copies)
      why += ", " + std::to_string(row.copies) + " copies a call";
    bool isDecomposed = row.decided == "compile" && row.decomposes;
    line(row.site, row.operation, row.mode, row.decided,
         isDecomposed         ? "(decomposed)"
         : row.kernel.empty() ? "-"
                              : row.kernel,
         why);
  }
  return text;
}

std::string mlir::lz::toJson(const DispatchReport &report) {
  std::string text;
  llvm::raw_string_ostream out(text);
  llvm::json::OStream json(out, /*IndentSize=*/2);
  auto textOrNull = [&](StringRef name, StringRef value) {
    json.attribute(name, value.empty() ? llvm::json::Value(nullptr) : llvm::json::Value(value));
  };
  json.object([&] {
    textOrNull("policy_digest", report.policyDigest);
    textOrNull("selection_digest", report.selectionDigest);
    json.attributeArray("sites", [&] {
      for (const Row &row : report.rows)
        json.object([&] {
          json.attribute("site", row.site);
          json.attribute("operation", row.operation);
          json.attribute("mode", row.mode);
          if (!row.requestedMode.empty())
            json.attribute("requested_mode", row.requestedMode);
          json.attribute("decided", row.decided);
          textOrNull("kernel", row.kernel);
          json.attribute("reason", row.reason);
          json.attribute("rule", row.rule < 0 ? llvm::json::Value(nullptr) : llvm::json::Value(row.rule));
          json.attribute("decomposes", row.decomposes);
          json.attribute("copies", row.copies);
        });
    });
  });
  out << "\n";
  return text;
}
