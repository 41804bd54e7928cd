//===- RegistryTest.cpp - Which kernel libraries are loaded and which are refused -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lzrt/KernelRegistry.h"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace lzrt;
using testing::HasSubstr;

namespace {

const std::string directory = LZ_TEST_KERNELS_DIR;

/// A manifest of its own for each test, beside the libraries; removed at the end.
class Registry : public testing::Test {
protected:
  ~Registry() override {
    for (const std::string &path : written)
      ::unlink(path.c_str());
  }
  std::string file(const std::string &suffix, const std::string &text) {
    std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    std::string path = directory + "/" + name + "_" + std::to_string(::getpid()) + suffix;
    std::ofstream(path) << text;
    written.push_back(path);
    return path;
  }
  std::string manifest(const std::string &library, const std::string &kernel, const std::string &extra = "") {
    return file(".yaml", "version: \"1.0\"\nlibrary: " + library + "\n" + extra +
                             "kernels:\n  - {operations: [rms_norm], " + kernel + "}\n");
  }
  Status load(const std::string &library, const std::string &kernel, const std::string &extra = "") {
    return registry.load(manifest(library, kernel, extra));
  }
  const std::string ok = "name: ok, symbol: test_ok, deterministic: true, failure_atomic: true";
  KernelRegistry registry;
  std::vector<std::string> written;
};

std::string sha256Of(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(text.str().data(), text.str().size(), digest, &size, EVP_sha256(), nullptr);
  std::string hex;
  char two[3];
  for (unsigned i = 0; i < size; ++i) {
    std::snprintf(two, sizeof(two), "%02x", digest[i]);
    hex += two;
  }
  return hex;
}

TEST_F(Registry, LoadsAndFindsByNameAndAlias) {
  ASSERT_TRUE(load("liblz_test_kernels.so", ok + ", aliases: [fine]").isOk());
  ASSERT_TRUE(registry.freeze().isOk());
  const LoadedKernel *kernel = registry.find("fine");
  ASSERT_NE(kernel, nullptr);
  EXPECT_EQ(kernel->name, "ok");
  EXPECT_EQ(kernel->libraryVersion.str(), "1.2.3");
  EXPECT_EQ(registry.find("other"), nullptr);
}

TEST_F(Registry, LoadingAfterFreezeIsAnError) {
  ASSERT_TRUE(registry.freeze().isOk());
  EXPECT_THAT(load("liblz_test_kernels.so", ok).message(), HasSubstr("frozen"));
}

TEST_F(Registry, NameClashOverManifestsIsAnError) {
  std::string path = manifest("liblz_test_kernels.so", ok);
  ASSERT_TRUE(registry.load(path).isOk());
  ASSERT_TRUE(registry.load(path).isOk());
  EXPECT_THAT(registry.freeze().message(), HasSubstr("`ok`"));
}

TEST_F(Registry, MissingManifestIsAnError) {
  Status status = registry.load(directory + "/none.yaml");
  EXPECT_EQ(status.code(), LZ_STATUS_NOT_FOUND);
  EXPECT_THAT(status.message(), HasSubstr("none.yaml"));
}

TEST_F(Registry, MalformedManifestIsAnErrorWithItsPlace) {
  Status status = registry.load(file(".yaml", "version: \"1.0\"\nkernals: []\n"));
  EXPECT_EQ(status.code(), LZ_STATUS_MALFORMED);
  EXPECT_THAT(status.message(), HasSubstr(":2:1: error:"));
}

TEST_F(Registry, ManifestWithoutLibraryIsAnError) {
  Status status =
      registry.load(file(".yaml", "version: \"1.0\"\nkernels:\n  - {operations: [rms_norm], " + ok + "}\n"));
  EXPECT_THAT(status.message(), HasSubstr("names no `library`"));
}

TEST_F(Registry, MissingLibraryIsAnError) {
  Status status = load("libnone.so", ok);
  EXPECT_EQ(status.code(), LZ_STATUS_NOT_FOUND);
  EXPECT_THAT(status.message(), HasSubstr("libnone.so`: No such file or directory"));
}

TEST_F(Registry, FileThatIsNoLibraryIsAnError) {
  std::string path = file(".so", "not an ELF file");
  EXPECT_THAT(load(path.substr(directory.size() + 1), ok).message(), HasSubstr("cannot be loaded"));
}

TEST_F(Registry, FolderIsAnError) {
  std::string path = file(".dir", "");
  ::unlink(path.c_str());
  ASSERT_EQ(::mkdir(path.c_str(), 0755), 0);
  EXPECT_THAT(load(path.substr(directory.size() + 1), ok).message(), HasSubstr("not a regular file"));
  ::rmdir(path.c_str());
}

TEST_F(Registry, FileThatOthersMayWriteIsRefused) {
  std::string path = file(".so", "x");
  ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
  EXPECT_THAT(load(path.substr(directory.size() + 1), ok).message(), HasSubstr("may be written by others"));
}

TEST_F(Registry, FileOfAnotherUserIsRefused) {
  std::string path = file(".so", "x");
  if (::chown(path.c_str(), 12345, getegid()) != 0)
    GTEST_SKIP() << "only root can give a file away";
  EXPECT_THAT(load(path.substr(directory.size() + 1), ok).message(), HasSubstr("belongs to user 12345"));
}

TEST_F(Registry, ForeignLibraryIsAnError) {
  EXPECT_THAT(load("liblz_test_foreign.so", ok).message(),
              HasSubstr("is no kernel library: it does not export `lz_kernel_library_query`"));
}

TEST_F(Registry, WrongAbiVersionIsRefused) {
  Status status = load("liblz_test_abi.so", ok);
  EXPECT_EQ(status.code(), LZ_STATUS_ABI_MISMATCH);
  EXPECT_THAT(status.message(), HasSubstr("has ABI version 2, but this runtime speaks 1"));
}

TEST_F(Registry, LibraryThatNeedsANewerRuntimeIsRefused) {
  Status status = load("liblz_test_newer.so", ok);
  EXPECT_EQ(status.code(), LZ_STATUS_ABI_MISMATCH);
  EXPECT_THAT(status.message(), HasSubstr("needs a newer runtime"));
}

TEST_F(Registry, SymbolThatTheTableLacksIsAnError) {
  EXPECT_THAT(load("liblz_test_kernels.so", "name: ok, symbol: test_none").message(),
              HasSubstr("has no symbol `test_none`"));
}

TEST_F(Registry, FlagThatDisagreesIsAnError) {
  EXPECT_THAT(load("liblz_test_kernels.so", "name: ok, symbol: test_ok, deterministic: true").message(),
              HasSubstr("`failure_atomic: false` in the manifest"));
}

TEST_F(Registry, PrepareWithoutReleaseIsAnError) {
  EXPECT_THAT(
      load("liblz_test_kernels.so", "name: half, symbol: test_half_prepared, deterministic: true, failure_atomic: true")
          .message(),
      HasSubstr("both or neither"));
}

TEST_F(Registry, DigestIsChecked) {
  std::string wrong(64, '0');
  EXPECT_THAT(load("liblz_test_kernels.so", ok, "sha256: \"" + wrong + "\"\n").message(),
              HasSubstr("but the manifest says " + wrong));
}

TEST_F(Registry, RightDigestIsAccepted) {
  std::string right = sha256Of(directory + "/liblz_test_kernels.so");
  Status status = load("liblz_test_kernels.so", ok, "sha256: \"" + right + "\"\n");
  EXPECT_TRUE(status.isOk()) << status.message();
}

} // namespace
