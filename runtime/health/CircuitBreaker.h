//===- CircuitBreaker.h - Admits or refuses the calls of one kernel on one device -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Closed: all calls pass; `failureThreshold` failures in a row open it. Open: none passes, until the recovery time is
// over; then the next one that asks finds it half-open. Half-open: `halfOpenMaxCalls` pass at a time;
// `successThreshold` successes close it, one failure opens it again for twice the time, eight times at most.
//
// Every change of state starts a generation. A call carries the generation that admitted it as its ticket and reports
// into that one alone: late outcomes neither close nor prolong a later state, and the places of a generation end with
// it. All of the state but the time of recovery is one word, which changes by compare-and-swap; no call ever waits.
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_HEALTH_CIRCUITBREAKER_H
#define LZRT_HEALTH_CIRCUITBREAKER_H

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>

namespace lzrt {

/// Monotonic time in nanoseconds.
using Nanoseconds = uint64_t;

enum class BreakerState : uint8_t { Closed, Open, HalfOpen, ForcedOpen, ForcedClosed };
std::string_view breakerStateName(BreakerState state); // "closed", "open", "half_open", "forced_open", "forced_closed"

/// What a call came to, as far as the health of its kernel goes. Neither: it says nothing (unsupported, invalid
/// argument, never ran), but its place comes back.
enum class Outcome : uint8_t { Success, Failure, Neither };

/// The policy's `circuit_breaker`, in the breaker's units. Values past the limits count as the limits.
struct BreakerLimits {
  static constexpr uint32_t maxCount = 0xffff, maxProbes = 0x7ff;
  bool enabled = true;
  uint32_t failureThreshold = 5;
  uint32_t successThreshold = 2;
  uint32_t halfOpenMaxCalls = 3;
  Nanoseconds recovery = 30'000'000'000;
};

/// A change of state, to be told to listeners outside of any lock.
struct BreakerTransition {
  BreakerState from, to;
  uint32_t generation; ///< That `to` starts.
};

/// The generation that admitted a call, and whether the call holds one of its places.
struct BreakerTicket {
  uint32_t generation = 0;
  bool holdsPlace = false;
  /// For lz_call_t::ticket; never 0, which is no ticket.
  uint64_t encoded() const { return uint64_t(generation) << 2 | uint64_t(holdsPlace) << 1 | 1; }
  static std::optional<BreakerTicket> decode(uint64_t bits) {
    return bits & 1 ? std::optional(BreakerTicket{uint32_t(bits >> 2), (bits & 2) != 0}) : std::nullopt;
  }
};

/// What an admission or a report did besides its answer.
struct Admission {
  std::optional<BreakerTicket> ticket; ///< None: refused.
  std::optional<BreakerTransition> transition;
};

/// Thread-safe and lock-free. `Atomic` is std::atomic, but for tests that choose the order of its steps.
template <template <typename> typename Atomic> class BasicCircuitBreaker {
public:
  /// Asks for a call at time `now`. Each ticket must be given to report() once.
  Admission admit(const BreakerLimits &limits, Nanoseconds now);
  /// Tells what the call with this ticket came to. `watchChanged`: whether this report, and no other, changed
  /// isWatched(); of two that race, each is told its own.
  std::optional<BreakerTransition> report(const BreakerLimits &limits, BreakerTicket ticket, Outcome outcome,
                                          Nanoseconds now, bool *watchChanged = nullptr);

  /// Refuses every call, until another of these three.
  std::optional<BreakerTransition> forceOpen() { return force(BreakerState::ForcedOpen); }
  /// Admits every call and forgets outcomes, until another of these three.
  std::optional<BreakerTransition> forceClose() { return force(BreakerState::ForcedClosed); }
  /// Closed, as at first.
  std::optional<BreakerTransition> reset() { return force(BreakerState::Closed); }

  BreakerState state() const { return read().state(); }
  uint32_t generation() const { return read().generation(); }
  /// Whether a call's admission or outcome could change anything now but for a first failure: while false, successful
  /// calls need not report.
  bool isWatched() const { return !unwatchedGeneration(); }
  /// The generation, while not watched: into it a call that was not asked about may report.
  std::optional<uint32_t> unwatchedGeneration() const {
    Word word = read();
    return word.isWatched() ? std::nullopt : std::optional(word.generation());
  }
  /// Whether a call would be admitted at `now`; changes nothing.
  bool wouldAdmit(const BreakerLimits &limits, Nanoseconds now) const;
  /// Failures in a row of a closed breaker; 0 in other states.
  uint32_t failuresInARow() const {
    Word word = read();
    return word.state() == BreakerState::Closed ? word.count() : 0;
  }
  /// How long an open breaker still refuses; nullopt in other states.
  std::optional<Nanoseconds> untilRecovery(Nanoseconds now) const {
    Word word = read();
    uint64_t at = recovery.load(std::memory_order_acquire);
    if (word.state() != BreakerState::Open || !isOf(at, word))
      return std::nullopt;
    Nanoseconds time = (at & 0xffffffffffff) << 16;
    return time > now ? time - now : 0;
  }
  /// Probes of a half-open breaker that have not reported.
  uint32_t probes() const { return read().probes(); }

private:
  /// 3 bits of state, 2 of backoff, 11 of probes, 16 of the count of failures (closed) or successes (half-open) in a
  /// row, 32 of generation.
  struct Word {
    uint64_t bits = 0;
    BreakerState state() const { return BreakerState(bits & 7); }
    uint32_t backoff() const { return uint32_t(bits >> 3) & 3; }
    uint32_t probes() const { return uint32_t(bits >> 5) & 0x7ff; }
    uint32_t count() const { return uint32_t(bits >> 16) & 0xffff; }
    uint32_t generation() const { return uint32_t(bits >> 32); }
    bool isWatched() const { return state() != BreakerState::Closed || count() != 0; }
    static Word of(BreakerState state, uint32_t backoff, uint32_t probes, uint32_t count, uint32_t generation) {
      return {uint64_t(state) | uint64_t(backoff) << 3 | uint64_t(probes) << 5 | uint64_t(count) << 16 |
              uint64_t(generation) << 32};
    }
    Word withProbes(uint32_t probes) const { return of(state(), backoff(), probes, count(), generation()); }
    Word withCount(uint32_t count) const { return of(state(), backoff(), probes(), count, generation()); }
    /// The first word of the next generation.
    Word next(BreakerState state, uint32_t backoff) const { return of(state, backoff, 0, 0, generation() + 1); }
  };
  Word read() const { return {word.load(std::memory_order_acquire)}; }
  bool replace(Word &expected, Word desired) {
    return word.compare_exchange_strong(expected.bits, desired.bits, std::memory_order_acq_rel,
                                        std::memory_order_acquire);
  }
  static BreakerTransition transition(Word from, Word to) { return {from.state(), to.state(), to.generation()}; }

  /// The recovery time is kept in units of 2^16 ns, 48 bits of them, beside the low bits of the generation that it
  /// belongs to: who comes before it was written finds another generation's.
  static uint64_t tagged(uint32_t generation, Nanoseconds time) {
    Nanoseconds units = (time >> 16) + ((time & 0xffff) != 0);
    return uint64_t(generation & 0xffff) << 48 | units;
  }
  static bool isOf(uint64_t tagged, Word opened) { return tagged >> 48 == (opened.generation() & 0xffff); }
  bool isOver(Word opened, Nanoseconds now) const {
    uint64_t at = recovery.load(std::memory_order_acquire);
    return isOf(at, opened) && now >> 16 >= (at & 0xffffffffffff);
  }
  /// Writes the recovery time of an open state, unless that is done or the state is over. Who opened it does, and who
  /// finds it undone; one that comes late must not overwrite a later state's.
  void arm(Word opened, const BreakerLimits &limits, Nanoseconds now);
  std::optional<BreakerTransition> force(BreakerState state);
  static uint32_t places(const BreakerLimits &limits) {
    return std::clamp<uint32_t>(limits.halfOpenMaxCalls, 1, BreakerLimits::maxProbes);
  }
  /// The word after an outcome in the generation of `current`.
  static Word after(const BreakerLimits &limits, Word current, BreakerTicket ticket, Outcome outcome);

  Atomic<uint64_t> word{0};
  Atomic<uint64_t> recovery{0};
};

using CircuitBreaker = BasicCircuitBreaker<std::atomic>;

template <template <typename> typename Atomic>
void BasicCircuitBreaker<Atomic>::arm(Word opened, const BreakerLimits &limits, Nanoseconds now) {
  constexpr Nanoseconds farthest = ~Nanoseconds(0) >> 1;
  Nanoseconds wait = std::min(limits.recovery, farthest >> 4) << opened.backoff();
  const uint64_t armed = tagged(opened.generation(), std::min(now, farthest) + wait);
  uint64_t present = recovery.load(std::memory_order_acquire);
  // A later state's recovery time changes `present`, and then the exchange fails.
  while (!isOf(present, opened) && read().bits == opened.bits &&
         !recovery.compare_exchange_strong(present, armed, std::memory_order_acq_rel, std::memory_order_acquire)) {
  }
}

template <template <typename> typename Atomic>
Admission BasicCircuitBreaker<Atomic>::admit(const BreakerLimits &limits, Nanoseconds now) {
  for (Word current = read();;) {
    BreakerTicket ticket{current.generation(), false};
    bool passes = current.state() == BreakerState::Closed || current.state() == BreakerState::ForcedClosed;
    if (current.state() == BreakerState::ForcedOpen)
      return {};
    if (passes || !limits.enabled)
      return {ticket, std::nullopt};
    Word next;
    if (current.state() == BreakerState::HalfOpen) {
      if (current.probes() >= places(limits))
        return {};
      next = current.withProbes(current.probes() + 1);
    } else {
      if (!isOver(current, now)) {
        arm(current, limits, now);
        return {};
      }
      next = current.next(BreakerState::HalfOpen, current.backoff()).withProbes(1);
    }
    if (!replace(current, next))
      continue;
    ticket = {next.generation(), true};
    if (next.generation() == current.generation())
      return {ticket, std::nullopt};
    return {ticket, transition(current, next)};
  }
}

template <template <typename> typename Atomic>
bool BasicCircuitBreaker<Atomic>::wouldAdmit(const BreakerLimits &limits, Nanoseconds now) const {
  Word current = read();
  if (current.state() == BreakerState::ForcedOpen)
    return false;
  if (current.state() == BreakerState::Open && limits.enabled)
    return isOver(current, now);
  return current.state() != BreakerState::HalfOpen || !limits.enabled || current.probes() < places(limits);
}

template <template <typename> typename Atomic>
auto BasicCircuitBreaker<Atomic>::after(const BreakerLimits &limits, Word current, BreakerTicket ticket,
                                        Outcome outcome) -> Word {
  auto reached = [](uint32_t count, uint32_t threshold) {
    return count + 1 >= std::clamp<uint32_t>(threshold, 1, BreakerLimits::maxCount);
  };
  const bool halfOpen = current.state() == BreakerState::HalfOpen;
  if (halfOpen && !ticket.holdsPlace)
    return current; // admitted while breakers were disabled: no probe
  if (halfOpen)
    current = current.withProbes(current.probes() - 1);
  if (outcome == Outcome::Neither || !limits.enabled)
    return current;
  if (outcome == Outcome::Failure) {
    if (halfOpen)
      return current.next(BreakerState::Open, std::min(current.backoff() + 1, 3u));
    return reached(current.count(), limits.failureThreshold) ? current.next(BreakerState::Open, 0)
                                                             : current.withCount(current.count() + 1);
  }
  if (!halfOpen)
    return current.withCount(0);
  return reached(current.count(), limits.successThreshold) ? current.next(BreakerState::Closed, 0)
                                                           : current.withCount(current.count() + 1);
}

template <template <typename> typename Atomic>
std::optional<BreakerTransition> BasicCircuitBreaker<Atomic>::report(const BreakerLimits &limits, BreakerTicket ticket,
                                                                     Outcome outcome, Nanoseconds now,
                                                                     bool *watchChanged) {
  Word current = read();
  while (current.generation() == ticket.generation &&
         (current.state() == BreakerState::Closed || current.state() == BreakerState::HalfOpen)) {
    Word next = after(limits, current, ticket, outcome);
    if (next.bits == current.bits)
      return std::nullopt;
    if (!replace(current, next))
      continue;
    if (watchChanged)
      *watchChanged = current.isWatched() != next.isWatched();
    if (next.generation() == current.generation())
      return std::nullopt;
    if (next.state() == BreakerState::Open)
      arm(next, limits, now);
    return transition(current, next);
  }
  return std::nullopt;
}

template <template <typename> typename Atomic>
std::optional<BreakerTransition> BasicCircuitBreaker<Atomic>::force(BreakerState state) {
  Word current = read();
  for (;;) {
    if (current.state() == state && state != BreakerState::Closed)
      return std::nullopt;
    Word next = current.next(state, 0);
    if (replace(current, next))
      return current.state() == state ? std::nullopt : std::optional(transition(current, next));
  }
}

} // namespace lzrt
#endif // LZRT_HEALTH_CIRCUITBREAKER_H
