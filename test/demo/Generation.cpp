//===- Generation.cpp - Greedy generation, with a cache of keys and values and without -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Generation.h"

#include <algorithm>
#include <chrono>
#include <limits>

using namespace lz::test;

namespace {

using Clock = std::chrono::steady_clock;

/// Takes the likeliest tokens of each call's logits.
class Recorder {
public:
  explicit Recorder(llvm::ArrayRef<Tokens> prompts) { generation.sequences.assign(prompts.begin(), prompts.end()); }

  /// `rows` holds the logits of the last token of each batch item, `stride` apart.
  void take(const float *rows, int64_t vocabulary, int64_t stride, Clock::time_point start) {
    generation.seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    std::vector<float> &kept = generation.logits.emplace_back();
    for (Tokens &sequence : generation.sequences) {
      kept.insert(kept.end(), rows, rows + vocabulary);
      sequence.push_back(std::max_element(rows, rows + vocabulary) - rows);
      rows += stride;
    }
  }

  Generation generation;
};

} // namespace

static HostTensor integers(llvm::ArrayRef<int64_t> shape, const Tokens &values) {
  HostTensor tensor = *HostTensor::allocate({LZ_CODE_INT, 64, 1}, shape);
  std::copy(values.begin(), values.end(), static_cast<int64_t *>(tensor.data()));
  return tensor;
}

Generation lz::test::generateWhole(Model &model, const Tokens &prompt, size_t count, const lz_observer_t *observer) {
  Recorder recorder(prompt);
  const Tokens &sequence = recorder.generation.sequences[0];
  for (size_t i = 0; i < count; ++i) {
    auto length = int64_t(sequence.size());
    HostTensor ids = integers({1, length}, sequence);
    Clock::time_point start = Clock::now();
    HostTensor logits = model.call("forward", {ids}, observer)[0];
    int64_t vocabulary = logits.shape[2];
    recorder.take(static_cast<const float *>(logits.data()) + (length - 1) * vocabulary, vocabulary, 0, start);
  }
  return std::move(recorder.generation);
}

/// Caches of the entry's types, all NaN.
static std::vector<HostTensor> emptyCaches(const Model &model, int64_t batch, int64_t capacity) {
  std::vector<HostTensor> caches;
  for (const mlir::lz::TensorSpec &spec : llvm::drop_begin(model.signature("prefill").inputs, 2)) {
    HostTensor cache = *HostTensor::allocate(spec.dtype, {batch, capacity, spec.shape[2], spec.shape[3]});
    std::fill_n(static_cast<float *>(cache.data()), batch * capacity * spec.shape[2] * spec.shape[3],
                std::numeric_limits<float>::quiet_NaN());
    caches.push_back(std::move(cache));
  }
  return caches;
}

/// The prompts, padded on the left to the longest.
static HostTensor padded(llvm::ArrayRef<Tokens> prompts, int64_t padding) {
  size_t longest = 0;
  for (const Tokens &prompt : prompts)
    longest = std::max(longest, prompt.size());
  Tokens ids;
  for (const Tokens &prompt : prompts) {
    ids.insert(ids.end(), longest - prompt.size(), padding);
    ids.insert(ids.end(), prompt.begin(), prompt.end());
  }
  return integers({int64_t(prompts.size()), int64_t(longest)}, ids);
}

Generation lz::test::generateCached(Model &model, llvm::ArrayRef<Tokens> prompts, size_t count, int64_t capacity,
                                    int64_t padding, const lz_observer_t *observer) {
  auto batch = int64_t(prompts.size());
  Recorder recorder(prompts);
  HostTensor ids = padded(prompts, padding);
  std::vector<HostTensor> caches = emptyCaches(model, batch, capacity);
  for (size_t i = 0; i < count; ++i) {
    Tokens lengths, last;
    for (const Tokens &sequence : recorder.generation.sequences) {
      lengths.push_back(int64_t(sequence.size()));
      last.push_back(sequence.back());
    }
    if (i > 0)
      ids = integers({batch, 1}, last);
    std::vector<HostTensor> inputs{ids, integers({batch}, lengths)};
    inputs.insert(inputs.end(), caches.begin(), caches.end());
    Clock::time_point start = Clock::now();
    std::vector<HostTensor> results = model.call(i > 0 ? "decode" : "prefill", inputs, observer);
    recorder.take(static_cast<const float *>(results[0].data()), results[0].shape[1], results[0].shape[1], start);
    caches.assign(results.begin() + 1, results.end());
  }
  return std::move(recorder.generation);
}
