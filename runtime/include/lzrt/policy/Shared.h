//===- Shared.h - An immutable value with several owners --------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The parts of a policy repeat: files, globs, constants. A pointer of eight bytes to each, instead of a copy, is what
// lets thousands of rules stay in memory beside the snapshots before them.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_POLICY_SHARED_H
#define LZRT_POLICY_SHARED_H

#include <atomic>
#include <cstdint>
#include <utility>

namespace lzrt {

/// Owners may be in different threads; one owner is used by one thread at a time.
template <typename T> class Shared {
public:
  Shared() = default;
  explicit Shared(T value) : node(new Node{{1}, std::move(value)}) {}
  Shared(const Shared &other) : node(other.node) {
    if (node)
      node->owners.fetch_add(1, std::memory_order_relaxed);
  }
  Shared(Shared &&other) noexcept : node(std::exchange(other.node, nullptr)) {}
  Shared &operator=(Shared other) noexcept {
    std::swap(node, other.node);
    return *this;
  }
  ~Shared() {
    // The last owner sees what the others did with the value before it goes.
    if (node && node->owners.fetch_sub(1, std::memory_order_acq_rel) == 1)
      delete node;
  }
  explicit operator bool() const { return node != nullptr; }
  const T &operator*() const { return node->value; }
  const T *operator->() const { return &node->value; }
  bool operator==(const Shared &other) const { return node == other.node; }

private:
  struct Node {
    std::atomic<uint32_t> owners;
    const T value;
  };
  Node *node = nullptr;
};

} // namespace lzrt
#endif // LZRT_POLICY_SHARED_H
