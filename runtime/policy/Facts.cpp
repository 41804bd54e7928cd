//===- Facts.cpp - Deriving and completing the facts of a call -------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// C6 (bracket values) and C8 (given wins over derived), driven by the completion column of LZ_SCHEMA.
//
//===----------------------------------------------------------------------===//
#include "lzrt/policy/Facts.h"

namespace lzrt {
namespace {

/// The other name of a fact that has two: a row that is completed as another one, which is completed as it (C4:
/// seq_len, seq_len_q).
std::optional<FactId> otherName(Operation operation, FactId fact) {
  const SchemaRow *row = schemaRow(operation, fact);
  if (!row || row->completion != LZ_COMPLETE_SAME)
    return std::nullopt;
  const SchemaRow *other = schemaRow(operation, FactId(row->c));
  if (!other || other->completion != LZ_COMPLETE_SAME || other->c != fact)
    return std::nullopt;
  return other->fact;
}

Fact constant(FactId fact, int value) {
  switch (factType(fact)) {
  case LZ_TYPE_BOOL:
    return Fact::known(value != 0);
  case LZ_TYPE_FLOAT:
    return Fact::known(double(value));
  default:
    return Fact::known(int64_t(value));
  }
}

/// num_heads != num_kv_heads; Absent where one of them is, else Open where one of them is (C8).
Fact deriveGqa(const FactSet &facts) {
  const Fact &heads = facts.get(LZ_FACT_NUM_HEADS), &kvHeads = facts.get(LZ_FACT_NUM_KV_HEADS);
  if (heads.isAbsent() || kvHeads.isAbsent())
    return Fact::absent();
  if (heads.isOpen() || kvHeads.isOpen())
    return Fact::open();
  return Fact::known(std::get<int64_t>(heads.value()) != std::get<int64_t>(kvHeads.value()));
}

Fact derivePlatform(const Fact &device) {
  if (!device.isKnown())
    return device;
  const std::string &name = std::get<std::string>(device.value());
  return Fact::known(name.substr(0, name.find(':')));
}

bool isAssumed(FactId fact) {
  switch (fact) {
  case LZ_FACT_REQUIRES_DETERMINISTIC:
  case LZ_FACT_IS_CUDA_GRAPH_CAPTURING:
  case LZ_FACT_TP_SIZE:
  case LZ_FACT_PP_SIZE:
  case LZ_FACT_RANK:
  case LZ_FACT_TENANT:
    return true;
  default:
    return false;
  }
}

} // namespace

FactSet::FactSet(Operation operation) : op(operation) {
  for (int fact = 0; fact < LZ_FACT_COUNT; ++fact)
    if (!schemaRow(op, FactId(fact)))
      facts[fact] = Fact::absent();
}

bool FactSet::isGiven(FactId fact) const { return given[fact]; }

void FactSet::set(FactId fact, Fact value) {
  if (!schemaRow(op, fact))
    return;
  if (std::optional<FactId> twin = otherName(op, fact)) {
    facts[*twin] = value;
    given[*twin] = true;
  }
  facts[fact] = std::move(value);
  given[fact] = true;
}

void FactSet::derive() {
  for (const SchemaRow &row : schemaOf(op)) {
    if (given[row.fact])
      continue;
    if (row.completion == LZ_COMPLETE_SAME)
      facts[row.fact] = get(FactId(row.c));
    else if (row.completion == LZ_COMPLETE_GQA)
      facts[row.fact] = deriveGqa(*this);
    else if (row.completion == LZ_COMPLETE_FROM_DEVICE)
      facts[row.fact] = derivePlatform(get(LZ_FACT_DEVICE));
    else if (row.source == LZ_SOURCE_COMPLETION && row.completion == LZ_COMPLETE_INT)
      facts[row.fact] = constant(row.fact, row.c);
  }
}

/// The bracket value of a fact that follows from nothing else, or Open.
static Fact bracketValue(const SchemaRow &row) {
  if (row.completion == LZ_COMPLETE_INT)
    return constant(row.fact, row.c);
  if (row.completion == LZ_COMPLETE_EMPTY)
    return Fact::known(std::string());
  return Fact::open();
}

void FactSet::complete() {
  for (const SchemaRow &row : schemaOf(op))
    if (!given[row.fact] && facts[row.fact].isOpen())
      facts[row.fact] = bracketValue(row);
  derive();
}

std::vector<FactId> FactSet::assume() {
  std::vector<FactId> filled;
  for (const SchemaRow &row : schemaOf(op)) {
    if (given[row.fact] || !facts[row.fact].isOpen() || !isAssumed(row.fact))
      continue;
    facts[row.fact] = bracketValue(row);
    filled.push_back(row.fact);
  }
  return filled;
}

} // namespace lzrt
