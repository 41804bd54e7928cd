//===- PolicyFile.h - What a policy's file holds at one moment --*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_RELOAD_POLICYFILE_H
#define LZRT_RELOAD_POLICYFILE_H

#include "lzrt/Status.h"
#include "lzrt/policy/Policy.h"

#include <memory>
#include <string>

namespace lzrt {

/// A policy and P5's digest of it.
struct DigestedPolicy {
  std::shared_ptr<const Policy> policy;
  std::string digest;
};

/// What one look at the file has found.
struct PolicyContent {
  /// Without a policy where `flaw` is an error.
  DigestedPolicy found;
  /// LZ_STATUS_NOT_FOUND where no file stands there; else every error of the file, one a line, as file:line:column.
  Status flaw;
  /// The text where it has errors: who has told of them needs not do so again while it stays.
  std::string faultyText;
};

/// One bounded read of a regular file that its owner alone may write, parsed with `environment` merged.
PolicyContent readPolicyFile(const std::string &path, const std::string &environment);

} // namespace lzrt
#endif // LZRT_RELOAD_POLICYFILE_H
