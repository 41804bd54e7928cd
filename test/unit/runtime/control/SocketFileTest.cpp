//===- SocketFileTest.cpp - Names of sockets, and who may use them -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <sys/un.h>
#include <thread>

using namespace lzrt;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {

constexpr uid_t nobody = 65534;

class SocketFileTest : public ::testing::Test {
protected:
  void refused(const std::string &where, const std::string &message) {
    SocketFile file;
    Status opened = file.open(where, 4);
    EXPECT_FALSE(opened.isOk());
    EXPECT_THAT(opened.message(), HasSubstr(message));
    EXPECT_EQ(file.descriptor(), -1);
  }
  /// A socket whose process has ended.
  void leaveStale(const std::string &where) {
    SocketFile file;
    ASSERT_TRUE(file.open(where, 4).isOk());
    file.abandon();
    ASSERT_TRUE(exists(where));
  }

  TemporaryFolder folder;
  std::string path = folder.path("a.sock");
};

TEST_F(SocketFileTest, TheFileIsForItsOwnerAloneWhateverTheUmask) {
  mode_t before = ::umask(0);
  SocketFile file;
  Status opened = file.open(path, 4);
  ::umask(before);
  ASSERT_TRUE(opened.isOk()) << opened.message();
  EXPECT_EQ(modeOf(path), 0600u);
}

TEST_F(SocketFileTest, CloseRemovesTheFileAndNoOther) {
  SocketFile file;
  ASSERT_TRUE(file.open(path, 4).isOk());
  file.close();
  EXPECT_FALSE(exists(path));
  ASSERT_TRUE(file.open(path, 4).isOk());
  std::filesystem::remove(path);
  std::ofstream(path) << "somebody else's";
  file.close();
  EXPECT_TRUE(exists(path));
}

TEST_F(SocketFileTest, CloseFindsTheFileOfARelativePathFromAnywhere) {
  std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  SocketFile file;
  Status opened = file.open("a.sock", 4);
  std::filesystem::current_path(before);
  ASSERT_TRUE(opened.isOk()) << opened.message();
  EXPECT_TRUE(exists(path));
  file.close();
  EXPECT_FALSE(exists(path));
}

TEST_F(SocketFileTest, AStaleSocketIsReplaced) {
  leaveStale(path);
  SocketFile file;
  Status opened = file.open(path, 4);
  ASSERT_TRUE(opened.isOk()) << opened.message();
  Descriptor client;
  EXPECT_TRUE(connectControlSocket(path, &client).isOk());
}

TEST_F(SocketFileTest, OfManyThatFindAStaleSocketOneGetsIt) {
  for (int round = 0; round < 50; ++round) {
    leaveStale(path);
    std::vector<SocketFile> files(8);
    std::atomic<int> opened{0};
    std::vector<std::thread> threads;
    for (SocketFile &file : files)
      threads.emplace_back([&] { opened += file.open(path, 16).isOk(); }); // each that looks takes a place
    for (std::thread &thread : threads)
      thread.join();
    ASSERT_EQ(opened, 1);
    Descriptor client;
    ASSERT_TRUE(connectControlSocket(path, &client).isOk());
  }
}

TEST_F(SocketFileTest, ALiveSocketIsNotReplaced) {
  SocketFile live;
  ASSERT_TRUE(live.open(path, 4).isOk());
  refused(path, "a process listens on");
  Descriptor client;
  EXPECT_TRUE(connectControlSocket(path, &client).isOk());
}

TEST_F(SocketFileTest, ALiveSocketWithAFullQueueIsNotReplaced) {
  SocketFile live;
  ASSERT_TRUE(live.open(path, 0).isOk());
  std::vector<Descriptor> waiting(8);
  for (Descriptor &client : waiting)
    (void)connectControlSocket(path, &client);
  refused(path, "a process listens on");
  EXPECT_THAT(liveControlSockets(folder.path()), ElementsAre(path));
}

TEST_F(SocketFileTest, WhatIsNoSocketIsNotReplaced) {
  std::ofstream(path) << "precious";
  refused(path, "exists and is no socket");
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  refused(path, "exists and is no socket");
  std::filesystem::remove(path);
  leaveStale(folder.path("other.sock"));
  std::filesystem::create_symlink(folder.path("other.sock"), path);
  refused(path, "exists and is no socket");
  EXPECT_TRUE(exists(folder.path("other.sock")));
}

TEST_F(SocketFileTest, ASocketOfAnotherKindIsNotReplaced) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  Descriptor datagrams(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(datagrams.get(), reinterpret_cast<sockaddr *>(&address), sizeof(address)), 0);
  refused(path, "cannot tell whether a process listens");
  EXPECT_TRUE(exists(path));
}

