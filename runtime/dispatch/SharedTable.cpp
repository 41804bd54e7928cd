//===- SharedTable.cpp - Decisions that do not fit into their sites --------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "SharedTable.h"
#include "ContextClass.h"

#include <algorithm>
#include <bit>
#include <random>

namespace lzrt {
namespace {

/// More open extents and strides than any site has: a slot of each argument for each dimension.
constexpr size_t maxDims = size_t(LZ_MAX_ARGUMENTS) * LZ_MAX_RANK * 2;

/// Random words of this process, so that no caller can look for calls that share a key.
const std::array<uint64_t, maxDims + 3> &hashKeys() {
  static const std::array<uint64_t, maxDims + 3> keys = [] {
    std::random_device random;
    std::array<uint64_t, maxDims + 3> made;
    for (uint64_t &key : made)
      key = uint64_t(random()) << 32 | random();
    return made;
  }();
  return keys;
}

/// The hash NH of UMAC (Black, Halevi, Krawczyk, Krovetz, Rogaway, CRYPTO 1999) with words of 64 bits, under two keys
/// that are one pair apart: two calls of a site meet with a probability of 2^-128, whatever they are. Its products do
/// not wait for each other.
std::array<uint64_t, 4> hashDims(const int64_t *dims, size_t number) {
  const uint64_t *keys = hashKeys().data();
  unsigned __int128 sums[2] = {0, 0};
  for (size_t i = 0; i < number; i += 2) {
    const uint64_t a = uint64_t(dims[i]), b = i + 1 < number ? uint64_t(dims[i + 1]) : 0;
    for (size_t lane = 0; lane < 2; ++lane)
      sums[lane] += (unsigned __int128)(a + keys[i + 2 * lane]) * (b + keys[i + 2 * lane + 1]);
  }
  return {uint64_t(sums[0]), uint64_t(sums[0] >> 64), uint64_t(sums[1]), uint64_t(sums[1] >> 64)};
}

uint32_t secondsNow() {
  return uint32_t(std::chrono::steady_clock::now().time_since_epoch() / std::chrono::seconds(1));
}

/// Class and site share a word: a class has a number of 44 bits, a site one of 20.
uint64_t classAndSiteOf(const SharedTable::Key &key) { return key.words[0] << 20 | key.words[1]; }

uint64_t folded(uint64_t a, uint64_t b) {
  unsigned __int128 product = (unsigned __int128)a * b;
  return uint64_t(product) ^ uint64_t(product >> 64);
}
/// Finds a set; no more hangs on it than how evenly they fill.
uint64_t hashOf(uint64_t classAndSite, const uint64_t *call) {
  uint64_t pairs = folded(call[0] ^ 0x9e3779b97f4a7c15, call[1] ^ 0xd6e8feb86659fd93) ^
                   folded(call[2] ^ 0xa0761d6478bd642f, call[3] ^ 0xe7037ed1a0b428db);
  return folded(pairs ^ classAndSite, 0x8ebc6af09c88c6e3);
}

template <typename T> T relaxed(const T &word) { return __atomic_load_n(&word, __ATOMIC_RELAXED); }
template <typename T> void relaxedStore(T &word, T value) { __atomic_store_n(&word, value, __ATOMIC_RELAXED); }

} // namespace

struct alignas(64) SharedTable::Slot {
  uint64_t sequence = 0; ///< Odd while written.
  uint64_t classAndSite = 0;
  uint64_t call[4] = {};
  lz_kernel_fn kernel = nullptr; ///< Null: free.
  uint64_t tag = 0;
};

struct SharedTable::Slots {
  static_assert(sizeof(Slot) == 64, "a slot is a cache line");
  explicit Slots(size_t size)
      : mask(size / setSize - 1), slots(std::make_unique<Slot[]>(size)),
        touched(std::make_unique<std::atomic<bool>[]>(size)), born(std::make_unique<uint32_t[]>(size)), size(size) {}
  /// The places of a call in the order of looking. They begin anywhere in the set: were it always with the first slot,
  /// most entries would stand in a quarter of the lines, and a processor's caches would hold as few.
  struct Places {
    size_t first, start;
    size_t operator[](size_t i) const { return first + ((start + i) & (setSize - 1)); }
  };
  Places placesOf(uint64_t hash) const { return {(hash & mask) * setSize, size_t(hash >> 62)}; }
  const size_t mask; ///< Of the number of a set.
  std::unique_ptr<Slot[]> slots;
  std::unique_ptr<std::atomic<bool>[]> touched;
  std::unique_ptr<uint32_t[]> born; ///< In seconds; the writer's alone.
  const size_t size;
};

SharedTable::SharedTable() = default;
SharedTable::~SharedTable() = default;

SharedTable::Key SharedTable::keyOf(const ContextClass &contextClass, uint32_t site, const lz_call_t &call) {
  Key key{{contextClass.id, site, 0, 0, 0, 0}};
  const int64_t *dims = lz_call_dims(&call);
  const size_t number = call.site->num_dims;
  if (number <= 4) {
    std::copy(dims, dims + number, key.words.begin() + 2);
    return key;
  }
  if (number > maxDims) {
    key.words[0] = ~uint64_t(0); // a class that insert() refuses
    return key;
  }
  std::array<uint64_t, 4> hash = hashDims(dims, number);
  std::copy(hash.begin(), hash.end(), key.words.begin() + 2);
  return key;
}

std::optional<SharedTable::Hit> SharedTable::find(const Key &key) const {
  Slots *table = slots.load(std::memory_order_acquire);
  if (!table)
    return std::nullopt;
  const uint64_t classAndSite = classAndSiteOf(key);
  const Slots::Places places = table->placesOf(hashOf(classAndSite, &key.words[2]));
  for (size_t k = 0; k < setSize; ++k) {
    const size_t i = places[k];
    const Slot &slot = table->slots[i];
    uint64_t sequence = __atomic_load_n(&slot.sequence, __ATOMIC_ACQUIRE);
    if (relaxed(slot.classAndSite) != classAndSite || relaxed(slot.call[0]) != key.words[2] ||
        relaxed(slot.call[1]) != key.words[3] || relaxed(slot.call[2]) != key.words[4] ||
        relaxed(slot.call[3]) != key.words[5])
      continue;
    Hit hit{relaxed(slot.kernel), relaxed(slot.tag)};
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (!hit.kernel || (sequence & 1) != 0 || relaxed(slot.sequence) != sequence)
      return std::nullopt;
    if (!table->touched[i].load(std::memory_order_relaxed))
      table->touched[i].store(true, std::memory_order_relaxed);
    return hit;
  }
  return std::nullopt;
}

void SharedTable::erase(Slot &slot) {
  uint64_t sequence = slot.sequence;
  relaxedStore(slot.sequence, sequence + 1);
  __atomic_thread_fence(__ATOMIC_RELEASE);
  relaxedStore(slot.kernel, lz_kernel_fn(nullptr));
  relaxedStore(slot.classAndSite, uint64_t(0));
  __atomic_store_n(&slot.sequence, sequence + 2, __ATOMIC_RELEASE);
  --count;
}

void SharedTable::clear() {
  Slots *table = slots.load(std::memory_order_relaxed);
  for (size_t i = 0; table && count != 0 && i < table->size; ++i)
    if (table->slots[i].kernel)
      erase(table->slots[i]);
}

/// Makes room for another entry at a load of 0.3; sizes double, and what is known moves.
void SharedTable::grow(size_t capacity) {
  size_t wanted = std::min(capacity, std::max<size_t>(count + 1, 64)), size = std::bit_ceil(wanted * 10 / 3 + 1);
  Slots *before = slots.load(std::memory_order_relaxed);
  if (before && before->size >= size)
    return;
  auto after = std::make_unique<Slots>(size);
  count = hand = 0;
  for (size_t i = 0; before && i < before->size; ++i)
    if (const Slot &slot = before->slots[i]; slot.kernel)
      write(*after, slot.classAndSite, slot.call, {slot.kernel, slot.tag}, before->born[i]);
  owned.push_back(std::move(after));
  slots.store(owned.back().get(), std::memory_order_release);
}

void SharedTable::write(Slots &table, uint64_t classAndSite, const uint64_t *call, Hit value, uint32_t now) {
  const Slots::Places places = table.placesOf(hashOf(classAndSite, call));
  // The call's own place, else a free one, else the one that was not looked up lately, else the oldest.
  auto rank = [&](size_t i) {
    const Slot &slot = table.slots[i];
    if (slot.kernel && slot.classAndSite == classAndSite && std::equal(slot.call, slot.call + 4, call))
      return 0;
    return !slot.kernel ? 1 : !table.touched[i].load(std::memory_order_relaxed) ? 2 : 3;
  };
  size_t place = places[0];
  for (size_t k = 1; k < setSize; ++k)
    if (size_t i = places[k]; rank(i) < rank(place) || (rank(i) == rank(place) && table.born[i] < table.born[place]))
      place = i;
  Slot &slot = table.slots[place];
  count += slot.kernel == nullptr;
  uint64_t sequence = slot.sequence;
  relaxedStore(slot.sequence, sequence + 1);
  __atomic_thread_fence(__ATOMIC_RELEASE);
  relaxedStore(slot.classAndSite, classAndSite);
  for (size_t i = 0; i < 4; ++i)
    relaxedStore(slot.call[i], call[i]);
  relaxedStore(slot.kernel, value.kernel);
  relaxedStore(slot.tag, value.tag);
  __atomic_store_n(&slot.sequence, sequence + 2, __ATOMIC_RELEASE);
  table.born[place] = now;
  table.touched[place].store(true, std::memory_order_relaxed);
}

void SharedTable::sweep(size_t steps, uint32_t now, std::chrono::seconds ttl) {
  Slots &table = *slots.load(std::memory_order_relaxed);
  for (; steps != 0; --steps, hand = (hand + 1) % table.size)
    if (table.slots[hand].kernel && now - table.born[hand] >= uint64_t(ttl.count()))
      erase(table.slots[hand]);
}

void SharedTable::evictOne() {
  Slots &table = *slots.load(std::memory_order_relaxed);
  for (;; hand = (hand + 1) % table.size)
    if (table.slots[hand].kernel && !table.touched[hand].exchange(false, std::memory_order_relaxed))
      return erase(table.slots[hand]);
}

void SharedTable::insert(const Key &key, Hit value, size_t capacity, std::chrono::seconds ttl) {
  capacity = std::min(capacity, largestCapacity);
  if (capacity == 0 || ttl.count() <= 0 || key.words[0] >> 44 != 0 || key.words[1] >> 20 != 0)
    return;
  grow(capacity);
  const uint32_t now = secondsNow();
  sweep(8, now, ttl);
  while (count >= capacity)
    evictOne();
  write(*slots.load(std::memory_order_relaxed), classAndSiteOf(key), &key.words[2], value, now);
}

size_t SharedTable::bytes() const {
  size_t bytes = 0;
  for (const std::unique_ptr<Slots> &table : owned)
    bytes += table->size * (sizeof(Slot) + sizeof(std::atomic<bool>) + sizeof(uint32_t));
  return bytes;
}

} // namespace lzrt
