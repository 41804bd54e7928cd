//===- HttpRequest.h - What a scrape asks for -------------------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_EXPOSITION_HTTPREQUEST_H
#define LZRT_EXPOSITION_HTTPREQUEST_H

#include <cstddef>
#include <optional>
#include <string_view>

namespace lzrt {

/// Status codes of HTTP (RFC 9110) that the server answers with.
enum class HttpStatus : int {
  Ok = 200,
  BadRequest = 400,
  NotFound = 404,
  MethodNotAllowed = 405,
  RequestTimeout = 408,
  UriTooLong = 414,
  HeaderFieldsTooLarge = 431,
  InternalServerError = 500,
  VersionNotSupported = 505,
};
std::string_view httpStatusText(HttpStatus status);

/// The answer to a connection's first bytes (RFC 9112); none: there must be more to come. Ok is a GET of /metrics.
/// Bytes behind the head do not matter, nor do those past `limit`: what is answered once is the answer to any
/// continuation of it, and `limit` bytes always have one.
std::optional<HttpStatus> answerTo(std::string_view received, size_t limit);

} // namespace lzrt
#endif // LZRT_EXPOSITION_HTTPREQUEST_H
