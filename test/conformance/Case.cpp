//===- Case.cpp - One call as values, independent of any memory -----------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Case.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <sstream>

namespace lz::test {

using namespace kernels;

int64_t CaseArgument::count() const {
  return std::accumulate(shape.begin(), shape.end(), int64_t(1), std::multiplies<>());
}

bool Case::contiguous() const {
  return std::all_of(arguments.begin(), arguments.end(),
                     [](const auto &entry) { return entry.second.placement == Placement::Contiguous; });
}

Case Case::inDoubles() const {
  Case result = *this;
  result.open = CallBuilder::Open::None;
  std::vector<lz_argument_role_t> roles = rolesOf(operation);
  for (auto &[slot, argument] : result.arguments) {
    argument.placement = Placement::Contiguous;
    if (isFloat(argument.element) && roles[slot] != LZ_ROLE_OPTIONAL_OUT) // the log-sum-exp
      argument.element = Element::F64;
  }
  return result;
}

lz_dtype_t dtypeOf(Element element) {
  switch (element) {
  case Element::F16:
    return {LZ_CODE_FLOAT, 16, 1};
  case Element::BF16:
    return {LZ_CODE_BFLOAT, 16, 1};
  case Element::F32:
    return {LZ_CODE_FLOAT, 32, 1};
  case Element::F64:
    return {LZ_CODE_FLOAT, 64, 1};
  case Element::I32:
    return {LZ_CODE_INT, 32, 1};
  case Element::I64:
    return {LZ_CODE_INT, 64, 1};
  case Element::Other:
    break;
  }
  return {LZ_CODE_UINT, 8, 1};
}

const char *nameOf(Element element) {
  static constexpr const char *names[] = {"float16", "bfloat16", "float32", "float64", "int32", "int64", "other"};
  return names[int(element)];
}

const char *nameOf(lz_operation_t operation) {
  static constexpr const char *names[] = {
#define LZ_X(id, name) name,
      LZ_OPERATIONS(LZ_X)
#undef LZ_X
  };
  return names[operation];
}

std::string Case::describe() const {
  std::ostringstream text;
  text << nameOf(operation);
  for (const auto &[slot, argument] : arguments) {
    text << " #" << slot << ":" << nameOf(argument.element) << "[";
    for (size_t i = 0; i < argument.shape.size(); ++i)
      text << (i ? "," : "") << argument.shape[i];
    text << "]"
         << (argument.placement == Placement::Contiguous ? ""
             : argument.placement == Placement::Gapped   ? "g"
                                                         : "p");
  }
  for (const auto &[id, value] : integers)
    text << " @" << id << "=" << value;
  for (const auto &[id, value] : reals)
    text << " @" << id << "=" << value;
  return text.str();
}

namespace {

constexpr char guard = char(0xa5);
constexpr int64_t guardBytes = 64;

/// Dimensions from the innermost in memory outwards.
std::vector<int> memoryOrder(int rank, Placement placement) {
  std::vector<int> order(rank);
  std::iota(order.begin(), order.end(), 0);
  std::reverse(order.begin(), order.end());
  if (placement == Placement::Permuted)
    std::reverse(order.begin(), order.end());
  return order;
}

} // namespace

Buffer::Buffer(const CaseArgument &given) : argument(&given), steps(given.shape.size()) {
  size = sizeOf(given.element);
  for (int dimension : memoryOrder(int(given.shape.size()), given.placement)) {
    // A gap of one element after each step makes every stride differ from the contiguous one.
    extent += given.placement == Placement::Gapped ? 1 : 0;
    steps[dimension] = extent;
    extent *= std::max<int64_t>(given.shape[dimension], 1);
  }
  storage.assign(2 * guardBytes + extent * size + 64 + size, guard);
  // One element past a cache line: aligned to the element and to nothing more.
  auto address = reinterpret_cast<uintptr_t>(storage.data());
  start = guardBytes + int64_t((64 - address % 64) % 64) + size;
  for (int64_t i = 0; i < given.count(); ++i) {
    char *target = storage.data() + start + offsetOf(i) * size;
    if (given.output && given.values.empty())
      std::memset(target, 0xff, size);
    else if (given.element == Element::I32)
      *reinterpret_cast<int32_t *>(target) = int32_t(given.values[i]);
    else if (given.element == Element::I64)
      *reinterpret_cast<int64_t *>(target) = int64_t(given.values[i]);
    else
      withFloatType(given.element, [&](auto type) {
        *reinterpret_cast<decltype(type) *>(target) = fromDouble<decltype(type)>(given.values[i]);
      });
  }
  original = storage;
}

int64_t Buffer::offsetOf(int64_t linear) const {
  int64_t offset = 0;
  for (int i = int(steps.size()) - 1; i >= 0; --i) {
    offset += linear % argument->shape[i] * steps[i];
    linear /= argument->shape[i];
  }
  return offset;
}

double Buffer::valueAt(int64_t linear) const {
  const char *source = storage.data() + start + offsetOf(linear) * size;
  if (argument->element == Element::I32)
    return *reinterpret_cast<const int32_t *>(source);
  if (argument->element == Element::I64)
    return double(*reinterpret_cast<const int64_t *>(source));
  return withFloatType(argument->element,
                       [&](auto type) { return toDouble(*reinterpret_cast<const decltype(type) *>(source)); });
}

std::vector<double> Buffer::values() const {
  std::vector<double> result(argument->count());
  for (int64_t i = 0; i < argument->count(); ++i)
    result[i] = valueAt(i);
  return result;
}

bool Buffer::untouched(bool all) const {
  if (all || !argument->output)
    return storage == original;
  std::vector<char> masked = storage;
  for (int64_t i = 0; i < argument->count(); ++i)
    std::copy_n(original.begin() + start + offsetOf(i) * size, size, masked.begin() + start + offsetOf(i) * size);
  return masked == original;
}

std::vector<int64_t> Buffer::changed() const {
  std::vector<int64_t> result;
  for (int64_t i = 0; i < argument->count(); ++i)
    if (int64_t at = start + offsetOf(i) * size; std::memcmp(storage.data() + at, original.data() + at, size) != 0)
      result.push_back(i);
  return result;
}

std::string Buffer::bits() const {
  return std::string(storage.begin() + start, storage.begin() + start + extent * size);
}

Instance::Instance(const Case &given) : builder(given.operation) {
  for (const auto &[slot, argument] : given.arguments) {
    Buffer &buffer = buffers.emplace(slot, Buffer(argument)).first->second;
    builder.tensor(slot, buffer.data(), dtypeOf(argument.element), argument.shape, buffer.strides(), given.open);
  }
  for (const auto &[id, value] : given.integers)
    builder.attribute(id, value);
  for (const auto &[id, value] : given.reals)
    builder.attribute(id, value);
}

int32_t Instance::run(lz_kernel_fn kernel, lz_context_t *context) { return kernel(builder.build(context)); }

bool Instance::intact(bool nothing) const {
  return std::all_of(buffers.begin(), buffers.end(),
                     [&](const auto &entry) { return entry.second.untouched(nothing); });
}

static bool sameOnceRounded(Element element, const std::vector<double> &actual, const std::vector<double> &expected) {
  return withFloatType(element, [&](auto type) {
    return std::equal(actual.begin(), actual.end(), expected.begin(), expected.end(), [](double a, double e) {
      double once = toDouble(fromDouble<decltype(type)>(e));
      return a == once || (std::isnan(a) && std::isnan(once));
    });
  });
}

double errorRatio(const CaseArgument &output, const std::vector<double> &actual, const std::vector<double> &expected) {
  if (isInteger(output.element))
    return actual == expected ? 0 : std::numeric_limits<double>::infinity();
  if (output.exact)
    return sameOnceRounded(output.element, actual, expected) ? 0 : std::numeric_limits<double>::infinity();
  double bound = output.element == Element::F16    ? 0x1p-10
                 : output.element == Element::BF16 ? 0x1p-7
                                                   : 2e-6 * std::sqrt(double(std::max<int64_t>(output.reduction, 1)));
  // Below its least normal number a type has no relative precision left.
  double least = std::max(output.floor, output.element == Element::F16 ? 0x1p-14 : 0x1p-126);
  int64_t width = output.shape.empty() ? 1 : std::max<int64_t>(output.shape.back(), 1);
  double worst = 0;
  for (size_t row = 0; row < expected.size(); row += width) {
    double largest = least;
    for (int64_t i = 0; i < width; ++i)
      if (std::isfinite(expected[row + i]))
        largest = std::max(largest, std::fabs(expected[row + i]));
    for (int64_t i = 0; i < width; ++i) {
      double a = actual[row + i], e = expected[row + i];
      if (a == e || (std::isnan(a) && std::isnan(e)))
        continue;
      double error = std::fabs(a - e);
      worst =
          std::max(worst, std::isfinite(error) ? error / (bound * largest) : std::numeric_limits<double>::infinity());
    }
  }
  return worst;
}

} // namespace lz::test
