//===- CallFacts.cpp - From the arguments of a call to its facts -----------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Walks the source column of LZ_SCHEMA (abi/operations.h), for the compiler's ops and for running calls alike. A new
// source is a case here.
//
//===----------------------------------------------------------------------===//
#include "lzrt/policy/Facts.h"

#include <limits>

namespace lzrt {
namespace {

using Argument = CallView::Argument;
using Extent = std::pair<unsigned, unsigned>;

/// What a fact reads of the extents: their product, unless the operation's form lacks it (`absent`) or does not tell
/// (`unknown`).
struct Extents {
  bool unknown = false;
  bool absent = false;
  std::vector<Extent> factors;
};

constexpr int layoutAxes[][4] = {
#define LZ_AXES(id, name, ...) __VA_ARGS__,
    LZ_LAYOUTS(LZ_AXES)
#undef LZ_AXES
};

const Argument *argumentAt(const CallView &view, int slot) {
  if (slot < 0 || size_t(slot) >= view.arguments.size() || !view.arguments[slot].present)
    return nullptr;
  return &view.arguments[slot];
}

Extents dimension(const CallView &view, int slot, int dim) {
  Extents extents;
  const Argument *argument = argumentAt(view, slot);
  int rank = argument ? int(argument->shape.size()) : 0;
  int index = dim < 0 ? rank + dim : dim;
  if (!argument)
    extents.unknown = true;
  else if (index < 0 || index >= rank)
    extents.absent = true;
  else
    extents.factors.emplace_back(slot, index);
  return extents;
}

Extents axis(const CallView &view, const SchemaRow &row) {
  Extents extents;
  std::optional<int64_t> layout = view.integers[LZ_ATTR_LAYOUT];
  if (!layout || *layout < 0 || *layout >= LZ_LAYOUT_COUNT) {
    extents.unknown = true;
    return extents;
  }
  int dim = layoutAxes[*layout][row.b];
  if (dim >= 0)
    return dimension(view, row.a, dim);
  extents.absent = true;
  return extents;
}

Extents dimensionOfRank(const CallView &view, const SchemaRow &row) {
  const Argument *argument = argumentAt(view, row.a);
  Extents extents;
  extents.absent = argument && int(argument->shape.size()) < (row.b < 0 ? 1 - row.b : 2);
  return extents.absent ? extents : dimension(view, row.a, row.b);
}

Extents product(const CallView &view, int slot, unsigned trailing) {
  Extents extents;
  const Argument *argument = argumentAt(view, slot);
  extents.unknown = !argument;
  for (unsigned dim = 0; argument && dim + trailing < argument->shape.size(); ++dim)
    extents.factors.emplace_back(slot, dim);
  return extents;
}

/// m, n, k through the transpose attributes; leading dimensions are a batch.
Extents matmul(const CallView &view, const SchemaRow &row) {
  bool transposeA = view.integers[LZ_ATTR_TRANSPOSE_A].value_or(0) != 0;
  bool transposeB = view.integers[LZ_ATTR_TRANSPOSE_B].value_or(0) != 0;
  switch (row.b) {
  case 0:
    return dimension(view, row.a, transposeA ? -1 : -2);
  case 1:
    return dimension(view, row.a + 1, transposeB ? -2 : -1);
  default:
    return dimension(view, row.a, transposeA ? -2 : -1);
  }
}

/// Nothing where the row's source is no extent.
std::optional<Extents> extentsOfRow(const CallView &view, const SchemaRow &row) {
  switch (row.source) {
  case LZ_SOURCE_AXIS:
    return axis(view, row);
  case LZ_SOURCE_DIM:
    return dimension(view, row.a, row.b);
  case LZ_SOURCE_DIM_RANK:
    return dimensionOfRank(view, row);
  case LZ_SOURCE_LEADING_PRODUCT:
    return product(view, row.a, 1);
  case LZ_SOURCE_PRODUCT:
    return product(view, row.a, 0);
  case LZ_SOURCE_MATMUL:
    return matmul(view, row);
  default:
    return std::nullopt;
  }
}

/// The product of the extents, saturating; Open where one of them is.
Fact factOf(const CallView &view, const Extents &extents) {
  if (extents.unknown)
    return Fact::open();
  if (extents.absent)
    return Fact::absent();
  int64_t result = 1;
  for (auto [slot, dim] : extents.factors) {
    const std::optional<int64_t> &extent = view.arguments[slot].shape[dim];
    if (!extent)
      return Fact::open();
    if (__builtin_mul_overflow(result, *extent, &result))
      result = std::numeric_limits<int64_t>::max();
  }
  return Fact::known(result);
}

/// A type without a name in policies is no fact.
Fact elementOf(const CallView &view, int slot) {
  const Argument *argument = argumentAt(view, slot);
  if (!argument)
    return Fact::open();
  std::string_view name = dtypeName(argument->dtype);
  return name.empty() ? Fact::absent() : Fact::known(std::string(name));
}

/// An attribute that the op was built without has its bracket value, which complete() gives too; without one it stays
/// Open.
Fact attributeOf(const CallView &view, const SchemaRow &row) {
  FactType type = factType(row.fact);
  if (view.floats[row.a])
    return Fact::known(*view.floats[row.a]);
  if (view.integers[row.a]) {
    const std::vector<std::string_view> &names = listedValues(type);
    int64_t value = *view.integers[row.a];
    if (names.empty())
      return Fact::known(value);
    return value >= 0 && size_t(value) < names.size() ? Fact::known(std::string(names[value])) : Fact::absent();
  }
  if (row.completion != LZ_COMPLETE_INT)
    return Fact::open();
  return type == LZ_TYPE_FLOAT ? Fact::known(double(row.c)) : Fact::known(int64_t(row.c));
}

/// Whether an argument is row-major without gaps. The stride of a dimension with one element, and any stride of an
/// empty tensor, say nothing.
Fact contiguityOf(const Argument &argument) {
  if (argument.strides.empty())
    return Fact::known(true);
  for (const std::optional<int64_t> &extent : argument.shape)
    if (extent == 0)
      return Fact::known(true);
  bool open = false;
  std::optional<int64_t> expected = 1;
  for (size_t dim = argument.shape.size(); dim-- > 0;) {
    const std::optional<int64_t> &extent = argument.shape[dim], &stride = argument.strides[dim];
    if (extent == 1)
      continue;
    if (!extent || !stride || !expected)
      open = true;
    else if (*stride != *expected)
      return Fact::known(false);
    expected = expected && extent ? std::optional(*expected * *extent) : std::nullopt;
  }
  return open ? Fact::open() : Fact::known(true);
}

/// Whether all tensor arguments are contiguous: Kleene's conjunction.
Fact contiguityOf(const CallView &view) {
  Fact all = Fact::known(true);
  for (const Argument &argument : view.arguments) {
    if (!argument.present)
      continue;
    Fact one = contiguityOf(argument);
    if (one.isOpen())
      all = one;
    else if (!std::get<bool>(one.value()))
      return one;
  }
  return all;
}

Fact lastStrideOf(const CallView &view, int slot) {
  const Argument *argument = argumentAt(view, slot);
  if (!argument)
    return Fact::open();
  if (argument->strides.empty())
    return Fact::known(int64_t(1));
  return argument->strides.back() ? Fact::known(*argument->strides.back()) : Fact::open();
}

/// Nothing where the call's arguments, attributes and name do not settle the fact.
std::optional<Fact> factOfRow(const CallView &view, const SchemaRow &row) {
  if (std::optional<Extents> extents = extentsOfRow(view, row))
    return factOf(view, *extents);
  switch (row.source) {
  case LZ_SOURCE_ELEMENT:
    return elementOf(view, row.a);
  case LZ_SOURCE_PRESENT:
    return Fact::known(argumentAt(view, row.a) != nullptr);
  case LZ_SOURCE_ATTRIBUTE:
    return attributeOf(view, row);
  case LZ_SOURCE_CONTIGUITY:
    return contiguityOf(view);
  case LZ_SOURCE_LAST_STRIDE:
    return lastStrideOf(view, row.a);
  case LZ_SOURCE_SITE:
    return Fact::known(view.site);
  default:
    return std::nullopt;
  }
}

} // namespace

FactSet factsOf(const CallView &view) {
  FactSet facts(view.operation);
  for (const SchemaRow &row : schemaOf(view.operation))
    if (std::optional<Fact> fact = factOfRow(view, row))
      facts.set(row.fact, std::move(*fact));
  facts.derive();
  return facts;
}

std::vector<Extent> extentsOf(const CallView &view, FactId fact) {
  const SchemaRow *row = schemaRow(view.operation, fact);
  if (!row)
    return {};
  std::optional<Extents> extents = extentsOfRow(view, *row);
  return extents && !extents->absent && !extents->unknown ? std::move(extents->factors) : std::vector<Extent>();
}

} // namespace lzrt
