//===- FieldReader.h - The fields of a JSON object, each asked for by name -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TOOLS_LZ_IMPORT_FIELDREADER_H
#define LZ_TOOLS_LZ_IMPORT_FIELDREADER_H

#include "Reporter.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/JSON.h"

#include <cstdint>
#include <optional>

namespace lzimport {

/// Reads the fields of one JSON object and remembers which were asked for, so that the others can be refused. A field
/// that is null counts as absent. After an error, which names the field, some valid value is returned. `within` stands
/// before the names in diagnostics: "" or "rope_parameters.".
class FieldReader {
public:
  /// Larger sizes are a mistake, and products of two of them must not overflow.
  static constexpr int64_t maxSize = int64_t(1) << 30;

  FieldReader(const llvm::json::Object &object, llvm::StringRef file, llvm::StringRef within, Reporter &reporter)
      : object(object), file(file.str()), within(within.str()), reporter(reporter) {}

  /// The value of a field, null where it is absent or null.
  const llvm::json::Value *find(llvm::StringRef name);
  /// Whether the field is there and null.
  bool isNull(llvm::StringRef name) const;

  /// An integer from `smallest` to `largest`. An absent field is an error unless `otherwise` stands for it.
  int64_t integer(llvm::StringRef name, std::optional<int64_t> otherwise = std::nullopt, int64_t smallest = 1,
                  int64_t largest = maxSize);
  /// A number above 0. An absent field is an error unless `otherwise` stands for it.
  double positive(llvm::StringRef name, std::optional<double> otherwise = std::nullopt);
  /// False where absent.
  bool boolean(llvm::StringRef name);
  /// Empty where absent.
  llvm::StringRef string(llvm::StringRef name);
  /// The string, which must be one of `allowed`; `remedy` ends the error. Empty where absent.
  llvm::StringRef oneOf(llvm::StringRef name, llvm::ArrayRef<llvm::StringRef> allowed, llvm::StringRef remedy);

  void ignore(llvm::ArrayRef<llvm::StringLiteral> names);
  /// An error for each field that nobody asked for.
  void rejectUnknown();
  void error(const llvm::Twine &message) { reporter.error(file, message); }
  /// `name`, quoted, with the objects that it is in.
  std::string quoted(llvm::StringRef name) const { return ("`" + within + name + "`").str(); }

private:
  const llvm::json::Object &object;
  std::string file, within;
  Reporter &reporter;
  llvm::StringSet<> known;
};

} // namespace lzimport

#endif // LZ_TOOLS_LZ_IMPORT_FIELDREADER_H
