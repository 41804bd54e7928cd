//===- PolicyFile.h - The example of the dispatch modes, in a file -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_BENCH_RUNTIME_POLICYFILE_H
#define LZ_TEST_BENCH_RUNTIME_POLICYFILE_H

#include "lzrt/Orchestrator.h"

namespace bench {

/// A policy's file in a folder of its own, which goes with the object.
class PolicyFile {
public:
  PolicyFile();
  ~PolicyFile();
  PolicyFile(const PolicyFile &) = delete;
  PolicyFile &operator=(const PolicyFile &) = delete;

  std::string path() const { return folder + "/policy.yaml"; }
  /// Writes a file beside it, which swap() renames over it.
  void stage(const std::string &text) const;
  void swap() const;
  void write(const std::string &text) const;

private:
  std::string folder;
};

/// configs/dispatch-modes.yaml, and the same with causal attention locked to another kernel.
std::string exampleText();
std::string otherExampleText();
/// Follows the file.
std::unique_ptr<lzrt::Orchestrator> watchingOrchestrator(const PolicyFile &file);

} // namespace bench
#endif // LZ_TEST_BENCH_RUNTIME_POLICYFILE_H
