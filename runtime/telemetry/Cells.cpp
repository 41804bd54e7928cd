//===- Cells.cpp - Counters that any thread bumps without contention ------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The ledger knows every thread's block and every cell. Blocks are listed, replaced and taken out under its lock, under
// which count() sums them up; counting itself takes none. It is never destroyed: threads may outlive static objects.
//
//===----------------------------------------------------------------------===//
#include "Cells.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <new>
#include <pthread.h>
#include <type_traits>

namespace lzrt {
namespace {

CellBlock noBlock = {0};

/// Stands in front of each thread's block, in one allocation with it.
struct alignas(64) Link {
  Link *next, **previous;

  CellBlock *block() { return reinterpret_cast<CellBlock *>(this + 1); }
  static Link *of(CellBlock *block) { return reinterpret_cast<Link *>(block) - 1; }
};
static_assert(sizeof(Link) == alignof(CellBlock), "a block follows its link without a gap");

/// One cell, apart from what living threads counted.
struct Cell {
  uint64_t ended = 0;    ///< What ended threads counted, over all owners of the cell.
  uint64_t baseline = 0; ///< The sum when the present owner acquired it.
  uint32_t nextFree = cells::none;
  bool isAcquired = false;
};
static_assert(std::is_trivially_copyable_v<Cell>);

struct Ledger {
  std::mutex mutex;
  Link *threads = nullptr;
  Cell *table = nullptr;
  uint32_t numCells = 0, capacity = 0, firstFree = cells::none;
  pthread_key_t key = 0; ///< Tells of the end of threads.
  bool hasKey = false;
};
constinit Ledger ledger;
static_assert(std::is_trivially_destructible_v<Ledger>, "outlives static objects");

uint64_t read(const uint64_t &word) { return __atomic_load_n(&word, __ATOMIC_RELAXED); }

/// The lock is held.
uint64_t sum(uint32_t cell) {
  uint64_t total = ledger.table[cell].ended;
  for (Link *link = ledger.threads; link; link = link->next)
    if (cell < link->block()->capacity)
      total += read(link->block()->counts[cell]);
  return total;
}

/// The lock is held. Blocks are as wide as the table, so the table grows in wide steps that fill a block's last line.
bool growTable() {
  constexpr uint32_t first = 63, most = 1u << 30;
  if (ledger.capacity >= most)
    return false;
  const uint32_t capacity = ledger.capacity ? ledger.capacity * 2 + 1 : first;
  Cell *table = new (std::nothrow) Cell[capacity];
  if (!table)
    return false;
  std::copy_n(ledger.table, ledger.numCells, table);
  delete[] ledger.table;
  ledger.table = table, ledger.capacity = capacity;
  return true;
}

Link *allocate(uint64_t capacity) {
  const size_t bytes = sizeof(Link) + sizeof(uint64_t) * (1 + capacity);
  void *memory = ::operator new(bytes, std::align_val_t(alignof(CellBlock)), std::nothrow);
  if (!memory)
    return nullptr;
  std::memset(memory, 0, bytes);
  Link *link = static_cast<Link *>(memory);
  link->block()->capacity = capacity;
  return link;
}

void deallocate(Link *link) { ::operator delete(link, std::align_val_t(alignof(CellBlock))); }

/// The lock is held.
void insert(Link *link) {
  link->next = ledger.threads, link->previous = &ledger.threads;
  if (link->next)
    link->next->previous = &link->next;
  ledger.threads = link;
}

/// The lock is held.
void remove(Link *link) {
  *link->previous = link->next;
  if (link->next)
    link->next->previous = link->previous;
}

/// Called by the C library when a thread with a block ends. What later destructors of the thread count goes into a new
/// block, for which this is called again.
void endThread(void *block) {
  Link *link = Link::of(static_cast<CellBlock *>(block));
  lzrtCells = &noBlock;
  {
    std::lock_guard<std::mutex> lock(ledger.mutex);
    remove(link);
    const uint32_t numCells = std::min<uint64_t>(link->block()->capacity, ledger.numCells);
    for (uint32_t cell = 0; cell != numCells; ++cell)
      ledger.table[cell].ended += link->block()->counts[cell];
  }
  deallocate(link);
}

/// Owns the key, so that a library that is unloaded leaves no pointer to endThread() behind.
struct KeyOwner {
  KeyOwner() {
    std::lock_guard<std::mutex> lock(ledger.mutex);
    ledger.hasKey = pthread_key_create(&ledger.key, endThread) == 0;
  }
  ~KeyOwner() {
    std::lock_guard<std::mutex> lock(ledger.mutex);
    if (ledger.hasKey)
      pthread_key_delete(ledger.key);
    ledger.hasKey = false;
  }
};

} // namespace

constinit thread_local CellBlock *lzrtCells = &noBlock;

uint32_t cells::acquire() noexcept {
  std::lock_guard<std::mutex> lock(ledger.mutex);
  uint32_t cell = ledger.firstFree;
  if (cell != none)
    ledger.firstFree = ledger.table[cell].nextFree;
  else if (ledger.numCells < ledger.capacity || growTable())
    ledger.table[cell = ledger.numCells++] = Cell();
  else
    return none;
  ledger.table[cell].baseline = sum(cell);
  ledger.table[cell].isAcquired = true;
  return cell;
}

void cells::release(uint32_t cell) noexcept {
  std::lock_guard<std::mutex> lock(ledger.mutex);
  if (cell >= ledger.numCells || !ledger.table[cell].isAcquired)
    return;
  ledger.table[cell].isAcquired = false;
  ledger.table[cell].nextFree = ledger.firstFree;
  ledger.firstFree = cell;
}

uint64_t cells::count(uint32_t cell) noexcept {
  std::lock_guard<std::mutex> lock(ledger.mutex);
  if (cell >= ledger.numCells || !ledger.table[cell].isAcquired)
    return 0;
  return sum(cell) - ledger.table[cell].baseline;
}

bool cells::ensure(uint32_t cell) noexcept {
  CellBlock *const old = lzrtCells;
  if (cell < old->capacity)
    return true;
  static const KeyOwner owner;
  Link *link = nullptr;
  {
    std::lock_guard<std::mutex> lock(ledger.mutex);
    if (cell >= ledger.numCells || !(link = allocate(ledger.capacity)))
      return false;
    std::copy_n(old->counts, old->capacity, link->block()->counts);
    insert(link);
    if (old != &noBlock)
      remove(Link::of(old));
    // Without a key, or memory for its value, the block stays listed when its thread has ended: its counts stay right.
    if (ledger.hasKey)
      (void)pthread_setspecific(ledger.key, link->block());
  }
  lzrtCells = link->block();
  if (old != &noBlock)
    deallocate(Link::of(old));
  return true;
}

void cells::addSlowly(uint32_t cell, uint64_t n) noexcept {
  if (ensure(cell))
    add(cell, n);
}

} // namespace lzrt
