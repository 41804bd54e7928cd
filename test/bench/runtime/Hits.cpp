//===- Hits.cpp - A call that its site's cache answers ---------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Times are beyond those of a plain indirect call of the same kernel with the same block. thr: calls back to back, ser:
// each behind a fence.
//
//===----------------------------------------------------------------------===//
#include "Figures.h"
#include "Live.h"
#include "Policies.h"

#include <algorithm>
#include <atomic>
#include <immintrin.h>
#include <random>
#include <shared_mutex>
#include <unordered_map>

namespace bench {
namespace {

template <bool Serial> void separate() {
  if constexpr (Serial)
    _mm_lfence();
}

/// Nanoseconds a call.
template <bool Serial, typename Call> double timed(unsigned calls, Call &call) {
  double start = now();
  for (unsigned i = 0; i < calls; ++i) {
    separate<Serial>();
    if (call() != LZ_STATUS_OK)
      fail("a measured call failed");
  }
  return (now() - start) / calls * 1e9;
}

/// One way of coming to a kernel: back to back, and one at a time.
struct Way {
  std::function<double(unsigned)> thr, ser;
};
template <typename Call> Way way(Call call) {
  return {[call](unsigned calls) mutable { return timed<false>(calls, call); },
          [call](unsigned calls) mutable { return timed<true>(calls, call); }};
}

/// Medians of all ways, interleaved: thr and ser of each. A first sample of each is not counted.
std::vector<std::pair<double, double>> measure(const Options &options, const std::vector<Way> &ways) {
  const unsigned calls = options.smoke ? 100 : 50000;
  std::vector<std::function<double()>> functions;
  for (const Way &one : ways) {
    functions.push_back([&] { return one.thr(calls); });
    functions.push_back([&] { return one.ser(calls); });
  }
  interleave(1, functions);
  std::vector<double> medians = interleave(options.smoke ? 1 : 31, functions);
  std::vector<std::pair<double, double>> pairs;
  for (size_t i = 0; i < ways.size(); ++i)
    pairs.push_back({medians[2 * i], medians[2 * i + 1]});
  return pairs;
}

/// A site with its caller, warm for these extents.
struct Warm {
  Warm(const std::string &policy, std::vector<std::pair<int64_t, int64_t>> extents)
      : orchestrator(orchestratorOf(policy)), site(Site::norm(*orchestrator)), caller(*orchestrator) {
    for (auto [d0, d1] : extents)
      caller.call(*site, d0, d1);
    misses = site->misses();
    for (auto [d0, d1] : extents)
      caller.call(*site, d0, d1);
    if (site->misses() != misses)
      fail("a call that should hit has missed");
    std::tie(d0, d1) = extents.back();
    block = caller.block(*site, d0, d1);
  }
  Way way() {
    return bench::way([block = block, live = site->live(), d0 = d0, d1 = d1] { return callLive(block, live, d0, d1); });
  }

