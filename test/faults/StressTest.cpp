//===- StressTest.cpp - Many threads, publishes and failures at once -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Eight threads call 64 sites while policies are published, valid and not, and kernels fail and breakers trip. Of each
// call it is known which kernels ran, in order, and with which status. The evaluator is asked again: with the policy
// that the invocation is pinned to, the facts of the call, and what of the breakers is certain. Certain is: one that
// was closed before and after the call in one generation has admitted it whenever asked; one that was open before and
// after in one generation, and whose opening had been told to listeners before the call, has refused it. Of others
// either may be: there must be an answer of theirs with which the evaluator names the kernels that ran.
//
// LZ_STRESS_SECONDS: how long each, 1.5 if unset.
//
//===----------------------------------------------------------------------===//
#include "../../runtime/reload/PolicyReloader.h"
#include "Faults.h"
#include "lzrt/policy/Reader.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <thread>
#include <unistd.h>

using namespace lzrt;
using namespace lzrt::test;

namespace {

constexpr size_t numThreads = 8, numSites = 64;
const lz_device_t cpu{1, 0};
/// The kernels of the policies, by slot.
const std::string kernelSlots = "abcd";
/// A policy that was cut off where it may end names none, and then all kernels of the manifest may run.
const std::string allSlots = "abcdep";
std::string nameOf(char slot) {
  return slot == 'e' ? std::string("loose") : slot == 'p' ? std::string("planned") : std::string(1, slot);
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool measuresMemory = false; // a sanitizer keeps what was freed
#else
constexpr bool measuresMemory = true;
#endif
#else
constexpr bool measuresMemory = true;
#endif

using Random = std::mt19937_64;
size_t below(Random &random, size_t bound) { return size_t(random() % bound); }
bool chance(Random &random, int percent) { return int(below(random, 100)) < percent; }

std::chrono::milliseconds duration() {
  const char *text = std::getenv("LZ_STRESS_SECONDS");
  return std::chrono::milliseconds(text ? int64_t(std::strtod(text, nullptr) * 1000) : 1500);
}

size_t residentKiB() {
  std::ifstream file("/proc/self/statm");
  size_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * size_t(::sysconf(_SC_PAGESIZE)) / 1024;
}

std::string shuffled(Random &random) {
  std::string order = kernelSlots;
  std::shuffle(order.begin(), order.end(), random);
  return std::string() + order[0] + ", " + order[1] + ", " + order[2] + ", " + order[3];
}

std::string validPolicy(Random &random) {
  std::string text = "circuit_breaker: {failure_threshold: " + std::to_string(1 + below(random, 4)) +
                     ", recovery_timeout_seconds: 0.00" + std::to_string(1 + below(random, 9)) +
                     ", success_threshold: " + std::to_string(1 + below(random, 3)) +
                     ", half_open_max_calls: " + std::to_string(1 + below(random, 3)) + "}\n";
  if (chance(random, 20))
    text += "telemetry: {enabled: false}\n";
  if (chance(random, 10))
    text += "cache: {enabled: false}\n";
  if (chance(random, 20))
    text += std::string("kernel_denies: [") + kernelSlots[below(random, 4)] + "]\n";
  text += "fallback_chains: {rms_norm: [" + shuffled(random) + "]}\ndispatch_rules:\n";
  for (size_t i = 0, count = 1 + below(random, 4); i < count; ++i) {
    text += std::string("  - {operation: rms_norm, kernel: ") + kernelSlots[below(random, 4)];
    switch (below(random, 4)) {
    case 0:
      text += ", conditions: {num_tokens_gte: " + std::to_string(1 + below(random, 200)) + "}";
      break;
    case 1:
      text += ", conditions: {tenant: acme}";
      break;
    case 2:
      text += ", conditions: {hidden_size_multiple_of: 64, num_tokens_lt: " + std::to_string(below(random, 200)) + "}";
      break;
    default:
      text += ", name: r" + std::to_string(i) + ", rollout_percent: " + std::to_string(below(random, 101));
    }
    text += "}\n";
  }
  return text;
}

SiteSpec siteNumber(size_t index) {
  SiteSpec spec;
  spec.name = "site." + std::to_string(index);
  switch (index % 3) {
  case 0:
    break;
  case 1:
    spec.shapes = {{LZ_DYNAMIC, LZ_DYNAMIC, 64}, {64}, {LZ_DYNAMIC, LZ_DYNAMIC, 64}};
    break;
  default:
    spec.shapes = {{LZ_DYNAMIC, LZ_DYNAMIC}, {LZ_DYNAMIC}, {LZ_DYNAMIC, LZ_DYNAMIC}};
  }
  return spec;
}

/// The breakers of the four kernels, looked at from outside.
class Breakers {
public:
  explicit Breakers(Dispatcher &dispatcher) {
    for (size_t i = 0; i < kernelSlots.size(); ++i) {
      int kernel = dispatcher.kernels().find(kernelSlots.substr(i, 1));
      numbers[i] = kernel;
      breakers[i] = &dispatcher.health().of(kernel, cpu).breaker;
    }
    dispatcher.onBreaker([this](const BreakerEvent &event) {
      for (size_t i = 0; i < numbers.size(); ++i)
        if (numbers[i] == event.kernel)
          raise(told[i], event.transition.generation);
      ++transitions;
    });
  }

  struct Look {
    BreakerState state;
    uint32_t generation, told;
  };
  std::array<Look, 4> look() const {
    std::array<Look, 4> looks{};
    for (size_t i = 0; i < looks.size(); ++i) {
      uint32_t generation;
      do { // state and generation of one moment
        generation = breakers[i]->generation();
        looks[i] = {breakers[i]->state(), generation, told[i].load()};
      } while (breakers[i]->generation() != generation);
    }
    return looks;
  }
  size_t indexOf(int kernel) const {
    return size_t(std::find(numbers.begin(), numbers.end(), kernel) - numbers.begin());
  }

  std::array<int, 4> numbers{};
  std::array<CircuitBreaker *, 4> breakers{};
  std::atomic<uint64_t> transitions{0};

private:
  static void raise(std::atomic<uint32_t> &word, uint32_t value) {
    for (uint32_t present = word; present < value && !word.compare_exchange_weak(present, value);) {
    }
  }
  std::array<std::atomic<uint32_t>, 4> told{};
};

enum class Certainty { Admitted, Refused, Either };

Certainty certaintyOf(const Breakers::Look &before, const Breakers::Look &after) {
  if (before.generation != after.generation || before.state != after.state)
    return Certainty::Either;
  switch (before.state) {
  case BreakerState::Closed:
  case BreakerState::ForcedClosed:
    return Certainty::Admitted;
  case BreakerState::Open:
  case BreakerState::ForcedOpen:
    return before.told >= before.generation ? Certainty::Refused : Certainty::Either;
  case BreakerState::HalfOpen:
    break;
  }
  return Certainty::Either;
}

/// Asks the evaluator whether what ran may have run.
class Recomputation {
public:
  Recomputation(const Snapshot &snapshot, const lz_call_t &call, const Breakers &breakers,
                const std::array<Breakers::Look, 4> &before, const std::array<Breakers::Look, 4> &after)
      : snapshot(snapshot), call(call), breakers(breakers), facts(factsOf(&call)) {
    for (size_t i = 0; i < certainties.size(); ++i)
      certainties[i] = certaintyOf(before[i], after[i]);
  }

  /// "", or what is wrong.
  std::string check(const std::vector<lz_fault_entry_t> &ran, int32_t status) const {
    std::vector<int> failed;
    for (size_t i = 0; i < ran.size(); ++i) {
      int kernel = snapshot.selector.kernels().find(nameOf(ran[i].slot));
      if (!mayBeNext(failed, kernel))
        return std::string("`") + ran[i].slot + "` is not what the evaluator names";
      bool isLast = i + 1 == ran.size();
      if ((ran[i].status == LZ_STATUS_OK) != (isLast && status == LZ_STATUS_OK))
        return "a kernel ran behind one that succeeded, or the call's status is not its last kernel's";
      failed.push_back(kernel);
    }
    if (status == LZ_STATUS_OK)
      return ran.empty() ? "a call came to ok without a kernel" : "";
    if (status != (ran.empty() ? LZ_STATUS_NO_KERNEL_AVAILABLE : LZ_STATUS_EXHAUSTED))
      return "status " + std::to_string(status);
    // Also where all are refused, one is admitted in panic.
    return select(failed, -1).kernel() < 0 ? "" : "the evaluator has another kernel left";
  }

private:
  bool mayBeNext(const std::vector<int> &failed, int kernel) const {
    Selection admitted = select(failed, kernel);
    if (admitted.kernel() == kernel)
      return true;
    Selection refused = select(failed, -1);
    return refused.panic && refused.kernel() == kernel;
  }

  /// With those of which either may be refused, but for `admitted`.
  Selection select(const std::vector<int> &failed, int admitted) const {
    Query query;
    query.facts = &facts;
    query.mode = LZ_MODE_DYNAMIC;
    if (call.context->rollout_key)
      query.rolloutKey = std::string(call.context->rollout_key, call.context->rollout_key_size);
    else
      query.rolloutDraw = uint32_t(call.context->rollout_draw);
    query.libraryVersion = [](int) { return Version::parse("1.2.3"); };
    query.failed = failed;
    query.admits = [&](int kernel) {
      size_t index = breakers.indexOf(kernel);
      Certainty certainty = index < certainties.size() ? certainties[index] : Certainty::Admitted;
      return certainty == Certainty::Admitted || (certainty == Certainty::Either && kernel == admitted);
    };
    return snapshot.selector.select(query);
  }

  const Snapshot &snapshot;
  const lz_call_t &call;
  const Breakers &breakers;
  const FactSet facts;
  std::array<Certainty, 4> certainties{};
};

struct Totals {
  std::atomic<uint64_t> calls{0}, checked{0}, kernelRuns{0}, continued{0}, exhausted{0}, certain{0};
  std::atomic<bool> stops{false};
  std::mutex mutex;
  std::string fault; ///< The first.
  void report(const std::string &text) {
    std::lock_guard<std::mutex> lock(mutex);
    if (fault.empty())
      fault = text;
    stops = true;
  }
};

/// One of the eight.
class Runner {
public:
  Runner(FaultModule &module, const Breakers &breakers, Totals &totals, uint64_t seed)
      : module(module), breakers(breakers), totals(totals), random(seed), caller(module, 64), checksAll(seed % 2 == 0) {
  }

  void run() {
    while (!totals.stops) {
      settle();
      for (size_t i = 0, count = 1 + below(random, 40); i < count && !totals.stops; ++i)
        one();
    }
  }

private:
  void settle() {
    caller.reset();
    caller.context.known = chance(random, 30) ? LZ_KNOWS_TENANT : 0;
    caller.context.tenant = "acme";
    key = "key" + std::to_string(below(random, 100));
    caller.context.rollout_key = chance(random, 50) ? key.c_str() : nullptr;
    caller.context.rollout_key_size = key.size();
    if (chance(random, 90))
      caller.pin();
  }

  void one() {
    size_t site = below(random, numSites);
    std::vector<int64_t> dims(module.site(site).num_dims, int64_t(below(random, 16)));
    for (int64_t &dim : dims)
      if (chance(random, 20))
        dim = int64_t(below(random, 300));
    bool isChecked = checksAll || chance(random, 5);
    std::array<Breakers::Look, 4> before{};
    if (isChecked)
      before = breakers.look();
    caller.log.count = 0;
    int32_t status = caller.call(site, dims);
    ++totals.calls;
    totals.kernelRuns += caller.log.count;
    totals.continued += caller.log.count > 1;
    totals.exhausted += status == LZ_STATUS_EXHAUSTED;
    std::vector<lz_fault_entry_t> ran(caller.entries.begin(), caller.entries.begin() + int64_t(caller.log.count));
    if (isChecked)
      check(site, dims, ran, status, before);
    else if (status == LZ_STATUS_OK && (ran.empty() || ran.back().status != LZ_STATUS_OK))
      totals.report("a call came to ok, its last kernel did not");
    caller.context.error = {LZ_STATUS_OK, 0, "", nullptr};
  }

  void check(size_t site, const std::vector<int64_t> &dims, const std::vector<lz_fault_entry_t> &ran, int32_t status,
             const std::array<Breakers::Look, 4> &before) {
    ++totals.checked;
    std::array<Breakers::Look, 4> after = breakers.look();
    auto *snapshot = static_cast<const Snapshot *>(caller.context.snapshot);
    for (size_t i = 0; i < after.size(); ++i)
      totals.certain += certaintyOf(before[i], after[i]) != Certainty::Either;
    std::string wrong = Recomputation(*snapshot, *caller.block(site, dims), breakers, before, after).check(ran, status);
    if (wrong.empty())
      return;
    std::string text = "site " + std::to_string(site) + " under version " + std::to_string(snapshot->version) + ":";
    for (const lz_fault_entry_t &entry : ran)
      text += std::string(" ") + entry.slot + ":" + std::to_string(entry.status);
    for (size_t i = 0; i < after.size(); ++i)
      text += std::string("; ") + kernelSlots[i] + " " + std::string(breakerStateName(before[i].state)) + " " +
              std::to_string(before[i].generation) + " (told " + std::to_string(before[i].told) + "), " +
              std::string(breakerStateName(after[i].state)) + " " + std::to_string(after[i].generation);
    totals.report(text + ": " + wrong + "\n" + normalForm(snapshot->selector.policy()));
  }

  FaultModule &module;
  const Breakers &breakers;
  Totals &totals;
  Random random;
  Caller caller;
  std::string key;
  const bool checksAll;
};

/// Publishes policies, valid and not, until it is told to stop.
class Publisher {
public:
  virtual ~Publisher() = default;
  virtual void run() = 0;
  uint64_t numValid = 0, numInvalid = 0;
  std::string digest; ///< Of the last valid one.
};

/// By the dispatcher's own functions.
class DirectPublisher final : public Publisher {
public:
  DirectPublisher(Dispatcher &dispatcher, Totals &totals) : dispatcher(dispatcher), totals(totals) {}

  void run() override {
    Random random(1);
    while (!totals.stops) {
      if (chance(random, 45))
        publish(validPolicy(random), true);
      else if (chance(random, 50))
        publish("fallback_chains: {rms_norm: []}\n", true); // every site would lose its last kernel
      else
        parseInvalid();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

private:
  void publish(const std::string &text, bool validate) {
    std::shared_ptr<const Policy> policy = policyOf(text);
    std::unique_ptr<PolicyHost::Prepared> prepared;
    if (!dispatcher.prepare(policy, validate, &prepared).isOk()) {
      ++numInvalid;
      return;
    }
    digest = policyDigest(*policy);
    uint64_t version = dispatcher.publish(std::move(prepared));
    if (version != ++last)
      totals.report("version " + std::to_string(version) + " follows " + std::to_string(last - 1));
    ++numValid;
  }
  void parseInvalid() {
    Diagnostics diagnostics;
    if (parsePolicy("version: \"1.0\"\nfallback_chain: {}\n", "test.yaml", "", diagnostics))
      totals.report("an unknown key was accepted");
    ++numInvalid;
  }

  Dispatcher &dispatcher;
  Totals &totals;
  uint64_t last = 1;
};

/// Through a file that a reloader watches, which is written in every way that editors and deployments have.
class FilePublisher final : public Publisher {
public:
  FilePublisher(Dispatcher &dispatcher, Totals &totals)
      : dispatcher(dispatcher), totals(totals),
        folder(std::filesystem::temp_directory_path() / ("lz-stress-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder);
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
    Random random(4);
    replace(settings + validPolicy(random));
    ReloadOptions options;
    options.callbacks.onReload = [this](uint64_t, const std::string &) { ++numReloads; };
    options.callbacks.onError = [this](const Status &) { ++numErrors; };
    Status status = PolicyReloader::create(dispatcher, (folder / "policy.yaml").string(), options, &reloader);
    EXPECT_TRUE(status.isOk()) << status.message();
    status = reloader->startWatching();
    EXPECT_TRUE(status.isOk()) << status.message();
  }
  ~FilePublisher() override {
    reloader.reset();
    std::filesystem::remove_all(folder);
  }

  void run() override {
    Random random(5);
    while (!totals.stops) {
      if (chance(random, 45))
        writeValid(random);
      else
        writeInvalid(random);
      std::this_thread::sleep_for(std::chrono::milliseconds(8));
    }
    std::string last = settings + validPolicy(random);
    digest = policyDigest(*policyOf(last));
    replace(last);
    for (int i = 0; i < 1000 && dispatcher.current()->selector.policyDigest() != digest; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    reloader->stop();
    EXPECT_GT(numReloads, 0u);
    EXPECT_GT(numErrors, 0u);
  }

  std::atomic<uint64_t> numReloads{0}, numErrors{0};

private:
  void writeValid(Random &random) {
    std::string text = settings + validPolicy(random);
    ++numValid;
    if (chance(random, 30))
      overwrite(text);
    else if (chance(random, 50))
      replace(text);
    else
      link(text);
  }
  void writeInvalid(Random &random) {
    ++numInvalid;
    std::string text = settings + validPolicy(random);
    switch (below(random, 4)) {
    case 0:
      return overwrite(text.substr(0, below(random, text.size())));
    case 1:
      return replace(text + "fallback_chain: {}\n");
    case 2:
      return replace(settings + "fallback_chains: {rms_norm: []}\n"); // every site would lose its last kernel
    default:
      std::filesystem::remove(folder / "policy.yaml");
    }
  }

  void write(const std::filesystem::path &path, const std::string &text) {
    std::ofstream(path, std::ios::trunc) << "version: \"1.0\"\n" << text;
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
  void overwrite(const std::string &text) { write(folder / "policy.yaml", text); }
  void replace(const std::string &text) {
    write(folder / "next.yaml", text);
    std::filesystem::rename(folder / "next.yaml", folder / "policy.yaml");
  }
  /// As the mounts of a cluster do: another file, then another link to it.
  void link(const std::string &text) {
    std::filesystem::path target = folder / ("version-" + std::to_string(++numLinks % 3));
    std::filesystem::remove(target);
    write(target, text);
    std::filesystem::remove(folder / "next.yaml");
    std::filesystem::create_symlink(target.filename(), folder / "next.yaml");
    std::filesystem::rename(folder / "next.yaml", folder / "policy.yaml");
  }

  /// Failures rise and fall here without a policy's doing, so none is on probation.
  static inline const std::string settings =
      "hot_reload: {enabled: true, watch_interval_seconds: 0.05, grace_period_seconds: 0.01, probation_seconds: 0}\n";
  Dispatcher &dispatcher;
  Totals &totals;
  const std::filesystem::path folder;
  std::unique_ptr<PolicyReloader> reloader;
  uint64_t numLinks = 0;
};

/// Lets kernels fail and recover, and forces breakers.
void disturb(Dispatcher &dispatcher, Breakers &breakers, Totals &totals) {
  Random random(2);
  while (!totals.stops) {
    size_t index = below(random, 4);
    lz_fault_t fault{};
    if (chance(random, 60)) {
      const int32_t statuses[] = {LZ_STATUS_INTERNAL, LZ_STATUS_OUT_OF_MEMORY, LZ_STATUS_UNSUPPORTED, 77};
      fault.status = statuses[below(random, 4)];
      fault.one_in = uint32_t(1 + below(random, 20));
      fault.spin_ns = chance(random, 20) ? 20000 : 0;
    }
    faults().set(kernelSlots[index], &fault);
    if (chance(random, 20)) {
      size_t which = below(random, 4);
      CircuitBreaker &breaker = *breakers.breakers[index];
      dispatcher.changed(breakers.numbers[index], cpu,
                         which == 0   ? breaker.forceOpen()
                         : which == 1 ? breaker.forceClose()
                                      : breaker.reset());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
}

using MakePublisher = std::unique_ptr<Publisher> (*)(Dispatcher &, Totals &);

void stress(MakePublisher makePublisher) {
  faults().reset();
  Random random(3);
  std::vector<SiteSpec> specs;
  for (size_t i = 0; i < numSites; ++i)
    specs.push_back(siteNumber(i));
  FaultModule module(policyOf(validPolicy(random)), std::move(specs));
  module.bind();
  Breakers breakers(*module.dispatcher);
  Totals totals;
  std::unique_ptr<Publisher> publisher = makePublisher(*module.dispatcher, totals);
  uint64_t callsBefore = 0;
  for (char slot : allSlots)
    callsBefore += faults().calls(slot);

  std::vector<std::unique_ptr<Runner>> runners;
  std::vector<std::thread> threads;
  for (size_t i = 0; i < numThreads; ++i)
    runners.push_back(std::make_unique<Runner>(module, breakers, totals, 10 + i));
  for (auto &runner : runners)
    threads.emplace_back([&runner] { runner->run(); });
  threads.emplace_back([&] { publisher->run(); });
  threads.emplace_back([&] { disturb(*module.dispatcher, breakers, totals); });

  const auto whole = duration();
  size_t warm = 0;
  const auto begin = std::chrono::steady_clock::now();
  while (!totals.stops && std::chrono::steady_clock::now() - begin < whole) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    if (warm == 0 && std::chrono::steady_clock::now() - begin > whole / 3)
      warm = residentKiB();
  }
  size_t end = residentKiB();
  totals.stops = true;
  for (std::thread &thread : threads)
    thread.join();

  EXPECT_EQ(totals.fault, "");
  runners.clear(); // contexts end, and with them the last pins
  EXPECT_TRUE(module.dispatcher->waitForReaders(std::chrono::seconds(5)));
  EXPECT_EQ(module.dispatcher->current()->selector.policyDigest(), publisher->digest) << "the last valid one is live";
  uint64_t calls = 0;
  for (char slot : allSlots)
    calls += faults().calls(slot);
  EXPECT_EQ(calls - callsBefore, totals.kernelRuns) << "each kernel that ran belongs to one call";
  for (CircuitBreaker *breaker : breakers.breakers)
    EXPECT_EQ(breaker->probes(), 0u) << "every place has come back";
  uint64_t misses = 0;
  module.dispatcher->forEachSite([&](uint32_t, const lz_site_t &, const LiveSite *live) { misses += live->misses; });
  std::cout << totals.calls << " calls, " << misses << " misses, " << totals.checked << " recomputed ("
            << 25.0 * double(totals.certain) / double(totals.checked) << " % of breakers certain), " << totals.continued
            << " continued, " << totals.exhausted << " exhausted, " << publisher->numValid << " policies published, "
            << publisher->numInvalid << " refused, " << breakers.transitions << " transitions, " << warm
            << " KiB, then " << end << "\n";
  EXPECT_GT(totals.calls, 1000u);
  const uint64_t numPublished = publisher->numValid + publisher->numInvalid;
  EXPECT_GT(publisher->numValid, 0u);
  if (numPublished >= 300) { // a share of few is chance
    EXPECT_GE(publisher->numValid * 10, numPublished * 3);
  }
  EXPECT_GT(breakers.transitions, 10u);
  if (measuresMemory && warm != 0) {
    // In a short run, the table of shared decisions is still on its way to its bound.
    EXPECT_LT(end, warm + (whole < std::chrono::seconds(15) ? 16384 : 4096)) << "memory is flat";
  }
}

TEST(Stress, PublishedDirectly) {
  stress([](Dispatcher &dispatcher, Totals &totals) -> std::unique_ptr<Publisher> {
    return std::make_unique<DirectPublisher>(dispatcher, totals);
  });
}

TEST(Stress, RewrittenInEveryWay) {
  stress([](Dispatcher &dispatcher, Totals &totals) -> std::unique_ptr<Publisher> {
    return std::make_unique<FilePublisher>(dispatcher, totals);
  });
}

} // namespace
