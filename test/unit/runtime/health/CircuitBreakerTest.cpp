//===- CircuitBreakerTest.cpp - The breaker against its definition, and under every order of its steps -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "../../../../runtime/health/CircuitBreaker.h"
#include "Explorer.h"

#include <gtest/gtest.h>

#include <array>
#include <barrier>
#include <deque>
#include <memory>
#include <thread>
#include <vector>

using namespace lzrt;
using lztest::ExploredAtomic;
using lztest::Explorer;

namespace {

constexpr Nanoseconds second = 1'000'000'000;
/// Enough to pass any recovery time of `limits()`.
constexpr Nanoseconds later = 1000 * second;

BreakerLimits limits(uint32_t failures = 2, uint32_t successes = 2, uint32_t probes = 3) {
  return {true, failures, successes, probes, 10 * second};
}

BreakerTicket mustAdmit(CircuitBreaker &breaker, const BreakerLimits &with, Nanoseconds now) {
  Admission admission = breaker.admit(with, now);
  EXPECT_TRUE(admission.ticket);
  return admission.ticket.value_or(BreakerTicket());
}

void open(CircuitBreaker &breaker, const BreakerLimits &with, Nanoseconds now) {
  for (uint32_t i = 0; i < with.failureThreshold; ++i)
    breaker.report(with, mustAdmit(breaker, with, now), Outcome::Failure, now);
  ASSERT_EQ(breaker.state(), BreakerState::Open);
}

TEST(CircuitBreaker, OpensAfterFailuresInARow) {
  CircuitBreaker breaker;
  auto fail = [&] { return breaker.report(limits(), mustAdmit(breaker, limits(), 0), Outcome::Failure, 0); };
  EXPECT_FALSE(fail());
  breaker.report(limits(), mustAdmit(breaker, limits(), 0), Outcome::Success, 0);
  EXPECT_FALSE(fail()) << "a success in between starts the count anew";
  auto transition = fail();
  ASSERT_TRUE(transition);
  EXPECT_EQ(transition->from, BreakerState::Closed);
  EXPECT_EQ(transition->to, BreakerState::Open);
  EXPECT_FALSE(breaker.admit(limits(), 0).ticket);
}

TEST(CircuitBreaker, OutcomesThatSayNothingDoNotCount) {
  CircuitBreaker breaker;
  breaker.report(limits(), mustAdmit(breaker, limits(), 0), Outcome::Failure, 0);
  breaker.report(limits(), mustAdmit(breaker, limits(), 0), Outcome::Neither, 0);
  EXPECT_TRUE(breaker.isWatched()) << "an unsupported call is no success either";
  breaker.report(limits(), mustAdmit(breaker, limits(), 0), Outcome::Failure, 0);
  EXPECT_EQ(breaker.state(), BreakerState::Open);
}

TEST(CircuitBreaker, RecoversThroughProbes) {
  CircuitBreaker breaker;
  open(breaker, limits(), 5 * second);
  EXPECT_FALSE(breaker.admit(limits(), 15 * second - 1).ticket);
  BreakerTicket first = mustAdmit(breaker, limits(), 15 * second + 70'000);
  EXPECT_EQ(breaker.state(), BreakerState::HalfOpen);
  BreakerTicket second_ = mustAdmit(breaker, limits(), 16 * second);
  EXPECT_FALSE(breaker.report(limits(), first, Outcome::Success, 16 * second));
  auto transition = breaker.report(limits(), second_, Outcome::Success, 16 * second);
  ASSERT_TRUE(transition);
  EXPECT_EQ(transition->to, BreakerState::Closed);
  EXPECT_FALSE(breaker.isWatched());
}

TEST(CircuitBreaker, FailedProbesDoubleTheRecoveryTimeUpToEight) {
  CircuitBreaker breaker;
  Nanoseconds now = second;
  open(breaker, limits(), now);
  for (Nanoseconds wait : {10, 20, 40, 80, 80}) {
    EXPECT_FALSE(breaker.admit(limits(), now + wait * second - second).ticket) << wait;
    now += wait * second + second;
    BreakerTicket probe = mustAdmit(breaker, limits(), now);
    breaker.report(limits(), probe, Outcome::Failure, now);
    EXPECT_EQ(breaker.state(), BreakerState::Open);
  }
}

TEST(CircuitBreaker, LateReportsNeitherCloseNorProlong) {
  CircuitBreaker breaker;
  BreakerTicket late = mustAdmit(breaker, limits(), 0), later2 = mustAdmit(breaker, limits(), 0);
  open(breaker, limits(), 0);
  EXPECT_FALSE(breaker.report(limits(), late, Outcome::Success, 9 * second));
  EXPECT_FALSE(breaker.report(limits(), later2, Outcome::Failure, 9 * second));
  EXPECT_EQ(breaker.state(), BreakerState::Open);
  EXPECT_TRUE(breaker.admit(limits(), 11 * second).ticket) << "the failure has not extended the recovery";
}

TEST(CircuitBreaker, PlacesComeBackOnEveryPath) {
  CircuitBreaker breaker;
  open(breaker, limits(), 0);
  for (int round = 0; round < 10; ++round)
    breaker.report(limits(), mustAdmit(breaker, limits(), later), Outcome::Neither, later);
  EXPECT_EQ(breaker.probes(), 0u);
  BreakerTicket probe = mustAdmit(breaker, limits(), later);
  BreakerLimits off = limits();
  off.enabled = false;
  breaker.report(off, probe, Outcome::Success, later);
  EXPECT_EQ(breaker.probes(), 0u) << "breakers were disabled while the probe ran";
  BreakerTicket unbounded = mustAdmit(breaker, off, later);
  breaker.report(limits(), unbounded, Outcome::Success, later);
  EXPECT_EQ(breaker.probes(), 0u) << "a call that held no place gives none back";
}

TEST(CircuitBreaker, ForcedStatesHoldUntilReset) {
  CircuitBreaker breaker;
  EXPECT_EQ(breaker.forceOpen()->to, BreakerState::ForcedOpen);
  EXPECT_FALSE(breaker.forceOpen());
  EXPECT_FALSE(breaker.admit(limits(), later).ticket);
  EXPECT_EQ(breaker.forceClose()->to, BreakerState::ForcedClosed);
  for (int i = 0; i < 10; ++i)
    breaker.report(limits(), mustAdmit(breaker, limits(), 0), Outcome::Failure, 0);
  EXPECT_EQ(breaker.state(), BreakerState::ForcedClosed);
  EXPECT_EQ(breaker.reset()->to, BreakerState::Closed);
  EXPECT_FALSE(breaker.isWatched());
}

TEST(CircuitBreaker, DisabledAdmitsEverythingButForcedOpen) {
  CircuitBreaker breaker;
  BreakerLimits off = limits();
  off.enabled = false;
  for (int i = 0; i < 10; ++i)
    breaker.report(off, mustAdmit(breaker, off, 0), Outcome::Failure, 0);
  EXPECT_EQ(breaker.state(), BreakerState::Closed);
  breaker.forceOpen();
  EXPECT_FALSE(breaker.admit(off, 0).ticket);
}

TEST(CircuitBreaker, TicketsSurviveTheirCode) {
  for (BreakerTicket ticket : {BreakerTicket{0, false}, {0, true}, {~0u, true}, {7, false}}) {
    ASSERT_NE(ticket.encoded(), 0u);
    auto decoded = BreakerTicket::decode(ticket.encoded());
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->generation, ticket.generation);
    EXPECT_EQ(decoded->holdsPlace, ticket.holdsPlace);
  }
  EXPECT_FALSE(BreakerTicket::decode(0));
}

TEST(CircuitBreaker, LimitsPastTheWordCountAsTheLargest) {
  CircuitBreaker breaker;
  BreakerLimits wide{true, 1, ~0u, ~0u, ~Nanoseconds(0)};
  breaker.report(wide, mustAdmit(breaker, wide, 0), Outcome::Failure, 0);
  EXPECT_FALSE(breaker.admit(wide, later).ticket) << "an endless recovery time does not wrap";
  BreakerLimits zero{true, 0, 0, 0, 0};
  CircuitBreaker other;
  other.report(zero, mustAdmit(other, zero, 0), Outcome::Failure, 0);
  EXPECT_EQ(other.state(), BreakerState::Open);
  EXPECT_TRUE(other.admit(zero, later).ticket);
}

/// The definition, with a list of calls in place of counters.
struct Model {
  BreakerLimits limits;
  BreakerState state = BreakerState::Closed;
  uint32_t generation = 0, row = 0;
  int backoff = 0;
  Nanoseconds until = 0;
  std::deque<uint32_t> probing; // generations of probes that have not reported

