//===- PolicyFile.cpp - What a policy's file holds at one moment ----------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "PolicyFile.h"

#include "lzrt/policy/Reader.h"

namespace lzrt {

PolicyContent readPolicyFile(const std::string &path, const std::string &environment) {
  PolicyContent content;
  std::string text, error;
  if (lz_status_t status = readFile(path, FileWriters::OwnerOnly, &text, &error); status != LZ_STATUS_OK) {
    content.flaw = Status::error(status, error);
    return content;
  }
  Diagnostics diagnostics;
  content.found.policy = parsePolicy(text, path, environment, diagnostics);
  if (content.found.policy) {
    content.found.digest = policyDigest(*content.found.policy);
    return content;
  }
  diagnostics.sort();
  content.flaw = Status::error(LZ_STATUS_MALFORMED, diagnostics.render());
  content.faultyText = std::move(text);
  return content;
}

} // namespace lzrt
