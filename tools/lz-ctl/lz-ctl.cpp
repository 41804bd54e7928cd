//===- lz-ctl.cpp - Ask and steer a running process -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Client.h"
#include "Text.h"

#include <cstdio>

namespace lzctl {
namespace {

ExitCode fail(const std::string &message) {
  std::fprintf(stderr, "lz-ctl: error: %s\n", printable(message).c_str());
  return Failed;
}

ExitCode print(const std::string &text) {
  std::fputs(text.c_str(), stdout);
  return std::fflush(stdout) == 0 && !std::ferror(stdout) ? Done : fail("cannot write to stdout");
}

/// Throws nlohmann's exceptions where the reply is none of the protocol.
ExitCode show(const Options &options, const Json &reply) {
  if (reply.at("protocol") != lzrt::controlProtocol)
    return fail("the process speaks `" + reply.at("protocol").get<std::string>() + "`, not `" +
                std::string(lzrt::controlProtocol) + "`");
  if (!reply.at("ok").get<bool>())
    return fail(reply.at("error").get<std::string>());
  const Json &result = reply.at("result");
  return print(options.json ? result.dump() + "\n" : textOf(options.request.command, result));
}

ExitCode run(const Options &options) {
  Choice choice = chooseSocket(options);
  if (choice.code != Done)
    return choice.code;
  std::string line;
  if (lzrt::Status asked = ask(choice.socket, options, &line); !asked.isOk())
    return fail(asked.message());
  try {
    return show(options, Json::parse(line));
  } catch (const Json::exception &) {
    return fail("the answer of `" + choice.socket + "` is none of the protocol " + std::string(lzrt::controlProtocol));
  }
}

} // namespace
} // namespace lzctl

int main(int count, char **arguments) {
  lzctl::Parsed parsed = lzctl::parseOptions({arguments + 1, arguments + count});
  return parsed.options ? lzctl::run(*parsed.options) : parsed.code;
}