  void enter(BreakerState next) { state = next, ++generation, row = 0, probing.clear(); }
  bool admit(Nanoseconds now) {
    if (state == BreakerState::Open && now >= until)
      enter(BreakerState::HalfOpen);
    if (state == BreakerState::HalfOpen) {
      if (probing.size() >= limits.halfOpenMaxCalls)
        return false;
      probing.push_back(generation);
      return true;
    }
    return state == BreakerState::Closed || state == BreakerState::ForcedClosed;
  }
  void report(uint32_t admittedIn, Outcome outcome, Nanoseconds now) {
    if (admittedIn != generation)
      return;
    if (state == BreakerState::HalfOpen)
      probing.pop_back();
    bool counts = outcome != Outcome::Neither;
    if (state == BreakerState::Closed && counts) {
      row = outcome == Outcome::Failure ? row + 1 : 0;
      if (row == limits.failureThreshold)
        backoff = 0, open(now);
    } else if (state == BreakerState::HalfOpen && outcome == Outcome::Failure) {
      backoff = std::min(backoff + 1, 3), open(now);
    } else if (state == BreakerState::HalfOpen && counts && ++row == limits.successThreshold) {
      enter(BreakerState::Closed);
    }
  }
  void open(Nanoseconds now) { enter(BreakerState::Open), until = now + (limits.recovery << backoff); }
};

/// The breaker, its model and the calls in flight, after one sequence of events.
struct Pair {
  explicit Pair(const BreakerLimits &with) : limits(with) { model.limits = with; }
  BreakerLimits limits;
  CircuitBreaker breaker;
  Model model;
  Nanoseconds now = second;
  std::vector<BreakerTicket> inFlight;

