//===- Cache.cpp - Update of a key-value cache ----------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../common/Cache.h"
#include "Kernels.h"
#include "Parallel.h"
#include "Primitives.h"

namespace lz::kernels::cpu {

namespace {

/// target[i] = source[i], rounded once.
void convert(Element from, const char *source, Element to, char *target, int64_t count) {
  constexpr int64_t chunk = 256;
  if (from == to) {
    std::memcpy(target, source, size_t(count * sizeOf(to)));
    return;
  }
  if (to == Element::F32)
    return widen(from, source, count, 1.0f, reinterpret_cast<float *>(target));
  if (from == Element::F32)
    return narrow(to, reinterpret_cast<const float *>(source), count, 1.0f, target);
  float wide[chunk];
  for (int64_t i = 0; i < count; i += chunk) {
    int64_t size = std::min(chunk, count - i);
    widen(from, source + i * sizeOf(from), size, 1.0f, wide);
    narrow(to, wide, size, 1.0f, target + i * sizeOf(to));
  }
}

/// One of the two caches, and what goes into it.
struct Side {
  const Tensor &source, &target;
  const AxisStrides &from, &to;
  int64_t heads, dim;

  Side(const Tensor &source, const AxisStrides &from, const Tensor &target, const AxisStrides &to, int64_t heads,
       int64_t dim)
      : source(source), target(target), from(from), to(to), heads(heads), dim(dim) {
    if (from.head == dim && to.head == dim) // the heads of a token lie together: one row
      this->dim = std::exchange(this->heads, 1) * dim;
  }

  void write(int64_t b, int64_t i, CacheMap::Place place) const {
    const char *row = source.data + (b * from.batch + i * from.position) * sizeOf(source.element);
    char *cached = target.data + (place.batch * to.batch + place.position * to.position) * sizeOf(target.element);
    for (int64_t h = 0; h < heads; ++h)
      convert(source.element, row + h * from.head * sizeOf(source.element), target.element,
              cached + h * to.head * sizeOf(target.element), dim);
  }
};

} // namespace

int32_t cacheUpdate(const lz_call_t *call) {
  CacheUpdateProblem p;
  if (int32_t status = readCacheUpdate(call, p))
    return status;
  if (!isNarrowFloat(p.k.element) || !isNarrowFloat(p.kCache.element) ||
      !allContiguous(p.k, p.v, p.cache.lengths, p.cache.table, p.kCache, p.vCache))
    return LZ_STATUS_UNSUPPORTED;
  const Side keys(p.k, p.kStrides, p.kCache, p.kCacheStrides, p.heads, p.headDim);
  const Side values(p.v, p.vStrides, p.vCache, p.vCacheStrides, p.heads, p.headDimV);
  const int64_t grain = grainFor(p.heads * (p.headDim + p.headDimV));
  parallelFor(call, p.batch * p.tokens, grain, [&](int64_t begin, int64_t end, uint32_t) {
    for (int64_t index = begin; index < end; ++index) {
      const int64_t b = index / p.tokens, i = index % p.tokens, position = p.position(b, i);
      if (position < 0)
        continue;
      const CacheMap::Place place = p.cache.place(b, position);
      keys.write(b, i, place);
      values.write(b, i, place);
    }
  });
  return LZ_STATUS_OK;
}

} // namespace lz::kernels::cpu
