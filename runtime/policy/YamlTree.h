//===- YamlTree.h - A bounded YAML document with places ---------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Built from yaml-cpp's events, so that P2's bounds hold before anything is expanded. An alias is an edge to the node
// it names, not a copy. What YAML allows and a policy does not (P1) is reported here once; the nodes concerned are
// Faulty, and readers pass over them.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_POLICY_YAMLTREE_H
#define LZRT_POLICY_YAMLTREE_H

#include "lzrt/policy/Diagnostics.h"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <variant>
#include <vector>

namespace lzrt::yaml {

/// P2.
struct Bounds {
  static constexpr size_t bytes = 1 << 20;
  static constexpr size_t rules = 10000;
  static constexpr size_t levels = 64;
  static constexpr size_t nodes = 100000;
  static constexpr size_t name = 256;
  static constexpr size_t pattern = 1024;
  /// Entries of all maps that overlays produce, and instructions of all compiled expressions: what a text within the
  /// bounds above could still blow up.
  static constexpr size_t mergedEntries = 1000000;
  static constexpr size_t regexInstructions = 1000000;
};

using NodeId = uint32_t;

struct Node {
  enum class Kind : uint8_t { Scalar, Sequence, Map, Faulty };
  Kind kind = Kind::Scalar;
  bool quoted = false;
  uint32_t line = 0, column = 0;
  /// With every alias below expanded: how many nodes, and how many levels.
  uint32_t nodes = 1;
  uint32_t levels = 1;
  std::string text;
  /// Of a map: key, value, key, value, …; keys are scalars.
  std::vector<NodeId> children;
};

/// The errors of one text: each once, however often aliases or environments lead to it. Suggestions stop after a
/// thousand errors, so that a hostile text costs no more than its size.
class Errors {
public:
  Errors(std::string file, Diagnostics &diagnostics) : file(std::move(file)), target(diagnostics) {}
  void report(const Node &node, std::string label, std::string message, std::string suggestion = "");
  void report(uint32_t line, uint32_t column, std::string label, std::string message, std::string suggestion = "");
  std::string suggest(const std::string &word, const std::vector<std::string> &candidates) const;
  Location locate(const Node &node) const { return {file, node.line, node.column}; }
  bool any() const { return collected.hasErrors(); }
  /// Hands the errors over, ordered by place.
  void flush();

private:
  FileName file;
  Diagnostics collected;
  Diagnostics &target;
  std::unordered_set<std::string> seen;
};

struct Tree {
  std::vector<Node> nodes;
  NodeId root = 0;
  const Node &operator[](NodeId id) const { return nodes[id]; }
};

/// Nullopt where the text is no YAML, is out of bounds, or holds no document; then an error was reported.
std::optional<Tree> parse(std::string_view text, Errors &errors);

/// The YAML 1.2 core value of a scalar (P1): quoted ones are strings.
struct OutOfRange {};
using Scalar = std::variant<std::string_view, bool, int64_t, double, OutOfRange>;
Scalar resolve(const Node &node);
/// Whether a plain scalar is an infinity or not a number.
bool isNonFinite(std::string_view text);

} // namespace lzrt::yaml
#endif // LZRT_POLICY_YAMLTREE_H
