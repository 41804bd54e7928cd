//===- Faults.h - Modules and callers over kernels that fail as told -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_FAULTS_H
#define LZ_TEST_FAULTS_H

#include "../../runtime/dispatch/Dispatcher.h"
#include "FaultKernels.h"
#include "lzrt/Module.h"
#include "lzrt/lzrt.h"

#include <deque>
#include <string>
#include <vector>

namespace lzrt::test {

/// What the kernels of the library are told; see FaultKernels.h.
const lz_faults_t &faults();
/// Makes the calls of a slot fail with `status`; `every`: one in so many.
void fail(char slot, int32_t status = LZ_STATUS_INTERNAL, uint32_t every = 0);
void heal(char slot);

/// The registry of fault_kernels.yaml; loaded once.
const KernelRegistry &faultKernels();
/// A registry of another manifest over the same library. Fails the running test where it is refused.
std::unique_ptr<KernelRegistry> loadKernels(const std::string &manifest);
/// A policy of this text behind its version. Fails the running test where it is refused.
std::shared_ptr<const Policy> policyOf(const std::string &yaml);

/// A site of a module. Extents of LZ_DYNAMIC are open, all arguments are f32.
struct SiteSpec {
  Operation operation = LZ_OP_RMS_NORM;
  /// Of each argument that is there, by slot; empty ones are missing. Empty list: [?, 64] for each that must be there.
  std::vector<std::vector<int64_t>> shapes;
  Mode mode = LZ_MODE_DYNAMIC;
  bool isLive = true;
  bool inPlace = false;
  std::vector<lz_attribute_t> attributes;
  lz_kernel_fn decomposition = nullptr;
  std::string name = "model.norm";
};

/// A module with these sites, compiled under a policy as the compiler would. `imports` are kernel names.
class FaultModule {
public:
  FaultModule(std::shared_ptr<const Policy> policy, std::vector<SiteSpec> specs, std::vector<std::string> imports = {},
              const KernelRegistry &registry = faultKernels());
  FaultModule(const FaultModule &) = delete;
  FaultModule &operator=(const FaultModule &) = delete;
  ~FaultModule() { bound.reset(); } // reads the records

  /// Binds to `dispatcher`; a null one is made from the module's policy. Fails the running test otherwise.
  void bind(std::shared_ptr<Dispatcher> dispatcher = nullptr);
  Status tryBind(std::shared_ptr<Dispatcher> dispatcher, std::vector<std::string> *warnings);
  void unbind() { bound.reset(); }
  /// Parses, prepares and publishes.
  Status publish(const std::string &yaml, bool validate = false);

  size_t numSites() const { return sites.size(); }
  const lz_site_t &site(size_t index) const { return sites[index].record; }
  lz_live_site_t &live(size_t index) { return sites[index].live; }
  /// Whether generated code would not come to the runtime: the stub is another than the miss path.
  bool isCached(size_t index = 0) const;
  uint64_t misses(size_t index = 0) const;
  size_t numEntries(size_t index = 0) const;

  std::shared_ptr<Dispatcher> dispatcher;
  std::vector<lz_kernel_fn> slots;
  std::unique_ptr<BoundModule> bound;
  lz_module_t record{};

private:
  struct Site {
    alignas(64) lz_live_site_t live{};
    lz_site_t record{};
    SiteSpec spec;
    std::vector<lz_argument_t> arguments;
  };
  void describe(Site &site, size_t index);

  const KernelRegistry &registry;
  std::shared_ptr<const Policy> policy;
  std::string policyText, kernelsText, policyHash, selectionHash;
  std::vector<std::string> importNames;
  std::vector<lz_import_t> importRecords;
  std::deque<Site> sites;
  std::vector<const lz_site_t *> siteRecords;
  void *runtime = nullptr;
};

/// One thread's context, and calls as generated code makes them: through the stub, then the continuation. No observer,
/// so that calls may hit; what ran is told by the kernels' log.
class Caller {
public:
  explicit Caller(FaultModule &module, size_t capacity = 256);
  ~Caller();
  Caller(const Caller &) = delete;
  Caller &operator=(const Caller &) = delete;

  /// `dims` are the open extents, by slot and dimension.
  int32_t call(size_t site, const std::vector<int64_t> &dims);
  /// Of the first site; all open extents are `rows`.
  int32_t call(int64_t rows) { return call(0, allOpen(rows)); }
  /// As baked code does: the import's slot, then the continuation.
  int32_t callBaked(size_t site, uint32_t import, const std::vector<int64_t> &dims);
  int32_t callBaked(int64_t rows) { return callBaked(0, 0, allOpen(rows)); }
  /// Ends the invocation.
  void reset() { lzrt_context_reset(&context); }
  /// Begins one with the settings as they are; without it, the first live call does, by a miss.
  void pin() { module.dispatcher->pin(context); }
  /// The slots of the calls since the last look, each behind it "!" where it failed: "a!b".
  std::string ran();
  std::string error() const { return context.error.message; }
  /// The block of a call, filled.
  lz_call_t *block(size_t site, const std::vector<int64_t> &dims);

  lz_context_t context;
  lz_fault_log_t log{};
  std::vector<lz_fault_entry_t> entries;

private:
  std::vector<int64_t> allOpen(int64_t rows) const { return std::vector<int64_t>(module.site(0).num_dims, rows); }
  FaultModule &module;
  std::vector<uint64_t> storage;
};

} // namespace lzrt::test
#endif // LZ_TEST_FAULTS_H
