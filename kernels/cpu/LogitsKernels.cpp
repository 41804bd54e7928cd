//===- LogitsKernels.cpp - Cross entropy and sampling on threads ----------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../common/Scratch.h"
#include "Kernels.h"
#include "Logits.h"
#include "Parallel.h"
#include "Primitives.h"

namespace lz::kernels::cpu {

namespace {

struct Candidate {
  float logit;
  int32_t token;
};

bool comesBefore(const Candidate &a, const Candidate &b) {
  return a.logit != b.logit ? a.logit > b.logit : a.token < b.token;
}

/// Memory of one worker for a row.
struct DrawRow {
  float *logits, *weights;
  Candidate *candidates;

  static int64_t bytes(int64_t width) { return padded(width) * int64_t(2 * sizeof(float) + sizeof(Candidate)); }
  DrawRow(char *memory, int64_t width)
      : logits(reinterpret_cast<float *>(memory)), weights(logits + padded(width)),
        candidates(reinterpret_cast<Candidate *>(weights + padded(width))) {}
};

/// Puts the candidates that the limits keep in front, in order, the next ones only when they are needed: a large
/// vocabulary is never sorted for the few tokens that matter. Returns how many there are, and the sum of their weights
/// in `kept`.
int64_t keep(const SampleProblem &p, const DrawRow &row, float all, float &kept) {
  Candidate *const first = row.candidates, *const end = first + p.width;
  for (int64_t j = 0; j < p.width; ++j)
    first[j] = {row.logits[j], int32_t(j)};
  constexpr int64_t firstRun = 256, growth = 4;
  const int64_t limit = std::min(p.width, p.topK);
  const float enough = float(p.topP * all);
  int64_t count = 0, ordered = 0;
  kept = 0;
  for (int64_t run = std::isfinite(p.topP) ? firstRun : limit; count < limit; run *= growth) {
    Candidate *const next = first + ordered + std::min(run, limit - ordered);
    std::nth_element(first + ordered, next, end, comesBefore);
    std::sort(first + ordered, next, comesBefore);
    for (ordered = next - first; count < ordered; ++count) {
      if (count > 0 && kept >= enough)
        return count;
      kept += row.weights[first[count].token];
    }
  }
  return count;
}

int64_t draw(const SampleProblem &p, int64_t index, const DrawRow &row) {
  if (p.width == 0)
    return 0;
  float kept = 0, sum = 0;
  const int64_t count = keep(p, row, weighRow(p, index, row.logits, row.weights), kept);
  const float border = p.random.as<float>()[index] * kept;
  int64_t token = row.candidates[0].token;
  for (int64_t i = 0; i < count && !(sum > border); ++i) {
    const int32_t candidate = row.candidates[i].token;
    const float weight = row.weights[candidate];
    sum += weight;
    if (weight > 0)
      token = candidate;
  }
  return token;
}

int32_t readContiguousSample(const lz_call_t *call, SampleProblem &p) {
  if (int32_t status = readSample(call, p))
    return status;
  bool fits = isNarrowFloat(p.logits.element) && allContiguous(p.logits, p.random, p.out) && p.width <= INT32_MAX &&
              (!p.random.present || p.random.element == Element::F32);
  return fits ? LZ_STATUS_OK : LZ_STATUS_UNSUPPORTED;
}

} // namespace

int32_t crossEntropy(const lz_call_t *call) {
  CrossEntropyProblem p;
  if (int32_t status = readCrossEntropy(call, p))
    return status;
  if (!isNarrowFloat(p.logits.element) || !allContiguous(p.logits, p.targets, p.out))
    return LZ_STATUS_UNSUPPORTED;
  if (!p.targetsAreKnown())
    return LZ_STATUS_INVALID_ARGUMENT;
  parallelFor(call, p.rows, grainFor(p.width),
              [&](int64_t begin, int64_t end, uint32_t) { crossEntropyRows(p, begin, end); });
  return LZ_STATUS_OK;
}

int32_t sampleGreedy(const lz_call_t *call) {
  SampleProblem p;
  if (int32_t status = readContiguousSample(call, p))
    return status;
  parallelFor(call, p.rows, grainFor(p.width), [&](int64_t begin, int64_t end, uint32_t) {
    for (int64_t row = begin; row < end; ++row)
      setId(p.out, row, greatestOf(p, row));
  });
  return LZ_STATUS_OK;
}

int32_t sampleRandom(const lz_call_t *call) {
  SampleProblem p;
  if (int32_t status = readContiguousSample(call, p))
    return status;
  const int64_t bytes = DrawRow::bytes(p.width);
  Scratch memory(call->context, numWorkers(call) * bytes);
  if (!memory)
    return LZ_STATUS_OUT_OF_MEMORY;
  parallelFor(call, p.rows, grainFor(4 * p.width), [&](int64_t begin, int64_t end, uint32_t worker) {
    const DrawRow own(memory.as<char>() + worker * bytes, p.width);
    for (int64_t row = begin; row < end; ++row)
      setId(p.out, row, draw(p, row, own));
  });
  return LZ_STATUS_OK;
}

} // namespace lz::kernels::cpu
