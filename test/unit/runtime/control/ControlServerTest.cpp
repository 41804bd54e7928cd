//===- ControlServerTest.cpp - Clients of every kind, and a server that stays -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "../../../../runtime/control/ControlServer.h"
#include "FakeSurface.h"
#include "Socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <ctime>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>

using namespace lzrt;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using Clock = std::chrono::steady_clock;

namespace {

constexpr uid_t nobody = 65534;

class ControlServerTest : public ::testing::Test {
protected:
  void TearDown() override { server.reset(); }
  void start(ControlLimits limits = {}) {
    server = std::make_unique<ControlServer>(surface, path, limits);
    Status started = server->start();
    ASSERT_TRUE(started.isOk()) << started.message();
  }
  static ControlLimits hurried(std::chrono::milliseconds patience) {
    ControlLimits limits;
    limits.patience = patience;
    return limits;
  }
  /// Whether a new client gets its answer. One that this machine lets wait for longer than the server does may try
  /// again.
  bool isServed() {
    for (int tries = 0; tries < 10; ++tries)
      if (isOk(TestClient(path).ask("status")))
        return true;
    return false;
  }
  /// What `work` makes of it in a process of its own.
  template <typename Work> int inChild(Work work) {
    pid_t child = ::fork();
    if (child == 0)
      ::_exit(work());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  TemporaryFolder folder;
  std::string path = folder.path("a.sock");
  FakeSurface surface;
  std::unique_ptr<ControlServer> server;
};

size_t openDescriptors() {
  size_t count = 0;
  for ([[maybe_unused]] const auto &entry : std::filesystem::directory_iterator("/proc/self/fd"))
    ++count;
  return count;
}

std::string requestOf(const std::string &command) {
  Request request;
  request.command = command;
  return formatRequest(request) + "\n";
}

TEST_F(ControlServerTest, AnswersFromStartToStop) {
  start();
  EXPECT_EQ(modeOf(path), 0600u);
  TestClient client(path);
  EXPECT_THAT(client.ask("status"), HasSubstr("\"policy_digest\":\"sha256:1111\""));
  EXPECT_THAT(client.ask("reload"), HasSubstr("published version 2"));
  EXPECT_FALSE(server->start().isOk());
  server->stop();
  EXPECT_TRUE(client.isCutOff());
  EXPECT_FALSE(exists(path));
  server->stop();
  ASSERT_TRUE(server->start().isOk());
  EXPECT_TRUE(isServed());
}

TEST_F(ControlServerTest, WithoutAPathItListensInTheDefaultDirectory) {
  ::setenv("XDG_RUNTIME_DIR", folder.path().c_str(), 1);
  path = "";
  start();
  ::unsetenv("XDG_RUNTIME_DIR");
  path = server->path();
  EXPECT_EQ(path, folder.path("lz/" + std::to_string(::getpid()) + ".sock"));
  EXPECT_TRUE(isServed());
}

TEST_F(ControlServerTest, StartSaysWhyThePathCannotBeHad) {
  path = folder.path("missing/a.sock");
  server = std::make_unique<ControlServer>(surface, path);
  EXPECT_THAT(server->start().message(), HasSubstr("cannot open the directory"));
}

TEST_F(ControlServerTest, RequestsOfOneWriteAreAnsweredInOrder) {
  start();
  TestClient client(path);
  ASSERT_TRUE(client.writeAll(requestOf("status") + "garbage\n" + requestOf("breakers")));
  EXPECT_THAT(client.readLine(), HasSubstr("config_version"));
  EXPECT_THAT(client.readLine(), HasSubstr("malformed input"));
  EXPECT_THAT(client.readLine(), HasSubstr("retry_seconds"));
}

TEST_F(ControlServerTest, ARequestMayComeByteByByte) {
  start();
  TestClient client(path);
  for (char byte : requestOf("status"))
    ASSERT_TRUE(client.writeAll({&byte, 1}));
  EXPECT_TRUE(isOk(client.readLine()));
}

TEST_F(ControlServerTest, AClientThatSendsNoMoreGetsItsReplies) {
  start();
  TestClient client(path);
  ASSERT_TRUE(client.writeAll(requestOf("status") + requestOf("sites") + "{\"protocol\": \"lz-ctl/1\", \"command\": "));
  ::shutdown(client.descriptor().get(), SHUT_WR);
  EXPECT_TRUE(isOk(client.readLine()));
  EXPECT_THAT(client.readLine(), HasSubstr("@main#0"));
  EXPECT_EQ(client.readLine(), "");
}

TEST_F(ControlServerTest, ALineWithoutItsEndIsNeverExecuted) {
  start();
  std::string line = requestOf("reload");
  line.pop_back();
  {
    TestClient client(path);
    ASSERT_TRUE(client.writeAll(line));
    ::shutdown(client.descriptor().get(), SHUT_WR);
    EXPECT_EQ(client.readLine(), "");
  }
  EXPECT_EQ(surface.status().configVersion, 1u);
}

TEST_F(ControlServerTest, ARequestOfTheLimitIsReadAndALongerOneRefused) {
  start();
  std::string request = requestOf("status");
  request.insert(1, std::string(64 * 1024 + 1 - request.size(), ' '));
  TestClient client(path);
  ASSERT_TRUE(client.writeAll(request));
  EXPECT_TRUE(isOk(client.readLine()));
  request.insert(1, " ");
  ASSERT_TRUE(client.writeAll(request));
  EXPECT_THAT(client.readLine(), HasSubstr("a request has at most 65536 bytes"));
  EXPECT_TRUE(client.isCutOff());
  EXPECT_TRUE(isServed());
}

TEST_F(ControlServerTest, AnEndlessRequestIsCutOff) {
  start();
  TestClient client(path);
  std::string megabyte(1 << 20, '[');
  for (int i = 0; i < 64 && client.writeAll(megabyte); ++i)
    ;
  EXPECT_TRUE(client.isCutOff());
  EXPECT_TRUE(isServed());
}

TEST_F(ControlServerTest, SlowAndIdleClientsAreCutOffAndOthersServed) {
  start(hurried(1s));
  TestClient idle(path), slow(path);
  std::atomic<bool> isCut{false};
  std::thread dripping([&] {
    auto begin = Clock::now();
    while (slow.write(" ") == 1 && Clock::now() - begin < testPatience)
      std::this_thread::sleep_for(20ms);
    isCut = Clock::now() - begin < testPatience;
  });
  EXPECT_TRUE(isServed());
  EXPECT_TRUE(idle.isCutOff());
  dripping.join();
  EXPECT_TRUE(isCut);
  EXPECT_TRUE(isServed());
}

TEST_F(ControlServerTest, AClientThatDoesNotReadIsCutOffAndOthersServed) {
  surface.manySites = 20'000; // some megabytes
  start(hurried(1s));
  size_t before = openDescriptors();
  std::vector<TestClient> deaf;
  for (int i = 0; i < 4; ++i)
    deaf.emplace_back(path).write(requestOf("sites") + requestOf("sites"));
  EXPECT_TRUE(isServed());
  // Each takes a descriptor here and one in the server, until it is cut off.
  for (auto begin = Clock::now(); openDescriptors() > before + 4; std::this_thread::sleep_for(10ms))
    ASSERT_LT(Clock::now() - begin, testPatience);
  TestClient reader(path);
  std::string reply = reader.ask("sites");
  EXPECT_GT(reply.size(), 1u << 20);
  EXPECT_TRUE(isOk(reply));
}

TEST_F(ControlServerTest, MoreClientsThanPlacesAreAllServed) {
  start();
  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 32; ++i)
    threads.emplace_back([&] {
      TestClient client(path);
      for (const char *command : {"status", "sites", "reload", "breakers", "kernels"})
        answered += isOk(client.ask(command));
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(answered, 32 * 5);
  EXPECT_EQ(surface.status().configVersion, 33u);
}

TEST_F(ControlServerTest, ClientsBeyondItsPlacesWaitInTheQueue) {
  start(hurried(1h));
  size_t before = openDescriptors();
  std::vector<TestClient> clients;
  for (int i = 0; i < 40; ++i)
    ASSERT_TRUE(clients.emplace_back(path).isConnected());
  for (int i = 0; i < 16; ++i)
    EXPECT_TRUE(isOk(clients[size_t(i)].ask("status")));
  EXPECT_EQ(openDescriptors(), before + 40 + 16);
}

TEST_F(ControlServerTest, IdleClientsOnEveryPlaceDoNotLockOperatorsOut) {
  start(hurried(1s));
  std::vector<TestClient> idle;
  for (int i = 0; i < 16; ++i)
    idle.emplace_back(path);
  EXPECT_TRUE(isServed());
}

TEST_F(ControlServerTest, ClientsOutwaitALongCommand) {
  surface.slowness = 1500ms;
  start(hurried(1s));
  TestClient busy(path), waiting(path);
  ASSERT_TRUE(isOk(waiting.ask("status")));
  ASSERT_TRUE(busy.writeAll(requestOf("reload")));
  ASSERT_TRUE(waiting.writeAll(requestOf("status")));
  EXPECT_TRUE(isOk(waiting.readLine()));
  EXPECT_TRUE(isOk(busy.readLine()));
}

TEST_F(ControlServerTest, KilledClientsLeaveNothingBehind) {
  surface.manySites = 20'000;
  start(hurried(1h));
  ASSERT_TRUE(isServed());
  size_t before = openDescriptors();
  for (const std::string &last : {requestOf("status").substr(0, 20), requestOf("sites"), std::string()})
    EXPECT_EQ(inChild([&] {
                TestClient client(path);
                client.write(last);
                return ::kill(::getpid(), SIGKILL);
              }),
              -SIGKILL);
  EXPECT_TRUE(isServed());
  for (auto begin = Clock::now(); openDescriptors() > before; std::this_thread::sleep_for(10ms))
    ASSERT_LT(Clock::now() - begin, testPatience) << "the server keeps a dead client's descriptor";
}

TEST_F(ControlServerTest, StopDoesNotWaitForClients) {
  surface.manySites = 20'000;
  start(hurried(1h));
  TestClient idle(path), half(path), deaf(path);
  half.write("{\"protocol\"");
  deaf.write(requestOf("sites"));
  ASSERT_TRUE(isServed());
  auto begin = Clock::now();
  server->stop();
  EXPECT_LT(Clock::now() - begin, 5s);
  EXPECT_TRUE(idle.isCutOff());
  EXPECT_TRUE(half.isCutOff());
  EXPECT_TRUE(deaf.isCutOff());
  EXPECT_FALSE(exists(path));
}

TEST_F(ControlServerTest, AChildProcessLeavesTheSocketToItsParent) {
  start();
  EXPECT_EQ(inChild([&] {
              server.reset();
              return 0;
            }),
            0);
  EXPECT_TRUE(exists(path));
  EXPECT_TRUE(isServed());
}

TEST_F(ControlServerTest, OtherUsersAreTurnedAway) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root can become another user";
  start();
  auto ask = [&] {
    if (::setgid(nobody) != 0 || ::setuid(nobody) != 0)
      return 9;
    TestClient client(path);
    if (!client.isConnected())
      return 1;
    std::string reply = client.ask("status");
    return reply.find("\"status\":\"refused\"") != std::string::npos ? 2 : 3;
  };
  ASSERT_EQ(::chmod(folder.path().c_str(), 0755), 0);
  EXPECT_EQ(inChild(ask), 1) << "mode 0600 keeps other users out";
  ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
  EXPECT_EQ(inChild(ask), 2) << "the peer's uid is checked";
  EXPECT_TRUE(isServed());
}

TEST_F(ControlServerTest, RootMayAskTheProcessOfAnyUser) {
  if (::geteuid() != 0)
    GTEST_SKIP() << "only root can become another user";
  ASSERT_EQ(::chown(folder.path().c_str(), nobody, nobody), 0);
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  pid_t child = ::fork();
  if (child == 0) {
    if (::setgid(nobody) != 0 || ::setuid(nobody) != 0)
      ::_exit(9);
    ControlServer served(surface, path);
    char told = served.start().isOk() ? 'y' : 'n';
    (void)!::write(ready[1], &told, 1);
    for (;;)
      ::pause();
  }
  char told = 0;
  ASSERT_EQ(::read(ready[0], &told, 1), 1);
  EXPECT_EQ(told, 'y');
  EXPECT_TRUE(isServed());
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(ControlServerTest, WithoutDescriptorsItWaitsForSomeWithoutSpinning) {
  start();
  ASSERT_TRUE(isServed());
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  int probe = ::dup(0);
  ::close(probe);
  // Room for the client, and none for the server's end of it.
  rlimit none{rlim_t(probe) + 1, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  TestClient client(path);
  bool wasConnected = client.isConnected();
  client.write(requestOf("status"));
  std::clock_t begin = std::clock();
  std::this_thread::sleep_for(500ms);
  double seconds = double(std::clock() - begin) / CLOCKS_PER_SEC;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_TRUE(wasConnected);
  EXPECT_LT(seconds, 0.25);
  EXPECT_TRUE(isOk(client.readLine()));
}

} // namespace
