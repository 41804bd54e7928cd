//===- Generator.h - Random policies, manifests and modules for the machine-code law -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_LAW_GENERATOR_H
#define LZ_TEST_LAW_GENERATOR_H

#include "lzrt/policy/Facts.h"

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace lz::law {

using Random = std::mt19937_64;

/// A number in [low, high].
inline int64_t draw(Random &random, int64_t low, int64_t high) {
  return std::uniform_int_distribution<int64_t>(low, high)(random);
}
inline bool chance(Random &random, int percent) { return draw(random, 0, 99) < percent; }

/// An extent of a module: open, or a constant. Arguments name extents by their index, so that operands of one op agree.
struct Extent {
  std::optional<int64_t> constant;
};

/// One argument of the entry function.
struct ArgumentSpec {
  std::vector<unsigned> extents; // indices into ModuleSpec::extents
  std::string element;           // "f32", "f16", "bf16"
  bool transposed = false;       // the operation sees a transposed view: strided, so that the compiler copies it
};

/// The ABI's name of "f32", "f16" or "bf16".
inline lz_dtype_t dtypeOf(const std::string &element) {
  if (element == "bf16")
    return {LZ_CODE_BFLOAT, 16, 1};
  return {LZ_CODE_FLOAT, uint8_t(element == "f32" ? 32 : 16), 1};
}

/// One operation on its arguments.
struct SiteSpec {
  lz_operation_t operation;
  std::string name;
  lz_layout_t layout = LZ_LAYOUT_BSHD;
  std::vector<std::pair<unsigned, unsigned>> slots; // slot → argument of the function
};

/// A function `@f` over buffers with one or two operations.
struct ModuleSpec {
  std::vector<Extent> extents;
  std::vector<ArgumentSpec> arguments;
  std::vector<SiteSpec> sites;
  std::string text;

  /// Whether code reads or writes the arguments' memory: copies do, recording kernels do not.
  bool touchesMemory() const {
    for (const ArgumentSpec &argument : arguments)
      if (argument.transposed)
        return true;
    return false;
  }
  /// What a call at `site` with these extents looks like.
  lzrt::CallView view(const SiteSpec &site, const std::vector<int64_t> &values) const;
};

/// A policy and a manifest over the recording kernels, with the constants that their conditions compare with.
struct PolicySpec {
  std::string policy;
  std::string manifest;
  std::set<int64_t> constants;
};

PolicySpec generatePolicy(Random &random);
ModuleSpec generateModule(Random &random);

} // namespace lz::law
#endif // LZ_TEST_LAW_GENERATOR_H
