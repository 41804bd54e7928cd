//===- CircuitBreaker.cpp - The names of the breaker's states -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "CircuitBreaker.h"

namespace lzrt {

std::string_view breakerStateName(BreakerState state) {
  static constexpr std::string_view names[] = {"closed", "open", "half_open", "forced_open", "forced_closed"};
  return names[size_t(state)];
}

} // namespace lzrt
