//===- Rollout.cpp - Which calls a rollout admits --------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// S8. The hash is part of the meaning of a policy: the same key is admitted on every machine and by every version.
//
//===----------------------------------------------------------------------===//
#include "lzrt/policy/Selector.h"

#include <xxhash.h>

namespace lzrt {

bool rolloutAdmits(const std::string &ruleName, int rollout, std::string_view key) {
  std::string text;
  text.reserve(ruleName.size() + 1 + key.size());
  text.append(ruleName).append(1, '\0').append(key);
  return int(XXH64(text.data(), text.size(), 0) % 10000) < rollout;
}

} // namespace lzrt
