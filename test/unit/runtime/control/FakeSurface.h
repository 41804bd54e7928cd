//===- FakeSurface.h - A process with two kernels, without a process -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_TEST_CONTROL_FAKESURFACE_H
#define LZRT_TEST_CONTROL_FAKESURFACE_H

#include "../../../../runtime/control/ControlSurface.h"

#include <chrono>
#include <mutex>
#include <thread>

namespace lzrt {

/// Answers with fixed values and keeps what it was told. A kernel named "broken" cannot be forced, a file named
/// "missing.yaml" cannot be reloaded. Thread-safe.
class FakeSurface : public ControlSurface {
public:
  StatusAnswer status() const override {
    std::lock_guard guard(mutex);
    StatusAnswer answer;
    answer.mode = mode;
    answer.configVersion = version;
    answer.policyDigest = "sha256:1111";
    answer.selectionDigest = "sha256:2222";
    answer.policyFile = policyFile;
    answer.reloadState = "idle";
    answer.totalReloads = version - 1;
    answer.lastReloadMilliseconds = 0.5;
    answer.uptimeSeconds = 3725.25;
    answer.sites = 2;
    answer.kernels = 2;
    answer.calls = 1000;
    answer.failures = 3;
    return answer;
  }
  std::vector<SiteAnswer> sites() const override {
    SiteAnswer busy{"@main#0", LZ_OP_RMS_NORM, LZ_MODE_DYNAMIC, {"fast_norm"}, "dispatch_rule", 1, 990, 7, 1000, 3,
                    true};
    SiteAnswer idle{"@main#1", LZ_OP_SOFTMAX, LZ_MODE_STATIC, {}, "", std::nullopt, 0, 0, 0, 0, std::nullopt};
    std::vector<SiteAnswer> all(manySites, busy);
    all.insert(all.end(), {busy, idle});
    return all;
  }
  std::vector<KernelAnswer> kernels() const override {
    return {{"fast_norm", {"norm_v2"}, {"rms_norm", "layer_norm"}, "liblz_kernels_cpu.so", "1.2", 80, true, false},
            {"slow_norm", {}, {"rms_norm"}, "", "", 50, false, true}};
  }
  std::vector<BreakerAnswer> breakers() const override {
    std::lock_guard guard(mutex);
    return {breaker, {"slow_norm", "cuda:0", "closed", 0, 0, 0, std::nullopt}};
  }
  std::optional<Operation> operationOfSite(std::string_view site) const override {
    return site == "@main#0" ? std::optional<Operation>(LZ_OP_RMS_NORM) : std::nullopt;
  }
  Status explain(const ExplainQuestion &question, ExplainFormat format, std::string *out_answer) const override {
    std::lock_guard guard(mutex);
    asked = question;
    if (explanation)
      *out_answer = *explanation;
    else if (format == ExplainFormat::Json)
      *out_answer = "{\"operation\": \"" + std::string(operationName(question.facts.operation())) +
                    "\",\n \"selected_kernel\": \"fast_norm\"}\n";
    else
      *out_answer = "rms_norm: fast_norm, rule 1\npath:\n  rule 1: selected\n";
    return Status();
  }
  Status reload(std::string *out_message) override {
    std::this_thread::sleep_for(slowness);
    std::lock_guard guard(mutex);
    if (policyFile == "missing.yaml")
      return Status::error(LZ_STATUS_MALFORMED, "missing.yaml:3:1: error: unknown key `moed` [P1]\n");
    *out_message = "published version " + std::to_string(++version);
    return Status();
  }
  Status rollback(std::string *out_message) override {
    std::lock_guard guard(mutex);
    if (version == 1)
      return Status::error(LZ_STATUS_NOT_FOUND, "there is no earlier policy");
    *out_message = "published version " + std::to_string(++version) + ", the policy of version 1";
    return Status();
  }
  Status force(const std::string &kernel, const std::string &device, Force action,
               std::vector<BreakerAnswer> *out_breakers) override {
    std::lock_guard guard(mutex);
    if (kernel == "broken")
      throw std::runtime_error("the surface threw");
    if (kernel != "fast_norm" && kernel != "norm_v2")
      return Status::error(LZ_STATUS_NOT_FOUND, "no kernel is called `" + kernel + "`");
    if (!device.empty() && device != breaker.device)
      return Status::error(LZ_STATUS_NOT_FOUND, "`" + kernel + "` has no breaker on `" + device + "`");
    breaker.state = action == Force::Open ? "forced_open" : action == Force::Close ? "forced_closed" : "closed";
    breaker.retrySeconds.reset();
    ++breaker.generation;
    *out_breakers = {breaker};
    return Status();
  }
  Status setMode(const std::optional<Pattern> &operations, Mode wanted, std::string *out_message) override {
    std::lock_guard guard(mutex);
    if (!operations)
      mode = wanted;
    *out_message = (operations ? "`" + operations->glob.text() + "`" : "the process") + " runs in mode " +
                   std::string(modeName(wanted));
    return Status();
  }

  // Set before a server starts.
  std::string policyFile = "/etc/lz/policy.yaml";
  std::chrono::milliseconds slowness{0};
  std::optional<std::string> explanation;
  size_t manySites = 0;

  std::optional<ExplainQuestion> lastQuestion() const {
    std::lock_guard guard(mutex);
    return asked;
  }

private:
  mutable std::mutex mutex;
  mutable std::optional<ExplainQuestion> asked;
  Mode mode = LZ_MODE_DYNAMIC;
  uint64_t version = 1;
  BreakerAnswer breaker{"fast_norm", "cpu", "open", 4, 5, 12, 21.5};
};

} // namespace lzrt
#endif // LZRT_TEST_CONTROL_FAKESURFACE_H
