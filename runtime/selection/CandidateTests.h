//===- CandidateTests.h - What a residual leaves to a call ------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The open conditions of a residual, without the texts that explain prints, and the two ways to look at one of them:
// whether it holds, and for which calls it stays so.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_SELECTION_CANDIDATETESTS_H
#define LZRT_SELECTION_CANDIDATETESTS_H

#include "Region.h"

#include <span>

namespace lzrt {

/// One open condition of a candidate.
struct Test {
  enum class Kind : uint8_t {
    Condition, ///< `condition` on the call's fact.
    Mark,      ///< S10: the kernel lacks the mark, so `fact` must not be true.
    Rollout,   ///< S8: the call must be admitted under rule `subject`.
    Version,   ///< `condition` on the library_version of kernel `subject`, where the call gives none.
  };
  static constexpr uint8_t noAxis = 255;

  Kind kind = Kind::Condition;
  /// Which axis of the plan's index answers it.
  uint8_t axis = noAxis;
  uint8_t factIndex = LZ_FACT_COUNT;
  int subject = -1;
  const Condition *condition = nullptr;

  FactId fact() const { return FactId(factIndex); }
};
static_assert(LZ_FACT_COUNT < 256 && sizeof(Test) == 16, "thousands are read one after the other");

/// Borrows the conditions of the policy and the kernels.
class CandidateTests {
public:
  explicit CandidateTests(const std::vector<Candidate> &candidates);
  size_t size() const { return starts.size() - 1; }
  std::span<const Test> of(size_t candidate) const {
    return {list.data() + starts[candidate], list.data() + starts[candidate + 1]};
  }
  std::span<Test> of(size_t candidate) {
    return {list.data() + starts[candidate], list.data() + starts[candidate + 1]};
  }
  size_t bytes() const { return list.capacity() * sizeof(Test) + starts.capacity() * sizeof(uint32_t); }

private:
  std::vector<Test> list;
  std::vector<uint32_t> starts;
};

/// Whether a call passes a test.
bool holds(const Test &test, const Policy &policy, const Query &call);
/// Narrows `region` to the calls whose answer to the test is that of `call`.
void narrow(const Test &test, const Query &call, Region &region);

} // namespace lzrt
#endif // LZRT_SELECTION_CANDIDATETESTS_H
