//===- Descriptor.h - A file descriptor with an owner -----------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_DESCRIPTOR_H
#define LZRT_DESCRIPTOR_H

#include <unistd.h>
#include <utility>

namespace lzrt {

/// A descriptor that is closed with its owner; negative: none.
class Descriptor {
public:
  explicit Descriptor(int number = -1) : number(number) {}
  ~Descriptor() {
    if (number >= 0)
      ::close(number);
  }
  Descriptor(Descriptor &&other) noexcept : number(other.release()) {}
  Descriptor &operator=(Descriptor &&other) noexcept {
    std::swap(number, other.number);
    return *this;
  }
  int get() const { return number; }
  /// The caller closes it.
  int release() { return std::exchange(number, -1); }

private:
  int number;
};

} // namespace lzrt
#endif // LZRT_DESCRIPTOR_H
