//===- MetricsServerTest.cpp - No client stops the server or another client -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "lzrt/telemetry/MetricsServer.h"

#include "../../../../runtime/Descriptor.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <atomic>
#include <netinet/in.h>
#include <random>
#include <regex>
#include <signal.h>
#include <sstream>
#include <sys/socket.h>
#include <thread>
#include <vector>

using namespace lzrt;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

const std::string scrape = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: text/plain\r\n\r\n";

constexpr size_t numSites = 3;
/// A name so long that no socket takes a response with it at once.
constexpr size_t longName = 1 << 20;

TelemetrySnapshot snapshotOf(size_t nameSize) {
  TelemetrySnapshot snapshot;
  snapshot.policy.version = 3;
  for (size_t index = 0; index != numSites; ++index) {
    CallTelemetry &call = snapshot.calls.emplace_back();
    call.site = "layers." + std::to_string(index) + std::string(index == 0 ? nameSize : 0, 'x');
    call.operation = "gelu", call.kernel = "fast", call.reason = "default", call.calls = index;
  }
  return snapshot;
}

/// A client with a socket of its own; nothing waits longer than 20 s.
class Client {
public:
  explicit Client(uint16_t port, bool takesLittle = false) : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    timeval patience{20, 0};
    const int little = 4096; // what waits here unread; the rest stays with the server
    if (takesLittle)
      ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &little, sizeof(little));
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    sockaddr_in address{};
    address.sin_family = AF_INET, address.sin_port = htons(port), address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected = ::connect(socket.get(), reinterpret_cast<sockaddr *>(&address), sizeof(address)) == 0;
  }
  bool isConnected() const { return connected; }
  /// As much as the server takes.
  bool send(std::string_view text) {
    while (!text.empty()) {
      ssize_t size = ::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (size <= 0)
        return false;
      text.remove_prefix(size_t(size));
    }
    return true;
  }
  void endOfRequest() { ::shutdown(socket.get(), SHUT_WR); }
  /// All that comes until the server closes; `closed` is false after 20 s of nothing.
  std::string receive() {
    std::string text;
    char buffer[65536];
    ssize_t size;
    while ((size = ::recv(socket.get(), buffer, sizeof(buffer), 0)) > 0)
      text.append(buffer, size_t(size));
    closed = size == 0 || errno == ECONNRESET;
    return text;
  }
  bool wasClosed() const { return closed; }

private:
  Descriptor socket;
  bool connected = false, closed = false;
};

std::string statusOf(const std::string &response) {
  return response.starts_with("HTTP/1.1 ") ? response.substr(9, 3) : "none";
}

std::string request(uint16_t port, std::string_view bytes) {
  Client client(port);
  client.send(bytes);
  client.endOfRequest();
  return client.receive();
}

/// The body of a response that is whole and in Prometheus's format.
void expectScrape(const std::string &response) {
  ASSERT_EQ(statusOf(response), "200");
  size_t head = response.find("\r\n\r\n");
  ASSERT_NE(head, std::string::npos);
  EXPECT_NE(response.find("Content-Length: " + std::to_string(response.size() - head - 4) + "\r\n"), std::string::npos);
  EXPECT_NE(response.find("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"), std::string::npos);
  static const std::regex sample(R"re([a-z_]+(\{([a-z_]+="([^"\\]|\\.)*",?)*\})? [-+.0-9eInf]+)re");
  size_t numCalls = 0;
  std::istringstream body(response.substr(head + 4));
  for (std::string line; std::getline(body, line);) {
    numCalls += line.starts_with("lz_calls_total{");
    if (line.starts_with("# HELP ") || line.starts_with("# TYPE ") || line.size() > longName)
      continue;
    ASSERT_TRUE(std::regex_match(line, sample)) << line;
  }
  EXPECT_EQ(numCalls, numSites);
}

class MetricsServerTest : public ::testing::Test {
protected:
  void serve(MetricsServer::Limits limits = {}, size_t nameSize = 0) {
    server = std::make_unique<MetricsServer>(
        [this, nameSize] {
          ++scrapes;
          return snapshotOf(nameSize);
        },
        limits);
    Status status = server->start("127.0.0.1:0");
    ASSERT_TRUE(status.isOk()) << status.message();
    port = server->port();
  }
  std::atomic<int> scrapes = 0;
  std::unique_ptr<MetricsServer> server;
  uint16_t port = 0;
};

