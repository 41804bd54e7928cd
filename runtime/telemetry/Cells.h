//===- Cells.h - Counters that any thread bumps without contention -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A cell is one counter of the process. Each thread counts in a block of its own, whose words no other thread writes;
// a cell's count is the sum over the blocks of the living threads and over what ended ones left. So a call pays for
// one load and one store to a line that its core holds, and readers pay for the rest.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_TELEMETRY_CELLS_H
#define LZRT_TELEMETRY_CELLS_H

#include <cstddef>
#include <cstdint>

namespace lzrt {

/// The counts of one thread, by cell. Written by that thread alone, in relaxed atomic stores, as others read them.
struct alignas(64) CellBlock {
  uint64_t capacity; ///< Cells at and past it have no count here yet.
  uint64_t counts[];
};
static_assert(offsetof(CellBlock, counts) == 8, "stubs address counts behind the capacity");

/// The calling thread's block; never null: at first a shared one of capacity 0. Another block may stand here after any
/// call of add() or ensure() by this thread. In the initial-exec model, so that reading it takes no call even from a
/// shared library; that asks for 8 bytes of the reserve that the C library keeps for libraries opened at run time.
extern constinit thread_local CellBlock *lzrtCells __attribute__((tls_model("initial-exec")));

/// All functions are thread-safe. None throws.
namespace cells {

/// No cell: what acquire() gives where memory is short. Its count is 0, and adding to it does nothing.
inline constexpr uint32_t none = ~uint32_t(0);

/// A cell whose count is 0 from now on; release() gives it back. Cells are process-wide and small integers.
uint32_t acquire() noexcept;

/// To be called when no thread counts into the cell any more: a late count would be its next owner's.
void release(uint32_t cell) noexcept;

/// What was added since acquire(), by threads that live and threads that ended. What happened before the call of
/// count() is in it; what happens meanwhile may be.
uint64_t count(uint32_t cell) noexcept;

/// Makes room for the cell in this thread's block, which takes a lock and memory; false where there is none, or no
/// such cell.
bool ensure(uint32_t cell) noexcept;

/// Adds where ensure() may be needed first; where that fails, the count is lost.
void addSlowly(uint32_t cell, uint64_t n) noexcept;

/// Adds `n` in the name of this thread.
inline void add(uint32_t cell, uint64_t n = 1) noexcept {
  CellBlock *block = lzrtCells;
  if (cell >= block->capacity) [[unlikely]]
    return addSlowly(cell, n);
  // Only this thread writes here: no read-modify-write is needed.
  uint64_t *word = &block->counts[cell];
  __atomic_store_n(word, __atomic_load_n(word, __ATOMIC_RELAXED) + n, __ATOMIC_RELAXED);
}

} // namespace cells
} // namespace lzrt
#endif // LZRT_TELEMETRY_CELLS_H
