//===- ManifestReader.cpp - A kernel manifest -------------------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "ReadContext.h"
#include "lzrt/policy/Reader.h"

#include <algorithm>

namespace lzrt {

using yaml::Bounds;
using yaml::Node;
using yaml::NodeId;

namespace {
/// Reads manifests, alone or joined (parseKernels). What it returns is a manifest only if no error was reported.
class ManifestReader {
public:
  explicit ManifestReader(ReadContext &context) : context(context) {}
  Manifest readManifest(NodeId id, const std::string &file);
  std::vector<Manifest> readJoined(NodeId id, const std::string &file);

private:
  void readLibrary(NodeId id, Manifest &manifest);
  void readDigest(NodeId id, Manifest &manifest);
  Kernel readKernel(NodeId id);
  void readOperations(NodeId id, Kernel &kernel);
  void readSymbol(NodeId id, Kernel &kernel);
  std::optional<std::string> readName(NodeId id, const std::string &what);
  OperationMask requireMask(const Kernel &kernel) const;

  ReadContext &context;
  std::unordered_map<std::string, NodeId> names;
};

bool isIdentifier(const std::string &text) {
  auto isLetter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !text.empty() && isLetter(text[0]) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return isLetter(c) || (c >= '0' && c <= '9'); });
}

const std::vector<std::string> &operationNames() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (int operation = 0; operation < LZ_OP_COUNT; ++operation) {
      all.emplace_back(operationName(Operation(operation)));
      for (std::string_view alias : operationAliases(Operation(operation)))
        all.emplace_back(alias);
    }
    return all;
  }();
  return names;
}
} // namespace

void ManifestReader::readLibrary(NodeId id, Manifest &manifest) {
  std::optional<std::string> path = context.name(id, "`library`");
  if (!path)
    return;
  bool leaves = path->front() == '/' || *path == ".." || path->starts_with("../") || path->ends_with("/..") ||
                path->find("/../") != std::string::npos;
  if (leaves)
    context.error(id, "P1",
                  "`library` must stay beside the manifest, without an absolute path or `..`, got `" + *path + "`");
  manifest.library = std::move(*path);
}

void ManifestReader::readDigest(NodeId id, Manifest &manifest) {
  const Node &node = context.at(id);
  if (node.kind == Node::Kind::Faulty)
    return;
  // Hexadecimal digits may look like a number to YAML; what is meant is beyond doubt.
  std::string digest = node.kind == Node::Kind::Scalar ? node.text : "";
  if (digest.size() != 64 || digest.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
    context.error(id, "P1", "`sha256` must be 64 hexadecimal digits, got " + describe(node));
    return;
  }
  std::transform(digest.begin(), digest.end(), digest.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? char(c - 'A' + 'a') : c; });
  manifest.sha256 = std::move(digest);
}

void ManifestReader::readOperations(NodeId id, Kernel &kernel) {
  if (!context.isList(id, "`operations`"))
    return;
  if (context.at(id).children.empty())
    context.error(id, "P1", "`operations` must name at least one operation");
  OperationMask all = 0;
  for (NodeId element : context.at(id).children) {
    std::optional<Pattern> pattern = context.nameOrPattern(element, "an entry of `operations`");
    if (!pattern)
      continue;
    const std::string &text = pattern->glob.text();
    OperationMask mask = context.operationsOf(*pattern);
    if (mask == 0)
      context.error(element, "C4",
                    pattern->glob.isPlain() ? "unknown operation `" + text + "`"
                                            : "the glob `" + text + "` matches no operation",
                    context.errors.suggest(text, operationNames()));
    all |= mask;
    kernel.operationGlobs.push_back(text);
  }
  for (int operation = 0; operation < LZ_OP_COUNT; ++operation)
    if (all >> operation & 1)
      kernel.operations.push_back(Operation(operation));
}

void ManifestReader::readSymbol(NodeId id, Kernel &kernel) {
  std::optional<std::string> symbol = context.name(id, "`symbol`");
  if (symbol && !isIdentifier(*symbol))
    context.error(id, "P1", "`symbol` must be a C identifier, got `" + *symbol + "`");
  else if (symbol)
    kernel.symbol = std::move(*symbol);
}

/// A name or alias of a kernel, unique over the manifests of this text; KernelSet sees to those of other files.
std::optional<std::string> ManifestReader::readName(NodeId id, const std::string &what) {
  std::optional<std::string> name = context.plainName(id, what);
  if (!name)
    return name;
  auto [first, isNew] = names.emplace(*name, id);
  const Node &taken = context.at(first->second);
  if (!isNew)
    context.error(id, "P1",
                  "kernel name or alias `" + *name + "` is taken at line " + std::to_string(taken.line) + ", column " +
                      std::to_string(taken.column) + "; names and aliases are unique over all manifests");
  return name;
}

