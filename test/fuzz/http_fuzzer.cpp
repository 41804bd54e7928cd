//===- http_fuzzer.cpp - Any bytes as a request for metrics -----*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Oracle: however the bytes arrive, they get the same answer, once; a full buffer always has one; metrics are handed
// out to a GET of their path alone.
//
//===----------------------------------------------------------------------===//
#include "../../runtime/exposition/HttpRequest.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

using namespace lzrt;

namespace {
void require(bool condition, const char *claim) {
  if (condition)
    return;
  std::fprintf(stderr, "violated: %s\n", claim);
  std::abort();
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  constexpr size_t limit = 128;
  std::string_view bytes(reinterpret_cast<const char *>(data), size);
  const std::optional<HttpStatus> whole = answerTo(bytes, limit);
  require(whole || size < limit, "a full buffer has an answer");
  bool isAnswered = false;
  for (size_t received = 0; received <= size; ++received) {
    const std::optional<HttpStatus> early = answerTo(bytes.substr(0, received), limit);
    require(!isAnswered || early, "an answer stands");
    require(!early || early == whole, "an answer does not change with the bytes that follow");
    isAnswered = early.has_value();
  }
  require(!whole || !httpStatusText(*whole).empty(), "each answer has a text");
  if (whole == HttpStatus::Ok)
    require(bytes.starts_with("GET ") && bytes.substr(0, bytes.find('\n')).find("/metrics") != std::string_view::npos,
            "metrics go to a GET of their path");
  return 0;
}
