//===- Listener.h - A socket that accepts connections -----------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_EXPOSITION_LISTENER_H
#define LZRT_EXPOSITION_LISTENER_H

#include "../Descriptor.h"
#include "lzrt/Status.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace lzrt {

/// A listening, non-blocking TCP socket, and where it listens.
struct Listener {
  Descriptor socket;
  std::string address; ///< "HOST:PORT"
  uint16_t port = 0;
};

/// Opens one at an address as MetricsServer::start takes it.
Status openListener(std::string_view address, Listener &out);

} // namespace lzrt
#endif // LZRT_EXPOSITION_LISTENER_H
