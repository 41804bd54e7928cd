//===- Faults.cpp - Modules and callers over kernels that fail as told -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Faults.h"

#include "lzrt/policy/Reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <dlfcn.h>
#include <fstream>
#include <unistd.h>

namespace lzrt::test {

const lz_faults_t &faults() {
  static const lz_faults_t *table = [] {
    (void)faultKernels(); // the runtime has the library open, and so this finds the same one
    void *library = dlopen(LZ_FAULT_KERNELS_DIR "/liblz_fault_kernels.so", RTLD_NOW | RTLD_LOCAL);
    EXPECT_TRUE(library) << dlerror();
    auto query = reinterpret_cast<decltype(&lz_faults_query)>(dlsym(library, LZ_FAULTS_QUERY));
    return query();
  }();
  return *table;
}

void fail(char slot, int32_t status, uint32_t every) {
  lz_fault_t fault{};
  fault.status = status;
  fault.every = every;
  faults().set(slot, &fault);
}

void heal(char slot) {
  lz_fault_t fault{};
  faults().set(slot, &fault);
}

const KernelRegistry &faultKernels() {
  static const KernelRegistry *registry = [] {
    auto *made = new KernelRegistry;
    Status status = made->load(LZ_FAULT_KERNELS_DIR "/fault_kernels.yaml");
    EXPECT_TRUE(status.isOk()) << status.message();
    status = made->freeze();
    EXPECT_TRUE(status.isOk()) << status.message();
    return made;
  }();
  return *registry;
}

std::unique_ptr<KernelRegistry> loadKernels(const std::string &manifest) {
  static std::atomic<int> number{0};
  std::string path = std::string(LZ_FAULT_KERNELS_DIR "/made-") + std::to_string(::getpid()) + "-" +
                     std::to_string(number++) + ".yaml";
  std::ofstream(path) << manifest;
  auto made = std::make_unique<KernelRegistry>();
  Status status = made->load(path);
  EXPECT_TRUE(status.isOk()) << status.message();
  status = made->freeze();
  EXPECT_TRUE(status.isOk()) << status.message();
  std::remove(path.c_str());
  return made;
}

std::shared_ptr<const Policy> policyOf(const std::string &yaml) {
  Diagnostics diagnostics;
  auto policy = parsePolicy("version: \"1.0\"\n" + yaml, "test.yaml", "", diagnostics);
  EXPECT_TRUE(policy) << diagnostics.render() << yaml;
  return policy;
}

FaultModule::FaultModule(std::shared_ptr<const Policy> given, std::vector<SiteSpec> specs,
                         std::vector<std::string> imports, const KernelRegistry &registry)
    : slots(imports.size(), nullptr), registry(registry), policy(std::move(given)), importNames(std::move(imports)) {
  const KernelSet &kernels = *registry.kernels();
  policyText = normalForm(*policy);
  kernelsText = normalForm(kernels);
  policyHash = policyDigest(*policy);
  selectionHash = selectionDigest(*policy, kernels);
  for (size_t i = 0; i < importNames.size(); ++i)
    importRecords.push_back({importNames[i].c_str(), &slots[i]});
  for (SiteSpec &spec : specs) {
    sites.emplace_back().spec = std::move(spec);
    describe(sites.back(), sites.size() - 1);
    siteRecords.push_back(&sites.back().record);
  }
  record = {sizeof(lz_module_t),
            LZ_ABI_VERSION,
            "faults",
            policyText.c_str(),
            kernelsText.c_str(),
            policyHash.c_str(),
            selectionHash.c_str(),
            "",
            "platform=cpu",
            uint32_t(importRecords.size()),
            0,
            uint32_t(siteRecords.size()),
            0,
            importRecords.data(),
            nullptr,
            siteRecords.data(),
            &runtime,
            nullptr};
}

void FaultModule::describe(Site &site, size_t index) {
  static const std::vector<int64_t> openRows{LZ_DYNAMIC, 64};
  SiteSpec &spec = site.spec;
  uint16_t data = 0, dims = 0;
  const std::vector<ArgumentSlot> &roles = argumentsOf(spec.operation);
  if (spec.shapes.empty())
    for (const ArgumentSlot &slot : roles)
      spec.shapes.push_back(slot.role == LZ_ROLE_OPTIONAL || slot.role == LZ_ROLE_OPTIONAL_OUT ? std::vector<int64_t>()
                                                                                               : openRows);
  for (size_t i = 0; i < roles.size(); ++i) {
    const std::vector<int64_t> &shape = spec.shapes[i];
    bool isPresent = !shape.empty(), isOut = roles[i].role != LZ_ROLE_IN && roles[i].role != LZ_ROLE_OPTIONAL;
    uint8_t flags = uint8_t((isPresent ? LZ_ARGUMENT_PRESENT | LZ_ARGUMENT_CONTIGUOUS : 0) |
                            (isOut ? LZ_ARGUMENT_WRITTEN : LZ_ARGUMENT_READ));
    site.arguments.push_back({{LZ_CODE_FLOAT, 32, 1},
                              uint8_t(shape.size()),
                              flags,
                              isPresent ? data : uint16_t(LZ_NO_INDEX),
                              isPresent ? dims : uint16_t(LZ_NO_INDEX),
                              0,
                              4,
                              shape.data(),
                              nullptr,
                              0});
    data += isPresent;
    dims += uint16_t(std::count(shape.begin(), shape.end(), LZ_DYNAMIC));
  }
  site.live.stub = lzrt_live_miss;
  site.record = {sizeof(lz_site_t),
                 LZ_ABI_VERSION,
                 uint16_t(spec.operation),
                 uint32_t(sizeof(lz_call_t) + 8u * (data + dims)),
                 (spec.isLive ? uint32_t(LZ_SITE_LIVE) : 0) | (spec.inPlace ? uint32_t(LZ_SITE_IN_PLACE) : 0),
                 uint16_t(site.arguments.size()),
                 data,
                 dims,
                 uint16_t(spec.attributes.size()),
                 site.arguments.data(),
                 spec.attributes.data(),
                 spec.name.c_str(),
                 "model.mlir:3:4",
                 &record,
                 spec.isLive ? &site.live : nullptr,
                 spec.decomposition,
                 spec.mode,
                 uint32_t(index)};
}

Status FaultModule::tryBind(std::shared_ptr<Dispatcher> given, std::vector<std::string> *warnings) {
  dispatcher = given ? std::move(given) : std::make_shared<Dispatcher>(policy, &registry);
  BindOptions options;
  options.registry = &registry;
  options.dispatcher = dispatcher;
  options.onMismatch = BindOptions::OnMismatch::Warn;
  return BoundModule::bind(&record, options, &bound, warnings);
}

void FaultModule::bind(std::shared_ptr<Dispatcher> given) {
  std::vector<std::string> warnings;
  Status status = tryBind(std::move(given), &warnings);
  ASSERT_TRUE(status.isOk()) << status.message();
}

Status FaultModule::publish(const std::string &yaml, bool validate) {
  std::unique_ptr<PolicyHost::Prepared> prepared;
  Status status = dispatcher->prepare(policyOf(yaml), validate, &prepared);
  if (status.isOk())
    dispatcher->publish(std::move(prepared));
  return status;
}

bool FaultModule::isCached(size_t index) const {
  return __atomic_load_n(&sites[index].live.stub, __ATOMIC_ACQUIRE) != lzrt_live_miss;
}

uint64_t FaultModule::misses(size_t index) const {
  uint64_t count = 0;
  dispatcher->forEachSite([&](uint32_t, const lz_site_t &site, const LiveSite *live) {
    if (&site == &sites[index].record && live)
      count = live->misses;
  });
  return count;
}

size_t FaultModule::numEntries(size_t index) const {
  size_t count = 0;
  dispatcher->forEachSite([&](uint32_t, const lz_site_t &site, const LiveSite *live) {
    if (&site == &sites[index].record && live)
      count = live->cached().size();
  });
  return count;
}

Caller::Caller(FaultModule &module, size_t capacity) : entries(capacity), module(module) {
  lzrt_context_init(&context);
  log = {capacity, 0, entries.data()};
  context.stream = &log;
}

Caller::~Caller() { lzrt_context_release(&context); }

lz_call_t *Caller::block(size_t index, const std::vector<int64_t> &dims) {
  const lz_site_t &site = module.site(index);
  EXPECT_EQ(dims.size(), site.num_dims);
  storage.assign(sizeof(lz_call_t) / 8 + site.num_data + std::max<size_t>(dims.size(), site.num_dims), 0);
  auto *call = reinterpret_cast<lz_call_t *>(storage.data());
  *call = {&context, &site, nullptr, 0};
  std::copy(dims.begin(), dims.end(), const_cast<int64_t *>(lz_call_dims(call)));
  return call;
}

int32_t Caller::call(size_t index, const std::vector<int64_t> &dims) {
  lz_call_t *made = block(index, dims);
  auto d = [&](size_t i) { return i < dims.size() ? dims[i] : 0; };
  lz_live_site_t &live = module.live(index);
  int32_t status = __atomic_load_n(&live.stub, __ATOMIC_ACQUIRE)(made, &live, d(0), d(1), d(2), d(3));
  return status == LZ_STATUS_OK ? status : lzrt_live_continue(made, status);
}

int32_t Caller::callBaked(size_t index, uint32_t import, const std::vector<int64_t> &dims) {
  lz_call_t *made = block(index, dims);
  int32_t status = __atomic_load_n(&module.slots[import], __ATOMIC_ACQUIRE)(made);
  return status == LZ_STATUS_OK ? status : lzrt_continue(made, import, status);
}

std::string Caller::ran() {
  std::string text;
  for (uint64_t i = 0; i < std::min(log.count, log.capacity); ++i)
    text += std::string(1, entries[i].slot) + (entries[i].status == LZ_STATUS_OK ? "" : "!");
  log.count = 0;
  return text;
}

} // namespace lzrt::test
