//===- Schema.cpp - The operation schema as data -------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Expands the X-macro tables of abi/ into the look-ups of Facts.h. Knows no operation by name: a new one is rows in
// abi/operations.h alone.
//
//===----------------------------------------------------------------------===//
#include "lzrt/policy/Facts.h"

#include <unordered_map>

namespace lzrt {
namespace {

using NameList = std::vector<std::string_view>;
template <typename T> using NameMap = std::unordered_map<std::string_view, T>;

constexpr std::string_view operationNames[] = {
#define LZ_X(id, name) name,
    LZ_OPERATIONS(LZ_X)
#undef LZ_X
};
constexpr std::string_view factNames[] = {
#define LZ_X(id, name, type) name,
    LZ_FACTS(LZ_X)
#undef LZ_X
};
constexpr FactType factTypes[] = {
#define LZ_X(id, name, type) LZ_TYPE_##type,
    LZ_FACTS(LZ_X)
#undef LZ_X
};
constexpr std::string_view modeNames[] = {
#define LZ_X(id, name) name,
    LZ_MODES(LZ_X)
#undef LZ_X
};

struct AliasRow {
  std::string_view name;
  Operation operation;
};
constexpr AliasRow aliasRows[] = {
#define LZ_X(alias, id) {alias, LZ_OP_##id},
    LZ_OPERATION_ALIASES(LZ_X)
#undef LZ_X
};

struct DtypeRow {
  std::string_view name;
  uint8_t code, bits;
};
constexpr DtypeRow dtypeRows[] = {
#define LZ_X(id, name, code, bits) {name, LZ_CODE_##code, bits},
    LZ_DTYPES(LZ_X)
#undef LZ_X
};

struct OperationFact {
  Operation operation;
  SchemaRow row;
};
constexpr OperationFact schemaRows[] = {
#define LZ_X(op, fact, source, a, b, completion, c)                                                                    \
  {LZ_OP_##op, {LZ_FACT_##fact, LZ_SOURCE_##source, a, b, LZ_COMPLETE_##completion, c}},
    LZ_SCHEMA(LZ_X)
#undef LZ_X
};

struct OperationArgument {
  Operation operation;
  unsigned slot;
  ArgumentSlot argument;
};
constexpr OperationArgument argumentRows[] = {
#define LZ_X(op, slot, name, role) {LZ_OP_##op, slot, {name, LZ_ROLE_##role}},
    LZ_ARGUMENTS(LZ_X)
#undef LZ_X
};

constexpr bool everyFactStandsOnceInAnOperation() {
  bool seen[LZ_OP_COUNT][LZ_FACT_COUNT] = {};
  for (const OperationFact &entry : schemaRows) {
    if (seen[entry.operation][entry.row.fact])
      return false;
    seen[entry.operation][entry.row.fact] = true;
  }
  return true;
}
static_assert(everyFactStandsOnceInAnOperation(), "LZ_SCHEMA lists a fact of an operation twice");

constexpr bool slotsAreDenseAndInOrder() {
  unsigned next[LZ_OP_COUNT] = {};
  for (const OperationArgument &entry : argumentRows)
    if (entry.slot != next[entry.operation]++ || entry.slot >= LZ_MAX_ARGUMENTS)
      return false;
  return true;
}
static_assert(slotsAreDenseAndInOrder(), "LZ_ARGUMENTS must list the slots of an operation densely and in order");

struct Tables {
  NameMap<Operation> operations;
  NameMap<FactId> facts;
  std::array<NameList, LZ_OP_COUNT> aliases;
  std::array<std::vector<SchemaRow>, LZ_OP_COUNT> rows;
  std::array<std::array<int8_t, LZ_FACT_COUNT>, LZ_OP_COUNT> rowOfFact;
  std::array<std::vector<ArgumentSlot>, LZ_OP_COUNT> arguments;

  Tables() {
    for (int op = 0; op < LZ_OP_COUNT; ++op)
      operations.emplace(operationNames[op], Operation(op));
    for (const AliasRow &alias : aliasRows) {
      operations.emplace(alias.name, alias.operation);
      aliases[alias.operation].push_back(alias.name);
    }
    for (int fact = 0; fact < LZ_FACT_COUNT; ++fact)
      facts.emplace(factNames[fact], FactId(fact));
    for (auto &row : rowOfFact)
      row.fill(-1);
    for (const OperationFact &entry : schemaRows) {
      rowOfFact[entry.operation][entry.row.fact] = int8_t(rows[entry.operation].size());
      rows[entry.operation].push_back(entry.row);
    }
    for (const OperationArgument &entry : argumentRows)
      arguments[entry.operation].push_back(entry.argument);
  }
};

const Tables &tables() {
  static const Tables instance;
  return instance;
}

template <typename Map> auto lookUp(const Map &map, std::string_view name) -> std::optional<typename Map::mapped_type> {
  auto found = map.find(name);
  if (found == map.end())
    return std::nullopt;
  return found->second;
}

NameList dtypeNames() {
  NameList names;
  for (const DtypeRow &row : dtypeRows)
    names.push_back(row.name);
  return names;
}

} // namespace

std::string_view operationName(Operation operation) { return operationNames[operation]; }

std::optional<Operation> findOperation(std::string_view nameOrAlias) {
  return lookUp(tables().operations, nameOrAlias);
}

const NameList &operationAliases(Operation operation) { return tables().aliases[operation]; }

std::string_view factName(FactId fact) { return factNames[fact]; }

FactType factType(FactId fact) { return factTypes[fact]; }

std::optional<FactId> findFact(std::string_view name) { return lookUp(tables().facts, name); }

std::string_view modeName(Mode mode) {
  if (mode == LZ_MODE_UNSET)
    return "unset";
  return mode >= 0 && mode < LZ_MODE_COUNT ? modeNames[mode] : "";
}

std::optional<Mode> findMode(std::string_view name) {
  for (int mode = 0; mode < LZ_MODE_COUNT; ++mode)
    if (modeNames[mode] == name)
      return Mode(mode);
  return std::nullopt;
}

const NameList &listedValues(FactType type) {
#define LZ_NAME(id, name, ...) name,
  static const NameList none, dtypes = dtypeNames(), layouts{LZ_LAYOUTS(LZ_NAME)}, alignments{LZ_ALIGNMENTS(LZ_NAME)},
                              platforms{LZ_PLATFORMS(LZ_NAME)}, kvLayouts{LZ_KV_LAYOUTS(LZ_NAME)};
#undef LZ_NAME
  switch (type) {
  case LZ_TYPE_DTYPE:
    return dtypes;
  case LZ_TYPE_LAYOUT:
    return layouts;
  case LZ_TYPE_ALIGNMENT:
    return alignments;
  case LZ_TYPE_PLATFORM:
    return platforms;
  case LZ_TYPE_KV_LAYOUT:
    return kvLayouts;
  default:
    return none;
  }
}

std::string_view dtypeName(lz_dtype_t dtype) {
  for (const DtypeRow &row : dtypeRows)
    if (row.code == dtype.code && row.bits == dtype.bits && dtype.lanes == 1)
      return row.name;
  return "";
}

std::string_view dtypeSpelled(std::string_view spelling) {
  static constexpr std::pair<std::string_view, std::string_view> spellings[] = {
      {"fp16", "float16"},     {"f16", "float16"},       {"half", "float16"},      {"bf16", "bfloat16"},
      {"fp32", "float32"},     {"f32", "float32"},       {"float", "float32"},     {"fp64", "float64"},
      {"f64", "float64"},      {"double", "float64"},    {"fp8", "float8_e4m3fn"}, {"e4m3", "float8_e4m3fn"},
      {"e5m2", "float8_e5m2"}, {"fp4", "float4_e2m1fn"}, {"int", "int32"},         {"long", "int64"},
      {"i32", "int32"},        {"i64", "int64"},         {"boolean", "bool"}};
  for (const auto &[other, name] : spellings)
    if (other == spelling)
      return name;
  return "";
}

const std::vector<SchemaRow> &schemaOf(Operation operation) { return tables().rows[operation]; }

const SchemaRow *schemaRow(Operation operation, FactId fact) {
  int row = tables().rowOfFact[operation][fact];
  return row < 0 ? nullptr : &tables().rows[operation][row];
}

const std::vector<ArgumentSlot> &argumentsOf(Operation operation) { return tables().arguments[operation]; }

} // namespace lzrt
