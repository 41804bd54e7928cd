//===- Generation.h - Greedy generation, with a cache of keys and values and without -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TEST_DEMO_GENERATION_H
#define LZ_TEST_DEMO_GENERATION_H

#include "Model.h"

namespace lz::test {

using Tokens = std::vector<int64_t>;

/// What generating gave: for each token after the prompts, the logits it was taken from and what they cost.
struct Generation {
  std::vector<Tokens> sequences;          ///< prompts and what follows, one a batch item
  std::vector<std::vector<float>> logits; ///< [token][batch item x vocabulary]
  std::vector<double> seconds;            ///< of the call that gave the token
};

/// `count` tokens after a prompt, each the likeliest one, from a pass of @forward over all tokens so far.
Generation generateWhole(Model &model, const Tokens &prompt, size_t count, const lz_observer_t *observer = nullptr);

/// The same from @prefill and @decode, for prompts side by side, the shorter ones padded on the left with `padding`.
/// Caches of `capacity` tokens start out as NaN: what was never written must not matter.
Generation generateCached(Model &model, llvm::ArrayRef<Tokens> prompts, size_t count, int64_t capacity,
                          int64_t padding = 0, const lz_observer_t *observer = nullptr);

} // namespace lz::test

#endif // LZ_TEST_DEMO_GENERATION_H
