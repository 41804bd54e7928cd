//===- LiveLawTest.cpp - What stubs run is what the evaluator says -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// S12: random policies, sites, contexts and calls; in between, publishes, failing kernels and forced breakers. For each
// call, the kernels that ran must be those that lzrt::Selector names, asked one by one with the facts of the call, the
// policy that its invocation is pinned to, and what breakers admitted when it began. And a box keeps the decision that
// it was made for. LZ_LAW_SEED sets the seed, LZ_LIVE_LAW_WORLDS the number of worlds.
//
//===----------------------------------------------------------------------===//
#include "../policy/Generator.h"
#include "Faults.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <iostream>

using namespace lzrt;
using namespace lzrt::test;

namespace {

uint64_t environmentOr(const char *name, uint64_t otherwise) {
  const char *text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

using Random = std::mt19937_64;
size_t below(Random &random, size_t bound) { return size_t(random() % bound); }
bool chance(Random &random, int percent) { return int(below(random, 100)) < percent; }
template <typename T> T pick(Random &random, std::initializer_list<T> list) {
  return list.begin()[below(random, list.size())];
}

/// The generator's kernels over the fault library: the n-th has the n-th slot.
std::unique_ptr<KernelRegistry> registryOf(const model::World &world) {
  nlohmann::json manifest = nlohmann::json::parse(harness::toDocument(world.kernels));
  manifest["library"] = "liblz_fault_kernels.so";
  for (size_t i = 0; i < world.kernels.size(); ++i) {
    const model::Kernel &kernel = world.kernels[i];
    int flags = (kernel.deterministic ? 1 : 0) + (kernel.captureSafe ? 2 : 0) + 4;
    manifest["kernels"][i]["failure_atomic"] = true;
    manifest["kernels"][i]["symbol"] = std::string("lz_fault_") + char('a' + i) + std::to_string(flags);
  }
  return loadKernels(manifest.dump());
}

std::shared_ptr<const Policy> parsed(const model::Policy &policy) {
  Diagnostics diagnostics;
  auto made = parsePolicy(harness::toDocument(policy), "law.yaml", "", diagnostics);
  EXPECT_TRUE(made) << diagnostics.render();
  return made;
}

/// Sites and calls around the constants of the generator's conditions.
class Calls {
public:
  explicit Calls(Random &random) : random(random) {}

  SiteSpec site() {
    SiteSpec spec;
    spec.mode = pick(random, {LZ_MODE_DYNAMIC, LZ_MODE_DYNAMIC, LZ_MODE_CONFIG, LZ_MODE_STATIC, LZ_MODE_AUTO});
    spec.name = pick(random, {"model.layers.0.self_attn", "model.layers.1.mlp", "main/rope/2"});
    switch (below(random, 5)) {
    case 0:
    case 1: {
      bool isCausal = chance(random, 50);
      spec.operation = isCausal ? LZ_OP_ATTENTION_CAUSAL : LZ_OP_ATTENTION_FULL;
      auto heads = [&] { return std::vector<int64_t>{maybe(2), maybe(128), maybe(8), maybe(64)}; };
      std::vector<int64_t> q = heads();
      spec.shapes = {q, heads(), {2, 128, 8, 64}, {}, q, {}};
      spec.attributes = {{LZ_ATTR_LAYOUT, 0, {.i64 = pick(random, {LZ_LAYOUT_BSHD, LZ_LAYOUT_BHSD})}}};
      if (isCausal)
        spec.attributes.push_back({LZ_ATTR_CAUSAL_ALIGNMENT, 0, {.i64 = LZ_ALIGNMENT_TOP_LEFT}});
      break;
    }
    case 2: {
      std::vector<int64_t> x{maybe(8), maybe(4096)};
      if (chance(random, 50))
        x.insert(x.begin(), maybe(2));
      spec.shapes = {x, {x.back()}, x};
      break;
    }
    case 3:
      spec.operation = LZ_OP_ROPE;
      spec.shapes = {{maybe(1), maybe(128), maybe(8), maybe(64)}, {128, 32}, {128, 32}, {1, 128, 8, 64}};
      spec.attributes = {{LZ_ATTR_LAYOUT, 0, {.i64 = LZ_LAYOUT_BSHD}}};
      break;
    default:
      spec.operation = LZ_OP_MATMUL;
      spec.shapes = {{maybe(8), maybe(64)}, {maybe(64), maybe(16)}, {}, {}, {}, {8, 16}};
    }
    return spec;
  }

  std::vector<int64_t> dims(const lz_site_t &site) {
    std::vector<int64_t> list(site.num_dims);
    for (int64_t &dim : list)
      dim = pick<int64_t>(random, {0,
                                   1,
                                   1,
                                   2,
                                   8,
                                   8,
                                   9,
                                   16,
                                   32,
                                   64,
                                   64,
                                   96,
                                   128,
                                   128,
                                   4096,
                                   4097,
                                   8192,
                                   8193,
                                   int64_t(1) << 32,
                                   int64_t(1) << 40});
    return list;
  }

  /// Begins an invocation with other settings.
  void settle(Caller &caller) {
    caller.reset();
    lz_context_t &context = caller.context;
    context.rollout_draw = below(random, 10000); // that of the reset is not the seed's
    context.known =
        uint32_t(random()) & (LZ_KNOWS_REQUIRES_DETERMINISTIC | LZ_KNOWS_IS_CUDA_GRAPH_CAPTURING | LZ_KNOWS_TP_SIZE |
                              LZ_KNOWS_TENANT | LZ_KNOWS_SM | LZ_KNOWS_ARCH | LZ_KNOWS_DEVICE | LZ_KNOWS_PLATFORM);
    if (chance(random, 75)) // else few contexts would be alike
      context.known = 0;
    context.requires_deterministic = chance(random, 50);
    context.is_cuda_graph_capturing = chance(random, 20);
    context.tp_size = pick<int64_t>(random, {1, 2, 8});
    context.sm = pick<int64_t>(random, {80, 90});
    context.tenant = pick<const char *>(random, {"", "acme", "beta", nullptr});
    context.arch = pick<const char *>(random, {"hopper", "ampere"});
    context.device_name = pick<const char *>(random, {"cpu", "cuda:0", "cuda:1"});
    context.platform = pick<const char *>(random, {"cpu", "cuda"});
    context.mode_override = chance(random, 85) ? LZ_MODE_UNSET : pick(random, {LZ_MODE_STATIC, LZ_MODE_DYNAMIC});
    key = "key" + std::to_string(below(random, 1000));
    context.rollout_key = chance(random, 50) ? keys.emplace_back(key).c_str() : nullptr;
    context.rollout_key_size = key.size();
    if (chance(random, 70))
      caller.pin();
  }

private:
  /// Half of the extents are open.
  int64_t maybe(int64_t fixed) { return chance(random, 50) ? LZ_DYNAMIC : fixed; }
  Random &random;
  std::string key;
  std::deque<std::string> keys;
};

/// What a call must come to, by the evaluator alone.
class Expected {
public:
  Expected(const Snapshot &snapshot, HealthBoard &health, const std::map<std::string, int32_t> &failing,
           const lz_call_t &call)
      : snapshot(snapshot), health(health), failing(failing), call(call), facts(factsOf(&call)) {
    const std::vector<Mode> list = modes();
    failed.resize(list.size());
    const bool mayPanic[] = {false, true};
    for (bool panic : mayPanic)
      for (size_t i = 0; i < list.size() && !isOver; ++i)
        runMode(i, list[i], panic);
    if (!isOver)
      status = ran.empty() ? LZ_STATUS_NO_KERNEL_AVAILABLE : LZ_STATUS_EXHAUSTED;
  }
  std::string ran;
  int32_t status = LZ_STATUS_OK;

private:
  std::vector<Mode> modes() const {
    Mode asked =
        call.context->mode_override == LZ_MODE_UNSET ? Mode(call.site->mode) : Mode(call.context->mode_override);
    Mode first = asked;
    if (asked == LZ_MODE_AUTO)
      first = snapshot.selector.resolveAuto(Operation(call.site->operation), false);
    std::vector<Mode> list{first};
    for (Mode next : Selector::fallbackModes(asked)) {
      bool isKnown = false;
      for (Mode known : list)
        isKnown |= (known == LZ_MODE_STATIC) == (next == LZ_MODE_STATIC);
      if (!isKnown)
        list.push_back(next);
    }
    return list;
  }

  Query query(size_t index, Mode mode) const {
    Query asked;
    asked.facts = &facts;
    asked.mode = mode;
    if (call.context->rollout_key)
      asked.rolloutKey = std::string(call.context->rollout_key, call.context->rollout_key_size);
    else
      asked.rolloutDraw = uint32_t(call.context->rollout_draw);
    asked.failed = failed[index];
    for (size_t other = 0; other < failed.size(); ++other)
      if (other != index)
        asked.excluded.insert(asked.excluded.end(), failed[other].begin(), failed[other].end());
    asked.libraryVersion = [](int) { return Version::parse("1.2.3"); };
    asked.admits = [this](int kernel) {
      return health.of(kernel, call.context->device).breaker.wouldAdmit(snapshot.limits, monotonicNow());
    };
    return asked;
  }

  void runMode(size_t index, Mode mode, bool mayPanic) {
    while (!isOver) {
      Selection selection = snapshot.selector.select(query(index, mode));
      if (selection.reason == Reason::Strict)
        end(LZ_STATUS_STRICT);
      if (isOver || selection.kernel() < 0 || (selection.panic && !mayPanic))
        break;
      run(selection.kernel());
      failed[index].push_back(selection.kernel());
    }
  }

  void run(int kernel) {
    auto fault = failing.find(snapshot.selector.kernels().kernels()[size_t(kernel)].name);
    ran += char('a' + kernel);
    if (fault == failing.end())
      return end(LZ_STATUS_OK);
    ran += '!';
    bool isCapturing =
        (call.context->known & LZ_KNOWS_IS_CUDA_GRAPH_CAPTURING) != 0 && call.context->is_cuda_graph_capturing != 0;
    if (fault->second == LZ_STATUS_DEVICE_ERROR || (isCapturing && fault->second != LZ_STATUS_UNSUPPORTED))
      end(fault->second);
  }
  void end(int32_t with) { status = with, isOver = true; }

  const Snapshot &snapshot;
  HealthBoard &health;
  const std::map<std::string, int32_t> &failing;
  const lz_call_t &call;
  const FactSet facts;
  std::vector<std::vector<int>> failed; ///< By mode.
  bool isOver = false;
};

/// One random world on its way.
class World {
public:
  World(uint64_t seed) : random(seed), generator(seed), world(generator.world()), calls(random) {
    registry = registryOf(world);
    std::vector<SiteSpec> specs;
    for (int i = 0; i < 5; ++i)
      specs.push_back(calls.site());
    module =
        std::make_unique<FaultModule>(parsed(world.policy), std::move(specs), std::vector<std::string>(), *registry);
    module->bind();
    for (int i = 0; i < 2; ++i)
      calls.settle(*callers.emplace_back(std::make_unique<Caller>(*module)));
  }

  void step() {
    Caller &caller = *callers[below(random, callers.size())];
    if (chance(random, 2))
      happen();
    if (chance(random, 3))
      calls.settle(caller);
    size_t site = below(random, module->numSites());
    std::vector<int64_t> dims = calls.dims(module->site(site));
    std::vector<int64_t> &usual = usualDims[site];
    if (usual.empty() || chance(random, 10))
      usual = dims;
    check(caller, site, chance(random, 70) ? usual : dims);
  }

  uint64_t numCalls = 0, numFailures = 0, numEvents = 0;
  uint64_t numMisses() const {
    uint64_t count = 0;
    module->dispatcher->forEachSite([&](uint32_t, const lz_site_t &, const LiveSite *live) { count += live->misses; });
    return count;
  }

private:
  void check(Caller &caller, size_t site, const std::vector<int64_t> &dims) {
    std::shared_ptr<const Snapshot> present = module->dispatcher->current();
    auto *pinned = static_cast<const Snapshot *>(caller.context.snapshot);
    Expected expected(pinned ? *pinned : *present, module->dispatcher->health(), failing, *caller.block(site, dims));
    int32_t status = caller.call(site, dims);
    EXPECT_EQ(caller.ran(), expected.ran) << describe(module->site(site));
    EXPECT_EQ(status, expected.status);
    ++numCalls;
    numFailures += expected.ran.find('!') != std::string::npos;
    if (status != LZ_STATUS_OK) // the first error of an invocation stays; this one's end does not matter here
      caller.context.error = {LZ_STATUS_OK, 0, "", nullptr};
  }

  void happen() {
    ++numEvents;
    size_t index = below(random, world.kernels.size());
    const std::string &name = world.kernels[index].name;
    switch (below(random, 8)) {
    case 0:
    case 1: {
      std::unique_ptr<PolicyHost::Prepared> prepared;
      Status status = module->dispatcher->prepare(parsed(generator.world().policy), chance(random, 50), &prepared);
      if (status.isOk())
        module->dispatcher->publish(std::move(prepared));
      break;
    }
    case 2: {
      int32_t status = pick<int32_t>(
          random, {LZ_STATUS_UNSUPPORTED, LZ_STATUS_INTERNAL, LZ_STATUS_OUT_OF_MEMORY, LZ_STATUS_DEVICE_ERROR});
      failing[name] = status;
      fail(char('a' + index), status);
      break;
    }
    case 3:
    case 4:
    case 5:
      failing.erase(name);
      heal(char('a' + index));
      break;
    default: {
      int kernel = module->dispatcher->kernels().find(name);
      CircuitBreaker &breaker = module->dispatcher->health().of(kernel, {1, 0}).breaker;
      size_t which = below(random, 4);
      module->dispatcher->changed(kernel, {1, 0},
                                  which == 0   ? breaker.forceOpen()
                                  : which == 1 ? breaker.forceClose()
                                               : breaker.reset());
    }
    }
  }

  Random random;
  generator::Generator generator;
  model::World world;
  Calls calls;
  std::unique_ptr<KernelRegistry> registry;
  std::unique_ptr<FaultModule> module;
  std::vector<std::unique_ptr<Caller>> callers;
  std::map<std::string, int32_t> failing;
  std::map<size_t, std::vector<int64_t>> usualDims;
};

TEST(LiveLaw, StubsRunWhatTheEvaluatorSays) {
  uint64_t seed = environmentOr("LZ_LAW_SEED", 20260401), worlds = environmentOr("LZ_LIVE_LAW_WORLDS", 60);
  uint64_t numCalls = 0, numMisses = 0, numFailures = 0;
  for (uint64_t i = 0; i < worlds && !testing::Test::HasFailure(); ++i) {
    faults().reset();
    World world(seed + i);
    for (int step = 0; step < 1000 && !testing::Test::HasFailure(); ++step)
      world.step();
    numCalls += world.numCalls;
    numMisses += world.numMisses();
    numFailures += world.numFailures;
    if (testing::Test::HasFailure())
      ADD_FAILURE() << "seed " << seed + i << ", call " << world.numCalls;
  }
  std::cout << numCalls << " calls, " << numMisses << " misses, " << numFailures << " with a failing kernel\n";
  EXPECT_GT((numCalls - numMisses) * 10, numCalls) << "a tenth of the calls hits";
  EXPECT_GT(numFailures * 20, numCalls) << "a twentieth of the calls sees a kernel fail";
  faults().reset();
}

TEST(BoxLaw, ABoxKeepsTheDecisionThatItWasMadeFor) {
  uint64_t seed = environmentOr("LZ_LAW_SEED", 20260402), worlds = environmentOr("LZ_LIVE_LAW_WORLDS", 60) * 4;
  uint64_t numBoxes = 0, numSamples = 0, numCompared = 0;
  for (uint64_t i = 0; i < worlds && !testing::Test::HasFailure(); ++i) {
    Random random(seed + i);
    generator::Generator generator(seed + i);
    Calls calls(random);
    model::World world = generator.world();
    harness::Subject subject(world);
    FaultModule module(policyOf(""), {calls.site()});
    module.bind();
    Caller caller(module);
    calls.settle(caller);
    const lz_site_t &site = module.site(0);
    FactSet known = factsOf(viewOf(site));
    BoxMaker maker(site);
    for (int j = 0; j < 20; ++j) {
      std::vector<int64_t> dims = calls.dims(site);
      auto ask = [&](const FactSet &facts) {
        Query query;
        query.facts = &facts;
        query.rolloutDraw = uint32_t(caller.context.rollout_draw);
        query.libraryVersion = [](int) { return Version::parse("1.2.3"); };
        return query;
      };
      SitePlan plan(subject.get(), subject.get().select([&] {
        Query query;
        query.facts = &known;
        query.libraryVersion = [](int) { return Version::parse("1.2.3"); };
        return query;
      }()));
      FactSet facts = factsOf(caller.block(0, dims));
      SitePlan::Choice choice = plan.choose(ask(facts));
      std::optional<Box> box = maker.boxOf(choice.region, *caller.block(0, dims));
      if (!box)
        continue;
      ++numBoxes;
      numCompared += box->numCompared();
      for (int sample = 0; sample < 16; ++sample) {
        std::vector<int64_t> other = dims;
        for (unsigned d = 0; d < std::min<size_t>(dims.size(), Box::numRegisters); ++d) {
          int64_t low = box->low[d], high = low + int64_t(box->span[d]);
          int64_t beyond = d < box->numCompared() ? high : int64_t(1) << (33 + below(random, 20));
          other[d] = pick<int64_t>(
              random, {low, low, high, high, low + int64_t(below(random, size_t(high - low) + 1)), beyond});
        }
        for (size_t d = Box::numRegisters; d < dims.size(); ++d)
          other[d] = calls.dims(site)[d];
        FactSet others = factsOf(caller.block(0, other));
        SitePlan::Choice again = plan.choose(ask(others));
        EXPECT_EQ(again.candidate, choice.candidate) << "seed " << seed + i << " box " << j;
        ++numSamples;
      }
    }
  }
  std::cout << numBoxes << " boxes, " << numCompared << " extents compared, " << numSamples << " samples\n";
  if (worlds >= 240) { // the share is that of many
    EXPECT_GT(numBoxes, worlds) << "boxes are made";
    EXPECT_GT(numCompared, worlds) << "and bound something";
  }
}

} // namespace
