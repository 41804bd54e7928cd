//===- Program.h - A program without a compiler, for tests ------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_ORCHESTRATOR_PROGRAM_H
#define LZ_TEST_ORCHESTRATOR_PROGRAM_H

#include "../../../faults/FaultKernels.h"
#include "lzrt/Orchestrator.h"
#include "lzrt/lzrt.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <gtest/gtest.h>

namespace lzrt::test {

/// The manifest of kernels.yaml.
std::string manifest();
/// What its kernels are told.
const lz_faults_t &faults();
void fail(char slot, int32_t status = LZ_STATUS_INTERNAL);
void heal(char slot);

/// A policy's text behind its version.
std::string policy(const std::string &yaml);
/// Over the kernels of kernels.yaml and a policy's text.
OrchestratorOptions over(const std::string &yaml = "");
/// Fails the running test where it is refused.
std::unique_ptr<Orchestrator> make(OrchestratorOptions options);
/// The message of create(), which must fail.
std::string refusal(OrchestratorOptions options);

/// A folder that is gone after the test.
class Folder {
public:
  Folder();
  ~Folder();
  /// Writes a policy beside the file and renames it over that, as docs/operating.md says. Returns the path.
  std::string write(const std::string &yaml, const std::string &name = "policy.yaml") const;
  const std::filesystem::path path;
};

/// A description of rms_norm on f32 of [?, hidden].
struct Norm {
  explicit Norm(const char *name = "norm", Mode mode = LZ_MODE_UNSET, int64_t hidden = 64);
  Norm(const Norm &) = delete;
  Norm &operator=(const Norm &) = delete;
  int64_t rows[2], weight[1];
  lz_argument_t arguments[3];
  lz_site_t description{};
};

/// Sites of one orchestrator, and one thread's calls there.
class Program {
public:
  explicit Program(Orchestrator &orchestrator);
  ~Program();
  Program(const Program &) = delete;
  Program &operator=(const Program &) = delete;

  const lz_site_t *add(const char *name, Mode mode = LZ_MODE_UNSET, int64_t hidden = 64);
  /// At the first site; made as `norm` where there is none.
  int32_t call(int64_t rows = 8) { return call(site(), rows); }
  int32_t call(const lz_site_t *at, int64_t rows = 8);
  /// As call(), in an invocation of its own; must succeed. The kernels that ran, by slot, "!" behind one that failed.
  std::string run(int64_t rows = 8) { return run(site(), rows); }
  std::string run(const lz_site_t *at, int64_t rows = 8);
  /// The kernels of the calls since the last look.
  std::string ran();
  const lz_site_t *site();
  std::string error() const { return context.error.message ? context.error.message : ""; }

  lz_context_t context;

private:
  Orchestrator &orchestrator;
  std::vector<std::unique_ptr<Norm>> norms;
  std::vector<const lz_site_t *> sites;
  lz_fault_log_t log{};
  std::vector<lz_fault_entry_t> entries;
};

/// Waits for what another thread will do; false after ten seconds.
bool eventually(const std::function<bool()> &isSo);

/// What runs the tests of a room: kernels succeed at first.
class Orchestrators : public testing::Test {
protected:
  Orchestrators() { faults().reset(); }
};

} // namespace lzrt::test
#endif // LZ_TEST_ORCHESTRATOR_PROGRAM_H