  /// Events: 0 a call, 1 time passes, 2..4 the eldest call ends, 5..7 the youngest, 8..10 forced states and reset.
  static constexpr int numEvents = 11;
  void apply(int event) {
    static constexpr Outcome outcomes[] = {Outcome::Success, Outcome::Failure, Outcome::Neither};
    if (event == 0)
      return call();
    if (event == 1)
      now += 11 * second;
    else if (event < 8)
      end(event < 5 ? 0 : inFlight.size() - 1, outcomes[(event - 2) % 3]);
    else if (event == 8)
      forced(BreakerState::ForcedOpen, breaker.forceOpen());
    else if (event == 9)
      forced(BreakerState::ForcedClosed, breaker.forceClose());
    else
      forced(BreakerState::Closed, breaker.reset());
  }
  void call() {
    Admission admission = breaker.admit(limits, now);
    ASSERT_EQ(admission.ticket.has_value(), model.admit(now));
    if (admission.ticket)
      inFlight.push_back(*admission.ticket);
  }
  void end(size_t index, Outcome outcome) {
    if (index >= inFlight.size())
      return;
    BreakerTicket ticket = inFlight[index];
    inFlight.erase(inFlight.begin() + long(index));
    breaker.report(limits, ticket, outcome, now);
    model.report(ticket.generation, outcome, now);
  }
  void forced(BreakerState state, std::optional<BreakerTransition> transition) {
    EXPECT_EQ(transition.has_value(), model.state != state);
    if (model.state != state || state == BreakerState::Closed)
      model.enter(state), model.backoff = 0;
  }
  void compare() const {
    ASSERT_EQ(breaker.state(), model.state);
    ASSERT_EQ(breaker.generation(), model.generation);
    ASSERT_EQ(breaker.probes(), model.probing.size());
  }
};

/// Every sequence of events up to a length.
TEST(CircuitBreaker, FollowsItsDefinitionInEverySequenceOfEvents) {
  constexpr int length = 6;
  uint64_t sequences = 0;
  for (auto with : {limits(1, 1, 1), limits(2, 2, 2)}) {
    std::array<int, length> events{};
    for (;;) {
      Pair pair(with);
      for (int event : events) {
        pair.apply(event);
        pair.compare();
        if (HasFatalFailure())
          return;
      }
      ++sequences;
      int at = length - 1;
      while (at >= 0 && ++events[at] == Pair::numEvents)
        events[at--] = 0;
      if (at < 0)
        break;
    }
  }
  EXPECT_EQ(sequences, 2u * 1771561u);
}

using Explored = BasicCircuitBreaker<ExploredAtomic>;

/// A breaker that is open and whose recovery time is over at `later`.
std::shared_ptr<Explored> recovered(const BreakerLimits &with) {
  auto breaker = std::make_shared<Explored>();
  for (uint32_t i = 0; i < with.failureThreshold; ++i)
    breaker->report(with, *breaker->admit(with, 0).ticket, Outcome::Failure, 0);
  return breaker;
}

TEST(CircuitBreakerSteps, RacingProbesAreAdmittedUpToTheLimit) {
  BreakerLimits with = limits(1, 2, 2);
  Explorer result = Explorer::explore([&] {
    auto breaker = recovered(with);
    auto admitted = std::make_shared<int>(0), opened = std::make_shared<int>(0);
    auto call = [=] {
      Admission admission = breaker->admit(with, later);
      *admitted += admission.ticket.has_value();
      *opened += admission.transition.has_value();
    };
    return Explorer::Scenario{{call, call, call}, [=] {
                                EXPECT_EQ(*admitted, 2);
                                EXPECT_EQ(*opened, 1) << "one thread makes the transition";
                                EXPECT_EQ(breaker->probes(), 2u);
                              }};
  });
  EXPECT_GT(result.schedules, 10u);
}

TEST(CircuitBreakerSteps, ProbesOfAnyOutcomeLeaveNoPlaceTaken) {
  BreakerLimits with = limits(1, 2, 2);
  for (Outcome first : {Outcome::Success, Outcome::Failure, Outcome::Neither})
    for (Outcome second_ : {Outcome::Success, Outcome::Failure, Outcome::Neither})
      Explorer::explore([&, first, second_] {
        auto breaker = recovered(with);
        auto probe = [=](Outcome outcome) {
          Admission admission = breaker->admit(with, later);
          if (!admission.ticket)
            return;
          auto transition = breaker->report(with, *admission.ticket, outcome, later);
          if (transition) {
            EXPECT_EQ(transition->generation, admission.ticket->generation + 1) << "it ended its own generation";
          }
        };
        return Explorer::Scenario{{[=] { probe(first); }, [=] { probe(second_); }}, [=] {
                                    EXPECT_EQ(breaker->probes(), 0u);
                                    EXPECT_TRUE(breaker->admit(with, later + later).ticket) << "never stuck";
                                  }};
      });
}

TEST(CircuitBreakerSteps, RacingFailuresOpenOnceAndTheRecoveryIsArmed) {
  BreakerLimits with = limits(2, 1, 1);
  Explorer::explore([&] {
    auto breaker = std::make_shared<Explored>();
    auto opened = std::make_shared<int>(0);
    auto fail = [=] {
      Admission admission = breaker->admit(with, second);
      if (admission.ticket)
        *opened += breaker->report(with, *admission.ticket, Outcome::Failure, second).has_value();
    };
    return Explorer::Scenario{{fail, fail, fail}, [=] {
                                EXPECT_EQ(*opened, 1);
                                EXPECT_EQ(breaker->state(), BreakerState::Open);
                                EXPECT_FALSE(breaker->admit(with, 10 * second).ticket);
                                EXPECT_TRUE(breaker->admit(with, 12 * second).ticket);
                              }};
  });
}

TEST(CircuitBreakerSteps, AnOpenerThatIsOvertakenDoesNotDisarmALaterState) {
  BreakerLimits with = limits(1, 1, 1);
  Explorer result = Explorer::explore([&] {
    auto breaker = std::make_shared<Explored>();
    auto fail = [=](Nanoseconds now) {
      if (Admission admission = breaker->admit(with, now); admission.ticket)
        breaker->report(with, *admission.ticket, Outcome::Failure, now);
    };
    return Explorer::Scenario{{[=] { fail(second); }, [=] { breaker->reset(), fail(second); }}, [=] {
                                if (breaker->state() == BreakerState::Open) {
                                  EXPECT_TRUE(breaker->admit(with, 12 * second).ticket) << "armed for its own state";
                                }
                              }};
  });
  EXPECT_GT(result.schedules, 10u);
}

TEST(CircuitBreakerSteps, AnOpenerThatStallsDoesNotKeepItOpen) {
  BreakerLimits with = limits(1, 1, 1);
  Explorer::explore([&] {
    auto breaker = std::make_shared<Explored>();
    auto fail = [=] { breaker->report(with, *breaker->admit(with, second).ticket, Outcome::Failure, second); };
    auto ask = [=] {
      if (!breaker->admit(with, second).ticket) {
        EXPECT_TRUE(breaker->admit(with, 12 * second).ticket) << "who finds it open arms the recovery";
      }
    };
    return Explorer::Scenario{{fail, ask}, [] {}};
  });
}

TEST(CircuitBreakerSteps, LateReportsNeverChangeALaterGeneration) {
  BreakerLimits with = limits(1, 1, 2);
  for (Outcome late : {Outcome::Success, Outcome::Failure, Outcome::Neither})
    Explorer::explore([&, late] {
      auto breaker = std::make_shared<Explored>();
      BreakerTicket old = *breaker->admit(with, 0).ticket;
      breaker->report(with, *breaker->admit(with, 0).ticket, Outcome::Failure, 0);
      auto probe = [=] {
        Admission admission = breaker->admit(with, later);
        if (admission.ticket) {
          EXPECT_TRUE(breaker->report(with, *admission.ticket, Outcome::Success, later)) << "its probe closes it";
        }
      };
      return Explorer::Scenario{{probe, [=] { EXPECT_FALSE(breaker->report(with, old, late, later)); }}, [=] {
                                  EXPECT_EQ(breaker->state(), BreakerState::Closed);
                                  EXPECT_FALSE(breaker->isWatched());
                                }};
    });
}

TEST(CircuitBreaker, ThirtyTwoRacingThreadsFindExactlyTheHalfOpenPlaces) {
  constexpr int numThreads = 32, rounds = 200;
  BreakerLimits with = limits(1, 40, 3);
  CircuitBreaker breaker;
  open(breaker, with, 0);
  std::array<std::atomic<int>, rounds> counts{};
  std::barrier gate(numThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < numThreads; ++i)
    threads.emplace_back([&, i] {
      for (int round = 0; round < rounds; ++round) {
        gate.arrive_and_wait();
        Nanoseconds now = later * Nanoseconds(round + 1);
        Admission admission = breaker.admit(with, now);
        counts[round] += admission.ticket.has_value();
        gate.arrive_and_wait();
        if (admission.ticket) // one failure opens it again, the others come late
          breaker.report(with, *admission.ticket, i % 2 ? Outcome::Failure : Outcome::Neither, now);
        gate.arrive_and_wait();
        if (i == 0 && breaker.state() == BreakerState::HalfOpen)
          breaker.report(with, *breaker.admit(with, now).ticket, Outcome::Failure, now);
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  for (int round = 0; round < rounds; ++round)
    EXPECT_EQ(counts[round], 3) << round;
  EXPECT_EQ(breaker.probes(), 0u);
}

} // namespace
