//===- Program.cpp - A program without a compiler, for tests ---------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Program.h"

#include <dlfcn.h>
#include <fstream>
#include <thread>

namespace lzrt::test {

std::string manifest() { return LZ_KERNELS_DIR "/kernels.yaml"; }

const lz_faults_t &faults() {
  static const lz_faults_t *table = [] {
    static KernelRegistry registry; // loads the library, so that this finds the same one
    Status status = registry.load(manifest());
    EXPECT_TRUE(status.isOk()) << status.message();
    void *library = dlopen(LZ_KERNELS_DIR "/liblz_orchestrator_kernels.so", RTLD_NOW | RTLD_LOCAL);
    EXPECT_TRUE(library) << dlerror();
    return reinterpret_cast<decltype(&lz_faults_query)>(dlsym(library, LZ_FAULTS_QUERY))();
  }();
  return *table;
}

void fail(char slot, int32_t status) {
  lz_fault_t fault{};
  fault.status = status;
  faults().set(slot, &fault);
}

void heal(char slot) {
  lz_fault_t none{};
  faults().set(slot, &none);
}

std::string policy(const std::string &yaml) { return "version: \"1.0\"\n" + yaml; }

OrchestratorOptions over(const std::string &yaml) {
  OrchestratorOptions options;
  options.manifests = {manifest()};
  options.policyText = policy(yaml);
  return options;
}

std::unique_ptr<Orchestrator> make(OrchestratorOptions options) {
  std::unique_ptr<Orchestrator> made;
  Status status = Orchestrator::create(std::move(options), &made);
  EXPECT_TRUE(status.isOk()) << status.message();
  if (!made)
    throw std::runtime_error("no orchestrator");
  return made;
}

std::string refusal(OrchestratorOptions options) {
  std::unique_ptr<Orchestrator> made;
  Status status = Orchestrator::create(std::move(options), &made);
  EXPECT_FALSE(status.isOk());
  EXPECT_FALSE(made);
  return status.message();
}

static std::filesystem::path newFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "lz-orchestrator-XXXXXX").string();
  EXPECT_TRUE(mkdtemp(name.data()));
  return name;
}
Folder::Folder() : path(newFolder()) {}
Folder::~Folder() { std::filesystem::remove_all(path); }

std::string Folder::write(const std::string &yaml, const std::string &name) const {
  const std::filesystem::path file = path / name, beside = path / (name + ".new");
  std::ofstream(beside) << policy(yaml);
  std::filesystem::permissions(beside, std::filesystem::perms(0644));
  std::filesystem::rename(beside, file);
  return file.string();
}

Norm::Norm(const char *name, Mode mode, int64_t hidden) : rows{LZ_DYNAMIC, hidden}, weight{hidden} {
  auto argument = [](uint8_t rank, int direction, uint16_t index, uint16_t dims, const int64_t *shape) {
    uint8_t flags = uint8_t(LZ_ARGUMENT_PRESENT | LZ_ARGUMENT_CONTIGUOUS | direction);
    return lz_argument_t{{LZ_CODE_FLOAT, 32, 1}, rank, flags, index, dims, 0, 4, shape, nullptr, 0};
  };
  arguments[0] = argument(2, LZ_ARGUMENT_READ, 0, 0, rows);
  arguments[1] = argument(1, LZ_ARGUMENT_READ, 1, LZ_NO_INDEX, weight);
  arguments[2] = argument(2, LZ_ARGUMENT_WRITTEN, 2, 1, rows);
  description.operation = LZ_OP_RMS_NORM;
  description.num_arguments = 3;
  description.num_data = 3;
  description.num_dims = 2;
  description.arguments = arguments;
  description.name = name;
  description.location = "model.c:1:2";
  description.mode = mode;
}

Program::Program(Orchestrator &orchestrator) : orchestrator(orchestrator), entries(65536) {
  lzrt_context_init(&context);
  log.capacity = entries.size();
  log.entries = entries.data();
  context.stream = &log;
}

Program::~Program() {
  lzrt_context_release(&context);
  for (const lz_site_t *added : sites)
    EXPECT_TRUE(orchestrator.removeSite(added).isOk());
}

const lz_site_t *Program::add(const char *name, Mode mode, int64_t hidden) {
  norms.push_back(std::make_unique<Norm>(name, mode, hidden));
  const lz_site_t *added = nullptr;
  Status status = orchestrator.addSite(norms.back()->description, &added);
  EXPECT_TRUE(status.isOk()) << status.message();
  sites.push_back(added);
  return added;
}

const lz_site_t *Program::site() { return sites.empty() ? add("norm") : sites.front(); }

int32_t Program::call(const lz_site_t *at, int64_t rows) {
  struct {
    lz_call_t head;
    void *data[3];
    int64_t dims[2];
  } block{{&context, at, nullptr, 0}, {nullptr, nullptr, nullptr}, {rows, rows}};
  return dispatchCall(&block.head);
}

std::string Program::run(const lz_site_t *at, int64_t rows) {
  (void)ran();
  lzrt_context_reset(&context);
  Status begun = orchestrator.begin(context);
  EXPECT_TRUE(begun.isOk()) << begun.message();
  EXPECT_EQ(call(at, rows), LZ_STATUS_OK) << error();
  lzrt_context_reset(&context); // no reload waits for it
  return ran();
}

std::string Program::ran() {
  std::string text;
  for (uint64_t i = 0; i < std::min(log.count, log.capacity); ++i)
    text += std::string(1, entries[i].slot) + (entries[i].status == LZ_STATUS_OK ? "" : "!");
  log.count = 0;
  return text;
}

bool eventually(const std::function<bool()> &isSo) {
  for (auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10); std::chrono::steady_clock::now() < end;
       std::this_thread::sleep_for(std::chrono::milliseconds(2)))
    if (isSo())
      return true;
  return isSo();
}

} // namespace lzrt::test
