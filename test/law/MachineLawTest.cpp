//===- MachineLawTest.cpp - Compiled code runs the kernel that the policy names -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The second law of docs/rationale.md: for random policies and modules with open extents, JIT-compiled code runs, at
// every site and for every input, the kernels that selection names when all facts are known; failures included (S9).
// LZ_LAW_SEED and LZ_LAW_PAIRS set the seed and the number of pairs.
//
//===----------------------------------------------------------------------===//
#include "Oracle.h"

#include "lz/Dialect/LZ/IR/LZDialect.h"
#include "lz/JIT/CompiledModule.h"
#include "lz/Pipelines/Pipelines.h"
#include "lzrt/Module.h"
#include "lzrt/lzrt.h"
#include "lzrt/policy/Reader.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <gtest/gtest.h>

#include <cstdlib>

using namespace ::lz::law;
using namespace mlir;

namespace {

uint64_t environmentNumber(const char *name, uint64_t otherwise) {
  const char *text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// Kernel calls of one invocation: site name and kernel, as the recording kernels told.
struct Log {
  std::vector<std::pair<std::string, std::string>> calls;
  static void onCall(void *self, const lz_call_t *call, const char *kernel, int32_t, int32_t how) {
    if (how == recordedByKernel)
      static_cast<Log *>(self)->calls.emplace_back(call->site->name, kernel);
  }
};

/// A policy and a module compiled together, with the selector that judges them.
struct Pair {
  PolicySpec policySpec;
  ModuleSpec moduleSpec;
  lz_mode_t mode = LZ_MODE_CONFIG;
  std::unique_ptr<lzrt::Selector> selector;
  std::unique_ptr<lzrt::KernelRegistry> registry;
  std::unique_ptr<mlir::lz::CompiledModule> code;
  std::unique_ptr<lzrt::BoundModule> bound; // unbound before the code goes

  mlir::lz::FunctionSignature signature() const {
    mlir::lz::FunctionSignature signature{"f", {}, {}};
    for (const ArgumentSpec &argument : moduleSpec.arguments) {
      mlir::lz::TensorSpec spec;
      spec.dtype = dtypeOf(argument.element);
      for (unsigned extent : argument.extents)
        spec.shape.push_back(moduleSpec.extents[extent].constant.value_or(ShapedType::kDynamic));
      if (argument.transposed)
        std::reverse(spec.shape.begin(), spec.shape.end());
      signature.inputs.push_back(spec);
    }
    return signature;
  }

  std::vector<mlir::lz::HostTensor> inputs(const std::vector<int64_t> &extents) const {
    std::vector<mlir::lz::HostTensor> tensors;
    for (auto [argument, spec] : llvm::zip(moduleSpec.arguments, signature().inputs)) {
      mlir::lz::HostTensor tensor;
      tensor.dtype = spec.dtype;
      for (unsigned extent : argument.extents)
        tensor.shape.push_back(extents[extent]);
      if (argument.transposed)
        std::reverse(tensor.shape.begin(), tensor.shape.end());
      if (moduleSpec.touchesMemory())
        tensor = mlir::lz::HostTensor::allocate(tensor.dtype, tensor.shape).value();
      else // nobody follows the pointer
        tensor.storage = std::shared_ptr<void>(std::shared_ptr<void>(), reinterpret_cast<void *>(uintptr_t(0x1000)));
      tensors.push_back(std::move(tensor));
    }
    return tensors;
  }
};

class MachineLaw : public testing::Test {
protected:
  MachineLaw() {
    DialectRegistry registry;
    registerAllDialects(registry);
    registerAllExtensions(registry);
    registry.insert<mlir::lz::LZDialect>();
    mlir::lz::registerBufferizableOpInterfaceExternalModels(registry);
    context.appendDialectRegistry(registry);
    context.printOpOnDiagnostic(false);
    // A directory of its own, so that several of these may run at once.
    EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("lz-law", directory));
    const std::string library = std::string("/") + LZ_LAW_LIBRARY_NAME;
    EXPECT_FALSE(llvm::sys::fs::copy_file(LZ_LAW_DIRECTORY + library, directory.str().str() + library));
  }
  ~MachineLaw() override { llvm::sys::fs::remove_directories(directory); }

  std::string write(const std::string &name, const std::string &text) {
    const std::string path = directory.str().str() + "/" + name;
    std::error_code error;
    llvm::raw_fd_ostream(path, error) << text;
    EXPECT_FALSE(error) << path;
    return path;
  }

  /// Draws a pair whose policy has at least one kernel left for some site; false: reported.
  void drawPair(Random &random, Pair &pair) {
    pair.policySpec = generatePolicy(random);
    pair.moduleSpec = generateModule(random);
    const int64_t mode = draw(random, 0, 99);
    pair.mode = mode < 75 ? LZ_MODE_CONFIG : mode < 90 ? LZ_MODE_DYNAMIC : LZ_MODE_STATIC;
    lzrt::Diagnostics diagnostics;
    auto policy = lzrt::parsePolicy(pair.policySpec.policy, "policy.yaml", "", diagnostics);
    auto manifest = lzrt::parseManifest(pair.policySpec.manifest, "recording.yaml", diagnostics);
    ASSERT_FALSE(diagnostics.hasErrors()) << diagnostics.render() << pair.policySpec.policy << pair.policySpec.manifest;
    auto kernels = lzrt::KernelSet::create({*manifest}, diagnostics);
    pair.selector = std::make_unique<lzrt::Selector>(policy, kernels);
  }

  /// Whether every site has a decision that compiles: a kernel, a residual, or (live) anything.
  static bool compiles(const Pair &pair) {
    for (const SiteSpec &site : pair.moduleSpec.sites) {
      lzrt::FactSet facts = openFacts(pair.moduleSpec, site);
      if (pair.mode == LZ_MODE_STATIC)
        facts.assume();
      lzrt::Selection selection = compiled(*pair.selector, facts, pair.mode);
      // Under STATIC an open requirement is an error (S0).
      bool decided = selection.kernel() >= 0 && selection.candidates.front().conditions.empty();
      if (pair.mode == LZ_MODE_STATIC ? !decided : !decided && selection.reason != lzrt::Reason::Open)
        return false;
    }
    return true;
  }

  LogicalResult compile(Pair &pair) {
    mlir::lz::PipelineOptions options;
    options.policy = write("policy.yaml", pair.policySpec.policy);
    const std::string manifest = write("recording.yaml", pair.policySpec.manifest);
    options.kernels = {manifest};
    options.mode = std::string(lzrt::modeName(pair.mode));
    options.target = "cpu";
    OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(pair.moduleSpec.text, &context);
    if (!module)
      return failure();
    PassManager pm(&context);
    mlir::lz::buildPipeline(pm, options);
    if (failed(pm.run(*module)))
      return failure();
    auto code = mlir::lz::CompiledModule::create(*module);
    if (!code) {
      ADD_FAILURE() << llvm::toString(code.takeError());
      return failure();
    }
    pair.code = std::move(*code);
    pair.registry = std::make_unique<lzrt::KernelRegistry>();
    lzrt::Status status = pair.registry->load(manifest);
    if (status.isOk())
      status = pair.registry->freeze();
    lzrt::BindOptions bind;
    bind.registry = pair.registry.get();
    std::vector<std::string> warnings;
    if (status.isOk())
      status = lzrt::BoundModule::bind(pair.code->record(), bind, &pair.bound, &warnings);
    EXPECT_TRUE(status.isOk()) << status.message();
    return success(status.isOk());
  }

  ProcessFacts drawProcess(Random &random, const Pair &pair) {
    ProcessFacts process;
    if (pair.mode != LZ_MODE_STATIC) { // baked STATIC code assumes the defaults (C6)
      process.tenant = std::array<const char *, 4>{"", "acme", "mx", "beta"}[draw(random, 0, 3)];
      process.tpSize = draw(random, 1, 2);
      process.rank = draw(random, 0, 3);
      process.requiresDeterministic = chance(random, 25);
    }
    process.rolloutDraw = draw(random, 0, 9999);
    if (chance(random, 30))
      process.rolloutKey = "user" + std::to_string(draw(random, 0, 999));
    return process;
  }

  /// The constants that extents may take; small ones where the call touches memory.
  static std::set<int64_t> constantsOf(const Pair &pair) {
    std::set<int64_t> constants = pair.policySpec.constants;
    if (pair.moduleSpec.touchesMemory())
      constants.erase(constants.upper_bound(128), constants.end());
    return constants;
  }

  /// The extent of a call: at a constant of the policy, one below or above it, or anywhere.
  static int64_t drawExtent(Random &random, const std::set<int64_t> &constants, bool small) {
    if (chance(random, 15)) // multiples that no constant names
      return draw(random, 0, 64);
    if (constants.empty() || chance(random, 15))
      return draw(random, 0, small ? 160 : 20000);
    auto at = constants.begin();
    std::advance(at, draw(random, 0, int64_t(constants.size()) - 1));
    return std::max<int64_t>(0, *at + draw(random, -1, 1));
  }

  /// Calls the function once and compares with the oracle.
  void check(Pair &pair, const std::vector<int64_t> &extents, const ProcessFacts &process, const RecordingPlan &plan) {
    std::vector<std::pair<std::string, std::string>> expected;
    bool succeeds = true;
    for (const SiteSpec &site : pair.moduleSpec.sites) {
      Expectation one =
          expectation(*pair.selector, callFacts(pair.moduleSpec, site, extents, process), pair.mode, process, plan);
      for (const std::string &kernel : one.attempts)
        expected.emplace_back(site.name, kernel);
      outcomes.insert(outcomeOf(site, one));
      if (!(succeeds = one.succeeds))
        break;
    }
    Log log;
    lz_observer_t observer{sizeof(lz_observer_t), 0, &log, Log::onCall};
    lz_context_t call;
    lzrt_context_init(&call);
    fill(call, process);
    call.observer = &observer;
    call.stream = const_cast<RecordingPlan *>(&plan);
    auto results = pair.code->invoke(pair.signature(), &call, pair.inputs(extents));
    std::string error = results ? "" : llvm::toString(results.takeError());
    lzrt_context_release(&call);
    ++calls;
    std::string shape;
    for (int64_t extent : extents)
      shape += std::to_string(extent) + " ";
    ASSERT_EQ(log.calls, expected) << "extents " << shape << "tenant '" << process.tenant << "' tp " << process.tpSize
                                   << " rank " << process.rank << " deterministic " << process.requiresDeterministic
                                   << " draw " << process.rolloutDraw << " key " << process.rolloutKey.value_or("-")
                                   << " mode " << lzrt::modeName(pair.mode) << " error " << error << "\n"
                                   << pair.policySpec.policy << pair.policySpec.manifest << pair.moduleSpec.text;
    ASSERT_EQ(error.empty(), succeeds) << error << "\n" << pair.policySpec.policy << pair.moduleSpec.text;
  }

  /// An entry of `outcomes`.
  static std::string outcomeOf(const SiteSpec &site, const Expectation &one) {
    return site.name + (one.attempts.empty() ? "-" : one.attempts.front());
  }

  static void fill(lz_context_t &call, const ProcessFacts &process) {
    call.tenant = process.tenant.c_str();
    call.tp_size = process.tpSize;
    call.rank = process.rank;
    call.requires_deterministic = process.requiresDeterministic;
    call.known |= LZ_KNOWS_TENANT | LZ_KNOWS_TP_SIZE | LZ_KNOWS_RANK | LZ_KNOWS_REQUIRES_DETERMINISTIC;
    call.rollout_draw = process.rolloutDraw;
    if (process.rolloutKey) {
      call.rollout_key = process.rolloutKey->c_str();
      call.rollout_key_size = process.rolloutKey->size();
    }
  }

  /// Every open extent at every constant − 1, ± 0, + 1, the others at random; then every outcome that a wider search
  /// finds.
  void exercise(Random &random, Pair &pair) {
    const size_t count = pair.moduleSpec.extents.size();
    const std::set<int64_t> constants = constantsOf(pair);
    const bool small = pair.moduleSpec.touchesMemory();
    auto drawAll = [&] {
      std::vector<int64_t> extents(count);
      for (size_t i = 0; i < count; ++i)
        extents[i] = pair.moduleSpec.extents[i].constant.value_or(drawExtent(random, constants, small));
      return extents;
    };
    RecordingPlan healthy;
    for (size_t i = 0; i < count; ++i) {
      if (pair.moduleSpec.extents[i].constant)
        continue;
      for (int64_t constant : constants)
        for (int64_t delta = -1; delta <= 1; ++delta) {
          std::vector<int64_t> extents = drawAll();
          extents[i] = std::max<int64_t>(0, constant + delta);
          check(pair, extents, drawProcess(random, pair), healthy);
          if (HasFatalFailure())
            return;
        }
    }
    reachLeaves(random, pair, drawAll);
    leaves += emittedLeaves(pair);
    executed += executedLeaves(pair);
    for (int i = 0; i < 12 && !HasFatalFailure(); ++i)
      check(pair, drawAll(), drawProcess(random, pair), drawFailures(random));
  }

  /// The leaves that the compiler emitted (a module imports each kernel once), and those that a call has run.
  uint32_t emittedLeaves(const Pair &pair) const { return pair.code->record()->num_imports; }
  uint32_t executedLeaves(const Pair &pair) const {
    const lz_module_t &record = *pair.code->record();
    return llvm::count_if(llvm::ArrayRef(record.imports, record.num_imports), [&](const lz_import_t &leaf) {
      return llvm::any_of(pair.moduleSpec.sites,
                          [&](const SiteSpec &site) { return outcomes.count(site.name + leaf.kernel) != 0; });
    });
  }

  /// Searches for inputs under which a site selects a kernel that no call has run yet, and calls those.
  template <typename DrawAll> void reachLeaves(Random &random, Pair &pair, DrawAll drawAll) {
    // Leaves that nothing reaches are searched for longer: most of them stand behind conditions that exclude each
    // other.
    for (int i = 0; (i < 400 || (i < 4000 && executedLeaves(pair) < emittedLeaves(pair))) && !HasFatalFailure(); ++i) {
      std::vector<int64_t> extents = drawAll();
      ProcessFacts process = drawProcess(random, pair);
      for (const SiteSpec &site : pair.moduleSpec.sites) {
        Expectation one = expectation(*pair.selector, callFacts(pair.moduleSpec, site, extents, process), pair.mode,
                                      process, RecordingPlan());
        if (outcomes.count(outcomeOf(site, one)))
          continue;
        check(pair, extents, process, RecordingPlan());
        if (HasFatalFailure())
          return;
      }
    }
  }

  static RecordingPlan drawFailures(Random &random) {
    RecordingPlan plan;
    const int percent = int(draw(random, 20, 100));
    for (int32_t &status : plan.status)
      if (chance(random, percent))
        status = int32_t(draw(random, 0, 9) < 8 ? draw(random, 0, 1) * 3 + 1 : draw(random, 2, 5));
    return plan;
  }

  MLIRContext context{MLIRContext::Threading::DISABLED};
  llvm::SmallString<128> directory;
  std::set<std::string> outcomes; // of the current pair: site and first kernel, or "-"
  uint64_t calls = 0, leaves = 0, executed = 0;
};

bool hasOpenChoice(const Pair &pair) {
  return pair.mode == LZ_MODE_CONFIG && llvm::any_of(pair.moduleSpec.sites, [&](const SiteSpec &site) {
           lzrt::Selection selection = compiled(*pair.selector, openFacts(pair.moduleSpec, site), pair.mode);
           return selection.reason == lzrt::Reason::Open && selection.candidates.size() >= 2;
         });
}

} // namespace

