//===- YamlTree.cpp - Events to a bounded tree ------------------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "YamlTree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

namespace lzrt::yaml {

void Errors::report(uint32_t line, uint32_t column, std::string label, std::string message, std::string suggestion) {
  std::string key = std::to_string(line) + ":" + std::to_string(column) + ":" + label + ":" + message;
  if (seen.insert(std::move(key)).second)
    collected.error({file, line, column}, std::move(label), std::move(message), std::move(suggestion));
}

void Errors::report(const Node &node, std::string label, std::string message, std::string suggestion) {
  report(node.line, node.column, std::move(label), std::move(message), std::move(suggestion));
}

std::string Errors::suggest(const std::string &word, const std::vector<std::string> &candidates) const {
  return seen.size() < 1000 ? nearest(word, candidates) : "";
}

void Errors::flush() {
  collected.sort();
  for (const Diagnostic &error : collected.all())
    target.error(error.location, error.label, error.message, error.suggestion);
  collected = Diagnostics();
}

namespace {
/// Leaves yaml-cpp's parser when the text cannot be read on; caught in parse().
struct Stop {
  YAML::Mark mark;
  std::string label, message;
  /// What was read so far is a whole document, whose other errors are to be found too.
  bool isBehindDocument = false;
};

std::string quote(const std::string &name) { return "`" + name.substr(0, Bounds::name) + "`"; }

class Builder final : public YAML::EventHandler {
public:
  Builder(std::string_view source, Errors &errors) : source(source), errors(errors) {}
  Tree tree;
  bool started = false;

  void OnDocumentStart(const YAML::Mark &mark) override {
    if (started)
      throw Stop{mark, "P1", "a second document; a file holds one", true};
    started = true;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark &mark, YAML::anchor_t anchor) override {
    NodeId id = begin(mark, Node::Kind::Faulty, anchor);
    if (!isWritten(mark))
      placeMissing(mark, tree.nodes[id]);
    errors.report(tree[id], "P1", "null is not a value of anything here; leave the key out or give it a value");
    finish(id);
  }
  void OnScalar(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor,
                const std::string &value) override {
    NodeId id = begin(mark, Node::Kind::Scalar, anchor);
    tree.nodes[id].text = value;
    tree.nodes[id].quoted = tag == "!";
    if (hasTag(mark, tag))
      fault(id, "a tag on a value; tags are not allowed");
    else if (tree[id].quoted && !isClosed(mark))
      fault(id, "a quoted text without its closing quote");
    else if (!tree[id].quoted && isNonFinite(value))
      fault(id, "`" + value + "` is not a finite number");
    finish(id);
  }
  void OnAlias(const YAML::Mark &mark, YAML::anchor_t anchor) override;
  void OnSequenceStart(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, Node::Kind::Sequence, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark &mark, const std::string &tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, Node::Kind::Map, tag, anchor);
  }
  void OnMapEnd() override {
    checkKeys(tree.nodes[stack.back()]);
    close();
  }

private:
  NodeId begin(const YAML::Mark &mark, Node::Kind kind, YAML::anchor_t anchor);
  void open(const YAML::Mark &mark, Node::Kind kind, const std::string &tag, YAML::anchor_t anchor);
  void close();
  void finish(NodeId id);
  void count(const YAML::Mark &mark, const Node &added);
  void fault(NodeId id, const std::string &message) {
    errors.report(tree[id], "P1", message);
    tree.nodes[id].kind = Node::Kind::Faulty;
  }
  size_t contentAt(const YAML::Mark &mark) const;
  bool hasTag(const YAML::Mark &mark, const std::string &tag) const;
  bool isClosed(const YAML::Mark &scalar) const;
  bool isWritten(const YAML::Mark &null) const;
  void placeMissing(const YAML::Mark &next, Node &null) const;
  void checkKeys(Node &map);
  bool checkKey(const Node &key);

