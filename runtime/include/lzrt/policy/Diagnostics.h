//===- Diagnostics.h - What is wrong with an input, and where -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Readers and lints fill a Diagnostics; nothing in policy/ prints. Change together with the tools that print
// (tools/lz-policy).
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_POLICY_DIAGNOSTICS_H
#define LZRT_POLICY_DIAGNOSTICS_H

#include "lzrt/policy/Shared.h"

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace lzrt {

/// The name of an input, which every place in it shares.
class FileName {
public:
  FileName() = default;
  FileName(std::string name) : name(std::move(name)) {}
  const std::string &str() const {
    static const std::string none;
    return name ? *name : none;
  }
  bool operator==(const FileName &other) const { return str() == other.str(); }
  auto operator<=>(const FileName &other) const { return str() <=> other.str(); }

private:
  Shared<std::string> name;
};

/// A place in an input that its owner names. Counted as in Location.
struct Place {
  uint32_t line = 0;
  uint32_t column = 0;
};

/// A place in a named input. Lines and columns count from 1, 0 is unknown.
struct Location {
  FileName file;
  uint32_t line = 0;
  uint32_t column = 0;
};

/// `label` is the constraint of docs/policy-reference.md that is broken ("P1", "C2", …), or empty. `suggestion` is what
/// was probably meant, or empty. Messages are lower case without a period, names in backticks.
struct Diagnostic {
  enum class Severity { Error, Lint };
  Severity severity = Severity::Error;
  Location location;
  std::string label;
  std::string message;
  std::string suggestion;

  /// "file:line:column: error: message [label]; did you mean `…`?"
  std::string render() const;
};

/// An ordered list of diagnostics. Not thread-safe.
class Diagnostics {
public:
  void error(Location where, std::string label, std::string message, std::string suggestion = "");
  void lint(Location where, std::string label, std::string message, std::string suggestion = "");
  bool hasErrors() const { return errors != 0; }
  const std::vector<Diagnostic> &all() const { return list; }
  /// Orders by file, line, column; stable.
  void sort();
  /// One rendered diagnostic a line.
  std::string render() const;

private:
  std::vector<Diagnostic> list;
  size_t errors = 0;
};

/// The entry of `candidates` nearest to `word` within an edit distance of a third of its length, or "".
std::string nearest(const std::string &word, const std::vector<std::string> &candidates);

} // namespace lzrt
#endif // LZRT_POLICY_DIAGNOSTICS_H