TEST_F(MachineLaw, CompiledCodeRunsTheKernelThatSelectionNames) {
  const uint64_t seed = environmentNumber("LZ_LAW_SEED", 20260801);
  const uint64_t pairs = environmentNumber("LZ_LAW_PAIRS", 1000);
  std::printf("seed %llu, %llu pairs\n", (unsigned long long)seed, (unsigned long long)pairs);
  uint64_t open = 0, done = 0, refused = 0, copied = 0, perMode[LZ_MODE_COUNT] = {};
  for (uint64_t index = 0; done < pairs; ++index) {
    SCOPED_TRACE("pair " + std::to_string(index));
    Random random(seed + index);
    Pair pair;
    drawPair(random, pair);
    if (HasFatalFailure())
      return;
    outcomes.clear();
    const bool expected = compiles(pair);
    std::string diagnostics;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
        diagnostics += diagnostic.str() + "\n";
    });
    if (!expected && pair.mode != LZ_MODE_STATIC) {
      // S7: nothing can stand at some site. That is an error when compiling.
      ASSERT_TRUE(failed(compile(pair))) << pair.policySpec.policy << pair.policySpec.manifest << pair.moduleSpec.text;
      ++refused;
      continue;
    }
    if (!expected)
      continue; // STATIC without a kernel is the business of resolve's own tests
    ASSERT_TRUE(succeeded(compile(pair)))
        << diagnostics << pair.policySpec.policy << pair.policySpec.manifest << pair.moduleSpec.text;
    exercise(random, pair);
    if (HasFatalFailure() || HasNonfatalFailure())
      return;
    open += hasOpenChoice(pair);
    copied += pair.moduleSpec.touchesMemory();
    ++perMode[pair.mode];
    ++done;
  }
  std::printf("%llu pairs (%llu config, %llu dynamic, %llu static), %llu with two or more open candidates, %llu with "
              "strided operands, %llu refused when compiling, %llu calls\n",
              (unsigned long long)done, (unsigned long long)perMode[LZ_MODE_CONFIG],
              (unsigned long long)perMode[LZ_MODE_DYNAMIC], (unsigned long long)perMode[LZ_MODE_STATIC],
              (unsigned long long)open, (unsigned long long)copied, (unsigned long long)refused,
              (unsigned long long)calls);
  std::printf("%llu of %llu emitted leaves executed\n", (unsigned long long)executed, (unsigned long long)leaves);
  EXPECT_GE(open * 2, done);
  EXPECT_GE(copied * 50, done);
  EXPECT_GE(executed * 100, leaves * 96); // the rest exclude themselves, such as a version known at load
  for (lz_mode_t mode : {LZ_MODE_STATIC, LZ_MODE_CONFIG, LZ_MODE_DYNAMIC})
    EXPECT_GE(perMode[mode] * 50, done) << lzrt::modeName(mode);
}
