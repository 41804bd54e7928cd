//===- Facts.h - The facts of a call, each known, absent or open -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The schema (abi/operations.h) says which facts an operation has; this is their value for one call.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_POLICY_FACTS_H
#define LZRT_POLICY_FACTS_H

#include "lzrt/abi/call.h"
#include "lzrt/abi/context.h"
#include "lzrt/abi/operations.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lzrt {

using Operation = lz_operation_t;
using FactId = lz_fact_t;
using FactType = lz_fact_type_t;
using Mode = lz_mode_t;

// Names. Look-ups take canonical names and aliases; nullopt: unknown.
std::string_view operationName(Operation operation);
std::optional<Operation> findOperation(std::string_view nameOrAlias);
const std::vector<std::string_view> &operationAliases(Operation operation);
std::string_view factName(FactId fact);
FactType factType(FactId fact);
std::optional<FactId> findFact(std::string_view name);
std::string_view modeName(Mode mode);
std::optional<Mode> findMode(std::string_view name);
/// The listed values of a type (P4), empty for the free types.
const std::vector<std::string_view> &listedValues(FactType type);
/// The policy name of an element type, or "" (P4).
std::string_view dtypeName(lz_dtype_t dtype);

/// The element type that other tools spell so ("fp16"), or "": for suggestions that no edit distance finds.
std::string_view dtypeSpelled(std::string_view spelling);

/// One row of LZ_SCHEMA.
struct SchemaRow {
  FactId fact;
  lz_fact_source_t source;
  int a, b;
  lz_completion_t completion;
  int c;
};
/// The rows of `operation`, in table order.
const std::vector<SchemaRow> &schemaOf(Operation operation);
/// The row of a fact of an operation, or null where the operation has no such fact.
const SchemaRow *schemaRow(Operation operation, FactId fact);
/// One argument slot of LZ_ARGUMENTS.
struct ArgumentSlot {
  std::string_view name;
  lz_argument_role_t role;
};
const std::vector<ArgumentSlot> &argumentsOf(Operation operation);

/// A dotted version, ordered by component, missing components counting as 0.
struct Version {
  std::vector<uint64_t> parts;
  static std::optional<Version> parse(std::string_view text);
  std::string str() const;
  /// < 0, 0, > 0.
  int compare(const Version &other) const;
};

/// The value of a known fact, or of a condition. Integers and floats compare by value with each other; booleans are not
/// integers (P4).
using Value = std::variant<bool, int64_t, double, std::string, Version>;
/// As JSON; versions as strings.
std::string toJson(const Value &value);
/// Appends a text as a JSON string.
void appendJson(std::string &out, std::string_view text);
/// Appends a text as a JSON string.
void appendJson(std::string &out, std::string_view text);

/// What is known of one fact.
class Fact {
public:
  enum class State : uint8_t { Open, Absent, Known };
  static Fact open() { return Fact(State::Open); }
  static Fact absent() { return Fact(State::Absent); }
  static Fact known(Value value) {
    Fact fact(State::Known);
    fact.payload = std::move(value);
    return fact;
  }
  Fact() = default;
  bool isOpen() const { return state == State::Open; }
  bool isAbsent() const { return state == State::Absent; }
  bool isKnown() const { return state == State::Known; }
  const Value &value() const { return payload; }

private:
  explicit Fact(State state) : state(state) {}
  State state = State::Open;
  Value payload = false;
};

/// The facts of one call of `operation`. A fact that the operation lacks reads as Absent and ignores being set (C8).
/// Candidate facts are the selector's: it ignores `kernel` here, and takes `library_version` from here only where it
/// was set.
class FactSet {
public:
  explicit FactSet(Operation operation);
  Operation operation() const { return op; }
  const Fact &get(FactId fact) const { return facts[fact]; }
  /// Sets a fact, under both of its names where it has two (C4: seq_len and seq_len_q on attention).
  void set(FactId fact, Fact value);
  /// Whether set() was called for the fact (then a derivation does not replace it).
  bool isGiven(FactId fact) const;
  /// Fills what derives from other facts: seq_len = seq_len_q, head_dim_v, kv_dtype, weight_dtype, enable_gqa,
  /// is_causal, platform from device. Derived from Open stays Open, from Absent becomes Absent; given facts win (C8).
  void derive();
  /// derive(), and every other bracket value of C6 for facts that are still Open.
  void complete();
  /// complete() for the assumed facts of C6 alone (requires_deterministic, is_cuda_graph_capturing, tp_size, pp_size,
  /// rank, tenant). Returns those that it filled.
  std::vector<FactId> assume();

private:
  Operation op;
  std::array<Fact, LZ_FACT_COUNT> facts;
  std::array<bool, LZ_FACT_COUNT> given{};
};

/// What can be seen of a call's arguments; unset is Open. The compiler fills it from an op, the runtime from a site and
/// a block.
struct CallView {
  struct Argument {
    bool present = false;
    bool written = false;
    lz_dtype_t dtype{};
    std::vector<std::optional<int64_t>> shape;
    /// Empty: row-major without gaps.
    std::vector<std::optional<int64_t>> strides;
  };
  Operation operation = LZ_OP_COUNT;
  std::vector<Argument> arguments; // by slot
  std::array<std::optional<int64_t>, LZ_ATTR_COUNT> integers;
  std::array<std::optional<double>, LZ_ATTR_COUNT> floats;
  std::string site;
};
/// The facts that the arguments, attributes and the site's name settle, by walking the schema; then derive().
/// TARGET and CONTEXT facts stay Open.
FactSet factsOf(const CallView &view);
/// The view of a running call.
CallView viewOf(const lz_call_t *call);
/// The facts of a running call: factsOf(viewOf(call)), then the context's, then complete(). Nothing is Open but the
/// candidate's facts.
FactSet factsOf(const lz_call_t *call);

/// How the dimension compare of a guard reads a fact: the product of the extents listed as (slot, dimension).
/// Empty where the fact is no extent of `view`.
std::vector<std::pair<unsigned, unsigned>> extentsOf(const CallView &view, FactId fact);

/// A fact that a caller gives by name; no value: Absent (C8).
struct GivenFact {
  std::string name;
  std::optional<Value> value;
};
/// Checks names, types and listed values, converts each value to its fact's type, and sets them. Refuses a fact given
/// twice, `seq_len` and `seq_len_q` that differ where they are one fact, and `kernel`, which each candidate settles.
/// Returns the first error, or ""; sets nothing after one.
std::string giveFacts(const std::vector<GivenFact> &list, FactSet &facts);

/// Parses "k=v,k=v" (a value with a comma is quoted with "), checks names and types, and sets them. Returns the error,
/// or "". `rollout_key` is put into *outRolloutKey where that is given, else it is an error.
std::string parseFacts(std::string_view text, FactSet &facts, std::optional<std::string> *outRolloutKey);

} // namespace lzrt
#endif // LZRT_POLICY_FACTS_H
