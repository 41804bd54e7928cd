//===- Cache.cpp - Update of a key-value cache ----------------------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../common/Cache.h"
#include "Kernels.h"
#include "Typed.h"

using namespace lz::kernels;
using reference::load;
using reference::store;

namespace {

/// Writes the rows of token `i` of sequence `b` in one of the two caches.
void updateRows(const CacheUpdateProblem &p, const Tensor &source, const AxisStrides &from, const Tensor &target,
                const AxisStrides &to, int64_t dim, int64_t b, int64_t i) {
  CacheMap::Place place = p.cache.place(b, p.position(b, i));
  for (int64_t h = 0; h < p.heads; ++h)
    for (int64_t d = 0; d < dim; ++d)
      store(target, place.batch * to.batch + place.position * to.position + h * to.head + d * to.dim,
            load(source, b * from.batch + i * from.position + h * from.head + d * from.dim));
}

} // namespace

int32_t reference::cacheUpdate(const lz_call_t *call) {
  CacheUpdateProblem p;
  if (int32_t status = readCacheUpdate(call, p))
    return status;
  for (int64_t b = 0; b < p.batch; ++b)
    for (int64_t i = 0; i < p.tokens; ++i) {
      if (p.position(b, i) < 0)
        continue;
      updateRows(p, p.k, p.kStrides, p.kCache, p.kCacheStrides, p.headDim, b, i);
      updateRows(p, p.v, p.vStrides, p.vCache, p.vCacheStrides, p.headDimV, b, i);
    }
  return LZ_STATUS_OK;
}