TEST_F(MetricsServerTest, AScrapeReadsTheSnapshotOfThatMoment) {
  serve();
  EXPECT_NE(port, 0);
  EXPECT_EQ(server->address(), "127.0.0.1:" + std::to_string(port));
  expectScrape(request(port, scrape));
  expectScrape(request(port, scrape));
  EXPECT_EQ(scrapes, 2);
}

TEST_F(MetricsServerTest, EverythingElseIsRefused) {
  serve();
  EXPECT_EQ(statusOf(request(port, "GET / HTTP/1.1\r\n\r\n")), "404");
  std::string refused = request(port, "POST /metrics HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}");
  EXPECT_EQ(statusOf(refused), "405");
  EXPECT_NE(refused.find("\r\nAllow: GET\r\n"), std::string::npos);
  EXPECT_EQ(statusOf(request(port, "GET /metrics HTTP/3.0\r\n\r\n")), "505");
  EXPECT_EQ(statusOf(request(port, "GET /metrics")), "400") << "the request ends in the middle";
  EXPECT_EQ(request(port, ""), "");
  EXPECT_EQ(scrapes, 0);
}

TEST_F(MetricsServerTest, AddressesThatAreNoneOrTakenAreErrors) {
  serve();
  MetricsServer other([] { return TelemetrySnapshot(); });
  for (const char *address : {"", "x", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80x", "::1:0",
                              "[::1:0", "[]:0", "example.org:0", "127.0.0.1:0 "}) {
    Status status = other.start(address);
    EXPECT_EQ(status.code(), LZ_STATUS_INVALID_ARGUMENT) << address;
    EXPECT_NE(status.message().find("is no address to listen at"), std::string::npos);
  }
  Status taken = other.start("localhost:" + std::to_string(port));
  EXPECT_EQ(taken.code(), LZ_STATUS_INTERNAL);
  EXPECT_NE(taken.message().find("in use"), std::string::npos) << taken.message();
  EXPECT_EQ(other.port(), 0);
  EXPECT_EQ(server->start("127.0.0.1:0").code(), LZ_STATUS_INVALID_ARGUMENT) << "it listens already";
  expectScrape(request(port, scrape));
}

TEST_F(MetricsServerTest, WithoutAHostItListensAtLoopback) {
  for (const char *address : {"0", ":0", "localhost:0"}) {
    MetricsServer local([] { return TelemetrySnapshot(); });
    ASSERT_TRUE(local.start(address).isOk());
    EXPECT_EQ(local.address(), "127.0.0.1:" + std::to_string(local.port()));
  }
}

TEST_F(MetricsServerTest, StartsAgainWhereItStopped) {
  serve();
  for (int round = 0; round != 3; ++round) {
    expectScrape(request(port, scrape));
    server->stop();
    server->stop();
    EXPECT_EQ(server->address(), "");
    EXPECT_FALSE(Client(port).isConnected());
    Status status = server->start("127.0.0.1:" + std::to_string(port));
    ASSERT_TRUE(status.isOk()) << status.message();
  }
}

TEST_F(MetricsServerTest, AProviderThatThrowsIsAnInternalError) {
  server = std::make_unique<MetricsServer>([]() -> TelemetrySnapshot { throw 1; });
  ASSERT_TRUE(server->start("0").isOk());
  EXPECT_EQ(statusOf(request(server->port(), scrape)), "500");
  EXPECT_EQ(statusOf(request(server->port(), "GET / HTTP/1.1\r\n\r\n")), "404");
}

TEST_F(MetricsServerTest, ALongRequestLineIsCutOff) {
  serve();
  // The client goes on sending behind the answer, and still reads it.
  EXPECT_EQ(statusOf(request(port, "GET /" + std::string(1 << 20, 'a') + " HTTP/1.1\r\n\r\n")), "414");
  EXPECT_EQ(statusOf(request(port, "GET /metrics HTTP/1.1\r\nA: " + std::string(1 << 20, 'a'))), "431");
  expectScrape(request(port, scrape));
}

