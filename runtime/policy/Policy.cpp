//===- Policy.cpp - What the parts of a policy answer -----------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lzrt/policy/Policy.h"

#include <algorithm>

namespace lzrt {

std::string_view operatorName(Operator op) {
  static constexpr std::string_view names[] = {"eq", "ne",     "gt",    "gte",   "lt",         "lte",
                                               "in", "not_in", "match", "regex", "multiple_of"};
  static_assert(std::size(names) == size_t(Operator::MultipleOf) + 1);
  return names[size_t(op)];
}

std::string Condition::valueJson() const {
  if (op != Operator::In && op != Operator::NotIn)
    return toJson(values.front());
  std::string text = "[";
  for (const Value &value : values)
    text += (text.size() > 1 ? ", " : "") + toJson(value);
  return text + "]";
}

bool Pattern::matchesOperation(Operation operation) const {
  if (glob.matches(operationName(operation)))
    return true;
  const std::vector<std::string_view> &aliases = operationAliases(operation);
  return std::any_of(aliases.begin(), aliases.end(), [&](std::string_view alias) { return glob.matches(alias); });
}

bool Kernel::implements(Operation operation) const {
  return std::binary_search(operations.begin(), operations.end(), operation);
}

bool Kernel::matches(const Glob &glob) const {
  return glob.matches(name) ||
         std::any_of(aliases.begin(), aliases.end(), [&](const std::string &alias) { return glob.matches(alias); });
}

} // namespace lzrt
