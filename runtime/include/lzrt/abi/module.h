/* A compiled module: what it imports, which sites it has, what it was compiled under; and the runtime entry points that
 * compiled code calls.
 *
 * Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A module exports one record, LZ_MODULE_SYMBOL. Loading it (`lzrt_module_bind`) checks version and digests, binds
 * every import slot and every parameter, and registers the sites. A compiled function is `int32_t f(lz_context_t *,
 * …)`. */
#ifndef LZRT_ABI_MODULE_H
#define LZRT_ABI_MODULE_H

#include "lzrt/abi/context.h"
#include "lzrt/abi/kernel.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LZ_MODULE_SYMBOL "lz_module_record"

/* A kernel that baked code calls through `*slot`; one a kernel and module. */
typedef struct lz_import {
  const char *kernel; /* canonical name */
  lz_kernel_fn *slot; /* bound at load, patched by a deny or an open breaker */
} lz_import_t;

/* Constant data that the module reads: bound at load to memory that outlives the module, never written. */
typedef struct lz_parameter {
  const char *name;
  const int64_t *shape;
  uint32_t rank;
  lz_dtype_t dtype;
  const void **slot;
} lz_parameter_t;

/* A function that the module offers, in its model's terms: without context, rooms for results and status. A result that
 * is an argument, which the caller gave up, has no room: the caller finds it where it put the argument. */
typedef struct lz_export {
  const char *name;
  uint32_t num_arguments;
  uint32_t num_results;
  const int32_t *result_aliases; /* num_results entries: the argument's number, -1 for a result with a room */
} lz_export_t;

struct lz_module {
  uint32_t struct_size;
  uint32_t abi_version;
  const char *name;
  const char *policy;        /* the policy's normal form (P5), JSON */
  const char *kernels;       /* the manifests' normal form, JSON */
  const char *policy_digest; /* lower-case hex */
  const char *selection_digest;
  const char *assumed_facts; /* "k=v,k=v": a context that differs is refused at binding (C6) */
  const char *target_facts;  /* "k=v,k=v": facts that the compiler was given or took from the target */
  uint32_t num_imports;
  uint32_t num_parameters;
  uint32_t num_sites;
  uint32_t num_exports;
  const lz_import_t *imports;
  const lz_parameter_t *parameters;
  const lz_site_t *const *sites;
  void **runtime; /* a word of the module for the runtime's state, null before binding */
  const lz_export_t *exports;
};

/* An open condition that is no integer compare: the runtime evaluates it with the policy's own evaluator. */
typedef struct lz_open_test {
  const char *field;  /* as in the residual; "rollout" for S8 */
  const char *op;     /* operator without underscore */
  const char *value;  /* JSON */
  const char *kernel; /* the candidate's canonical name: for library_version and kernel facts */
  const char *rule;   /* the rule's name, for rollout; else "" */
  void **cache;       /* a word for the parsed form, null at first */
} lz_open_test_t;

/* Entry points of the runtime that compiled code calls. */

/* Returns `size` bytes aligned to `alignment`, listed in the context; null after recording out_of_memory. */
void *lzrt_allocate(lz_context_t *context, uint64_t size, uint64_t alignment);
/* Gives back what lzrt_allocate returned; null is allowed. */
void lzrt_release(lz_context_t *context, void *pointer);
/* S9 at a baked site: the kernel of import `import_index` failed with `status`; runs what stands behind it. Returns the
 * call's status. */
int32_t lzrt_continue(lz_call_t *call, uint32_t import_index, int32_t status);
/* A baked site of which no leaf stands for these facts: records no_kernel_available, or strict, with every candidate's
 * reason (S7). */
int32_t lzrt_no_kernel(lz_call_t *call, int32_t status);
/* A leaf of a baked site's guards that decomposes: runs the site's decomposition, and tells the observer. */
int32_t lzrt_run_decomposition(lz_call_t *call);
/* Whether the open condition holds for this call: 1 or 0. */
int32_t lzrt_test(const lz_call_t *call, const lz_open_test_t *test);
/* The miss stub of live sites: selects, runs, continues (S9). */
int32_t lzrt_live_miss(lz_call_t *call, lz_live_site_t *live, int64_t d0, int64_t d1, int64_t d2, int64_t d3);
/* S9 at a live site: its call came to `status`, not ok. Runs what stands behind the kernel that the ticket names,
 * unless the runtime has. Returns the call's status. */
int32_t lzrt_live_continue(lz_call_t *call, int32_t status);
/* Records the first error of an invocation, from compiled code: `message` is static. Returns `status`. */
int32_t lzrt_fail(lz_context_t *context, int32_t status, const char *message);

#ifdef __cplusplus
}
#endif
#endif /* LZRT_ABI_MODULE_H */
