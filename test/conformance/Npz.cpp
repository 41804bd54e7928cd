//===- Npz.cpp - Arrays of numpy archives ---------------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The central directory of a ZIP file says where each member lies; sizes there are exact, those of local headers need
// not be.
//
//===----------------------------------------------------------------------===//

#include "Npz.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace lz::test {

namespace {

/// A file in memory, read with bounds.
struct Bytes {
  std::string path, data;

  [[noreturn]] void fail(const std::string &what) const { throw std::runtime_error(path + ": " + what); }
  template <typename T> T at(size_t offset) const {
    if (offset > data.size() || data.size() - offset < sizeof(T))
      fail("ends too early");
    T value;
    std::memcpy(&value, data.data() + offset, sizeof(T));
    return value;
  }
  std::string text(size_t offset, size_t size) const {
    if (offset > data.size() || data.size() - offset < size)
      fail("ends too early");
    return data.substr(offset, size);
  }
};

size_t directoryOf(const Bytes &file, uint16_t &members) {
  constexpr size_t recordSize = 22;
  size_t at = file.data.rfind("PK\5\6");
  if (at == std::string::npos || file.data.size() - at < recordSize)
    file.fail("no ZIP directory");
  members = file.at<uint16_t>(at + 10);
  return file.at<uint32_t>(at + 16);
}

/// What stands between `after` and the next `until` of a numpy header.
std::string between(const Bytes &file, const std::string &header, const std::string &after, char until) {
  size_t begin = header.find(after);
  size_t end = begin == std::string::npos ? begin : header.find(until, begin + after.size());
  if (end == std::string::npos)
    file.fail("no `" + after + "` in the header of an array");
  return header.substr(begin + after.size(), end - begin - after.size());
}

template <typename T> void readValues(const Bytes &file, size_t at, size_t count, std::vector<double> &values) {
  for (size_t i = 0; i < count; ++i)
    values.push_back(double(file.at<T>(at + i * sizeof(T))));
}

NpyArray readNpy(const Bytes &file, size_t at) {
  if (file.text(at, 6) != "\x93NUMPY" || file.at<uint8_t>(at + 6) != 1)
    file.fail("a member is no array of numpy's format 1");
  size_t headerSize = file.at<uint16_t>(at + 8);
  std::string header = file.text(at + 10, headerSize), type = between(file, header, "'descr': '", '\'');
  if (header.find("'fortran_order': False") == std::string::npos)
    file.fail("an array is not in row-major order");
  NpyArray array;
  size_t count = 1;
  std::string shape = between(file, header, "'shape': (", ')');
  for (size_t from = 0; from < shape.size();) {
    size_t used = 0;
    array.shape.push_back(std::stoll(shape.substr(from), &used));
    count *= size_t(array.shape.back());
    from = shape.find_first_of("0123456789", from + used);
  }
  at += 10 + headerSize;
  if (type == "<f4")
    readValues<float>(file, at, count, array.values);
  else if ((array.integers = type == "<i8"))
    readValues<int64_t>(file, at, count, array.values);
  else
    file.fail("unknown element type `" + type + "`");
  return array;
}

} // namespace

std::map<std::string, NpyArray> readNpz(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  Bytes file{path, std::string(std::istreambuf_iterator<char>(stream), {})};
  uint16_t members = 0;
  size_t at = directoryOf(file, members);
  std::map<std::string, NpyArray> arrays;
  for (; members; --members) {
    if (file.text(at, 4) != "PK\1\2")
      file.fail("broken ZIP directory");
    if (file.at<uint16_t>(at + 10) != 0)
      file.fail("a member is compressed");
    size_t nameSize = file.at<uint16_t>(at + 28), local = file.at<uint32_t>(at + 42);
    std::string name = file.text(at + 46, nameSize);
    if (name.size() < 4 || name.substr(name.size() - 4) != ".npy")
      file.fail("member `" + name + "` is no array");
    size_t start = local + 30 + file.at<uint16_t>(local + 26) + file.at<uint16_t>(local + 28);
    arrays[name.substr(0, name.size() - 4)] = readNpy(file, start);
    at += 46 + nameSize + file.at<uint16_t>(at + 30) + file.at<uint16_t>(at + 32);
  }
  return arrays;
}

} // namespace lz::test
