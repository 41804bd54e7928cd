//===- TestServer.cpp - A control socket in front of a process that is none -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// lzrt-control-server [PATH [POLICY_FILE]]: listens on PATH, by default in the default directory, prints the socket's
// path on a line, and serves until its input ends.
//
//===----------------------------------------------------------------------===//
#include "../../../../runtime/control/ControlServer.h"
#include "FakeSurface.h"

#include <cstdio>

int main(int count, char **arguments) {
  lzrt::FakeSurface surface;
  if (count > 2)
    surface.policyFile = arguments[2];
  lzrt::ControlServer server(surface, count > 1 ? arguments[1] : "");
  lzrt::Status started = server.start();
  std::printf("%s\n", started.isOk() ? server.path().c_str() : started.message().c_str());
  std::fflush(stdout);
  while (started.isOk() && std::getchar() != EOF)
    ;
  return started.isOk() ? 0 : 1;
}
