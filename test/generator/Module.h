//===- Module.h - What a random module is made of -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_GENERATOR_MODULE_H
#define LZ_TEST_GENERATOR_MODULE_H

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace lz::generator {

/// A sequence of choices that a seed fixes.
class Random {
public:
  explicit Random(uint64_t seed) : engine(seed) {}

  /// A number in [low, high].
  int64_t draw(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(engine); }
  bool chance(int percent) { return draw(0, 99) < percent; }
  template <typename T> const T &pick(const std::vector<T> &list) {
    return list[size_t(draw(0, int64_t(list.size()) - 1))];
  }
  int64_t pick(std::initializer_list<int64_t> list) { return list.begin()[draw(0, int64_t(list.size()) - 1)]; }
  std::mt19937_64 &bits() { return engine; }

private:
  std::mt19937_64 engine;
};

/// What the elements of a value are, as far as an operation may ask for it.
enum class Data {
  Normal,  ///< Any number.
  Slope,   ///< A number in (0, 1].
  Unit,    ///< A number in [0, 1).
  Index,   ///< An integer in [0, limit).
  Lengths, ///< Lengths of sequences: an integer in [0, limit].
  Blocks   ///< Numbers of blocks, no two alike: integers in [0, limit).
};

using Shape = std::vector<int64_t>;

/// A value of the module with the extents that it has in a run; its type says some of them and leaves others open.
struct Tensor {
  std::string name;
  Shape shape;
  std::vector<bool> open;
  std::string element; ///< "f32", "f16", "bf16", "f8E4M3FN", "f8E5M2", "i32", "i64"
  Data data = Data::Normal;
  int64_t limit = 0;
  bool buffer = false;
  std::string layout; ///< Of a buffer: what its type says behind the element type.

  std::string type() const;
  bool isInteger() const { return element[0] == 'i'; }
  bool isFloat8() const { return element.starts_with("f8"); }
  /// Of a type that any operation computes with.
  bool isFloat() const { return !isInteger() && !isFloat8(); }
  int64_t count() const;
};

/// A module, with what a run of its entry `@main` needs. The text holds neither policy nor kernels.
struct ModuleSpec {
  std::string text;
  std::vector<Tensor> inputs;     ///< The entry's arguments.
  std::vector<Tensor> parameters; ///< `name` is that of the checkpoint.
  unsigned operations = 0;
  bool isCovered = true;   ///< Every operation has a shipped kernel.
  bool hasBuffers = false; ///< A function on buffers: its operations cannot be decomposed.
};

/// The module of a seed.
ModuleSpec generateModule(uint64_t seed);

/// What a module is compiled under.
struct CompileSpec {
  std::string policy;               ///< Text; "": none is imported.
  std::string manifest;             ///< Text of a manifest whose library is never loaded; "": none.
  std::vector<std::string> kernels; ///< Files of the shipped manifests.
  std::string mode;
  bool isRunnable() const { return manifest.empty(); }
};

/// Draws a policy and kernels under which the module compiles: what has no kernel decomposes, if it can.
CompileSpec generateCompilation(Random &random, const ModuleSpec &module);

} // namespace lz::generator
#endif // LZ_TEST_GENERATOR_MODULE_H
