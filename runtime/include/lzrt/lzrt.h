/* The runtime's public C API: contexts, kernel registries, bound modules, threads.
 *
 * Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Functions that may fail return an lz_status_t; the message of the last failure on this thread is `lzrt_last_message`.
 * What `create` or `bind` hands out, the matching `release` takes back; releasing null does nothing. */
#ifndef LZRT_LZRT_H
#define LZRT_LZRT_H

#include "lzrt/abi/module.h"

#ifdef __cplusplus
extern "C" {
#endif

uint32_t lzrt_abi_version(void);
/* "ok", "unsupported", …; static. */
const char *lzrt_status_text(int32_t status);
/* Valid until the next failure on this thread; "" at first. */
const char *lzrt_last_message(void);

/* Fills a context with the defaults: the CPU, the runtime's allocator, this thread alone, no override, a fresh rollout
 * draw. */
void lzrt_context_init(lz_context_t *context);
/* Between invocations: frees the blocks that an error left, forgets the error, draws anew. Settings stay. */
void lzrt_context_reset(lz_context_t *context);
/* Ends the use of a context: as reset, and the runtime's own part is freed. The struct stays the caller's. */
void lzrt_context_release(lz_context_t *context);
/* Never null; `status` 0: no error. Valid until the context is reset or released. */
const lz_error_t *lzrt_context_error(const lz_context_t *context);

typedef struct lzrt_registry lzrt_registry_t;
lzrt_registry_t *lzrt_registry_create(void);
int32_t lzrt_registry_load(lzrt_registry_t *registry, const char *manifest_path);
/* After this, loading is an error; binding needs it. */
int32_t lzrt_registry_freeze(lzrt_registry_t *registry);
void lzrt_registry_release(lzrt_registry_t *registry);

/* Threads for lz_context_t::executor; 0: as many as the process may use. */
typedef struct lzrt_thread_pool lzrt_thread_pool_t;
lzrt_thread_pool_t *lzrt_thread_pool_create(uint32_t num_threads);
const lz_executor_t *lzrt_thread_pool_executor(const lzrt_thread_pool_t *pool);
void lzrt_thread_pool_release(lzrt_thread_pool_t *pool);

/* Data of a parameter; it must outlive the bound module. */
typedef struct lzrt_parameter_data {
  const char *name;
  const void *data;
  const int64_t *shape;
  uint32_t rank;
  lz_dtype_t dtype;
} lzrt_parameter_data_t;

enum {
  LZRT_BIND_WARN_ON_MISMATCH = 1u << 0, /* another selection digest is a warning, not an error */
  LZRT_BIND_OBSERVE_BAKED = 1u << 1     /* calls of baked code are told to the context's observer */
};

/* How to bind a module. Append-only; zero is a default for every field but struct_size. */
typedef struct lzrt_bind_options {
  uint32_t struct_size;
  uint32_t flags; /* LZRT_BIND_* */
  const lzrt_registry_t *registry;
  const char *policy_path; /* the policy of live sites; null: the module's own */
  const char *environment; /* of that policy; null: none */
  const lzrt_parameter_data_t *parameters;
  uint64_t num_parameters;
  void (*on_warning)(void *self, const char *message);
  void *self;
} lzrt_bind_options_t;

typedef struct lzrt_module lzrt_module_t;
int32_t lzrt_module_bind(const lz_module_t *module, const lzrt_bind_options_t *options, lzrt_module_t **out_module);
/* Begins an invocation: checks that the context has the facts that the module was compiled under, and pins it to the
 * policy that is live now, until lzrt_context_reset. Settings that are changed later are seen by the next invocation.
 */
int32_t lzrt_module_admit(const lzrt_module_t *module, lz_context_t *context);
void lzrt_module_release(lzrt_module_t *module);

#ifdef __cplusplus
}
#endif
#endif /* LZRT_LZRT_H */
