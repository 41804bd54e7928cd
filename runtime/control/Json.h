//===- Json.h - Answers as JSON -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_CONTROL_JSON_H
#define LZRT_CONTROL_JSON_H

#include "ControlSurface.h"

#include <nlohmann/json.hpp>

namespace lzrt {

/// Members stay in the order in which they are written.
using Json = nlohmann::ordered_json;

Json toJson(const StatusAnswer &answer);
Json toJson(const SiteAnswer &answer);
Json toJson(const KernelAnswer &answer);
Json toJson(const BreakerAnswer &answer);

template <typename T> Json toJson(const std::vector<T> &answers) {
  Json list = Json::array();
  for (const T &answer : answers)
    list.push_back(toJson(answer));
  return list;
}

/// On one line. A name of a file may be any bytes: what is no UTF-8 becomes U+FFFD.
inline std::string lineOf(const Json &json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

} // namespace lzrt
#endif // LZRT_CONTROL_JSON_H