  std::string_view source;
  Errors &errors;
  std::vector<NodeId> stack;
  std::vector<NodeId> anchors; // by yaml-cpp's number
  size_t total = 0;
};

NodeId Builder::begin(const YAML::Mark &mark, Node::Kind kind, YAML::anchor_t anchor) {
  NodeId id = NodeId(tree.nodes.size());
  Node &node = tree.nodes.emplace_back();
  node.kind = kind;
  node.line = uint32_t(mark.line + 1);
  node.column = uint32_t(mark.column + 1);
  count(mark, node);
  if (anchor != YAML::NullAnchor) {
    if (anchors.size() <= anchor)
      anchors.resize(anchor + 1);
    anchors[anchor] = id;
  }
  return id;
}

/// Total is the size of the root with every alias expanded, known without expanding any.
void Builder::count(const YAML::Mark &mark, const Node &added) {
  total += added.nodes;
  if (total > Bounds::nodes)
    throw Stop{mark, "P2", "more than " + std::to_string(Bounds::nodes) + " nodes after alias expansion"};
  if (stack.size() + added.levels > Bounds::levels)
    throw Stop{mark, "P2", "nested deeper than " + std::to_string(Bounds::levels) + " levels"};
}

void Builder::open(const YAML::Mark &mark, Node::Kind kind, const std::string &tag, YAML::anchor_t anchor) {
  NodeId id = begin(mark, kind, anchor);
  // yaml-cpp gives "?" to a collection without a tag.
  if (tag != "?" && !tag.empty())
    errors.report(tree[id], "P1", "a tag on a value; tags are not allowed");
  stack.push_back(id);
}

void Builder::close() {
  NodeId id = stack.back();
  stack.pop_back();
  finish(id);
}

/// Hangs a complete node below the collection that is open.
void Builder::finish(NodeId id) {
  if (stack.empty()) {
    tree.root = id;
    return;
  }
  Node &parent = tree.nodes[stack.back()];
  parent.children.push_back(id);
  parent.nodes += tree[id].nodes;
  parent.levels = std::max(parent.levels, tree[id].levels + 1);
}

void Builder::OnAlias(const YAML::Mark &mark, YAML::anchor_t anchor) {
  NodeId id = anchors[anchor];
  if (std::find(stack.begin(), stack.end(), id) != stack.end())
    throw Stop{mark, "P1", "an alias inside the value that it names"};
  count(mark, tree[id]);
  finish(id);
}

/// Where a value begins in the source, behind its anchor.
size_t Builder::contentAt(const YAML::Mark &mark) const {
  size_t at = mark.pos < 0 ? source.size() : std::min(size_t(mark.pos), source.size());
  while (at < source.size() && source[at] == '&') {
    at = std::min(source.find_first_of(" \t\r\n", at), source.size());
    at = std::min(source.find_first_not_of(" \t\r\n", at), source.size());
  }
  return at;
}

/// yaml-cpp gives quoted scalars the tag "!", which is also what an explicit `!` gives; the source tells them apart.
bool Builder::hasTag(const YAML::Mark &mark, const std::string &tag) const {
  if (tag != "!")
    return tag != "?" && !tag.empty();
  size_t at = contentAt(mark);
  return at < source.size() && source[at] == '!';
}

/// yaml-cpp takes the end of the text for a closing quote: a text that was cut off would be a value.
bool Builder::isClosed(const YAML::Mark &scalar) const {
  size_t at = contentAt(scalar);
  char quote = at < source.size() ? source[at] : '\0';
  if (quote != '"' && quote != '\'')
    return true;
  for (++at; at < source.size(); ++at) {
    bool isPair = quote == '"' ? source[at] == '\\' : source.substr(at, 2) == "''";
    if (isPair)
      ++at;
    else if (source[at] == quote)
      return true;
  }
  return false;
}

/// Whether a null is spelled out at its mark, or at least anchored; else yaml-cpp marks the token behind it.
bool Builder::isWritten(const YAML::Mark &null) const {
  std::string_view rest = source.substr(std::min(size_t(std::max(null.pos, 0)), source.size()));
  if (rest.starts_with('&') || rest.starts_with('!'))
    return true;
  for (std::string_view spelling : {"~", "null", "Null", "NULL"})
    if (rest.starts_with(spelling)) {
      size_t end = spelling.size();
      bool isKey = rest.size() > end && rest[end] == ':' && stack.size() && tree[stack.back()].children.size() % 2 != 0;
      return !isKey &&
             (rest.size() == end || std::string_view(" \t\r\n,]}:").find(rest[end]) != std::string_view::npos);
    }
  return false;
}

/// The place of a value that is missing: its key, or the `-` of its entry.
void Builder::placeMissing(const YAML::Mark &next, Node &null) const {
  if (stack.empty())
    return;
  const Node &parent = tree[stack.back()];
  if (parent.kind == Node::Kind::Map && parent.children.size() % 2 != 0) {
    null.line = tree[parent.children.back()].line;
    null.column = tree[parent.children.back()].column;
    return;
  }
  size_t at = std::min(size_t(std::max(next.pos, 0)), source.size());
  if (at < source.size() && std::string_view(",]}").find(source[at]) != std::string_view::npos)
    return; // in a flow list, which the mark is right about
  std::string_view before = source.substr(0, at);
  for (uint32_t line = null.line; line > 0; --line) {
    size_t start = before.rfind('\n') + 1; // npos + 1 is 0
    std::string_view text = before.substr(start);
    text = text.substr(0, text.starts_with('#') ? 0 : std::min(text.find(" #"), text.find("\t#")));
    size_t last = text.find_last_not_of(" \t\r");
    if (last != std::string_view::npos) {
      if (parent.kind == Node::Kind::Sequence && text[last] == '-') {
        null.line = line;
        null.column = uint32_t(last + 1);
      }
      return;
    }
    if (start == 0)
      return;
    before = before.substr(0, start - 1);
  }
}

bool Builder::checkKey(const Node &key) {
  if (key.kind == Node::Kind::Faulty)
    return false;
  if (key.kind != Node::Kind::Scalar) {
    errors.report(key, "P1", "a key must be a string");
    return false;
  }
  if (!key.quoted && key.text == "<<") {
    errors.report(key, "P1", "merge keys are not allowed; repeat the entries, or use an environment");
    return false;
  }
  if (!std::holds_alternative<std::string_view>(resolve(key))) {
    errors.report(key, "P4", "a key must be a string, got `" + key.text + "`; quote it");
    return false;
  }
  // The keys of some maps are patterns.
  size_t limit = key.text.find_first_of("*?[") == std::string::npos ? Bounds::name : Bounds::pattern;
  if (key.text.size() > limit) {
    errors.report(key, "P2", "a key of more than " + std::to_string(limit) + " bytes");
    return false;
  }
  return true;
}

/// Drops every entry whose key is faulty or was there before.
void Builder::checkKeys(Node &map) {
  constexpr size_t few = 24;
  std::unordered_set<std::string_view> seen;
  std::vector<NodeId> kept;
  kept.reserve(map.children.size());
  auto isNew = [&](const std::string &name) {
    if (map.children.size() > 2 * few)
      return seen.insert(name).second;
    for (size_t i = 0; i < kept.size(); i += 2)
      if (tree[kept[i]].text == name)
        return false;
    return true;
  };
  for (size_t i = 0; i + 1 < map.children.size(); i += 2) {
    const Node &key = tree[map.children[i]];
    if (!checkKey(key))
      continue;
    if (isNew(key.text))
      kept.insert(kept.end(), {map.children[i], map.children[i + 1]});
    else
      errors.report(key, "P1", "duplicate key " + quote(key.text));
  }
  map.children = std::move(kept);
}

/// Where the text is not what YAML allows in a stream: bytes from there on would be misread by yaml-cpp, which takes
/// 0x04 for the end and replaces what is no UTF-8. Returns the size of the text if all is well.
size_t findForeignByte(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    uint8_t c = uint8_t(text[i]);
    if (c < 0x80) {
      if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
        return i;
      ++i;
      continue;
    }
    size_t length = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    if (c < 0xc2 || c > 0xf4 || i + length > text.size())
      return i;
    uint32_t point = c & (0xff >> (length + 1));
    for (size_t k = 1; k < length; ++k) {
      if ((uint8_t(text[i + k]) & 0xc0) != 0x80)
        return i;
      point = point << 6 | (uint8_t(text[i + k]) & 0x3f);
    }
    bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    if (overlong || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
      return i;
    i += length;
  }
  return i;
}

/// yaml-cpp reads a line that starts with `%` as a directive anywhere and drops it; YAML has directives only before the
/// document.
void checkDirectives(std::string_view text, Errors &errors) {
  bool isInDocument = false;
  for (uint32_t line = 1; !text.empty(); ++line) {
    std::string_view one = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    if (isInDocument && one.starts_with('%'))
      errors.report(line, 1, "P1", "a directive inside the document; quote a text that starts with `%`");
    size_t first = one.find_first_not_of(" \t\r");
    isInDocument |= first != std::string_view::npos && one[first] != '#' && one[0] != '%';
  }
}

bool checkBytes(std::string_view text, Errors &errors) {
  if (text.size() > Bounds::bytes) {
    errors.report(0, 0, "P2", "more than " + std::to_string(Bounds::bytes) + " bytes of text");
    return false;
  }
  size_t at = findForeignByte(text);
  if (at == text.size())
    return true;
  std::string_view before = text.substr(0, at);
  size_t lineStart = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  errors.report(uint32_t(std::count(before.begin(), before.end(), '\n') + 1), uint32_t(at - lineStart + 1), "P1",
                "a byte that is neither text in UTF-8 nor a line break or tab; save the file as UTF-8");
  return false;
}
} // namespace

std::optional<Tree> parse(std::string_view text, Errors &errors) {
  if (!checkBytes(text, errors))
    return std::nullopt;
  constexpr std::string_view byteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(byteOrderMark))
    text.remove_prefix(byteOrderMark.size());
  checkDirectives(text, errors);
  Builder builder(text, errors);
  auto report = [&](const YAML::Mark &mark, const char *label, const std::string &message) {
    bool known = !mark.is_null();
    errors.report(known ? uint32_t(mark.line + 1) : 0, known ? uint32_t(mark.column + 1) : 0, label, message);
  };
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop &stop) {
    report(stop.mark, stop.label.c_str(), stop.message);
    if (!stop.isBehindDocument)
      return std::nullopt;
  } catch (const YAML::Exception &exception) {
    report(exception.mark, "P1", "not YAML: " + exception.msg);
    return std::nullopt;
  }
  if (!builder.started) {
    errors.report(1, 1, "P1", "the text holds no document");
    return std::nullopt;
  }
  return std::move(builder.tree);
}

} // namespace lzrt::yaml
