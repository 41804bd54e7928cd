//===- WeightsTest.cpp - Checkpoints of safetensors -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lz/IO/Weights.h"

#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace mlir::lz;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

class Checkpoint : public testing::Test {
protected:
  Checkpoint() { EXPECT_FALSE(llvm::sys::fs::createTemporaryFile("lz-weights", "safetensors", path)); }
  ~Checkpoint() override { llvm::sys::fs::remove(path); }
  llvm::Expected<std::unique_ptr<Weights>> open(const std::string &header, llvm::StringRef data) {
    char size[8];
    llvm::support::endian::write64le(size, header.size());
    std::error_code error;
    llvm::raw_fd_ostream(path, error) << llvm::StringRef(size, 8) << header << data;
    EXPECT_FALSE(error);
    return Weights::open(path);
  }
  std::string faultOf(const std::string &header, llvm::StringRef data) {
    auto opened = open(header, data);
    return opened ? "" : llvm::toString(opened.takeError());
  }
  llvm::SmallString<128> path;
};

TEST_F(Checkpoint, TensorsAreViewsOfTheFile) {
  // The header has 8 + 104 bytes: both tensors are aligned to their element.
  std::string header = R"({"__metadata__":{"format":"pt"},"a":{"dtype":"BF16","shape":[2,1],"data_offsets":[0,4]},)"
                       R"("b":{"dtype":"I64","shape":[],"data_offsets":[8,16]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  auto opened = open(header, llvm::StringRef("abcd____\1\0\0\0\0\0\0\0", 16));
  ASSERT_TRUE(bool(opened)) << llvm::toString(opened.takeError());
  EXPECT_THAT((*opened)->names(), ElementsAre("a", "b"));
  const Weight *a = (*opened)->find("a"), *b = (*opened)->find("b");
  ASSERT_TRUE(a && b);
  EXPECT_EQ(static_cast<const char *>(b->data) - static_cast<const char *>(a->data), 8);
  EXPECT_EQ(std::memcmp(a->data, "abcd", 4), 0);
  EXPECT_EQ(*static_cast<const int64_t *>(b->data), 1);
  EXPECT_TRUE(b->shape.empty());
  EXPECT_EQ((*opened)->find("c"), nullptr);
}

TEST_F(Checkpoint, MisalignedTensorIsCopied) {
  std::string header = R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                       R"("b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  auto opened = open(header, "x1234");
  ASSERT_TRUE(bool(opened)) << llvm::toString(opened.takeError());
  const Weight *b = (*opened)->find("b");
  EXPECT_EQ(reinterpret_cast<uintptr_t>(b->data) % 4, 0u);
  EXPECT_EQ(std::memcmp(b->data, "1234", 4), 0);
}

TEST_F(Checkpoint, EmptyTensorsMayShareAnOffset) {
  EXPECT_EQ(
      faultOf(
          R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
          "1234"),
      "");
}

TEST_F(Checkpoint, MalformedEntriesAreRefused) {
  for (const char *entry :
       {"1", "{}", R"({"dtype":"F32","shape":[1]})", R"({"dtype":"F32","shape":1,"data_offsets":[0,4]})",
        R"({"dtype":"F32","shape":[-1],"data_offsets":[0,4]})", R"({"dtype":"F32","shape":[1.5],"data_offsets":[0,4]})",
        R"({"dtype":"F32","shape":[1],"data_offsets":[0,4,8]})", R"({"dtype":4,"shape":[1],"data_offsets":[0,4]})"})
    EXPECT_THAT(faultOf(std::string(R"({"a":)") + entry + "}", "1234"), HasSubstr("tensor `a` needs")) << entry;
}

TEST_F(Checkpoint, OffsetsAreBounded) {
  EXPECT_THAT(faultOf(R"({"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]}})", "1234"),
              HasSubstr("4 bytes of data"));
  EXPECT_THAT(faultOf(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[3,2]}})", "1234"), HasSubstr("offsets [3, 2]"));
  EXPECT_THAT(faultOf(R"({"a":{"dtype":"U8","shape":[9223372036854775807,3],"data_offsets":[0,4]}})", "1234"),
              HasSubstr("does not fit its 4 bytes"));
}

TEST_F(Checkpoint, NestingIsBounded) {
  EXPECT_THAT(faultOf("{\"a\":" + std::string(1 << 20, '['), ""), HasSubstr("nested deeper than 64 levels"));
}

TEST_F(Checkpoint, HeaderSizeIsBounded) {
  for (llvm::StringRef bytes :
       {llvm::StringRef("\xff\xff\xff\xff\xff\xff\xff\xff{}", 10), llvm::StringRef("\3\0\0\0\0\0\0\0{}", 10),
        llvm::StringRef("\2\0\0\0", 4), llvm::StringRef("")}) {
    std::error_code error;
    llvm::raw_fd_ostream(path, error) << bytes;
    auto opened = Weights::open(path);
    ASSERT_FALSE(bool(opened));
    EXPECT_THAT(llvm::toString(opened.takeError()), HasSubstr("is no safetensors file"));
  }
}

} // namespace
