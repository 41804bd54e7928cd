//===- Status.h - A status code with its message -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_STATUS_H
#define LZRT_STATUS_H

#include "lzrt/abi/status.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace lzrt {

/// The text of a status code of abi/status.h; "unknown status" for any other number.
constexpr std::string_view statusText(int32_t status) {
  switch (status) {
#define LZ_X(id, value, text)                                                                                          \
  case value:                                                                                                          \
    return text;
    LZ_STATUSES(LZ_X)
#undef LZ_X
  }
  return "unknown status";
}

/// What a call of the C++ API came to. Messages are lower case without a period and name what is at fault.
class [[nodiscard]] Status {
public:
  Status() = default;
  static Status error(lz_status_t code, std::string message) {
    Status status;
    status.value = code;
    status.text = std::move(message);
    return status;
  }
  bool isOk() const { return value == LZ_STATUS_OK; }
  lz_status_t code() const { return value; }
  const std::string &message() const { return text; }

private:
  lz_status_t value = LZ_STATUS_OK;
  std::string text;
};

} // namespace lzrt
#endif // LZRT_STATUS_H
