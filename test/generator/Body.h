//===- Body.h - Writes the body of a random function -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_GENERATOR_BODY_H
#define LZ_TEST_GENERATOR_BODY_H

#include "Module.h"

#include "lzrt/abi/operations.h"

#include <functional>
#include <optional>

namespace lz::generator {

/// A function that others may call.
struct Callee {
  std::string name;
  std::vector<Tensor> arguments, results;
};

/// What the functions of a module share.
struct ModuleState {
  Random random;
  std::vector<Callee> callees;
  std::vector<Tensor> parameters;
  unsigned operations = 0, sites = 0;
  bool isCovered = true;                      ///< As in ModuleSpec.
  const struct OperationCase *last = nullptr; ///< What was written last, and its first result.
  std::optional<Tensor> lastResult;

  explicit ModuleState(uint64_t seed) : random(seed) {}
};

/// Operands under the keyword that stands before them: "ins", "mask", "outs", …
struct OperandGroup {
  std::string keyword;
  std::vector<Tensor> operands;
};

/// Writes statements, and knows the values that later ones may use. Arguments are added as statements ask for them.
class Body {
public:
  Body(ModuleState &module, bool onBuffers) : module(module), random(module.random), onBuffers(onBuffers) {}

  ModuleState &module;
  Random &random;
  const bool onBuffers;
  std::vector<Tensor> arguments;
  std::vector<bool> donated;
  std::vector<Tensor> pool; ///< What is visible here.
  std::string text;
  unsigned depth = 0; ///< Of regions around the next statement.
  /// Where the next result goes that fits, instead of a destination that is drawn.
  std::optional<Tensor> wantedDestination;

  /// A line of the body; returns its number's name, "%7", where it begins with "# = ".
  std::string emit(const std::string &line);
  std::string fresh() { return "%" + std::to_string(counter++); }

  /// Random extents of a rank, small enough in sum.
  Shape shape(int64_t rank);
  std::string floatElement() { return random.pick(std::vector<std::string>{"f32", "f32", "f16", "bf16"}); }
  /// The element type of a parameter of data in `element`.
  std::string parameterElement(const std::string &element) { return random.chance(50) ? element : "f32"; }
  std::vector<bool> openExtents(size_t rank);

  /// A value of these extents: one that is there, or a new argument, parameter, constant, or part of one.
  Tensor obtain(const Shape &shape, const std::string &element, Data data = Data::Normal, int64_t limit = 0);
  /// What an operation works on: mostly what another has computed.
  Tensor mainInput(int64_t minRank, int64_t maxRank);
  /// Where a result goes: new memory, an argument, or a value that is used elsewhere.
  Tensor destination(const Shape &shape, const std::string &element);
  /// What an operation updates in place.
  Tensor updated(const Shape &shape, const std::string &element);

  /// Writes the operation and adds its results; outputs are the groups "outs" and "lse".
  std::vector<Tensor> operation(lz_operation_t operation, const std::vector<OperandGroup> &groups,
                                std::vector<std::string> attributes);
  /// `value` as a value of the type with these open extents.
  Tensor cast(const Tensor &value, const std::vector<bool> &open);
  /// A value of type index that is `value` in a run; constant, or an extent of something.
  std::string index(int64_t value);
  /// `tensor.empty` or an allocation.
  Tensor empty(const Shape &shape, const std::string &element, const std::vector<bool> &open);
  /// Adds a value to the pool.
  Tensor add(Tensor value);
  /// A tensor as text: "%1, %2 : type, type".
  static std::string list(const std::vector<Tensor> &values);

private:
  Tensor argument(const Shape &shape, const std::string &element, Data data, int64_t limit);
  Tensor parameter(const Shape &shape, const std::string &element, Data data, int64_t limit);
  Tensor constant(const Shape &shape, const std::string &element, Data data);
  Tensor slice(const Shape &shape, const std::string &element, Data data, int64_t limit);
  Tensor transposition(const Shape &shape, const std::string &element, Data data, int64_t limit);
  Tensor collapsed(const Shape &shape, const std::string &element, Data data, int64_t limit);
  std::optional<Tensor> known(const std::function<bool(const Tensor &)> &fits);
  std::string resultTypes(const std::vector<Tensor> &outputs) const;

  unsigned counter = 0;
};

/// How to write one operation. With `seed`, it is the main input, and the first result has its extents and element
/// type.
struct OperationCase {
  lz_operation_t operation;
  std::vector<Tensor> (*write)(Body &body, lz_operation_t operation, const Tensor *seed);
  /// Ranks of the main input for which there is a result of its extents; 0: there is none.
  int64_t minRank, maxRank;
};

/// One row an operation of the dialect.
const std::vector<OperationCase> &operationCases();
/// Whether a shipped kernel is for the operation.
bool hasKernel(lz_operation_t operation);
/// The name in the schema.
std::string nameOf(lz_operation_t operation);

/// Writes an operation, plain arithmetic, a call, or control flow with statements in it.
void writeStatement(Body &body);
/// Writes an operation, often of the kind of the one before.
void writeOperation(Body &body);
/// Writes something that works on tensors and is not of the dialect.
void writePlain(Body &body);
/// A value with the extents and element type of `like`, computed here.
Tensor writeAlike(Body &body, const Tensor &like);

} // namespace lz::generator
#endif // LZ_TEST_GENERATOR_BODY_H
