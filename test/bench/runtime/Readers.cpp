//===- Readers.cpp - Calls while policies come and go, and on many threads -===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Figures.h"
#include "Live.h"
#include "Policies.h"
#include "PolicyFile.h"
#include "SystemCalls.h"

#include <atomic>
#include <barrier>
#include <ctime>
#include <thread>
#include <unistd.h>

namespace bench {
namespace {

constexpr unsigned callsOfPass = 64;

/// What a reader saw in one stretch of time.
struct Stretch {
  std::vector<double> passes; ///< Nanoseconds of each: an invocation's begin and its calls.
  uint64_t calls = 0;
  /// Calls that missed, of passes whose policy was the site's from the first call to the last; and of others, which a
  /// publish overlapped.
  uint64_t missed = 0, missedOverlapped = 0;
  uint64_t overlapped = 0; ///< Passes.
  uint64_t publishes = 0;
  uint64_t systemCalls = 0; ///< Passes that hit throughout and came to the operating system.
};

class Reader {
public:
  Reader(lzrt::Orchestrator &orchestrator, const Site &site)
      : orchestrator(orchestrator), site(site), caller(orchestrator) {
    caller.call(site, 2, 128);
    block = caller.block(site, 2, 128);
  }
  bool countsSystemCalls() const { return watch.isAvailable(); }

  Stretch read(double seconds) {
    Stretch stretch;
    stretch.passes.reserve(size_t(seconds * 1e7));
    const uint64_t first = orchestrator.version();
    for (double end = now() + seconds; pass(stretch) < end;)
      ;
    stretch.publishes = orchestrator.version() - first;
    return stretch;
  }

private:
  /// Whether the site's record holds for this invocation: its word names the invocation's pin above the kind.
  bool isOfRecord() const {
    constexpr uint32_t pinBits = ~uint32_t(0xff);
    return ((uint32_t(__atomic_load_n(&site.live()->sequence, __ATOMIC_ACQUIRE)) ^ caller.context.pin) & pinBits) == 0;
  }

  /// When it ended.
  double pass(Stretch &stretch) {
    const uint64_t misses = site.misses(), caught = watch.count();
    const double start = now();
    caller.begin();
    const bool began = isOfRecord();
    watch.arm();
    for (unsigned i = 0; i < callsOfPass; ++i)
      if (callLive(block, site.live(), 2, 128) != LZ_STATUS_OK)
        fail("a call failed");
    watch.disarm();
    const double end = now();
    stretch.passes.push_back((end - start) * 1e9);
    stretch.calls += callsOfPass;
    const uint64_t missed = site.misses() - misses;
    const bool isOverlapped = !began || !isOfRecord();
    stretch.overlapped += isOverlapped;
    (isOverlapped ? stretch.missedOverlapped : stretch.missed) += missed;
    stretch.systemCalls += missed == 0 && watch.count() != caught;
    return end;
  }

