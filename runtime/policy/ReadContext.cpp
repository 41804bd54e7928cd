//===- ReadContext.cpp - Typed access to the nodes of a document *- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ReadContext.h"

#include <algorithm>

namespace lzrt {

using yaml::Bounds;
using yaml::Node;
using yaml::NodeId;

std::string describe(const Node &node) {
  if (node.kind == Node::Kind::Map)
    return "a map";
  if (node.kind == Node::Kind::Sequence)
    return "a list";
  yaml::Scalar scalar = yaml::resolve(node);
  std::string text = "`" + node.text.substr(0, Bounds::name) + "`";
  if (std::holds_alternative<bool>(scalar))
    return "the boolean " + text;
  if (std::holds_alternative<std::string_view>(scalar))
    return "the string " + text;
  return "the number " + text;
}

bool ReadContext::isMap(NodeId id, const std::string &what) {
  if (at(id).kind == Node::Kind::Map)
    return true;
  if (at(id).kind != Node::Kind::Faulty)
    error(id, "P1", what + " must be a map, got " + describe(at(id)));
  return false;
}

bool ReadContext::isList(NodeId id, const std::string &what) {
  if (at(id).kind == Node::Kind::Sequence)
    return true;
  if (at(id).kind != Node::Kind::Faulty)
    error(id, "P1", what + " must be a list, got " + describe(at(id)));
  return false;
}

bool ReadContext::readMap(NodeId id, const std::string &what, std::initializer_list<Key> keys) {
  if (!isMap(id, what))
    return false;
  for (size_t i = 0; i < at(id).children.size(); i += 2) {
    NodeId name = at(id).children[i], value = at(id).children[i + 1];
    auto key = std::find_if(keys.begin(), keys.end(), [&](const Key &k) { return k.name == at(name).text; });
    if (key != keys.end()) {
      key->read(value);
      continue;
    }
    std::vector<std::string> known;
    for (const Key &k : keys)
      known.emplace_back(k.name);
    error(name, "P1", "unknown key `" + at(name).text + "` in " + what, errors.suggest(at(name).text, known));
  }
  return true;
}

std::optional<NodeId> ReadContext::find(NodeId map, std::string_view name) const {
  const std::vector<NodeId> &children = at(map).children;
  for (size_t i = 0; at(map).kind == Node::Kind::Map && i < children.size(); i += 2)
    if (at(children[i]).text == name)
      return children[i + 1];
  return std::nullopt;
}

std::optional<bool> ReadContext::boolean(NodeId id, const std::string &what) {
  const Node &node = at(id);
  if (node.kind == Node::Kind::Faulty)
    return std::nullopt;
  if (node.kind == Node::Kind::Scalar)
    if (yaml::Scalar scalar = yaml::resolve(node); auto *boolean = std::get_if<bool>(&scalar))
      return *boolean;
  error(id, "P1", what + " must be true or false, got " + describe(node));
  return std::nullopt;
}

std::optional<int64_t> ReadContext::integer(NodeId id, const std::string &what, int64_t low, int64_t high,
                                            const char *label) {
  const Node &node = at(id);
  if (node.kind == Node::Kind::Faulty)
    return std::nullopt;
  if (node.kind == Node::Kind::Scalar)
    if (yaml::Scalar scalar = yaml::resolve(node); auto *value = std::get_if<int64_t>(&scalar))
      if (*value >= low && *value <= high)
        return *value;
  error(id, label,
        what + " must be an integer from " + std::to_string(low) + " to " + std::to_string(high) + ", got " +
            describe(node));
  return std::nullopt;
}

std::optional<double> ReadContext::number(NodeId id, const std::string &what, double low, double high) {
  const Node &node = at(id);
  if (node.kind == Node::Kind::Faulty)
    return std::nullopt;
  std::optional<double> value;
  if (node.kind == Node::Kind::Scalar) {
    yaml::Scalar scalar = yaml::resolve(node);
    if (auto *integer = std::get_if<int64_t>(&scalar))
      value = double(*integer);
    else if (auto *real = std::get_if<double>(&scalar))
      value = *real;
  }
  if (value && *value >= low && *value <= high)
    return value;
  error(id, "P1",
        what + " must be a number from " + toJson(int64_t(low)) + " to " + toJson(int64_t(high)) + ", got " +
            describe(node));
  return std::nullopt;
}

std::string ReadContext::flawOf(const std::string &text, size_t limit) {
  if (text.size() > limit)
    return "is longer than " + std::to_string(limit) + " bytes";
  if (std::any_of(text.begin(), text.end(), [](char c) { return uint8_t(c) < 0x20 || c == 0x7f; }))
    return "holds a control character";
  return "";
}

std::optional<std::string> ReadContext::string(NodeId id, const std::string &what, size_t limit) {
  const Node &node = at(id);
  if (node.kind == Node::Kind::Faulty)
    return std::nullopt;
  if (node.kind != Node::Kind::Scalar || !std::holds_alternative<std::string_view>(yaml::resolve(node))) {
    bool quotable = node.kind == Node::Kind::Scalar;
    error(id, "P1", what + " must be a string, got " + describe(node), quotable ? "\"" + node.text + "\"" : "");
    return std::nullopt;
  }
  if (std::string flaw = flawOf(node.text, limit); !flaw.empty()) {
    error(id, node.text.size() > limit ? "P2" : "P1", what + " " + flaw);
    return std::nullopt;
  }
  return node.text;
}

std::optional<std::string> ReadContext::choice(NodeId id, const std::string &what,
                                               const std::vector<std::string> &listed) {
  std::optional<std::string> text = string(id, what, Bounds::name);
  if (!text || std::find(listed.begin(), listed.end(), *text) != listed.end())
    return text;
  std::string all;
  for (const std::string &entry : listed)
    all += (all.empty() ? "`" : ", `") + entry + "`";
  error(id, "P4", what + " must be one of " + all + ", got `" + *text + "`", errors.suggest(*text, listed));
  return std::nullopt;
}

std::optional<std::string> ReadContext::name(NodeId id, const std::string &what) {
  std::optional<std::string> text = string(id, what, Bounds::name);
  if (text && text->empty()) {
    error(id, "P1", what + " must not be empty");
    return std::nullopt;
  }
  return text;
}

std::optional<std::string> ReadContext::plainName(NodeId id, const std::string &what) {
  std::optional<std::string> text = name(id, what);
  if (text && text->find_first_of("*?[") != std::string::npos) {
    error(id, "C5", what + " must be a plain name, got the glob `" + *text + "`");
    return std::nullopt;
  }
  return text;
}

std::optional<KernelName> ReadContext::kernelName(NodeId id, const std::string &what) {
  std::optional<std::string> text = plainName(id, what);
  if (!text)
    return std::nullopt;
  return KernelName{*text, locate(id)};
}

std::optional<Pattern> ReadContext::pattern(NodeId id, const std::string &what) {
  std::optional<std::string> text = string(id, what, Bounds::pattern);
  if (!text)
    return std::nullopt;
  Pattern pattern;
  std::string flaw = text->empty() ? "must not be empty" : "";
  if (flaw.empty()) {
    auto [entry, isNew] = globs.try_emplace(*text);
    if (isNew)
      flaw = Glob::parse(*text, &entry->second);
    pattern.glob = entry->second;
    if (!flaw.empty()) {
      globs.erase(entry);
      flaw = "`" + *text + "`: " + flaw;
    }
  }
  if (!flaw.empty()) {
    error(id, text->empty() ? "P1" : "C3", what + " " + flaw);
    return std::nullopt;
  }
  pattern.location = place(id);
  return pattern;
}

std::optional<Pattern> ReadContext::nameOrPattern(NodeId id, const std::string &what) {
  std::optional<Pattern> pattern = this->pattern(id, what);
  if (!pattern || !pattern->glob.isPlain() || pattern->glob.text().size() <= Bounds::name)
    return pattern;
  error(id, "P2", what + " is longer than " + std::to_string(Bounds::name) + " bytes");
  return std::nullopt;
}

void ReadContext::checkVersion(NodeId id) {
  const Node &node = at(id);
  bool isString = node.kind == Node::Kind::Scalar && std::holds_alternative<std::string_view>(yaml::resolve(node));
  if (node.kind == Node::Kind::Faulty || (isString && node.text == "1.0"))
    return;
  error(id, "P1", "`version` must be the string \"1.0\", got " + describe(node), "\"1.0\"");
}

OperationMask ReadContext::operationsOf(const Pattern &pattern) {
  auto [entry, isNew] = masks.emplace(pattern.glob.text(), 0);
  for (int operation = 0; isNew && operation < LZ_OP_COUNT; ++operation)
    if (pattern.matchesOperation(Operation(operation)))
      entry->second |= OperationMask(1) << operation;
  return entry->second;
}

} // namespace lzrt
