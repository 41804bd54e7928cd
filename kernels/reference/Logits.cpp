//===- Logits.cpp - Cross entropy and sampling ----------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../common/LogitsProblems.h"
#include "../common/Scratch.h"
#include "Kernels.h"
#include "Typed.h"

using namespace lz::kernels;
using reference::load;
using reference::store;

namespace {

double logitAt(const Tensor &logits, int64_t row, int64_t token) {
  int lead = logits.rank - 1;
  return load(logits, offsetOf(logits, row, lead) + token * logits.strides[lead]);
}

double lossOf(const CrossEntropyProblem &p, int64_t row, int64_t target) {
  double maximum = -INFINITY, sum = 0;
  for (int64_t j = 0; j < p.width; ++j)
    maximum = std::max(maximum, logitAt(p.logits, row, j));
  for (int64_t j = 0; j < p.width; ++j)
    sum += std::exp(logitAt(p.logits, row, j) - maximum);
  return std::log(sum) + (maximum - logitAt(p.logits, row, target));
}

int64_t greatestOf(const SampleProblem &p, int64_t row) {
  double greatest = -INFINITY;
  int64_t token = 0;
  for (int64_t j = 0; j < p.width; ++j)
    if (double logit = logitAt(p.logits, row, j); logit > greatest)
      greatest = logit, token = j;
  return token;
}

/// A token of a row, with what it weighs.
struct Candidate {
  double logit, weight;
  int64_t token;
};

int64_t drawOf(const SampleProblem &p, int64_t row, Candidate *candidates) {
  double greatest = -INFINITY, all = 0, kept = 0, sum = 0;
  for (int64_t j = 0; j < p.width; ++j) {
    double logit = logitAt(p.logits, row, j);
    candidates[j] = {std::isnan(logit) ? -INFINITY : logit, 0, j};
    greatest = std::max(greatest, candidates[j].logit);
  }
  std::sort(candidates, candidates + p.width, [](const Candidate &a, const Candidate &b) {
    return a.logit != b.logit ? a.logit > b.logit : a.token < b.token;
  });
  for (int64_t i = 0; i < p.width; ++i)
    all += candidates[i].weight = std::exp((candidates[i].logit - greatest) / p.temperature);
  int64_t count = 0;
  for (; count < p.width && count < p.topK && (count == 0 || !(kept >= p.topP * all)); ++count)
    kept += candidates[count].weight;
  double random = load(p.random, offsetOf(p.random, row, p.random.rank));
  int64_t result = candidates[0].token;
  for (int64_t i = 0; i < count && !(sum > random * kept); ++i) {
    sum += candidates[i].weight;
    if (candidates[i].weight > 0)
      result = candidates[i].token;
  }
  return result;
}

} // namespace

int32_t reference::crossEntropy(const lz_call_t *call) {
  CrossEntropyProblem p;
  if (int32_t status = readCrossEntropy(call, p))
    return status;
  if (!p.targetsAreKnown())
    return LZ_STATUS_INVALID_ARGUMENT;
  for (int64_t row = 0; row < p.rows; ++row) {
    int64_t target = idAt(p.targets, row);
    store(p.out, offsetOf(p.out, row, p.out.rank), target == p.ignored ? 0 : lossOf(p, row, target));
  }
  return LZ_STATUS_OK;
}

int32_t reference::sampleGreedy(const lz_call_t *call) {
  SampleProblem p;
  if (int32_t status = readSample(call, p))
    return status;
  for (int64_t row = 0; row < p.rows; ++row)
    setId(p.out, row, greatestOf(p, row));
  return LZ_STATUS_OK;
}

int32_t reference::sampleRandom(const lz_call_t *call) {
  SampleProblem p;
  if (int32_t status = readSample(call, p))
    return status;
  Scratch candidates(call->context, p.width * int64_t(sizeof(Candidate)));
  if (!candidates)
    return LZ_STATUS_OUT_OF_MEMORY;
  for (int64_t row = 0; row < p.rows; ++row)
    setId(p.out, row, p.width ? drawOf(p, row, candidates.as<Candidate>()) : 0);
  return LZ_STATUS_OK;
}
