//===- Npz.h - Arrays of numpy archives -----------------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_CONFORMANCE_NPZ_H
#define LZ_TEST_CONFORMANCE_NPZ_H

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lz::test {

/// One array: row-major values, float32 or int64 in the file.
struct NpyArray {
  std::vector<int64_t> shape;
  std::vector<double> values;
  bool integers = false;
};

/// The members of an uncompressed .npz by name, without ".npy". Throws std::runtime_error naming file and fault.
std::map<std::string, NpyArray> readNpz(const std::string &path);

} // namespace lz::test

#endif // LZ_TEST_CONFORMANCE_NPZ_H
