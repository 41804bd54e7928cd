//===- HttpRequest.cpp - What a scrape asks for ---------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "HttpRequest.h"

#include <algorithm>

namespace lzrt {
namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// A character of methods and field names (RFC 9110, 5.6.2).
bool isTokenChar(char c) {
  return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool isToken(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), isTokenChar); }

/// Visible ASCII, and bytes past it.
bool isVisible(char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; }

/// Takes the first line off `text`, without its end; none: no line ends in it.
std::optional<std::string_view> takeLine(std::string_view &text) {
  const size_t end = text.find('\n');
  if (end == std::string_view::npos)
    return std::nullopt;
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  if (line.ends_with('\r'))
    line.remove_suffix(1);
  return line;
}

/// The path of a target in origin form or absolute form; empty where it is in neither.
std::string_view pathOf(std::string_view target) {
  constexpr std::string_view scheme = "http://";
  if (target.starts_with(scheme)) {
    target.remove_prefix(scheme.size());
    target.remove_prefix(std::min(target.find('/'), target.size()));
  }
  if (!target.starts_with('/'))
    return {};
  return target.substr(0, target.find('?'));
}

HttpStatus answerToRequestLine(std::string_view line) {
  const size_t methodEnd = line.find(' '), targetEnd = line.rfind(' ');
  if (methodEnd == std::string_view::npos || methodEnd == targetEnd)
    return HttpStatus::BadRequest;
  const std::string_view method = line.substr(0, methodEnd), version = line.substr(targetEnd + 1);
  const std::string_view target = line.substr(methodEnd + 1, targetEnd - methodEnd - 1);
  const std::string_view path = pathOf(target);
  if (!isToken(method) || path.empty() || !std::all_of(target.begin(), target.end(), isVisible))
    return HttpStatus::BadRequest;
  if (version.size() != 8 || !version.starts_with("HTTP/") || !isDigit(version[5]) || version[6] != '.' ||
      !isDigit(version[7]))
    return HttpStatus::BadRequest;
  if (version[5] != '1')
    return HttpStatus::VersionNotSupported;
  if (path != "/metrics")
    return HttpStatus::NotFound;
  return method == "GET" ? HttpStatus::Ok : HttpStatus::MethodNotAllowed;
}

bool isField(std::string_view line) {
  const size_t colon = line.find(':');
  auto isContent = [](char c) { return isVisible(c) || c == ' ' || c == '\t'; };
  return colon != std::string_view::npos && isToken(line.substr(0, colon)) &&
         std::all_of(line.begin() + ptrdiff_t(colon), line.end(), isContent);
}

} // namespace

std::string_view httpStatusText(HttpStatus status) {
  switch (status) {
  case HttpStatus::Ok:
    return "OK";
  case HttpStatus::BadRequest:
    return "Bad Request";
  case HttpStatus::NotFound:
    return "Not Found";
  case HttpStatus::MethodNotAllowed:
    return "Method Not Allowed";
  case HttpStatus::RequestTimeout:
    return "Request Timeout";
  case HttpStatus::UriTooLong:
    return "URI Too Long";
  case HttpStatus::HeaderFieldsTooLarge:
    return "Request Header Fields Too Large";
  case HttpStatus::InternalServerError:
    return "Internal Server Error";
  case HttpStatus::VersionNotSupported:
    return "HTTP Version Not Supported";
  }
  return "";
}

std::optional<HttpStatus> answerTo(std::string_view received, size_t limit) {
  const bool isFull = received.size() >= limit;
  std::string_view rest = received.substr(0, limit);
  std::optional<std::string_view> requestLine = takeLine(rest);
  if (!requestLine)
    return isFull ? std::optional(HttpStatus::UriTooLong) : std::nullopt;
  const HttpStatus answer = answerToRequestLine(*requestLine);
  if (answer == HttpStatus::BadRequest || answer == HttpStatus::VersionNotSupported)
    return answer; // what follows is not of HTTP/1
  while (std::optional<std::string_view> line = takeLine(rest)) {
    if (line->empty())
      return answer;
    if (!isField(*line))
      return HttpStatus::BadRequest;
  }
  return isFull ? std::optional(HttpStatus::HeaderFieldsTooLarge) : std::nullopt;
}

} // namespace lzrt
