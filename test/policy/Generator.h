//===- Generator.h - Random policies, kernels and calls ---------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Values are drawn from small domains that meet the constants of conditions, so that every branch of the selection is
// taken often; LawTest asserts how often.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_POLICY_GENERATOR_H
#define LZ_TEST_POLICY_GENERATOR_H

#include "Harness.h"

#include <random>

namespace generator {

class Generator {
public:
  explicit Generator(uint64_t seed) : engine(seed) {}
  model::World world();
  model::Call call(const model::World &world);
  harness::Split split(const model::Call &call);

private:
  size_t below(size_t bound) { return std::uniform_int_distribution<size_t>(0, bound - 1)(engine); }
  bool chance(int percent) { return int(below(100)) < percent; }
  template <typename T> const T &pick(const std::vector<T> &list) { return list[below(list.size())]; }

  model::Kernel kernel(size_t index);
  model::Rule rule(size_t index);
  std::vector<model::Condition> conditions(const std::string &operationPattern, size_t most);
  std::optional<model::Condition> condition(const std::string &field);
  std::string anyKernel();
  std::string anyKernelPattern();
  std::string anyOperationPattern();

  std::mt19937_64 engine;
};

/// Derived and completed facts by C6 and C8, from what is given.
void complete(model::Call &call);

} // namespace generator
#endif // LZ_TEST_POLICY_GENERATOR_H