  lzrt::Orchestrator &orchestrator;
  const Site &site;
  Caller caller;
  lz_call_t *block = nullptr;
  SystemCallWatch watch;
};

/// Changes the file 100 times a second while it is told to.
class Writer {
public:
  explicit Writer(const PolicyFile &file) : file(file), thread([this] { serve(); }) {}
  ~Writer() {
    stopping = true;
    thread.join();
  }
  void set(bool value) { isOn = value; }

private:
  void serve() {
    const std::string texts[] = {otherExampleText(), exampleText()};
    auto next = std::chrono::steady_clock::now();
    for (unsigned i = 0; !stopping; std::this_thread::sleep_until(next += std::chrono::milliseconds(10)))
      if (isOn)
        file.write(texts[i++ % 2]);
  }
  const PolicyFile &file;
  std::atomic<bool> isOn{false}, stopping{false};
  std::thread thread;
};

} // namespace

std::vector<Row> readers(const Options &options) {
  PolicyFile file;
  file.write(exampleText());
  auto orchestrator = watchingOrchestrator(file);
  auto site = Site::attention(*orchestrator);
  Reader reader(*orchestrator, *site);
  Writer writer(file);
  const double seconds = options.smoke ? 0.03 : 0.2;
  std::vector<double> ratios, quietTimes;
  Stretch sum;
  for (unsigned pair = 0; pair < (options.smoke ? 1 : 21); ++pair) {
    Stretch quiet = reader.read(seconds);
    writer.set(true);
    Stretch busy = reader.read(seconds);
    writer.set(false);
    ::usleep(20000); // the last change has come to its end
    quietTimes.push_back(quantile(std::move(quiet.passes), 0.999) / callsOfPass);
    ratios.push_back(quantile(std::move(busy.passes), 0.999) / callsOfPass / quietTimes.back());
    for (uint64_t Stretch::*count : {&Stretch::calls, &Stretch::missed, &Stretch::overlapped,
                                     &Stretch::missedOverlapped, &Stretch::publishes, &Stretch::systemCalls})
      sum.*count += busy.*count;
  }
  const double rate = double(sum.publishes) / (double(ratios.size()) * seconds);
  Row calls{
      "passes of hits alone that came to the operating system", "passes", double(sum.systemCalls), 0, "", std::nullopt};
  if (!reader.countsSystemCalls())
    calls.unavailable = "this system has no syscall user dispatch";
  return {{"p99.9 of a pass of 64 calls, beside a quiet time's", "times", median(ratios), 1.25, "a call then, ns",
           median(quietTimes)},
          {"calls that missed, of passes that no publish overlapped", "calls", double(sum.missed), 0, "of calls in all",
           double(sum.calls)},
          calls,
          {"reloads a second", "1/s", rate, std::nullopt, "", std::nullopt},
          {"passes that a publish overlapped", "passes", double(sum.overlapped), std::nullopt, "of publishes",
           double(sum.publishes)},
          {"calls of theirs that missed", "calls", double(sum.missedOverlapped), std::nullopt, "", std::nullopt}};
}

//===----------------------------------------------------------------------===//
// Many threads
//===----------------------------------------------------------------------===//

namespace {

/// Of the calling thread. What it waits for a processor that other programs have is not in it.
double processorTime() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return double(time.tv_sec) + double(time.tv_nsec) * 1e-9;
}

/// Calls a second of processor time, of all threads together; each has a caller of its own, all call one site.
template <typename Make> double throughput(unsigned threads, double seconds, Make make) {
  std::atomic<bool> stopping{false};
  std::vector<double> rates(threads);
  std::barrier ready(int(threads) + 1);
  std::vector<std::thread> list;
  for (unsigned i = 0; i < threads; ++i)
    list.emplace_back([&, i] {
      auto call = make();
      ready.arrive_and_wait();
      uint64_t count = 0;
      const double begin = processorTime();
      for (; !stopping.load(std::memory_order_relaxed); count += 16)
        for (unsigned k = 0; k < 16; ++k)
          if (call() != LZ_STATUS_OK)
            fail("a call failed");
      rates[i] = double(count) / (processorTime() - begin);
    });
  ready.arrive_and_wait();
  ::usleep(useconds_t(seconds * 1e6));
  stopping = true;
  double sum = 0;
  for (unsigned i = 0; i < threads; ++i) {
    list[i].join();
    sum += rates[i];
  }
  return sum;
}

/// Calls a second on so many threads: through the site, and straight to the kernel.
std::pair<double, double> throughputs(const Options &options, const std::string &kernelName, unsigned threads) {
  auto orchestrator = orchestratorOf(always(kernelName));
  auto site = Site::norm(*orchestrator);
  lz_kernel_fn kernel = benchKernels().find(kernelName)->entry.execute;
  auto through = [&] {
    auto caller = std::make_shared<Caller>(*orchestrator);
    caller->call(*site, 8, 64);
    return [caller, block = caller->block(*site, 8, 64), live = site->live()] { return callLive(block, live, 8, 64); };
  };
  auto straight = [&] {
    auto caller = std::make_shared<Caller>(*orchestrator);
    return [caller, block = caller->block(*site, 8, 64), slot = &kernel] {
      return __atomic_load_n(slot, __ATOMIC_RELAXED)(block);
    };
  };
  const double seconds = options.smoke ? 0.005 : 0.03;
  std::vector<double> medians =
      interleave(options.smoke ? 1 : 21, {[&] { return throughput(threads, seconds, through); },
                                          [&] { return throughput(threads, seconds, straight); }});
  return {medians[0], medians[1]};
}

} // namespace

std::vector<Row> threads(const Options &options) {
  const unsigned count = std::max(2u, std::thread::hardware_concurrency());
  const std::string on = " on " + std::to_string(count) + " threads";
  auto row = throughputs(options, "row", count), rowAlone = throughputs(options, "row", 1);
  auto empty = throughputs(options, "empty", count);
  return {{"a norm of 1,024 floats" + on + ", beside the control", "times", row.first / row.second, 0.95,
           "ns a call of the control", 1e9 * count / row.second, true},
          {"the same on 1 thread", "times", rowAlone.first / rowAlone.second, std::nullopt, "ns a call of the control",
           1e9 / rowAlone.second},
          {"a kernel that does nothing" + on + ", beside the control", "times", empty.first / empty.second,
           std::nullopt, "ns a call of the control", 1e9 * count / empty.second}};
}

} // namespace bench
