//===- Catalogue.cpp - The shipped kernels, as their manifests and tables have them ===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Catalogue.h"

#include <yaml-cpp/yaml.h>

#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>

namespace lz::test {

namespace {

[[noreturn]] void fail(const std::string &message) {
  std::fprintf(stderr, "error: %s\n", message.c_str());
  std::exit(1);
}

void onlyKeys(const YAML::Node &map, const std::set<std::string> &known, const std::string &where) {
  std::set<std::string> seen;
  for (const auto &entry : map) {
    auto key = entry.first.as<std::string>();
    if (!known.count(key))
      fail("unknown key `" + key + "` in " + where);
    if (!seen.insert(key).second)
      fail("duplicate key `" + key + "` in " + where);
  }
}

lz_operation_t operationOf(const std::string &name, const std::string &where) {
  for (int i = 0; i < LZ_OP_COUNT; ++i)
    if (name == nameOf(lz_operation_t(i)))
      return lz_operation_t(i);
  fail("unknown operation `" + name + "` in " + where);
}

void readRequires(const YAML::Node &map, CatalogueKernel &kernel) {
  static const std::map<std::string, lz_fact_t> facts = {
      {"dtype", LZ_FACT_DTYPE}, {"kv_dtype", LZ_FACT_KV_DTYPE}, {"weight_dtype", LZ_FACT_WEIGHT_DTYPE}};
  onlyKeys(map, {"platform", "dtype", "kv_dtype", "weight_dtype", "is_contiguous"}, "requires of " + kernel.name);
  if (map["platform"] && map["platform"].as<std::string>() != "cpu")
    fail("`" + kernel.name + "` is not for the CPU");
  for (const auto &[key, fact] : facts)
    for (const auto &dtype : map[key])
      kernel.elements[fact].insert(dtype.as<std::string>());
  kernel.requiresContiguous = map["is_contiguous"] && map["is_contiguous"].as<bool>();
}

CatalogueKernel readKernel(const YAML::Node &map) {
  CatalogueKernel kernel;
  kernel.name = map["name"].as<std::string>();
  onlyKeys(map,
           {"name", "aliases", "operations", "symbol", "priority", "default", "requires", "deterministic",
            "graph_capture_safe", "failure_atomic"},
           kernel.name);
  kernel.symbol = map["symbol"].as<std::string>();
  for (const auto &alias : map["aliases"])
    kernel.aliases.push_back(alias.as<std::string>());
  for (const auto &operation : map["operations"])
    kernel.operations.push_back(operationOf(operation.as<std::string>(), kernel.name));
  kernel.priority = map["priority"].as<int64_t>(50);
  kernel.isDefault = map["default"].as<bool>(false);
  kernel.flags = (map["deterministic"].as<bool>(false) ? LZ_KERNEL_DETERMINISTIC : 0) |
                 (map["graph_capture_safe"].as<bool>(false) ? LZ_KERNEL_GRAPH_CAPTURE_SAFE : 0) |
                 (map["failure_atomic"].as<bool>(false) ? LZ_KERNEL_FAILURE_ATOMIC : 0);
  if (map["requires"])
    readRequires(map["requires"], kernel);
  return kernel;
}

const lz_kernel_library_t *open(const std::string &path) {
  void *handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    fail(dlerror());
  auto query = reinterpret_cast<lz_kernel_library_query_fn>(dlsym(handle, LZ_KERNEL_LIBRARY_QUERY));
  if (!query)
    fail(path + " exports no `" LZ_KERNEL_LIBRARY_QUERY "`");
  const lz_kernel_library_t *table = query(LZ_ABI_VERSION);
  if (!table)
    fail(path + " needs another ABI version");
  return table;
}

/// `file` replaces the library that the manifest names.
CatalogueLibrary readLibrary(const std::string &manifest, std::string file = {}) {
  CatalogueLibrary library;
  library.manifest = std::string(LZ_TEST_KERNEL_DIR) + "/" + manifest;
  YAML::Node root = YAML::LoadFile(library.manifest);
  onlyKeys(root, {"version", "library", "kernels"}, manifest);
  if (file.empty())
    file = std::string(LZ_TEST_KERNEL_DIR) + "/" + root["library"].as<std::string>();
  library.table = open(file);
  for (const auto &entry : root["kernels"]) {
    CatalogueKernel kernel = readKernel(entry);
    kernel.library = library.table->name;
    for (uint32_t i = 0; i < library.table->num_kernels; ++i)
      if (kernel.symbol == library.table->kernels[i].symbol)
        kernel.entry = &library.table->kernels[i];
    library.kernels.push_back(std::move(kernel));
  }
  return library;
}

} // namespace

/// The argument whose element type is `fact`.
static unsigned slotOf(lz_operation_t operation, lz_fact_t fact) {
  struct Row {
    lz_operation_t operation;
    lz_fact_t fact;
    unsigned slot;
  };
  static constexpr Row rows[] = {
#define LZ_X(op, fact, source, a, b, completion, c) {LZ_OP_##op, LZ_FACT_##fact, unsigned(a)},
      LZ_SCHEMA(LZ_X)
#undef LZ_X
  };
  for (const Row &row : rows)
    if (row.operation == operation && row.fact == fact)
      return row.slot;
  fail(std::string("a kernel of `") + nameOf(operation) + "` requires a fact that the operation lacks");
}

bool CatalogueKernel::implements(lz_operation_t operation) const {
  return std::find(operations.begin(), operations.end(), operation) != operations.end();
}

bool CatalogueKernel::admits(const Case &given) const {
  for (const auto &[fact, types] : elements)
    if (!types.count(nameOf(given.arguments.at(slotOf(given.operation, fact)).element)))
      return false;
  return !requiresContiguous || given.contiguous();
}

const std::vector<CatalogueLibrary> &catalogue() {
  static const std::vector<CatalogueLibrary> libraries = [] {
    try {
      return std::vector<CatalogueLibrary>{readLibrary("lz_kernels_reference.yaml"),
                                           readLibrary("lz_kernels_cpu.yaml")};
    } catch (const YAML::Exception &error) {
      fail(error.what());
    }
  }();
  return libraries;
}

/// The CPU library with the emulation of tile products in it.
static const CatalogueLibrary &emulatedTiles() {
  static const CatalogueLibrary library = [] {
    CatalogueLibrary library = readLibrary("lz_kernels_cpu.yaml", LZ_TEST_EMULATED_TILES);
    for (CatalogueKernel &kernel : library.kernels) {
      kernel.name += " (emulated tiles)";
      kernel.isDefault = false;
    }
    return library;
  }();
  return library;
}

static bool hasTiles(lz_operation_t operation) {
  return operation <= LZ_OP_ATTENTION_SLIDING_WINDOW || operation == LZ_OP_ATTENTION_PREFILL ||
         operation == LZ_OP_ATTENTION_DECODE || operation == LZ_OP_ALIBI;
}

std::vector<const CatalogueKernel *> kernelsOf(lz_operation_t operation) {
  std::vector<const CatalogueKernel *> result;
  auto collect = [&](const CatalogueLibrary &library) {
    for (const CatalogueKernel &kernel : library.kernels)
      if (kernel.implements(operation) && kernel.entry)
        result.push_back(&kernel);
  };
  for (const CatalogueLibrary &library : catalogue())
    collect(library);
  if (hasTiles(operation))
    collect(emulatedTiles());
  return result;
}

const CatalogueKernel &referenceOf(lz_operation_t operation) {
  for (const CatalogueKernel &kernel : catalogue().front().kernels)
    if (kernel.implements(operation) && kernel.entry)
      return kernel;
  fail(std::string("no reference kernel for `") + nameOf(operation) + "`");
}

} // namespace lz::test
