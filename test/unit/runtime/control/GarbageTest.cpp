//===- GarbageTest.cpp - Random bytes, over a real socket -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each client sends a text that is drawn from bytes, from pieces of requests, or from a request with a few bytes
// changed. Whatever it is, each line is answered by one line of JSON or the client is cut off, and the next client is
// served.
//
//===----------------------------------------------------------------------===//
#include "../../../../runtime/control/ControlServer.h"
#include "FakeSurface.h"
#include "Socket.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <random>

using namespace lzrt;

namespace {

class Garbage {
public:
  explicit Garbage(uint32_t seed) : random(seed) {}
  std::string text() {
    switch (random() % 3) {
    case 0:
      return bytes(1 + random() % 2000);
    case 1:
      return pieces(1 + random() % 40);
    default:
      return changed();
    }
  }
  uint32_t draw(uint32_t below) { return random() % below; }

private:
  std::string bytes(size_t count) {
    std::string text;
    for (size_t i = 0; i < count; ++i)
      text += char(random());
    return text;
  }
  std::string pieces(size_t count) {
    static const char *const some[] = {"{",
                                       "}",
                                       "[",
                                       "]",
                                       ",",
                                       ":",
                                       "\"",
                                       "\\u00",
                                       "\n",
                                       "\0",
                                       "\"protocol\"",
                                       "\"lz-ctl/1\"",
                                       "\"mode\"",
                                       "\"command\"",
                                       "\"explain\"",
                                       "\"subject\"",
                                       "\"rms_norm\"",
                                       "null",
                                       "1e9",
                                       "\xf0\x9f",
                                       " ",
                                       "\"reload\""};
    std::string text;
    for (size_t i = 0; i < count; ++i)
      text += some[random() % std::size(some)];
    return text;
  }
  std::string changed() {
    static const char *const names[] = {"status", "sites", "kernels", "breakers", "explain", "force-open", "mode"};
    Request request;
    request.command = names[random() % std::size(names)];
    for (size_t i = 0; i < parameterCount; ++i)
      if (random() % 12 == 0)
        request.set(Parameter(i), random() % 2 ? "rms_norm" : bytes(random() % 40));
    std::string text = formatRequest(request) + "\n";
    for (uint32_t changes = random() % 4; changes > 0; --changes)
      text[random() % text.size()] = char(random());
    return text;
  }
  std::mt19937 random;
};

TEST(GarbageTest, EachLineIsAnsweredAndTheNextClientServed) {
  TemporaryFolder folder;
  FakeSurface surface;
  ControlServer server(surface, folder.path("a.sock"));
  ASSERT_TRUE(server.start().isOk());
  size_t lines = 0, accepted = 0;
  for (uint32_t seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Garbage garbage(seed);
    TestClient client(server.path());
    std::string text = garbage.text();
    ASSERT_TRUE(client.writeAll(text));
    if (garbage.draw(8) == 0)
      continue; // dies without reading
    ::shutdown(client.descriptor().get(), SHUT_WR);
    for (size_t left = size_t(std::count(text.begin(), text.end(), '\n')); left > 0; --left, ++lines) {
      std::string reply = client.readLine();
      nlohmann::json parsed = nlohmann::json::parse(reply, nullptr, false);
      ASSERT_TRUE(parsed.is_object() && parsed.contains("ok")) << reply;
      accepted += parsed["ok"] == true;
    }
    ASSERT_EQ(client.readLine(), "");
  }
  EXPECT_GT(lines, 2000u);
  EXPECT_GT(accepted, 50u); // the texts reach the commands
  TestClient client(server.path());
  EXPECT_TRUE(isOk(client.ask("status")));
}

} // namespace
