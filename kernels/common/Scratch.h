//===- Scratch.h - Temporary memory of one call ----------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_KERNELS_COMMON_SCRATCH_H
#define LZ_KERNELS_COMMON_SCRATCH_H

#include "lzrt/abi/context.h"

#include <cstdint>
#include <new>

namespace lz::kernels {

/// Owns one block of the context's allocator, aligned to 64 bytes, from construction to destruction; only the thread
/// that runs the kernel may create or destroy it. Where a context brings no allocator, the block comes from the heap. A
/// false value means out of memory.
class Scratch {
public:
  Scratch(lz_context_t *context, int64_t size) : context(context) {
    if (size < 0)
      return;
    uint64_t bytes = size == 0 ? 64 : uint64_t(size);
    const lz_allocator_t *allocator = this->allocator();
    pointer = allocator ? allocator->allocate(allocator->self, context, bytes, 64)
                        : ::operator new(bytes, std::align_val_t(64), std::nothrow);
  }
  Scratch(const Scratch &) = delete;
  Scratch &operator=(const Scratch &) = delete;
  ~Scratch() {
    if (!pointer)
      return;
    if (const lz_allocator_t *allocator = this->allocator())
      allocator->release(allocator->self, context, pointer);
    else
      ::operator delete(pointer, std::align_val_t(64));
  }

  explicit operator bool() const { return pointer != nullptr; }
  template <typename T> T *as() const { return static_cast<T *>(pointer); }

private:
  const lz_allocator_t *allocator() const { return context ? context->allocator : nullptr; }

  lz_context_t *context;
  void *pointer = nullptr;
};

} // namespace lz::kernels

#endif // LZ_KERNELS_COMMON_SCRATCH_H