TEST_F(MetricsServerTest, RandomBytesNeverStopIt) {
  serve({.requestTime = 200ms, .lingerTime = 50ms});
  std::mt19937 random(20);
  const std::string pieces[] = {"GET ",     "/metrics", " HTTP/1.1",         "\r\n", "\n", ":",
                                "A: b\r\n", "\r\n\r\n", std::string(1, '\0')};
  for (int round = 0; round != 300; ++round) {
    std::string bytes;
    for (unsigned length = random() % 12; length != 0; --length)
      bytes += random() % 2 ? pieces[random() % std::size(pieces)] : std::string(random() % 9, char(random() % 256));
    Client client(port);
    client.send(bytes);
    if (random() % 3 == 0)
      continue; // goes away without reading
    client.endOfRequest();
    std::string response = client.receive();
    EXPECT_TRUE(client.wasClosed());
    EXPECT_TRUE(bytes.empty() ? response.empty() : response.starts_with("HTTP/1.1 ")) << bytes;
  }
  expectScrape(request(port, scrape));
}

TEST_F(MetricsServerTest, ASlowRequestIsCutOffInTime) {
  serve({.requestTime = 300ms, .lingerTime = 50ms});
  Client client(port);
  const Clock::time_point begin = Clock::now();
  // Each byte comes in good time, the request never ends.
  std::thread dripping([&] {
    for (bool goesOn = client.send("GET /metrics HTTP/1.1\r\nA: "); goesOn && Clock::now() - begin < 15s;) {
      std::this_thread::sleep_for(10ms);
      goesOn = client.send("a");
    }
  });
  EXPECT_EQ(statusOf(client.receive()), "408");
  EXPECT_GE(Clock::now() - begin, 300ms);
  dripping.join();
  EXPECT_LT(Clock::now() - begin, 15s) << "the server went on taking bytes";
}

TEST_F(MetricsServerTest, SlowClientsInEveryPlaceDoNotKeepOthersOut) {
  serve({.maxConnections = 4, .requestTime = 1h, .responseTime = 1h, .idleTime = 20ms}, longName);
  std::vector<std::unique_ptr<Client>> slow;
  for (int index = 0; index != 12; ++index) {
    slow.push_back(std::make_unique<Client>(port, true));
    // Some never end their request, some never read the response.
    ASSERT_TRUE(slow.back()->send(index % 2 ? scrape : "GET /metrics HTTP/1.1\r\n"));
  }
  expectScrape(request(port, scrape));
}

TEST_F(MetricsServerTest, SixtyFourClientsAtOnceAreAllServed) {
  serve({.maxConnections = 8});
  std::vector<std::thread> clients;
  std::vector<std::string> responses(64);
  for (std::string &response : responses)
    clients.emplace_back([&response, this] { response = request(port, scrape); });
  for (std::thread &client : clients)
    client.join();
  for (const std::string &response : responses)
    expectScrape(response);
  EXPECT_EQ(scrapes, 64);
}

TEST_F(MetricsServerTest, StopsWhileClientsAreInEveryPhase) {
  for (int round = 0; round != 2; ++round) {
    serve({.maxConnections = 16, .requestTime = 1h, .responseTime = 1h, .lingerTime = 1h}, longName);
    std::atomic<bool> done = false;
    std::vector<std::thread> clients;
    for (int index = 0; index != 4; ++index)
      clients.emplace_back([&done, this] {
        while (!done)
          (void)request(port, scrape);
      });
    Client receiving(port), sending(port, true), lingering(port);
    receiving.send("GET ");
    sending.send(scrape);
    lingering.send("GET / HTTP/1.1\r\n\r\n");
    while (scrapes < 3)
      std::this_thread::yield();
    const Clock::time_point begin = Clock::now();
    server->stop();
    EXPECT_LT(Clock::now() - begin, 10s);
    done = true;
    for (std::thread &client : clients)
      client.join();
    (void)receiving.receive();
    EXPECT_TRUE(receiving.wasClosed());
    scrapes = 0;
  }
}

TEST_F(MetricsServerTest, TheProcessKeepsItsSignals) {
  struct sigaction before, after;
  ::sigaction(SIGPIPE, nullptr, &before);
  serve({}, longName);
  {
    Client gone(port), also(port);
    gone.send(scrape), also.send(scrape);
  }
  expectScrape(request(port, scrape));
  ::sigaction(SIGPIPE, nullptr, &after);
  EXPECT_EQ(before.sa_handler, after.sa_handler);
}

} // namespace
