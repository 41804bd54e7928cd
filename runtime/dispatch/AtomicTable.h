//===- AtomicTable.h - Pointers by number, read without a lock --*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_DISPATCH_ATOMICTABLE_H
#define LZRT_DISPATCH_ATOMICTABLE_H

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace lzrt {

/// Grows by chunks that never move; does not own what it points to. get() may run beside set().
template <typename T> class AtomicTable {
public:
  static constexpr size_t chunkSize = 1024, numChunks = 1024, capacity = chunkSize * numChunks;

  AtomicTable() = default;
  ~AtomicTable() { clear(); }
  AtomicTable(const AtomicTable &) = delete;
  AtomicTable &operator=(const AtomicTable &) = delete;

  T *get(size_t index) const {
    Chunk *chunk = index < capacity ? chunks[index / chunkSize].load(std::memory_order_acquire) : nullptr;
    return chunk ? (*chunk)[index % chunkSize].load(std::memory_order_acquire) : nullptr;
  }
  /// `index` < capacity. Writers exclude each other.
  void set(size_t index, T *value) {
    std::atomic<Chunk *> &chunk = chunks[index / chunkSize];
    if (!chunk.load(std::memory_order_relaxed))
      chunk.store(new Chunk{}, std::memory_order_release);
    (*chunk.load(std::memory_order_relaxed))[index % chunkSize].store(value, std::memory_order_release);
  }

  /// While nothing else uses the table.
  void clear() {
    for (std::atomic<Chunk *> &chunk : chunks)
      delete chunk.exchange(nullptr, std::memory_order_relaxed);
  }

private:
  using Chunk = std::array<std::atomic<T *>, chunkSize>;
  std::array<std::atomic<Chunk *>, numChunks> chunks{};
};

} // namespace lzrt
#endif // LZRT_DISPATCH_ATOMICTABLE_H
