//===- ReadContext.h - What every reader of a document needs ----*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Typed access to the nodes of a tree, and the conditions (C1..C4) that policies and manifests share. A function that
// answers nullopt has reported why; on a Faulty node the tree already has.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_POLICY_READCONTEXT_H
#define LZRT_POLICY_READCONTEXT_H

#include "YamlTree.h"
#include "lzrt/policy/Policy.h"

#include <functional>
#include <initializer_list>
#include <unordered_map>

namespace lzrt {

/// A set of operations, one bit each.
using OperationMask = uint32_t;
static_assert(LZ_OP_COUNT <= 32, "widen OperationMask");

/// One key that a map may have.
struct Key {
  std::string_view name;
  std::function<void(yaml::NodeId)> read;
};

class ReadContext {
public:
  ReadContext(yaml::Tree &tree, yaml::Errors &errors) : tree(tree), errors(errors) {}
  yaml::Tree &tree;
  yaml::Errors &errors;
  const yaml::Node &at(yaml::NodeId id) const { return tree[id]; }
  Location locate(yaml::NodeId id) const { return errors.locate(tree[id]); }
  Place place(yaml::NodeId id) const { return {at(id).line, at(id).column}; }
  void error(yaml::NodeId id, std::string label, std::string message, std::string suggestion = "") {
    errors.report(tree[id], std::move(label), std::move(message), std::move(suggestion));
  }

  /// Whether the node is a map or a list; if not, reports it (`what` as in "`kernel_locks` must be a map").
  bool isMap(yaml::NodeId id, const std::string &what);
  bool isList(yaml::NodeId id, const std::string &what);
  /// Hands each value to the reader of its key; an unknown key is P1's error.
  bool readMap(yaml::NodeId id, const std::string &what, std::initializer_list<Key> keys);
  /// The value of `name` in a map.
  std::optional<yaml::NodeId> find(yaml::NodeId map, std::string_view name) const;

  std::optional<bool> boolean(yaml::NodeId id, const std::string &what);
  std::optional<int64_t> integer(yaml::NodeId id, const std::string &what, int64_t low, int64_t high,
                                 const char *label = "P1");
  /// A finite number in [low, high].
  std::optional<double> number(yaml::NodeId id, const std::string &what, double low, double high);
  std::optional<std::string> string(yaml::NodeId id, const std::string &what, size_t limit);
  /// One of `listed`.
  std::optional<std::string> choice(yaml::NodeId id, const std::string &what, const std::vector<std::string> &listed);
  /// A name: not empty, bounded, printable (P2).
  std::optional<std::string> name(yaml::NodeId id, const std::string &what);
  /// A name without metacharacters.
  std::optional<std::string> plainName(yaml::NodeId id, const std::string &what);
  std::optional<KernelName> kernelName(yaml::NodeId id, const std::string &what);
  /// A glob within P2's bound (C3).
  std::optional<Pattern> pattern(yaml::NodeId id, const std::string &what);
  /// The same where a text without metacharacters is a name, and bounded as one (P2).
  std::optional<Pattern> nameOrPattern(yaml::NodeId id, const std::string &what);
  /// `version` of a document: the string "1.0".
  void checkVersion(yaml::NodeId id);

  /// The operations that a pattern matches by name or alias (S6).
  OperationMask operationsOf(const Pattern &pattern);
  /// The conditions of a map, for a rule or kernel of `operations`; an empty mask checks no field against it (C2).
  /// `subject` says who has those operations, for messages.
  void conditions(yaml::NodeId id, const std::string &what, OperationMask operations, const std::string &subject,
                  std::vector<Condition> &out);
  /// One condition whose operator is known, at `key`; `written` is how messages name it.
  bool condition(const yaml::Node &key, const std::string &written, yaml::NodeId value, Condition &out);

private:
  /// What makes a text no name or pattern, or "".
  static std::string flawOf(const std::string &text, size_t limit);
  bool checkOperator(const yaml::Node &key, const std::string &written, const Condition &condition);
  std::optional<Value> value(yaml::NodeId id, const std::string &written, FactType type);
  std::optional<Value> version(yaml::NodeId id, const std::string &written);
  std::optional<Value> listedValue(yaml::NodeId id, const std::string &written, FactType type);
  bool list(yaml::NodeId id, const std::string &written, Condition &out);
  bool glob(yaml::NodeId id, const std::string &written, Condition &out);
  bool regex(yaml::NodeId id, const std::string &written, Condition &out);

  void share(Condition &condition);

  std::unordered_map<std::string, OperationMask> masks;
  std::unordered_map<std::string, Glob> globs;
  std::unordered_map<std::string, Values> constants;
  std::unordered_map<std::string, std::shared_ptr<const re2::RE2>> regexes;
  size_t regexInstructions = 0;
};

/// "the string `x`", "a list", …: what stands at a node, for messages.
std::string describe(const yaml::Node &node);
/// The operations that have a fact.
OperationMask operationsWith(FactId fact);

} // namespace lzrt
#endif // LZRT_POLICY_READCONTEXT_H
