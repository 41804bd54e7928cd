//===- Case.h - One call as values, independent of any memory -------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_CONFORMANCE_CASE_H
#define LZ_TEST_CONFORMANCE_CASE_H

#include "CallBuilder.h"

#include "../../kernels/common/Element.h"

#include <map>
#include <string>

namespace lz::test {

using kernels::Element;

/// How an argument lies in memory.
enum class Placement { Contiguous, Gapped, Permuted };

struct CaseArgument {
  Element element = Element::F32;
  std::vector<int64_t> shape;
  std::vector<double> values; ///< Row-major, representable in `element`; empty for an output that is not updated.
  bool output = false;
  bool exact = false;    ///< Of an output: nothing but the last rounding is allowed.
  int64_t reduction = 1; ///< Of an output: the terms of the sums it is made of.
  double floor = 0;      ///< Of an output: errors count relative to at least this magnitude.
  Placement placement = Placement::Contiguous;

  int64_t count() const;
};

/// A call of one operation.
struct Case {
  lz_operation_t operation;
  std::map<unsigned, CaseArgument> arguments;
  std::map<int32_t, int64_t> integers;
  std::map<int32_t, double> reals;
  CallBuilder::Open open = CallBuilder::Open::None;

  bool contiguous() const;
  /// The same call with every float in float64, but outputs that are float32 by definition.
  Case inDoubles() const;
  std::string describe() const;
};

lz_dtype_t dtypeOf(Element element);
const char *nameOf(Element element);
const char *nameOf(lz_operation_t operation);

/// Memory of one argument: guard bytes around it and in its gaps, a start that is aligned to the element only, outputs
/// full of NaN.
class Buffer {
public:
  explicit Buffer(const CaseArgument &argument);

  void *data() { return storage.data() + start; }
  /// Empty where the argument is contiguous.
  const std::vector<int64_t> &strides() const { return argument->placement == Placement::Contiguous ? none : steps; }
  std::vector<double> values() const;
  /// Whether every byte that is no element of an output is as it was, and with `all` the elements too.
  bool untouched(bool all) const;
  /// The elements, by row-major index, whose bytes are not what they were.
  std::vector<int64_t> changed() const;
  /// The bytes of the elements and the gaps between them, for comparing two runs bit by bit.
  std::string bits() const;

private:
  int64_t offsetOf(int64_t linear) const;
  double valueAt(int64_t linear) const;

  const CaseArgument *argument;
  std::vector<int64_t> steps, none;
  std::vector<char> storage, original;
  int64_t start = 0, size = 0, extent = 1; ///< Bytes, bytes an element, elements from the first to the last.
};

/// A case in memory, ready to be run.
class Instance {
public:
  explicit Instance(const Case &given);
  int32_t run(lz_kernel_fn kernel, lz_context_t *context);
  Buffer &buffer(unsigned slot) { return buffers.at(slot); }
  const std::map<unsigned, Buffer> &all() const { return buffers; }
  /// Whether nothing was written but outputs; with `nothing` not even these.
  bool intact(bool nothing) const;
  CallBuilder builder;

private:
  std::map<unsigned, Buffer> buffers;
};

/// The worst error of `actual` against `expected` as a multiple of the bound: 1 is just right. NaN in one alone, and an
/// integer that differs, is infinity.
double errorRatio(const CaseArgument &output, const std::vector<double> &actual, const std::vector<double> &expected);

} // namespace lz::test

#endif // LZ_TEST_CONFORMANCE_CASE_H