TEST_F(SocketFileTest, ASocketOfAnotherUserIsNotReplaced) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root can give a file away";
  leaveStale(path);
  ASSERT_EQ(::lchown(path.c_str(), nobody, nobody), 0);
  refused(path, "belongs to uid 65534");
}

TEST_F(SocketFileTest, APathThatNoSocketCanHaveIsRefused) {
  std::string longest = folder.path() + "/";
  longest.append(107 - longest.size(), 's');
  {
    SocketFile file;
    Status opened = file.open(longest, 4);
    EXPECT_TRUE(opened.isOk()) << opened.message();
  }
  refused(longest + "s", "has a path of 108 bytes, and a socket's has at most 107");
  refused("", "must not be empty");
  refused(std::string("a\0b", 3), "zero byte");
  refused(folder.path("missing/a.sock"), "cannot open the directory");
}

TEST_F(SocketFileTest, ADirectoryWhereAnyoneMayReplaceTheSocketIsRefused) {
  ::chmod(folder.path().c_str(), 0777);
  refused(path, "anyone may replace a socket");
  ::chmod(folder.path().c_str(), 01777);
  SocketFile file;
  EXPECT_TRUE(file.open(path, 4).isOk());
}

TEST_F(SocketFileTest, TheDefaultDirectoryIsTheUsersOwn) {
  ::setenv("XDG_RUNTIME_DIR", folder.path().c_str(), 1);
  EXPECT_EQ(controlDirectory(), folder.path("lz"));
  EXPECT_EQ(controlSocketPath(12), folder.path("lz/12.sock"));
  const std::string fallback = "/tmp/lz-" + std::to_string(::geteuid());
  for (const char *unusable : {"", "relative", "/proc/no/such"}) {
    ::setenv("XDG_RUNTIME_DIR", unusable, 1);
    EXPECT_EQ(controlDirectory(), fallback) << unusable;
  }
  if (::geteuid() == 0) { // as under `sudo --preserve-env`
    ASSERT_EQ(::chown(folder.path().c_str(), nobody, nobody), 0);
    ::setenv("XDG_RUNTIME_DIR", folder.path().c_str(), 1);
    EXPECT_EQ(controlDirectory(), fallback);
  }
  ::unsetenv("XDG_RUNTIME_DIR");
  EXPECT_EQ(controlDirectory(), fallback);
}

TEST_F(SocketFileTest, TheDefaultDirectoryIsMadePrivateAndChecked) {
  const std::string lz = folder.path("lz");
  EXPECT_EQ(checkControlDirectory(lz).code(), LZ_STATUS_NOT_FOUND);
  mode_t before = ::umask(0);
  Status prepared = prepareControlDirectory(lz);
  ::umask(before);
  ASSERT_TRUE(prepared.isOk()) << prepared.message();
  EXPECT_EQ(modeOf(lz), 0700u);
  EXPECT_TRUE(prepareControlDirectory(lz).isOk());
  ::chmod(lz.c_str(), 0750);
  EXPECT_THAT(prepareControlDirectory(lz).message(), HasSubstr("others may enter"));
  std::filesystem::remove(lz);
  std::filesystem::create_directory_symlink(folder.path(), lz);
  EXPECT_THAT(prepareControlDirectory(lz).message(), HasSubstr("is no directory"));
  if (::geteuid() != 0)
    return;
  std::filesystem::remove(lz);
  ASSERT_TRUE(prepareControlDirectory(lz).isOk());
  ASSERT_EQ(::chown(lz.c_str(), nobody, nobody), 0);
  EXPECT_THAT(checkControlDirectory(lz).message(), HasSubstr("belongs to uid 65534"));
}

TEST_F(SocketFileTest, LiveSocketsAreThoseOnWhichAProcessListens) {
  EXPECT_TRUE(liveControlSockets(folder.path("missing")).empty());
  leaveStale(folder.path("1.sock"));
  std::ofstream(folder.path("2.sock")) << "no socket";
  SocketFile third, fourth, other;
  ASSERT_TRUE(fourth.open(folder.path("4.sock"), 4).isOk());
  ASSERT_TRUE(third.open(folder.path("3.sock"), 4).isOk());
  ASSERT_TRUE(other.open(folder.path("other"), 4).isOk());
  EXPECT_THAT(liveControlSockets(folder.path()), ElementsAre(folder.path("3.sock"), folder.path("4.sock")));
}

TEST_F(SocketFileTest, ConnectingSaysWhatIsMissing) {
  Descriptor client;
  Status none = connectControlSocket(path, &client);
  EXPECT_EQ(none.code(), LZ_STATUS_NOT_FOUND);
  EXPECT_THAT(none.message(), HasSubstr("No such file"));
  leaveStale(path);
  Status stale = connectControlSocket(path, &client);
  EXPECT_EQ(stale.code(), LZ_STATUS_NOT_FOUND);
  EXPECT_THAT(stale.message(), HasSubstr("nobody listens"));
}

} // namespace
