//===- Errors.h - What the runtime keeps of an invocation -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_DISPATCH_ERRORS_H
#define LZRT_DISPATCH_ERRORS_H

#include "lzrt/abi/context.h"

#include <memory>
#include <new>
#include <string>

namespace lzrt {

class Snapshot;
struct ContextClass;

/// Behind lz_context_t::runtime; made when first needed.
struct ContextState {
  std::string message;
  /// What the invocation is pinned to, null before its first live call; and its class, null if it has none.
  std::shared_ptr<const Snapshot> pinned;
  uint64_t pinnedTo = 0; ///< Dispatcher::id.
  const ContextClass *contextClass = nullptr;
  /// The snapshot of `contextClass`, which the next invocation may have too.
  uint64_t classifiedBy = 0;
};

/// Made now if need be; null: out of memory.
ContextState *stateOf(lz_context_t *context) noexcept;

/// The settings of a context have changed: what is cached for it follows them, under the policy that it is pinned to.
void reclassify(lz_context_t &context);

/// Records the first error of the invocation, a later one is dropped. Returns `status`. `site` may be null.
int32_t recordError(lz_context_t *context, int32_t status, std::string message, const lz_site_t *site);

/// The site and its place, for messages: "`attention.causal` at `model.layers.0` (model.mlir:3:4)".
std::string describe(const lz_site_t &site);

/// Runs `body`, which returns a status; exceptions become a recorded error, none leaves.
template <typename Body> int32_t guarded(lz_context_t *context, const lz_site_t *site, Body body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc &) {
    return recordError(context, LZ_STATUS_OUT_OF_MEMORY, "", site);
  } catch (...) {
    return recordError(context, LZ_STATUS_INTERNAL, "", site);
  }
}

/// As lzrt_allocate, without recording an error.
void *allocateBlock(lz_context_t *context, uint64_t size, uint64_t alignment) noexcept;

} // namespace lzrt
#endif // LZRT_DISPATCH_ERRORS_H
