//===- HttpRequestTest.cpp - Every request has one answer -------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "../../../../runtime/exposition/HttpRequest.h"

#include <gtest/gtest.h>

#include <string>

using namespace lzrt;

namespace {

constexpr size_t limit = 256;

struct Case {
  std::string request;
  HttpStatus answer;
};

const std::string longText(1000, 'a');

const Case cases[] = {
    {"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", HttpStatus::Ok},
    {"GET /metrics HTTP/1.0\n\n", HttpStatus::Ok},
    {"GET /metrics?name=lz_calls_total HTTP/1.1\r\n\r\n", HttpStatus::Ok},
    {"GET http://127.0.0.1:9464/metrics HTTP/1.1\r\n\r\n", HttpStatus::Ok},
    {"GET /metrics HTTP/1.1\r\n\r\nbytes behind the head", HttpStatus::Ok},
    {"GET / HTTP/1.1\r\n\r\n", HttpStatus::NotFound},
    {"GET /metrics/ HTTP/1.1\r\n\r\n", HttpStatus::NotFound},
    {"GET /../metrics HTTP/1.1\r\n\r\n", HttpStatus::NotFound},
    {"POST / HTTP/1.1\r\n\r\n", HttpStatus::NotFound},
    {"POST /metrics HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", HttpStatus::MethodNotAllowed},
    {"HEAD /metrics HTTP/1.1\r\n\r\n", HttpStatus::MethodNotAllowed},
    {"get /metrics HTTP/1.1\r\n\r\n", HttpStatus::MethodNotAllowed},
    {"GET /metrics HTTP/2.0\r\n\r\n", HttpStatus::VersionNotSupported},
    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", HttpStatus::BadRequest},
    {"GET /metrics\r\n\r\n", HttpStatus::BadRequest},
    {"GET /metrics HTTP/1.x\r\n\r\n", HttpStatus::BadRequest},
    {"GET metrics HTTP/1.1\r\n\r\n", HttpStatus::BadRequest},
    {"GET http:// HTTP/1.1\r\n\r\n", HttpStatus::BadRequest},
    {"GET /met rics HTTP/1.1\r\n\r\n", HttpStatus::BadRequest},
    {"G@T /metrics HTTP/1.1\r\n\r\n", HttpStatus::BadRequest},
    {" /metrics HTTP/1.1\r\n\r\n", HttpStatus::BadRequest},
    {"\r\n\r\n", HttpStatus::BadRequest},
    {"\n", HttpStatus::BadRequest},
    {"GET /metrics HTTP/1.1\r\nno colon\r\n\r\n", HttpStatus::BadRequest},
    {"GET /metrics HTTP/1.1\r\n: no name\r\n\r\n", HttpStatus::BadRequest},
    {"GET /metrics HTTP/1.1\r\nA: b\r\n folded\r\n\r\n", HttpStatus::BadRequest},
    {"GET /metrics HTTP/1.1\r\nA: " + std::string(1, '\0') + "\r\n\r\n", HttpStatus::BadRequest},
    {"GET /" + longText + " HTTP/1.1\r\n\r\n", HttpStatus::UriTooLong},
    {longText, HttpStatus::UriTooLong},
    {"GET /metrics HTTP/1.1\r\nA: " + longText + "\r\n\r\n", HttpStatus::HeaderFieldsTooLarge},
};

TEST(HttpRequest, EachRequestHasItsAnswer) {
  for (const Case &each : cases) {
    std::optional<HttpStatus> answer = answerTo(each.request, limit);
    ASSERT_TRUE(answer) << each.request;
    EXPECT_EQ(int(*answer), int(each.answer)) << each.request;
    EXPECT_NE(httpStatusText(*answer), "");
  }
}

TEST(HttpRequest, AnAnswerDoesNotChangeWithTheBytesThatFollow) {
  for (const Case &each : cases)
    for (size_t size = 0; size <= each.request.size(); ++size)
      if (std::optional<HttpStatus> answer = answerTo(each.request.substr(0, size), limit))
        ASSERT_EQ(int(*answer), int(each.answer)) << each.request.substr(0, size);
}

TEST(HttpRequest, AnUnfinishedHeadWaitsUntilTheLimit) {
  std::string head = "GET /metrics HTTP/1.1\r\nA: ";
  while (head.size() + 1 < limit) {
    head += 'x';
    ASSERT_FALSE(answerTo(head, limit)) << head.size();
  }
  EXPECT_EQ(answerTo(head + "x", limit), HttpStatus::HeaderFieldsTooLarge);
}

} // namespace
