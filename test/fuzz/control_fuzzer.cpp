//===- control_fuzzer.cpp - Any bytes as a request -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Oracle: a request is refused with an error, or is read back from its own formatted line; and whatever was asked, the
// reply is one line of JSON of the protocol's shape.
//
//===----------------------------------------------------------------------===//
#include "../../runtime/control/Protocol.h"
#include "../unit/runtime/control/FakeSurface.h"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <cstdlib>

using namespace lzrt;

namespace {
void require(bool condition, const char *claim, const std::string &detail) {
  if (condition)
    return;
  std::fprintf(stderr, "violated: %s\n%s\n", claim, detail.c_str());
  std::abort();
}

void checkReply(const std::string &reply) {
  require(reply.find('\n') == reply.size() - 1, "a reply is one line", reply);
  nlohmann::json parsed = nlohmann::json::parse(reply, nullptr, false);
  require(parsed.is_object() && parsed.value("protocol", "") == controlProtocol, "a reply names the protocol", reply);
  require(parsed.contains("ok") && parsed["ok"].is_boolean(), "a reply says whether it is ok", reply);
  const bool ok = parsed["ok"].get<bool>();
  require(parsed.contains("result") == ok, "a result comes with ok", reply);
  require((parsed.contains("status") && parsed.contains("error")) == !ok, "a refusal has a reason", reply);
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view line(reinterpret_cast<const char *>(data), size);
  Request request;
  if (parseRequest(line, &request).empty()) {
    Request again;
    std::string flaw = parseRequest(formatRequest(request), &again);
    require(flaw.empty() && request == again, "a request is read back", formatRequest(request) + "\n" + flaw);
  }
  static FakeSurface surface;
  checkReply(answerRequest(surface, line));
  return 0;
}
