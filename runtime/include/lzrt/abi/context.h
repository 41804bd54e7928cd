/* The context of an invocation: the first argument of every compiled function, reachable from every call.
 *
 * Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A context belongs to one invocation at a time, and to one thread but for the executor's workers, which may only read
 * it. The embedder makes it
 * (`lzrt_context_init` fills the defaults) and owns what it points to. Append-only. */
#ifndef LZRT_ABI_CONTEXT_H
#define LZRT_ABI_CONTEXT_H

#include "lzrt/abi/call.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Memory for outputs, temporaries and workspaces. `allocate` returns null when it cannot; size 0 may return any unique
 * pointer. */
typedef struct lz_allocator {
  uint32_t struct_size;
  uint32_t reserved;
  void *self;
  void *(*allocate)(void *self, lz_context_t *context, uint64_t size, uint64_t alignment);
  void (*release)(void *self, lz_context_t *context, void *pointer);
} lz_allocator_t;

/* CPU threads. `parallel_for` runs body(argument, begin, end, worker) over disjoint ranges that cover [0, count), each
 * a multiple of `grain` but the last, and returns when all are done; worker < num_threads. Calls must not nest. A null
 * executor means: this thread alone. */
typedef void (*lz_parallel_body)(void *argument, int64_t begin, int64_t end, uint32_t worker);
typedef struct lz_executor {
  uint32_t struct_size;
  uint32_t num_threads;
  void *self;
  void (*parallel_for)(void *self, int64_t count, int64_t grain, lz_parallel_body body, void *argument);
} lz_executor_t;

/* The first error of an invocation. The strings are the runtime's, valid until the context is reset or released. */
typedef struct lz_error {
  int32_t status; /* lz_status_t; 0: none */
  uint32_t reserved;
  const char *message; /* names each attempt and its status, or "" */
  const lz_site_t *site;
} lz_error_t;

/* Told of every kernel call that the runtime makes or traces, after it returned. `how`: LZ_RAN_*. */
typedef struct lz_observer {
  uint32_t struct_size;
  uint32_t reserved;
  void *self;
  void (*on_call)(void *self, const lz_call_t *call, const char *kernel, int32_t status, int32_t how);
} lz_observer_t;
enum { LZ_RAN_BAKED = 0, LZ_RAN_LIVE = 1, LZ_RAN_CONTINUATION = 2 };

/* Bits of `lz_context_t::known`: process facts that the embedder has set; the others are completed as C6 says. */
enum {
  LZ_KNOWS_REQUIRES_DETERMINISTIC = 1u << 0,
  LZ_KNOWS_IS_CUDA_GRAPH_CAPTURING = 1u << 1,
  LZ_KNOWS_TP_SIZE = 1u << 2,
  LZ_KNOWS_PP_SIZE = 1u << 3,
  LZ_KNOWS_RANK = 1u << 4,
  LZ_KNOWS_TENANT = 1u << 5,
  LZ_KNOWS_DEVICE = 1u << 6,
  LZ_KNOWS_SM = 1u << 7,
  LZ_KNOWS_ARCH = 1u << 8,
  LZ_KNOWS_SEQ_LEN_K = 1u << 9,
  LZ_KNOWS_PLATFORM = 1u << 10
};

/* A memory block that the invocation holds; the header of what `lzrt_allocate` returns. */
typedef struct lz_block {
  struct lz_block *next, *previous;
} lz_block_t;

struct lz_context {
  uint32_t struct_size;
  uint32_t abi_version;
  const void *snapshot; /* the policy pinned by this invocation, or null: the module's own */
  void *stream;         /* of the device; null on the CPU */
  lz_device_t device;
  const lz_allocator_t *allocator; /* null: the runtime's */
  const lz_executor_t *executor;   /* null: this thread alone */
  const char *rollout_key;         /* S8; null: `rollout_draw` decides */
  uint64_t rollout_key_size;
  uint64_t rollout_draw; /* 0..9999, drawn once an invocation */
  int32_t mode_override; /* lz_mode_t, LZ_MODE_UNSET: none; live sites alone obey it */
  uint32_t known;        /* LZ_KNOWS_* */
  int64_t tp_size, pp_size, rank, sm, seq_len_k;
  const char *tenant, *device_name, *arch, *platform;
  uint8_t requires_deterministic;
  uint8_t is_cuda_graph_capturing;
  uint8_t reserved[2];
  uint32_t pin;      /* the runtime's: which cached decisions hold for this invocation; 0 before its first live call */
  lz_block_t blocks; /* ring of live blocks; next null until the first one */
  lz_error_t error;
  const lz_observer_t *observer; /* or null */
  void *runtime;                 /* the runtime's own, null at first */
};

#ifdef __cplusplus
}
#endif
#endif /* LZRT_ABI_CONTEXT_H */
