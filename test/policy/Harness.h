//===- Harness.h - The product's answers in the model's terms ---*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Model → documents → readers → Selector, and a Selection back to an Outcome by testing each entry's printed conditions
// on the full call.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_POLICY_HARNESS_H
#define LZ_TEST_POLICY_HARNESS_H

#include "../../runtime/selection/SitePlan.h"
#include "Model.h"

#include "lzrt/policy/Reader.h"
#include "lzrt/policy/Selector.h"

#include <iosfwd>

/// For GoogleTest's messages.
namespace model {
void PrintTo(const Outcome &outcome, std::ostream *os);
void PrintTo(const Trace &trace, std::ostream *os);
} // namespace model

namespace harness {

/// JSON, which the YAML readers take.
std::string toDocument(const model::Policy &policy);
std::string toDocument(const std::vector<model::Kernel> &kernels);

/// What of a call a selection is told; a field under `open` is Open.
struct Split {
  std::set<std::string> open; // fields, "rollout", "library_version"
  /// Give base facts alone and let the product derive the rest of what is known; else set every fact of the call.
  bool derives = false;
};

/// For messages: the documents, the call, and what of it is open.
std::string describe(const model::World &world, const model::Call &call, const Split &split);

class Subject {
public:
  /// Fails the running test where the readers refuse the world.
  explicit Subject(const model::World &world);
  bool isValid() const { return selector != nullptr; }
  const lzrt::Selector &get() const { return *selector; }

  lzrt::Selection select(const model::Call &call, const Split &split, const std::vector<std::string> &failed,
                         bool explain) const;
  /// What a plan answers to the whole call.
  lzrt::SitePlan::Choice choose(const lzrt::SitePlan &plan, const model::Call &call) const;
  /// The first entry whose conditions hold on the whole call.
  model::Outcome settle(const lzrt::Selection &selection, const model::Call &call) const;
  std::vector<model::Trace> pathOf(const lzrt::Selection &selection) const;

private:
  bool holds(const lzrt::OpenCondition &condition, const model::Call &call) const;
  lzrt::FactSet factsOf(const model::Call &call, const Split &split) const;
  /// Borrows `facts` and `call`.
  lzrt::Query queryOf(const lzrt::FactSet &facts, const model::Call &call, const Split &split) const;

  const model::World &world;
  std::unique_ptr<lzrt::Selector> selector;
};

} // namespace harness
#endif // LZ_TEST_POLICY_HARNESS_H