Kernel ManifestReader::readKernel(NodeId id) {
  Kernel kernel;
  kernel.location = context.locate(id);
  std::optional<NodeId> requirements;
  auto flag = [this](const char *name, bool &out) -> Key {
    return {name, [this, name, &out](NodeId value) {
              if (auto given = context.boolean(value, "`" + std::string(name) + "`"))
                out = *given;
            }};
  };
  bool isMap = context.readMap(id, "a kernel",
                               {{"name",
                                 [&](NodeId value) {
                                   if (auto name = readName(value, "`name`"))
                                     kernel.name = std::move(*name);
                                 }},
                                {"aliases",
                                 [&](NodeId value) {
                                   if (context.isList(value, "`aliases`"))
                                     for (NodeId element : context.at(value).children)
                                       if (auto alias = readName(element, "an alias"))
                                         kernel.aliases.push_back(std::move(*alias));
                                 }},
                                {"operations", [&](NodeId value) { readOperations(value, kernel); }},
                                {"symbol", [&](NodeId value) { readSymbol(value, kernel); }},
                                {"priority",
                                 [&](NodeId value) {
                                   if (auto priority = context.integer(value, "`priority`", 0, 1000, "P3"))
                                     kernel.priority = int(*priority);
                                 }},
                                flag("default", kernel.isDefault),
                                {"requires", [&](NodeId value) { requirements = value; }},
                                flag("deterministic", kernel.deterministic),
                                flag("graph_capture_safe", kernel.graphCaptureSafe),
                                flag("failure_atomic", kernel.failureAtomic)});
  if (!isMap)
    return kernel;
  for (const char *required : {"name", "operations"})
    if (!context.find(id, required))
      context.error(id, "P1", "a kernel needs `" + std::string(required) + "`");
  if (requirements)
    context.conditions(*requirements, "`requires`", requireMask(kernel),
                       "any operation of the kernel" + (kernel.name.empty() ? "" : " `" + kernel.name + "`"),
                       kernel.requires_);
  return kernel;
}

OperationMask ManifestReader::requireMask(const Kernel &kernel) const {
  OperationMask mask = 0;
  for (Operation operation : kernel.operations)
    mask |= OperationMask(1) << operation;
  return mask;
}

Manifest ManifestReader::readManifest(NodeId id, const std::string &file) {
  Manifest manifest;
  manifest.file = file;
  std::optional<NodeId> kernels;
  bool isMap = context.readMap(id, "a kernel manifest",
                               {{"version", [&](NodeId value) { context.checkVersion(value); }},
                                {"library", [&](NodeId value) { readLibrary(value, manifest); }},
                                {"sha256", [&](NodeId value) { readDigest(value, manifest); }},
                                {"kernels", [&](NodeId value) { kernels = value; }}});
  if (!isMap)
    return manifest;
  for (const char *required : {"version", "kernels"})
    if (!context.find(id, required))
      context.error(id, "P1", "a kernel manifest needs `" + std::string(required) + "`");
  if (!kernels || !context.isList(*kernels, "`kernels`"))
    return manifest;
  if (context.at(*kernels).children.size() > Bounds::rules) {
    context.error(*kernels, "P2", "more than " + std::to_string(Bounds::rules) + " kernels");
    return manifest;
  }
  for (NodeId element : context.at(*kernels).children) {
    Kernel kernel = readKernel(element);
    kernel.library = manifest.library;
    if (!manifest.library.empty() && kernel.symbol.empty() && !context.find(element, "symbol"))
      context.error(element, "P1", "a kernel of a library needs `symbol`");
    manifest.kernels.push_back(std::move(kernel));
  }
  return manifest;
}

std::vector<Manifest> ManifestReader::readJoined(NodeId id, const std::string &file) {
  std::vector<Manifest> manifests;
  std::optional<NodeId> list;
  bool isMap = context.readMap(id, "the kernels of a module",
                               {{"version", [&](NodeId value) { context.checkVersion(value); }},
                                {"manifests", [&](NodeId value) { list = value; }}});
  if (!isMap)
    return manifests;
  for (const char *required : {"version", "manifests"})
    if (!context.find(id, required))
      context.error(id, "P1", "the kernels of a module need `" + std::string(required) + "`");
  if (list && context.isList(*list, "`manifests`"))
    for (NodeId element : context.at(*list).children)
      manifests.push_back(readManifest(element, file));
  return manifests;
}

std::optional<Manifest> parseManifest(std::string_view text, const std::string &file, Diagnostics &diagnostics) {
  yaml::Errors errors(file, diagnostics);
  std::optional<Manifest> manifest;
  if (std::optional<yaml::Tree> tree = yaml::parse(text, errors)) {
    ReadContext context(*tree, errors);
    Manifest read = ManifestReader(context).readManifest(tree->root, file);
    if (!errors.any())
      manifest = std::move(read);
  }
  errors.flush();
  return manifest;
}

std::shared_ptr<const KernelSet> parseKernels(std::string_view text, const std::string &file,
                                              Diagnostics &diagnostics) {
  yaml::Errors errors(file, diagnostics);
  std::optional<std::vector<Manifest>> manifests;
  if (std::optional<yaml::Tree> tree = yaml::parse(text, errors)) {
    ReadContext context(*tree, errors);
    manifests = ManifestReader(context).readJoined(tree->root, file);
  }
  bool good = !errors.any();
  errors.flush();
  return good ? KernelSet::create(std::move(*manifests), diagnostics) : nullptr;
}

} // namespace lzrt
