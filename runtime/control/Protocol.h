//===- Protocol.h - Requests and replies of the control socket -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// lz-ctl/1: a request is one line, a JSON object of strings:
//   {"protocol": "lz-ctl/1", "command": "explain", "subject": "rms_norm", "context": "dtype=float32"}
// The reply is one line: {"protocol": "lz-ctl/1", "ok": true, "result": …}, or, with `ok` false, `status` (a text of
// abi/status.h) and `error` (what is at fault). Within a protocol's number, commands, parameters and members of results
// are only added. Change together with docs/operating.md.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_CONTROL_PROTOCOL_H
#define LZRT_CONTROL_PROTOCOL_H

#include "ControlSurface.h"

#include <array>

namespace lzrt {

inline constexpr std::string_view controlProtocol = "lz-ctl/1";

/// What commands take beside their names. None names a file.
enum class Parameter : uint8_t { Subject, Context, Mode, Format, Kernel, Device, Operation };
inline constexpr size_t parameterCount = 7;
std::string_view parameterName(Parameter parameter); // "subject", …

struct Request {
  std::string command;
  std::array<std::optional<std::string>, parameterCount> parameters;

  const std::optional<std::string> &get(Parameter parameter) const { return parameters[size_t(parameter)]; }
  void set(Parameter parameter, std::string value) { parameters[size_t(parameter)] = std::move(value); }
  bool operator==(const Request &) const = default;
};

/// Reads any bytes as a request: checks its shape and its protocol, not its command. Returns the error, or "".
std::string parseRequest(std::string_view line, Request *out_request);
/// The line, without its end, that parseRequest() reads back. Texts that are no UTF-8 are mended.
std::string formatRequest(const Request &request);

/// Does what a request's line asks, and returns the reply's line with its end. Whatever the surface throws is a reply
/// too.
std::string answerRequest(ControlSurface &surface, std::string_view line);
/// The reply of a failure; `status` is a text of abi/status.h, or "refused" where it never came to a command.
std::string failureReply(std::string_view status, std::string_view error);

} // namespace lzrt
#endif // LZRT_CONTROL_PROTOCOL_H