  std::unique_ptr<lzrt::Orchestrator> orchestrator;
  std::unique_ptr<Site> site;
  Caller caller;
  uint64_t misses = 0;
  int64_t d0 = 0, d1 = 0;
  lz_call_t *block = nullptr;
};

/// What others would write in place of the stub: found by the site and the two extents.
struct Yardsticks {
  explicit Yardsticks(lz_kernel_fn kernel) : function(kernel), table(std::make_shared<lz_kernel_fn>(kernel)) {
    for (uint64_t key = 0; key < 1000; ++key)
      map.emplace(key, kernel);
  }
  Way viaFunction(lz_call_t *call) {
    return way([this, call] {
      keep(function);
      return function(call);
    });
  }
  Way viaMap(lz_call_t *call, uint64_t key) {
    return way([this, call, key] {
      keep(map);
      lz_kernel_fn kernel;
      {
        std::shared_lock<std::shared_mutex> lock(mutex);
        kernel = map.find(key)->second;
      }
      return kernel(call);
    });
  }
  Way viaSharedPointer(lz_call_t *call) {
    return way([this, call] { return (*table.load(std::memory_order_acquire))(call); });
  }

private:
  std::function<int32_t(const lz_call_t *)> function;
  std::shared_mutex mutex;
  std::unordered_map<uint64_t, lz_kernel_fn> map;
  std::atomic<std::shared_ptr<lz_kernel_fn>> table;
};

Way plain(lz_kernel_fn *kernel, lz_call_t *block) {
  return way([kernel, block] { return __atomic_load_n(kernel, __ATOMIC_RELAXED)(block); });
}

} // namespace

std::vector<Row> hits(const Options &options) {
  Warm two(twoFacts(true), {{8, 64}}), none(noFacts(false), {{8, 64}}), counted(noFacts(true), {{8, 64}}),
      four(twoFacts(true), {{8, 64}, {8, 5000}, {5000, 64}, {5000, 5000}});
  lz_kernel_fn kernel = benchKernels().find("empty")->entry.execute;
  Yardsticks others(kernel);
  auto times = measure(options, {plain(&kernel, two.block), two.way(), none.way(), counted.way(), four.way(),
                                 others.viaFunction(two.block), others.viaMap(two.block, 500),
                                 others.viaSharedPointer(two.block)});
  const auto [thr, ser] = times[0];
  auto row = [&](const std::string &name, size_t index, std::optional<double> bar, bool isSerial) {
    return Row{name,
               "ns",
               isSerial ? times[index].second - ser : times[index].first - thr,
               bar,
               isSerial ? "" : "the plain call",
               isSerial ? std::optional<double>() : thr};
  };
  return {row("2 open facts, telemetry and breaker, thr", 1, 2.5, false),
          row("2 open facts, telemetry and breaker, ser", 1, 4, true),
          row("0 open facts, no telemetry, thr", 2, std::nullopt, false),
          row("0 open facts, no telemetry, ser", 2, std::nullopt, true),
          row("0 open facts, telemetry and breaker, thr", 3, std::nullopt, false),
          row("2 open facts, the last of four entries, thr", 4, std::nullopt, false),
          row("2 open facts, the last of four entries, ser", 4, std::nullopt, true),
          row("std::function, thr", 5, std::nullopt, false),
          row("std::function, ser", 5, std::nullopt, true),
          row("unordered_map + shared_mutex, thr", 6, std::nullopt, false),
          row("unordered_map + shared_mutex, ser", 6, std::nullopt, true),
          row("atomic<shared_ptr>, thr", 7, std::nullopt, false),
          row("atomic<shared_ptr>, ser", 7, std::nullopt, true)};
}

//===----------------------------------------------------------------------===//
// Sites whose entries do not fit into their record
//===----------------------------------------------------------------------===//

namespace {

using Extents = std::vector<std::pair<int64_t, int64_t>>;

/// `columns` x `rows` points, one in each region of grid(), shuffled.
Extents points(unsigned columns, unsigned rows) {
  Extents list;
  for (unsigned i = 0; i < columns; ++i)
    for (unsigned j = 0; j < rows; ++j)
      list.push_back({i * 64 + 32, j * 64 + 32});
  std::shuffle(list.begin(), list.end(), std::mt19937(7));
  return list;
}

void place(lz_call_t *block, int64_t d0, int64_t d1) {
  auto *dims = const_cast<int64_t *>(lz_call_dims(block));
  for (unsigned i = 0; i < block->site->num_dims; i += 2) {
    dims[i] = d0;
    dims[i + 1] = d1;
  }
}

/// A block of which each call has other extents.
class Cycle {
public:
  Cycle(const Extents &extents, lz_call_t *block) : extents(extents), block(block) {}
  template <typename Run> int32_t next(Run run) {
    auto [d0, d1] = extents[at];
    at = at + 1 == extents.size() ? 0 : at + 1;
    place(block, d0, d1);
    return run(block, d0, d1);
  }

private:
  const Extents &extents;
  lz_call_t *block;
  size_t at = 0;
};

struct TableSite {
  TableSite(unsigned columns, unsigned rows)
      : extents(points(columns, rows)), orchestrator(orchestratorOf(grid(columns, rows))),
        site(Site::norm(*orchestrator)), caller(*orchestrator) {
    // What a full site takes in goes to the table when it comes again, some of it the next time.
    for (int lap = 0; lap < 32 && missed != 0; ++lap) {
      const uint64_t before = site->misses();
      for (auto [d0, d1] : extents)
        caller.call(*site, d0, d1);
      missed = double(site->misses() - before) / double(extents.size());
    }
    block = caller.block(*site, 8, 64);
  }
  Way way() {
    auto cycle = std::make_shared<Cycle>(extents, block);
    return bench::way([cycle, live = site->live()] {
      return cycle->next([live](lz_call_t *call, int64_t d0, int64_t d1) { return callLive(call, live, d0, d1); });
    });
  }
  Way control(lz_kernel_fn *kernel) {
    auto cycle = std::make_shared<Cycle>(extents, block);
    return bench::way([cycle, kernel] {
      return cycle->next(
          [kernel](lz_call_t *call, int64_t, int64_t) { return __atomic_load_n(kernel, __ATOMIC_RELAXED)(call); });
    });
  }

  const Extents extents;
  std::unique_ptr<lzrt::Orchestrator> orchestrator;
  std::unique_ptr<Site> site;
  Caller caller;
  double missed = 1; ///< Of the last lap.
  lz_call_t *block = nullptr;
};

} // namespace

namespace {

/// What the machine asks for one load out of as many cache lines as a table of 10,000 entries has in use, of 65,536.
class LineLoads {
public:
  explicit LineLoads(unsigned used) : lines(65536) {
    std::mt19937 random(11);
    for (unsigned i = 0; i < used; ++i)
      order.push_back(uint32_t(random() % lines.size()));
  }
  Way way() {
    return bench::way([this, at = size_t(0)]() mutable {
      at = at + 1 == order.size() ? 0 : at + 1;
      return __atomic_load_n(&lines[order[at]].word, __ATOMIC_RELAXED);
    });
  }

private:
  struct alignas(64) Line {
    int32_t word = LZ_STATUS_OK;
  };
  std::vector<Line> lines;
  std::vector<uint32_t> order;
};

} // namespace

std::vector<Row> tableHits(const Options &options) {
  unsigned side = options.smoke ? 4 : 100;
  TableSite small(side, 1), large(side, side);
  lz_kernel_fn kernel = benchKernels().find("empty")->entry.execute;
  LineLoads loads(side * side);
  auto times =
      measure(options, {small.control(&kernel), small.way(), large.control(&kernel), large.way(), loads.way()});
  auto thr = [&](size_t index) { return times[index].first - times[index - 1].first; };
  auto ser = [&](size_t index) { return times[index].second - times[index - 1].second; };
  return {{"100 entries, thr", "ns", thr(1), 12, "the plain call", times[0].first},
          {"10,000 entries, thr", "ns", thr(3), 30, "a load of as many lines", times[4].first},
          {"10,000 entries, ser", "ns", ser(3), 60, "a load of as many lines", times[4].second},
          {"100 entries, calls that came to selection", "%", small.missed * 100, std::nullopt, "", std::nullopt},
          {"10,000 entries, calls that came to selection", "%", large.missed * 100, std::nullopt, "", std::nullopt}};
}

} // namespace bench
