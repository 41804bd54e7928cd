//===- Harness.cpp - What the CPU benchmark's driver calls ----------------===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Harness.h"

#include "../../../kernels/common/Element.h"
#include "../../conformance/CallBuilder.h"
#include "lzrt/ThreadPool.h"
#include "lzrt/abi/kernel.h"
#include "lzrt/lzrt.h"

#include <cstdlib>
#include <dlfcn.h>
#include <optional>
#include <random>
#include <string_view>

using namespace lz::kernels;

struct lz_bench_session {
  explicit lz_bench_session(uint32_t threads) : pool(threads) {
    lzrt_context_init(&context);
    context.executor = pool.executor();
  }
  ~lz_bench_session() { lzrt_context_release(&context); }

  lzrt::ThreadPool pool;
  lz_context_t context = {};
};

struct lz_bench_call {
  lz_bench_session *session;
  lz_kernel_fn execute;
  lz::test::CallBuilder builder;
  lz_call_t *built = nullptr;
};

namespace {

std::optional<lz_dtype_t> dtypeOf(std::string_view name) {
#define LZ_X(id, text, code, bits)                                                                                     \
  if (name == text)                                                                                                    \
    return lz_dtype_t{LZ_CODE_##code, bits, 1};
  LZ_DTYPES(LZ_X)
#undef LZ_X
  return std::nullopt;
}

std::optional<lz_operation_t> operationOf(std::string_view name) {
#define LZ_X(id, text)                                                                                                 \
  if (name == text)                                                                                                    \
    return LZ_OP_##id;
  LZ_OPERATIONS(LZ_X)
#undef LZ_X
  return std::nullopt;
}

/// Adds an attribute under the type that the schema gives it.
bool addAttribute(lz::test::CallBuilder &builder, std::string_view name, double value) {
  enum Type { I64, F64 };
#define LZ_X(id, text, type)                                                                                           \
  if (name == text) {                                                                                                  \
    type == I64 ? builder.attribute(LZ_ATTR_##id, int64_t(value)) : builder.attribute(LZ_ATTR_##id, value);            \
    return true;                                                                                                       \
  }
  LZ_ATTRIBUTES(LZ_X)
#undef LZ_X
  return false;
}

/// The kernel's entry. Its library stays open: kernels may hold threads.
lz_kernel_fn findKernel(const char *path, std::string_view symbol) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  auto query =
      library ? reinterpret_cast<lz_kernel_library_query_fn>(dlsym(library, LZ_KERNEL_LIBRARY_QUERY)) : nullptr;
  const lz_kernel_library_t *table = query ? query(LZ_ABI_VERSION) : nullptr;
  for (uint32_t i = 0; table && i < table->num_kernels; ++i)
    if (symbol == table->kernels[i].symbol)
      return table->kernels[i].execute;
  return nullptr;
}

/// Calls body with a null pointer to the storage type of a float element; false for any other.
template <typename Body> bool withStorage(const char *element, Body &&body) {
  std::optional<lz_dtype_t> dtype = dtypeOf(element);
  if (!dtype || !isFloat(elementOf(*dtype)))
    return false;
  withFloatType(elementOf(*dtype), [&](auto value) { body(static_cast<decltype(value) *>(nullptr)); });
  return true;
}

} // namespace

lz_bench_session_t *lz_bench_session_create(uint32_t threads) { return new lz_bench_session(threads); }
void lz_bench_session_release(lz_bench_session_t *session) { delete session; }

void *lz_bench_allocate(uint64_t bytes, const char *element, uint64_t seed) {
  constexpr uint64_t page = 4096;
  void *memory = std::aligned_alloc(page, (bytes + page - 1) / page * page);
  if (!memory)
    return nullptr;
  std::memset(memory, 0, bytes);
  std::mt19937_64 engine(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  withStorage(element, [&](auto *type) {
    using T = std::remove_pointer_t<decltype(type)>;
    for (uint64_t i = 0; i < bytes / sizeof(T); ++i)
      static_cast<T *>(memory)[i] = fromDouble<T>(uniform(engine));
  });
  return memory;
}
void lz_bench_free(void *memory) { std::free(memory); }

double lz_bench_difference(const void *ours, const void *theirs, uint64_t count, const char *element) {
  double largest = 0, difference = 0;
  bool isNumber = withStorage(element, [&](auto *type) {
    using T = std::remove_pointer_t<decltype(type)>;
    for (uint64_t i = 0; i < count; ++i) {
      double a = toDouble(static_cast<const T *>(ours)[i]), b = toDouble(static_cast<const T *>(theirs)[i]);
      largest = std::max(largest, std::fabs(b));
      difference = std::isnan(a - b) ? NAN : std::fmax(difference, std::fabs(a - b));
      if (std::isnan(difference))
        return;
    }
  });
  return isNumber ? difference / std::max(largest, 1e-30) : NAN;
}

lz_bench_call_t *lz_bench_call_create(lz_bench_session_t *session, const char *path, const char *symbol,
                                      const char *operation) {
  lz_kernel_fn execute = findKernel(path, symbol);
  std::optional<lz_operation_t> id = operationOf(operation);
  return execute && id ? new lz_bench_call{session, execute, lz::test::CallBuilder(*id)} : nullptr;
}

int32_t lz_bench_call_tensor(lz_bench_call_t *call, uint32_t slot, void *data, const char *element, uint32_t rank,
                             const int64_t *shape) {
  std::optional<lz_dtype_t> dtype = dtypeOf(element);
  if (!dtype || rank > LZ_MAX_RANK)
    return LZ_STATUS_INVALID_ARGUMENT;
  call->builder.tensor(slot, data, *dtype, std::vector<int64_t>(shape, shape + rank));
  call->built = nullptr;
  return LZ_STATUS_OK;
}

int32_t lz_bench_call_attribute(lz_bench_call_t *call, const char *name, double value) {
  call->built = nullptr;
  return addAttribute(call->builder, name, value) ? LZ_STATUS_OK : LZ_STATUS_INVALID_ARGUMENT;
}

int32_t lz_bench_call_run(lz_bench_call_t *call) {
  if (!call->built)
    call->built = call->builder.build(&call->session->context);
  return call->execute(call->built);
}
void lz_bench_call_release(lz_bench_call_t *call) { delete call; }

void lz_bench_copy(lz_bench_session_t *session, void *target, const void *source, uint64_t bytes) {
  struct Range {
    char *target;
    const char *source;
  } range = {static_cast<char *>(target), static_cast<const char *>(source)};
  auto copy = [](void *argument, int64_t begin, int64_t end, uint32_t) {
    auto *range = static_cast<Range *>(argument);
    std::memcpy(range->target + begin, range->source + begin, size_t(end - begin));
  };
  constexpr int64_t grain = 1 << 20;
  const lz_executor_t *executor = session->pool.executor();
  executor->parallel_for(executor->self, int64_t(bytes), grain, copy, &range);
}
