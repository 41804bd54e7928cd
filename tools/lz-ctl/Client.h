//===- Client.h - One question to a process -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TOOLS_LZ_CTL_CLIENT_H
#define LZ_TOOLS_LZ_CTL_CLIENT_H

#include "Options.h"

namespace lzctl {

/// The socket to ask, or an exit code with the reason on stderr.
struct Choice {
  std::string socket;
  ExitCode code = Done;
};
Choice chooseSocket(const Options &options);

/// Sends the request and waits for the line that answers it, without its end.
lzrt::Status ask(const std::string &socket, const Options &options, std::string *out_reply);

} // namespace lzctl
#endif // LZ_TOOLS_LZ_CTL_CLIENT_H
