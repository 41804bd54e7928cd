//===- NpyTest.cpp - NumPy's array files -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/IO/Npy.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace mlir::lz;
using testing::HasSubstr;

namespace {

/// A path of its own, removed at the end.
struct TemporaryFile {
  TemporaryFile() { EXPECT_FALSE(llvm::sys::fs::createTemporaryFile("lz-npy", "npy", path)); }
  ~TemporaryFile() { llvm::sys::fs::remove(path); }
  void write(llvm::StringRef bytes) {
    std::error_code error;
    llvm::raw_fd_ostream(path, error) << bytes;
    EXPECT_FALSE(error);
  }
  llvm::SmallString<128> path;
};

std::string faultOf(llvm::StringRef bytes) {
  TemporaryFile file;
  file.write(bytes);
  llvm::Expected<HostTensor> tensor = readNpy(file.path);
  return tensor ? "" : llvm::toString(tensor.takeError());
}

/// A version 1 file of this header and zeros.
std::string fileOf(const std::string &header, size_t zeros, char major = 1) {
  std::string bytes("\x93NUMPY", 6);
  bytes += major;
  bytes += '\0';
  bytes += char(header.size() & 0xff);
  bytes += char(header.size() >> 8);
  if (major > 1)
    bytes += std::string(2, '\0');
  return bytes + header + std::string(zeros, '\0');
}

TEST(Npy, EveryTypeComesBack) {
  const lz_dtype_t types[] = {{LZ_CODE_FLOAT, 16, 1}, {LZ_CODE_FLOAT, 32, 1}, {LZ_CODE_FLOAT, 64, 1},
                              {LZ_CODE_INT, 8, 1},    {LZ_CODE_INT, 16, 1},   {LZ_CODE_INT, 32, 1},
                              {LZ_CODE_INT, 64, 1},   {LZ_CODE_UINT, 8, 1},   {LZ_CODE_UINT, 16, 1},
                              {LZ_CODE_UINT, 32, 1},  {LZ_CODE_UINT, 64, 1},  {LZ_CODE_BOOL, 8, 1},
                              {LZ_CODE_BFLOAT, 16, 1}};
  for (lz_dtype_t dtype : types) {
    HostTensor tensor = *HostTensor::allocate(dtype, {2, 3});
    std::memset(tensor.data(), 1, *byteSize(dtype, tensor.shape));
    TemporaryFile file;
    ASSERT_FALSE(writeNpy(file.path, tensor));
    llvm::Expected<HostTensor> read = readNpy(file.path);
    ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
    EXPECT_TRUE(isSame(read->dtype, dtype)) << dtypeText(dtype);
    EXPECT_EQ(read->shape, tensor.shape);
    EXPECT_EQ(std::memcmp(read->data(), tensor.data(), *byteSize(dtype, tensor.shape)), 0);
  }
}

TEST(Npy, ScalarAndEmptyShapesComeBack) {
  for (llvm::SmallVector<int64_t> shape : {llvm::SmallVector<int64_t>{}, {0}, {3, 0, 2}, {1}}) {
    TemporaryFile file;
    ASSERT_FALSE(writeNpy(file.path, *HostTensor::allocate({LZ_CODE_FLOAT, 32, 1}, shape)));
    llvm::Expected<HostTensor> read = readNpy(file.path);
    ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
    EXPECT_EQ(read->shape, shape);
  }
}

TEST(Npy, DataStartsAtAMultipleOf64) {
  TemporaryFile file;
  ASSERT_FALSE(writeNpy(file.path, *HostTensor::allocate({LZ_CODE_INT, 8, 1}, {5})));
  uint64_t size = 0;
  ASSERT_FALSE(llvm::sys::fs::file_size(file.path, size));
  EXPECT_EQ((size - 5) % 64, 0u);
}

TEST(Npy, LaterVersionsAreRead) {
  for (char major : {1, 2, 3})
    EXPECT_EQ(faultOf(fileOf("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", 8, major)), "");
  EXPECT_THAT(faultOf(fileOf("{}", 0, 4)), HasSubstr("format version 4"));
}

TEST(Npy, FortranOrderOfOneDimensionIsNone) {
  EXPECT_EQ(faultOf(fileOf("{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }\n", 8)), "");
  EXPECT_THAT(faultOf(fileOf("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 1), }\n", 8)),
              HasSubstr("Fortran order"));
}

TEST(Npy, HugeShapeIsRefused) {
  EXPECT_THAT(faultOf(fileOf("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 16), }\n", 8)),
              HasSubstr("more than fits"));
}

TEST(Npy, MalformedHeadersAreRefused) {
  for (const char *header :
       {"", "{", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 2}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x",
        "{'descr': '<f4' 'fortran_order': False, 'shape': (2,)}", "{'descr': [('a', '<f4')], 'fortran_order': False}"})
    EXPECT_THAT(faultOf(fileOf(header, 8)), HasSubstr("malformed .npy header")) << header;
}

TEST(Npy, EmptyDescriptionIsRefused) {
  EXPECT_THAT(faultOf(fileOf("{'descr': '', 'fortran_order': False, 'shape': (2,)}", 8)), HasSubstr("element type"));
}

TEST(Npy, TypeWithoutANameIsNotWritten) {
  TemporaryFile file;
  llvm::Error error = writeNpy(file.path, *HostTensor::allocate({LZ_CODE_FLOAT8_E5M2, 8, 1}, {1}));
  EXPECT_THAT(llvm::toString(std::move(error)), HasSubstr("no element type for float8_e5m2"));
}

} // namespace
